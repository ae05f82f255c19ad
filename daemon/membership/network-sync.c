/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/network-sync-private.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"

#include <string.h>

/* While a peer has more than we, or the hub hands out what does not follow. */
#define AGAIN_MS 15000
/* Times that something is signed anew because the log has gone on. */
#define MAX_ROUNDS 8

/* What a signer is about. */
typedef struct
{
  BgEntryWish *wish;
  GPtrArray *posted; /* GBytes, that the hub was given last; NULL: nothing yet */
  guint32 behind;    /* so many entries */
  guint rounds;
} Signing;

static void finalize (gpointer data);
static void begin_signing (BgNetworkSync *self);
static void ask_peers (BgNetworkSync *self);

/* What is under way may outlive the owner's interest. */
BgNetworkSync *
bg_network_sync_hold (BgNetworkSync *self)
{
  return g_rc_box_acquire (self);
}

gboolean
bg_network_sync_is_over (BgNetworkSync *self)
{
  return g_cancellable_is_cancelled (self->cancellable);
}

void
bg_network_sync_let_go (BgNetworkSync *self)
{
  g_rc_box_release_full (self, finalize);
}

static void
signing_free (gpointer data)
{
  Signing *signing = data;

  bg_entry_wish_free (signing->wish);
  g_clear_pointer (&signing->posted, g_ptr_array_unref);
  g_free (signing);
}

void
bg_network_sync_call_off (gpointer task, gpointer nothing)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
}

/* --- Alarms --- */

static gboolean
on_alarm_due (gpointer data)
{
  BgNetworkSync *self = data;

  bg_source_drop (&self->alarm);
  if (bg_log_watch_settle (self->watch, g_get_monotonic_time ()) && self->online)
    bg_network_sync_fetch (self);
  bg_network_sync_look_at_alarm (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_again (gpointer data)
{
  BgNetworkSync *self = data;

  bg_source_drop (&self->again);
  bg_network_sync_fetch (self);
  return G_SOURCE_REMOVE;
}

/* Soon after what was said here: whoever said it may have to be told first. */
void
bg_network_sync_look_at_alarm (BgNetworkSync *self)
{
  gint64 now_us = g_get_monotonic_time (), next_us = bg_log_watch_next_us (self->watch);

  bg_source_drop (&self->alarm);
  if (next_us < G_MAXINT64 && next_us > now_us)
    bg_source_arm (&self->alarm, (guint) ((next_us - now_us) / 1000 + 1), on_alarm_due, self);
  self->events->alarm_changed (self->owner);
  ask_peers (self);
}

BgAlarm
bg_network_sync_get_alarm (BgNetworkSync *self)
{
  return bg_log_watch_get_alarm (self->watch, g_get_monotonic_time ());
}

/* Something is missing, or wrong: the hub may put it right without a word. */
static void
ask_again_later (BgNetworkSync *self)
{
  gboolean lacks = bg_log_watch_lacks_entries (self->watch)
                   || bg_network_sync_get_alarm (self).kind != BG_ALARM_NONE;

  if (lacks && self->online && !self->again)
    bg_source_arm (&self->again, AGAIN_MS, on_again, self);
}

/* --- Fetching --- */

/* What may be wrong with an answer, before its entries are looked at. */
static BgWords *
judge_answer (BgNetworkSync *self, const GPtrArray *entries, guint32 count)
{
  guint32 ours = bg_membership_log_get_count (self->log);

  if (count < ours)
    return bg_words (HUB_LOG_SHORTER, count, ours);
  if (ours > 0
      && (entries->len == 0
          || !g_bytes_equal (entries->pdata[0], bg_membership_log_get_entry (self->log, ours - 1))))
    return bg_words (HUB_LOG_OTHER);
  if (count > ours && entries->len <= (ours > 0 ? 1 : 0))
    return bg_words (HUB_LOG_INCOMPLETE);
  return NULL;
}

/* Behind the one that we have, which was asked for to see that it is the same. */
static GPtrArray *
news_of (BgNetworkSync *self, const GPtrArray *entries)
{
  GPtrArray *news = g_ptr_array_new ();

  for (guint i = bg_membership_log_get_count (self->log) > 0 ? 1 : 0; i < entries->len; i++)
    g_ptr_array_add (news, entries->pdata[i]);
  return news;
}

/* While the log is split nothing more is taken, but for what puts out whoever says so: that would be a way to stay in. */
static gboolean
may_take (BgNetworkSync *self, const GPtrArray *news)
{
  g_autofree BgMembership *state = NULL;

  if (bg_network_sync_get_alarm (self).kind != BG_ALARM_FORKED)
    return TRUE;
  state = bg_membership_log_try (self->log, bg_membership_log_get_count (self->log), news, NULL);
  return state && bg_log_watch_ends_fork (self->watch, state);
}

static void
hold_back (BgNetworkSync *self, const GPtrArray *news)
{
  self->held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < news->len; i++)
    g_ptr_array_add (self->held, g_bytes_ref (news->pdata[i]));
}

static void
note_grown (BgNetworkSync *self)
{
  bg_log_watch_note_log (self->watch, g_get_monotonic_time ());
  self->events->grown (self->owner);
}

static void
on_given (GObject *source, GAsyncResult *result, gpointer data)
{
  BgNetworkSync *self = data;
  g_autoptr (GError) error = NULL;

  if (!bg_network_sync_is_over (self)
      && self->ops->post_finish (self->hub, result, &error) == BG_POST_TAKEN)
    {
      self->may_give = TRUE; /* there may be more */
      bg_network_sync_fetch (self);
    }
  bg_network_sync_let_go (self);
}

/* One that was restored from a backup takes it; whoever hides something does not. */
static void
give (BgNetworkSync *self, guint32 from)
{
  guint32 end = MIN (bg_membership_log_get_count (self->log), from + BG_SYNC_POST_MAX);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  if (!self->may_give)
    return;
  self->may_give = FALSE;
  for (guint32 i = from; i < end; i++)
    g_ptr_array_add (entries, g_bytes_ref (bg_membership_log_get_entry (self->log, i)));
  self->ops->post_async (self->hub, entries, self->cancellable, on_given,
                         bg_network_sync_hold (self));
}

/* TRUE: there is more to be fetched. */
static gboolean
take_news (BgNetworkSync *self, const GPtrArray *news, guint32 count, GError **error)
{
  g_clear_pointer (&self->held, g_ptr_array_unref);
  if (news->len == 0)
    return FALSE;
  if (!may_take (self, news))
    {
      hold_back (self, news);
      return FALSE;
    }
  if (!bg_membership_log_append (self->log, news, error))
    return FALSE;
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "the network's log has %u entries",
          bg_membership_log_get_count (self->log));
  note_grown (self);
  return bg_membership_log_get_count (self->log) < count;
}

/* An error of the hub's is an alarm, one of the disk is not. */
static gboolean
take_answer (BgNetworkSync *self, const GPtrArray *entries, guint32 count, GError **error)
{
  BgWords *broken = judge_answer (self, entries, count);
  g_autoptr (GPtrArray) news = broken ? g_ptr_array_new () : news_of (self, entries);
  GError *why = NULL;
  gboolean more = take_news (self, news, count, &why);

  if (why && g_error_matches (why, BG_ERROR, BG_ERROR_SERVICE))
    broken = bg_error_dup_words (why);
  if (broken)
    bg_error_set (error, BG_ERROR_SERVICE, HUB_LOG_BROKEN, broken);
  else if (why)
    g_propagate_error (error, g_error_copy (why));
  g_clear_error (&why);
  bg_log_watch_set_broken (self->watch, broken);
  if (count < bg_membership_log_get_count (self->log))
    give (self, count);
  return more;
}

static void
end_fetch (BgNetworkSync *self, const GError *error)
{
  g_autoptr (GPtrArray) waiting = self->fetchers;

  self->is_fetching = FALSE;
  self->fetchers = self->late;
  self->late = g_ptr_array_new_with_free_func (g_object_unref);
  bg_network_sync_look_at_alarm (self);
  ask_again_later (self);
  for (guint i = 0; i < waiting->len; i++)
    if (error)
      g_task_return_error (waiting->pdata[i], g_error_copy (error));
    else
      g_task_return_boolean (waiting->pdata[i], TRUE);
  if (self->once_more && !self->is_fetching)
    bg_network_sync_fetch (self);
}

static void ask (BgNetworkSync *self);

static void
complain (BgNetworkSync *self, const GError *error)
{
  if (error && g_strcmp0 (error->message, self->complaint) != 0)
    bg_log (BG_TOPIC_APP, WARNING, NULL, "the network's log: %s", error->message);
  g_free (self->complaint);
  self->complaint = error ? g_strdup (error->message) : NULL;
}

static void
take_fetched (BgNetworkSync *self, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  guint32 count = 0;
  g_autoptr (GPtrArray) entries = self->ops->fetch_finish (self->hub, result, &count, &error);
  gboolean more = entries && take_answer (self, entries, count, &error);

  complain (self, error);
  if (more && !bg_network_sync_is_over (self))
    ask (self);
  else if (!bg_network_sync_is_over (self))
    end_fetch (self, error);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  BgNetworkSync *self = data;

  if (!bg_network_sync_is_over (self))
    take_fetched (self, result);
  bg_network_sync_let_go (self);
}

static void
ask (BgNetworkSync *self)
{
  guint32 ours = bg_membership_log_get_count (self->log);

  self->ops->fetch_async (self->hub, ours > 0 ? ours - 1 : 0, self->cancellable, on_fetched,
                          bg_network_sync_hold (self));
}

void
bg_network_sync_fetch (BgNetworkSync *self)
{
  self->once_more = self->is_fetching;
  if (self->is_fetching)
    return;
  self->is_fetching = TRUE;
  bg_source_drop (&self->again);
  ask (self);
}

void
bg_network_sync_fetch_async (BgNetworkSync *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, bg_network_sync_fetch_async);
  g_ptr_array_add (self->is_fetching ? self->late : self->fetchers, task);
  bg_network_sync_fetch (self);
}

gboolean
bg_network_sync_fetch_finish (BgNetworkSync *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Peers --- */

static gboolean
ask_peer (gpointer data, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 entry,
          guint16 offset)
{
  BgNetworkSync *self = data;

  return self->events->ask && self->events->ask (self->owner, name, key, entry, offset);
}

/* The hub lacks it too then, or keeps it back. */
static void
tell_hub (BgNetworkSync *self)
{
  if (!self->online)
    return;
  self->may_give = TRUE;
  bg_network_sync_fetch (self);
}

static gboolean
take_of_peer (gpointer data, const char *name, const GPtrArray *entries)
{
  BgNetworkSync *self = data;
  g_autoptr (GError) error = NULL;

  if (!may_take (self, entries))
    return FALSE;
  if (!bg_membership_log_append (self->log, entries, &error))
    {
      bg_log (BG_TOPIC_APP, WARNING, name, "what it hands out of its log: %s", error->message);
      return FALSE;
    }
  g_clear_pointer (&self->held, g_ptr_array_unref);
  bg_log (BG_TOPIC_APP, MESSAGE, name, "the network's log has %u entries, as it hands them out",
          bg_membership_log_get_count (self->log));
  note_grown (self);
  bg_network_sync_look_at_alarm (self);
  tell_hub (self);
  return TRUE;
}

static const BgLogPullOps pull_ops = { ask_peer, take_of_peer };

/* The hub is asked first, and peers where that does not help. */
static void
ask_peers (BgNetworkSync *self)
{
  gboolean hub_will_do = self->online && bg_network_sync_get_alarm (self).kind != BG_ALARM_WITHHELD;

  if (hub_will_do || bg_membership_log_get_count (self->log) == 0)
    bg_log_pull_end (self->pull);
  else
    bg_log_pull_begin (self->pull);
}

void
bg_network_sync_take_part (BgNetworkSync *self, const guint8 key[BG_ENTRY_KEY], guint32 entry,
                           guint16 offset, BgBytes part)
{
  bg_log_pull_take_part (self->pull, key, entry, offset, part);
}

/* --- What is heard --- */

void
bg_network_sync_set_online (BgNetworkSync *self, gboolean online)
{
  gboolean comes = online && !self->online;

  self->online = online;
  self->may_give |= comes;
  bg_log_watch_set_online (self->watch, online, g_get_monotonic_time ());
  if (!online)
    bg_source_drop (&self->again);
  if (comes && bg_membership_log_get_count (self->log) > 0) /* else it says so by itself */
    bg_network_sync_fetch (self);
  bg_network_sync_look_at_alarm (self);
}

void
bg_network_sync_take_count (BgNetworkSync *self, guint32 count)
{
  if (count != bg_membership_log_get_count (self->log)
      || bg_network_sync_get_alarm (self).kind == BG_ALARM_BROKEN)
    bg_network_sync_fetch (self);
}

void
bg_network_sync_take_head (BgNetworkSync *self, const char *name, const guint8 key[BG_ENTRY_KEY],
                           guint32 count, const guint8 hash[BG_ENTRY_HASH])
{
  BgHeadNews news = bg_log_watch_take_head (self->watch, name, key, count, hash,
                                            g_get_monotonic_time ());

  if (news == BG_HEAD_AHEAD && self->online)
    bg_network_sync_fetch (self);
  if (news != BG_HEAD_OLD)
    bg_network_sync_look_at_alarm (self);
  else
    ask_peers (self);
}

/* --- Signing --- */

/* The one at the head of the queue, which leaves it. */
static GTask *
end_signing (BgNetworkSync *self)
{
  GTask *task = g_queue_pop_head (&self->signers);

  begin_signing (self);
  return task;
}

static void
signed_off (BgNetworkSync *self, GError *take)
{
  g_autoptr (GTask) task = end_signing (self);

  if (take)
    g_task_return_error (task, take);
  else
    g_task_return_boolean (task, TRUE);
}

/* What was given to the hub is in the log: also where its answer was lost. */
static gboolean
is_said (BgNetworkSync *self, const Signing *signing)
{
  guint32 count = bg_membership_log_get_count (self->log);

  for (guint i = 0; signing->posted && i < signing->posted->len; i++)
    if (signing->behind + i >= count
        || !g_bytes_equal (signing->posted->pdata[i],
                           bg_membership_log_get_entry (self->log, signing->behind + i)))
      return FALSE;
  return signing->posted != NULL;
}

static void prepare_signing (BgNetworkSync *self);

static void
on_posted (GObject *source, GAsyncResult *result, gpointer data)
{
  BgNetworkSync *self = data;
  GError *error = NULL;

  if (!bg_network_sync_is_over (self)
      && self->ops->post_finish (self->hub, result, &error) == BG_POST_FAILED)
    signed_off (self, error);
  else if (!bg_network_sync_is_over (self))
    prepare_signing (self);
  bg_network_sync_let_go (self);
}

/* As much of a draft as goes at once. */
static void
post (BgNetworkSync *self, Signing *signing, const GPtrArray *entries)
{
  g_clear_pointer (&signing->posted, g_ptr_array_unref);
  signing->posted = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < MIN (entries->len, BG_SYNC_POST_MAX); i++)
    g_ptr_array_add (signing->posted, g_bytes_ref (entries->pdata[i]));
  signing->behind = bg_membership_log_get_count (self->log) + (self->held ? self->held->len : 0);
  self->ops->post_async (self->hub, signing->posted, self->cancellable, on_posted,
                         bg_network_sync_hold (self));
}

/* Nothing is signed for a log of which nobody knows whether it is the true one, but what puts out the one who says that it is not. */
static gboolean
may_sign (BgNetworkSync *self, Signing *signing, GError **error)
{
  BgAlarm alarm = bg_network_sync_get_alarm (self);
  gboolean ends_it = alarm.kind == BG_ALARM_FORKED && signing->wish->kind == BG_WISH_REVOKE
                     && bg_log_watch_is_forker (self->watch, signing->wish->device);

  if ((alarm.kind == BG_ALARM_FORKED && !ends_it) || alarm.kind == BG_ALARM_BROKEN)
    bg_error_set (error, BG_ERROR_WRONG_STATE, SIGNING_WAITS_FOR_PERSON);
  else if (signing->rounds++ >= MAX_ROUNDS)
    bg_error_set (error, BG_ERROR_SERVICE, LOG_TAKES_NOTHING);
  else
    return TRUE;
  return FALSE;
}

/* Behind what ours has, and behind what is held back, which is taken with it. */
static BgEntryDraft *
begin_draft (BgNetworkSync *self)
{
  g_autofree BgMembership *state =
    self->held
      ? bg_membership_log_try (self->log, bg_membership_log_get_count (self->log), self->held, NULL)
      : NULL;

  return bg_entry_draft_new (state ? state : bg_membership_log_get_state (self->log),
                             (guint64) (g_get_real_time () / G_USEC_PER_SEC));
}

/* The log is as new as it gets. */
static void
sign (BgNetworkSync *self, Signing *signing)
{
  gboolean said = is_said (self, signing);
  g_autoptr (BgEntryDraft) draft = begin_draft (self);
  GError *error = NULL;

  if (said && signing->wish->kind != BG_WISH_PROTECT) /* which may take several rounds */
    signed_off (self, NULL);
  else if (!may_sign (self, signing, &error) || !bg_entry_wish_draft (signing->wish, draft, &error))
    signed_off (self, error);
  else if (bg_entry_draft_get_entries (draft)->len == 0)
    signed_off (self, NULL);
  else
    {
      signing->rounds -= said ? 1 : 0;
      post (self, signing, bg_entry_draft_get_entries (draft));
    }
}

static void
on_ready_to_sign (GObject *source, GAsyncResult *result, gpointer data)
{
  BgNetworkSync *self = data;
  GError *error = NULL;
  gboolean ok = bg_network_sync_fetch_finish (self, result, &error);

  if (bg_network_sync_is_over (self))
    g_clear_error (&error);
  else if (ok)
    sign (self, g_task_get_task_data (g_queue_peek_head (&self->signers)));
  else
    signed_off (self, error);
  bg_network_sync_let_go (self);
}

/* Behind the newest entry there is. */
static void
prepare_signing (BgNetworkSync *self)
{
  bg_network_sync_fetch_async (self, NULL, on_ready_to_sign, bg_network_sync_hold (self));
}

static void
begin_signing (BgNetworkSync *self)
{
  if (!g_queue_is_empty (&self->signers))
    prepare_signing (self);
}

void
bg_network_sync_sign_async (BgNetworkSync *self, BgEntryWish *wish, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Signing *signing = g_new0 (Signing, 1);
  gboolean is_first = g_queue_is_empty (&self->signers);

  g_task_set_source_tag (task, bg_network_sync_sign_async);
  signing->wish = wish;
  g_task_set_task_data (task, signing, signing_free);
  g_queue_push_tail (&self->signers, task);
  if (is_first)
    begin_signing (self);
}

gboolean
bg_network_sync_sign_finish (BgNetworkSync *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Life --- */

BgNetworkSync *
bg_network_sync_new (BgMembershipLog *log, BgLogWatch *watch, const BgNetworkHubOps *ops,
                     gpointer hub, const BgNetworkSyncEvents *events, gpointer owner)
{
  BgNetworkSync *self = g_rc_box_new0 (BgNetworkSync);

  self->log = log;
  self->watch = watch;
  self->ops = ops;
  self->hub = hub;
  self->events = events;
  self->owner = owner;
  self->cancellable = g_cancellable_new ();
  self->fetchers = g_ptr_array_new_with_free_func (g_object_unref);
  self->late = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&self->signers);
  self->pull = bg_log_pull_new (log, watch, &pull_ops, self);
  return self;
}

static void
finalize (gpointer data)
{
  BgNetworkSync *self = data;

  g_ptr_array_unref (self->fetchers);
  g_ptr_array_unref (self->late);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_free (self->trusted);
  g_free (self->complaint);
}

static void
call_off_all (GPtrArray *tasks)
{
  g_ptr_array_foreach (tasks, bg_network_sync_call_off, NULL);
  g_ptr_array_set_size (tasks, 0);
}

void
bg_network_sync_free (BgNetworkSync *self)
{
  if (!self)
    return;
  bg_source_drop (&self->again);
  bg_source_drop (&self->alarm);
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->pull, bg_log_pull_free);
  g_clear_pointer (&self->whole, bg_hub_log_free);
  call_off_all (self->fetchers);
  call_off_all (self->late);
  g_queue_foreach (&self->signers, bg_network_sync_call_off, NULL);
  g_queue_clear_full (&self->signers, g_object_unref);
  bg_network_sync_let_go (self);
}
