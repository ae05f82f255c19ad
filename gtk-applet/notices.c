/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notices.h"

#define SECOND G_USEC_PER_SEC
#define DEGRADED_AFTER (30 * SECOND)
#define DEGRADED_PAUSE (10 * 60 * SECOND) /* between two of them */
#define EXIT_AFTER (5 * SECOND)           /* what a change of networks takes at most */
#define SETTLE (20 * SECOND)              /* after the tunnel came up, or another network was met */
#define STAY (10 * SECOND)                /* of a peer, before its new state counts */
#define PACE (60 * SECOND) /* between two tellings of peers, which gather meanwhile */
#define NEVER (-1)

typedef struct
{
  gboolean is_there, was_told_there; /* now; as the person knows */
  gboolean is_wanted, is_seen;
  gint64 since; /* is_there */
} Peer;

struct AppletNotices
{
  gint64 now, next;
  BamgateState state;
  char *reason;
  gint64 state_since;
  AppletExit exit;
  char *exit_node;
  gint64 lost_since; /* the exit; NEVER: it is not */
  gint64 degraded_told, peers_told;
  GHashTable *peers;              /* id → Peer */
  GPtrArray *refused;             /* ids, of this round */
  char **told_refused;            /* of the notice that is shown; NULL: none is */
  char **waiting, **told_waiting; /* in the same way */
  gboolean is_told[APPLET_N_NOTICES];
  GQueue *out; /* of AppletNotice; bounded, one of each kind a round */
};

/* --- What comes out --- */

void
applet_notice_clear (AppletNotice *notice)
{
  g_clear_pointer (&notice->text, g_free);
  g_clear_pointer (&notice->peers, g_strfreev);
}

static void
notice_free (gpointer data)
{
  applet_notice_clear (data);
  g_free (data);
}

static void
say (AppletNotices *self, AppletNoticeKind kind, const char *text, const char *const *peers)
{
  AppletNotice *notice = g_new0 (AppletNotice, 1);
  const char *const nobody[] = { NULL };

  notice->kind = kind;
  notice->text = g_strdup (text);
  notice->peers = g_strdupv ((char **) (peers ? peers : nobody));
  self->is_told[kind] = TRUE;
  g_queue_push_tail (self->out, notice);
}

static void
take_back (AppletNotices *self, AppletNoticeKind kind)
{
  AppletNotice *notice;

  if (!self->is_told[kind])
    return;
  say (self, kind, "", NULL);
  notice = g_queue_peek_tail (self->out);
  notice->is_gone = TRUE;
  self->is_told[kind] = FALSE;
}

static void
wake_at (AppletNotices *self, gint64 when)
{
  if (self->next == NEVER || when < self->next)
    self->next = when;
}

/* --- The tunnel --- */

static void
judge_failed (AppletNotices *self)
{
  if (self->state != BAMGATE_STATE_FAILED)
    take_back (self, APPLET_NOTICE_FAILED);
  else if (!self->is_told[APPLET_NOTICE_FAILED])
    say (self, APPLET_NOTICE_FAILED, self->reason, NULL);
}

/* Whoever turns a tunnel off knows that nothing goes out. */
static gboolean
is_lost (AppletNotices *self)
{
  return self->exit == APPLET_EXIT_LOST
         && (self->state == BAMGATE_STATE_DEGRADED || self->state == BAMGATE_STATE_ONLINE);
}

static void
judge_degraded (AppletNotices *self)
{
  gint64 due = self->state_since + DEGRADED_AFTER;

  if (self->state != BAMGATE_STATE_DEGRADED || is_lost (self))
    {
      take_back (self, APPLET_NOTICE_DEGRADED);
      return;
    }
  if (self->degraded_told != NEVER)
    due = MAX (due, self->degraded_told + DEGRADED_PAUSE);
  if (self->is_told[APPLET_NOTICE_DEGRADED])
    return;
  if (self->now < due)
    {
      wake_at (self, due);
      return;
    }
  self->degraded_told = self->now;
  say (self, APPLET_NOTICE_DEGRADED, self->reason, NULL);
}

/* --- The exit --- */

static void
tell_lost (AppletNotices *self)
{
  if (self->lost_since == NEVER)
    self->lost_since = self->now;
  if (self->is_told[APPLET_NOTICE_EXIT_LOST])
    return;
  if (self->now < self->lost_since + EXIT_AFTER)
    {
      wake_at (self, self->lost_since + EXIT_AFTER);
      return;
    }
  self->is_told[APPLET_NOTICE_EXIT_BACK] = FALSE;
  say (self, APPLET_NOTICE_EXIT_LOST, self->reason, NULL);
}

static void
judge_exit (AppletNotices *self)
{
  if (is_lost (self))
    {
      tell_lost (self);
      return;
    }
  self->lost_since = NEVER;
  if (self->exit == APPLET_EXIT_ACTIVE && self->is_told[APPLET_NOTICE_EXIT_LOST])
    {
      self->is_told[APPLET_NOTICE_EXIT_LOST] = FALSE;
      say (self, APPLET_NOTICE_EXIT_BACK, self->exit_node, NULL);
    }
  take_back (self, APPLET_NOTICE_EXIT_LOST);
  if (self->exit != APPLET_EXIT_ACTIVE)
    take_back (self, APPLET_NOTICE_EXIT_BACK);
}

/* --- Peers --- */

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static char **
sorted_ids (GPtrArray *ids)
{
  g_ptr_array_sort (ids, compare_ids);
  g_ptr_array_add (ids, NULL);
  return g_strdupv ((char **) ids->pdata);
}

static gboolean
names_somebody_new (char **known, char **ids)
{
  for (guint i = 0; ids[i]; i++)
    if (!known || !g_strv_contains ((const char *const *) known, ids[i]))
      return TRUE;
  return FALSE;
}

/* Without a daemon nobody knows whether they still are. */
static void
judge_refused (AppletNotices *self)
{
  g_auto (GStrv) ids = sorted_ids (self->refused);

  if (self->state == BAMGATE_STATE_UNKNOWN)
    return;
  if (!*ids)
    {
      take_back (self, APPLET_NOTICE_REFUSED);
      g_clear_pointer (&self->told_refused, g_strfreev);
      return;
    }
  if (!names_somebody_new (self->told_refused, ids))
    return;
  say (self, APPLET_NOTICE_REFUSED, "", (const char *const *) ids);
  g_strfreev (self->told_refused);
  self->told_refused = g_steal_pointer (&ids);
}

/* Who wants to be let in goes on wanting that while the daemon is away. */
static void
judge_waiting (AppletNotices *self)
{
  if (self->state == BAMGATE_STATE_UNKNOWN)
    return;
  if (!*self->waiting)
    take_back (self, APPLET_NOTICE_WAITING);
  else if (names_somebody_new (self->told_waiting, self->waiting))
    say (self, APPLET_NOTICE_WAITING, "", (const char *const *) self->waiting);
  g_strfreev (self->told_waiting);
  self->told_waiting = g_strdupv (self->waiting);
}

static gboolean
is_settled (AppletNotices *self)
{
  if (self->state != BAMGATE_STATE_ONLINE)
    return FALSE;
  if (self->now >= self->state_since + SETTLE)
    return TRUE;
  wake_at (self, self->state_since + SETTLE);
  return FALSE;
}

/* Whoever is there when the tunnel has settled is no news. */
static void
take_as_known (AppletNotices *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Peer *peer = value;

      peer->was_told_there = peer->is_there;
    }
}

/* Whether the peer's state has held long enough to be told. */
static gboolean
is_news (AppletNotices *self, Peer *peer)
{
  if (peer->is_there == peer->was_told_there)
    return FALSE;
  if (self->now < peer->since + STAY)
    {
      wake_at (self, peer->since + STAY);
      return FALSE;
    }
  return TRUE;
}

static void
tell_of (AppletNotices *self, AppletNoticeKind kind, GPtrArray *ids)
{
  g_auto (GStrv) sorted = sorted_ids (ids);

  if (*sorted)
    say (self, kind, "", (const char *const *) sorted);
}

static gboolean
is_too_soon (AppletNotices *self)
{
  gint64 due = self->peers_told == NEVER ? self->now : self->peers_told + PACE;

  if (self->now < due)
    wake_at (self, due);
  return self->now < due;
}

/* What nobody wants to hear is known without a word. */
static void
sort_news (AppletNotices *self, GPtrArray *came, GPtrArray *went)
{
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      Peer *peer = value;

      if (!is_news (self, peer) || (peer->is_wanted && is_too_soon (self)))
        continue;
      peer->was_told_there = peer->is_there;
      if (peer->is_wanted)
        g_ptr_array_add (peer->is_there ? came : went, id);
    }
}

static void
judge_peers (AppletNotices *self)
{
  g_autoptr (GPtrArray) came = g_ptr_array_new ();
  g_autoptr (GPtrArray) went = g_ptr_array_new ();

  if (!is_settled (self))
    {
      take_as_known (self);
      return;
    }
  sort_news (self, came, went);
  if (came->len > 0 || went->len > 0)
    self->peers_told = self->now;
  tell_of (self, APPLET_NOTICE_CAME, came);
  tell_of (self, APPLET_NOTICE_WENT, went);
}

/* --- Rounds --- */

void
applet_notices_begin (AppletNotices *self, BamgateState state, const char *reason, gint64 now)
{
  GHashTableIter iter;
  gpointer value;

  self->now = now;
  self->next = NEVER;
  if (state != self->state)
    self->state_since = now;
  self->state = state;
  g_free (self->reason);
  self->reason = g_strdup (reason ? reason : "");
  applet_notices_exit (self, APPLET_EXIT_NONE, "");
  g_ptr_array_set_size (self->refused, 0);
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ((Peer *) value)->is_seen = FALSE;
}

void
applet_notices_exit (AppletNotices *self, AppletExit exit, const char *node)
{
  g_free (self->exit_node);
  self->exit = exit;
  self->exit_node = g_strdup (node ? node : "");
}

static Peer *
peer_of (AppletNotices *self, const char *id)
{
  Peer *peer = g_hash_table_lookup (self->peers, id);

  if (!peer)
    {
      peer = g_new0 (Peer, 1);
      g_hash_table_insert (self->peers, g_strdup (id), peer);
    }
  return peer;
}

static void
set_there (AppletNotices *self, Peer *peer, gboolean is_there)
{
  if (is_there != peer->is_there)
    peer->since = self->now;
  peer->is_there = is_there;
}

void
applet_notices_peer (AppletNotices *self, const char *id, BamgatePeerState state,
                     gboolean is_wanted)
{
  Peer *peer = peer_of (self, id);

  set_there (self, peer, state == BAMGATE_PEER_STATE_CONNECTED || state == BAMGATE_PEER_STATE_IDLE);
  peer->is_wanted = is_wanted;
  peer->is_seen = TRUE;
  if (state == BAMGATE_PEER_STATE_REFUSED)
    g_ptr_array_add (self->refused, g_strdup (id));
}

void
applet_notices_waiting (AppletNotices *self, const char *const *names)
{
  g_strfreev (self->waiting);
  self->waiting = g_strdupv ((char **) names);
}

/* Who was there and is not named any more went; who was not is forgotten. */
static void
drop_unseen (AppletNotices *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Peer *peer = value;

      if (peer->is_seen)
        continue;
      set_there (self, peer, FALSE);
      if (!peer->was_told_there)
        g_hash_table_iter_remove (&iter);
    }
}

void
applet_notices_end (AppletNotices *self)
{
  drop_unseen (self);
  judge_failed (self);
  judge_degraded (self);
  judge_exit (self);
  judge_refused (self);
  judge_waiting (self);
  judge_peers (self);
}

gboolean
applet_notices_pop (AppletNotices *self, AppletNotice *out)
{
  g_autofree AppletNotice *notice = g_queue_pop_head (self->out);

  if (!notice)
    return FALSE;
  *out = *notice;
  return TRUE;
}

gint64
applet_notices_next (const AppletNotices *self)
{
  return self->next;
}

AppletNotices *
applet_notices_new (void)
{
  AppletNotices *self = g_new0 (AppletNotices, 1);

  self->next = NEVER;
  self->degraded_told = NEVER;
  self->lost_since = NEVER;
  self->peers_told = NEVER;
  self->reason = g_strdup ("");
  self->waiting = g_new0 (char *, 1);
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->refused = g_ptr_array_new_with_free_func (g_free);
  self->out = g_queue_new ();
  return self;
}

void
applet_notices_free (AppletNotices *self)
{
  if (!self)
    return;
  g_free (self->reason);
  g_free (self->exit_node);
  g_hash_table_unref (self->peers);
  g_ptr_array_unref (self->refused);
  g_strfreev (self->told_refused);
  g_strfreev (self->waiting);
  g_strfreev (self->told_waiting);
  g_queue_free_full (self->out, notice_free);
  g_free (self);
}
