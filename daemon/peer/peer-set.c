/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-room.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/key-hash.h"
#include "common/key-text.h"
#include "common/log.h"
#include "net/net-plan.h"
#include "peer/main-timer.h"

#include <string.h>
#include <sys/socket.h>

#define PEERS_PER_MS 10 /* that are judged, at an easy pace */

#define SEEK_AGAIN_MS 15000
#define IDLE_LOOKS 4 /* within that time */

/* Of a request for figures that are nobody's but ours: "idle". */
#define IDLE_COOKIE ((guint64) 0x69646c65 << 32)

struct _BgPeerSet
{
  GObject parent;
  BgPeerContext context;
  gboolean closed;
  GHashTable *peers; /* id -> BgPeer */
  BgPeerRoom *room;  /* NULL without signalling */
  GSource *rejudge;
  GHashTable *linked;      /* WgKey -> BgPeer: in the data plane */
  GHashTable *judged_soon; /* BgPeer: what they claim was another's */
  GSource *judge;
  GSource *reroute; /* until a route may have another carrier */
  gint64 reroute_us;
  GSource *idle, *reconsider;
  GSource *seek;    /* waits for the hub */
  guint n_unproved; /* of `peers` */
  guint n_static;   /* the same */
};

G_DEFINE_FINAL_TYPE (BgPeerSet, bg_peer_set, G_TYPE_OBJECT)

enum
{
  PEER_ADDED,
  PEER_REMOVED,
  ROUTES_CHANGED,
  HEAD_HEARD,
  PART_HEARD,
  LEAVE_HEARD,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
bg_peer_set_finalize (GObject *object)
{
  BgPeerSet *self = BG_PEER_SET (object);

  bg_peer_set_close (self);
  g_clear_pointer (&self->room, bg_peer_room_free);
  g_hash_table_unref (self->judged_soon);
  g_hash_table_unref (self->linked);
  g_hash_table_unref (self->peers);
  bg_peer_context_clear (&self->context);
  G_OBJECT_CLASS (bg_peer_set_parent_class)->finalize (object);
}

static void
bg_peer_set_class_init (BgPeerSetClass *klass)
{
  GType type = BG_TYPE_PEER_SET;

  G_OBJECT_CLASS (klass)->finalize = bg_peer_set_finalize;
  signals[PEER_ADDED] = g_signal_new ("peer-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, BG_TYPE_PEER);
  signals[PEER_REMOVED] = g_signal_new ("peer-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, BG_TYPE_PEER);
  signals[ROUTES_CHANGED] = g_signal_new ("routes-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 0);
  signals[PART_HEARD] = g_signal_new ("part-heard", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 2, BG_TYPE_PEER, G_TYPE_POINTER);
  signals[LEAVE_HEARD] = g_signal_new ("leave-heard", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, BG_TYPE_PEER);
  signals[HEAD_HEARD] = g_signal_new ("head-heard", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 2, BG_TYPE_PEER, G_TYPE_POINTER);
}

void
bg_peer_set_note_part (BgPeerSet *self, BgPeer *peer, const BgLogPart *part)
{
  g_signal_emit (self, signals[PART_HEARD], 0, peer, part);
}

void
bg_peer_set_note_leave (BgPeerSet *self, BgPeer *peer)
{
  g_signal_emit (self, signals[LEAVE_HEARD], 0, peer);
}

void
bg_peer_set_note_head (BgPeerSet *self, BgPeer *peer, const BgLogHead *head)
{
  g_signal_emit (self, signals[HEAD_HEARD], 0, peer, head);
}

static void
bg_peer_set_init (BgPeerSet *self)
{
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->linked = g_hash_table_new (bg_key_hash, bg_key_equal);
  self->judged_soon = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  bg_peer_context_init (&self->context);
}

/* --- The set --- */

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const BgPeer *const *left = a, *const *right = b;

  return strcmp ((*left)->id, (*right)->id);
}

GPtrArray *
bg_peer_set_get_peers (BgPeerSet *self)
{
  GPtrArray *peers = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer peer;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &peer))
    g_ptr_array_add (peers, g_object_ref (peer));
  g_ptr_array_sort (peers, compare_ids);
  return peers;
}

BgPeer *
bg_peer_set_lookup (BgPeerSet *self, const char *id)
{
  return g_hash_table_lookup (self->peers, id);
}

static void
count_as_unproved (BgPeerSet *self, BgPeer *peer, gboolean counts)
{
  if (peer->counts_as_unproved == counts)
    return;
  peer->counts_as_unproved = counts;
  self->n_unproved += counts ? 1 : -1u;
}

void
bg_peer_set_note_confirmed (BgPeerSet *self, BgPeer *peer)
{
  count_as_unproved (self, peer, FALSE);
}

BgPeerContext *
bg_peer_set_context (BgPeerSet *self)
{
  return &self->context;
}

guint
bg_peer_set_count_mesh (BgPeerSet *self)
{
  return g_hash_table_size (self->peers) - self->n_static;
}

static gboolean
on_reconsider (gpointer data)
{
  BgPeerSet *self = data;
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  bg_clear_source (&self->reconsider);
  for (guint i = 0; i < peers->len; i++)
    bg_peer_reconsider (peers->pdata[i]);
  return G_SOURCE_REMOVE;
}

/* By their number, peers are connected always or on demand. */
static void
note_count (BgPeerSet *self, guint before)
{
  gboolean many = bg_peer_set_count_mesh (self) > BG_PEER_ALWAYS_UP_TO;

  if (!self->closed && !self->reconsider && many != (before > BG_PEER_ALWAYS_UP_TO))
    bg_arm_timer (&self->reconsider, 0, on_reconsider, self);
}

static void
add (BgPeerSet *self, BgPeer *take)
{
  guint before = bg_peer_set_count_mesh (self);

  g_hash_table_insert (self->peers, take->id, take);
  self->n_static += take->is_static ? 1 : 0;
  note_count (self, before);
  count_as_unproved (self, take,
                     !take->is_static && !bg_peer_pins_is_confirmed (self->context.pins, take->id));
  g_signal_emit (self, signals[PEER_ADDED], 0, take);
}

/* --- Who holds what --- */

static gboolean
on_judge (gpointer data)
{
  BgPeerSet *self = data;
  g_autoptr (GHashTable) waiting = g_steal_pointer (&self->judged_soon);
  GHashTableIter iter;
  gpointer peer;

  self->judged_soon = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  bg_clear_source (&self->judge);
  g_hash_table_iter_init (&iter, waiting);
  while (g_hash_table_iter_next (&iter, &peer, NULL) && !self->closed)
    bg_peer_judge_again (peer);
  return G_SOURCE_REMOVE;
}

void
bg_peer_set_await_claim (BgPeerSet *self, BgPeer *peer)
{
  g_hash_table_add (self->judged_soon, g_object_ref (peer));
}

void
bg_peer_set_claim (BgPeerSet *self, BgPeer *peer, const GArray *claims)
{
  g_autoptr (GPtrArray) displaced = g_ptr_array_new ();
  gboolean gave_up = bg_peer_claims_set (self->context.claims, peer, claims, displaced);

  if (self->closed)
    return;
  for (guint i = 0; i < displaced->len; i++)
    bg_peer_set_await_claim (self, displaced->pdata[i]);
  if ((gave_up || displaced->len > 0) && g_hash_table_size (self->judged_soon) > 0 && !self->judge)
    bg_arm_timer (&self->judge, 0, on_judge, self);
}

void
bg_peer_set_note_linked (BgPeerSet *self, BgPeer *peer)
{
  g_hash_table_replace (self->linked, &peer->link.key, peer);
}

void
bg_peer_set_note_unlinked (BgPeerSet *self, BgPeer *peer)
{
  if (g_hash_table_lookup (self->linked, &peer->link.key) == peer)
    g_hash_table_remove (self->linked, &peer->link.key);
}

static BgPeer *
find_linked (BgPeerSet *self, const WgKey *key)
{
  return g_hash_table_lookup (self->linked, key);
}

void
bg_peer_set_routes_changed (BgPeerSet *self)
{
  if (!self->closed)
    g_signal_emit (self, signals[ROUTES_CHANGED], 0);
}

/* --- Carriers of routes --- */

/* Who gains one goes first: there is no moment without any. */
static gboolean
on_reroute (gpointer data)
{
  BgPeerSet *self = data;
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  bg_clear_source (&self->reroute);
  bg_route_choice_tick (self->context.choice, bg_main_now_us ());
  for (guint i = 0; i < peers->len; i++)
    bg_peer_follow_choice (peers->pdata[i], TRUE);
  for (guint i = 0; i < peers->len; i++)
    bg_peer_follow_choice (peers->pdata[i], FALSE);
  bg_peer_set_note_routes (self, FALSE);
  return G_SOURCE_REMOVE;
}

void
bg_peer_set_note_routes (BgPeerSet *self, gboolean moved)
{
  gint64 now_us = bg_main_now_us (),
         due_us = moved ? now_us : bg_route_choice_next_us (self->context.choice, now_us);

  if (self->closed || due_us == G_MAXINT64 || (self->reroute && self->reroute_us <= due_us))
    return;
  self->reroute_us = due_us;
  bg_arm_timer (&self->reroute, (guint) ((due_us - now_us + 999) / 1000), on_reroute, self);
}

/* --- Surroundings --- */

static gboolean
on_rejudge (gpointer data)
{
  BgPeerSet *self = data;

  bg_clear_source (&self->rejudge);
  bg_peer_context_rejudge (&self->context);
  bg_peer_set_routes_changed (self);
  return G_SOURCE_REMOVE;
}

void
bg_peer_set_surroundings_changed (BgPeerSet *self)
{
  /* It goes over all of them: where many come up at once, not for each. */
  if (!self->closed && !self->rejudge)
    bg_arm_timer (&self->rejudge, g_hash_table_size (self->linked) / PEERS_PER_MS, on_rejudge,
                  self);
}

void
bg_peer_set_note_networks (BgPeerSet *self, BgLocalNetworks *networks)
{
  bg_peer_context_take_networks (&self->context, networks);
}

void
bg_peer_set_set_surroundings (BgPeerSet *self, BgLocalNetworks *networks, const GArray *outside)
{
  BgPeerContext *context = &self->context;

  bg_peer_set_note_networks (self, networks);
  g_clear_pointer (&context->outside, g_array_unref);
  context->outside = outside ? g_array_copy ((GArray *) outside) : NULL;
  bg_peer_set_surroundings_changed (self);
}

/* --- On demand --- */

static gboolean
is_open_on_demand (gpointer id, gpointer peer, gpointer unused)
{
  return bg_peer_state_is_live (((BgPeer *) peer)->fsm.state) && bg_peer_is_on_demand (peer);
}

/* The answer lets those go that are not used. */
static gboolean
on_idle_look (gpointer data)
{
  BgPeerSet *self = data;

  if (g_hash_table_find (self->peers, is_open_on_demand, NULL))
    bg_dataplane_request_stats (self->context.dataplane, IDLE_COOKIE);
  else
    bg_clear_source (&self->idle);
  return self->idle ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void
bg_peer_set_watch_idle (BgPeerSet *self)
{
  if (!self->closed && !self->idle)
    bg_arm_timer (&self->idle, self->context.idle_s * 1000 / IDLE_LOOKS, on_idle_look, self);
}

/* --- Whom signalling names --- */

/* How easily it is missed: who is refused, then who failed most; 0 for one that is being connected, or may be. */
static guint
uselessness (BgPeer *peer)
{
  if (!peer->counts_as_unproved || bg_peer_state_has_session (peer->fsm.state))
    return 0;
  return peer->fsm.state == BG_PEER_REFUSED ? G_MAXUINT : peer->fsm.failures + 1;
}

/* A name that nobody proved gives way to the next: it may be the next that is real. */
static gboolean
make_room (BgPeerSet *self)
{
  BgPeer *victim = NULL;
  guint most = 0;
  GHashTableIter iter;
  gpointer peer;

  if (self->n_unproved < BG_PEER_MAX_UNPROVED)
    return TRUE;
  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &peer) && most < G_MAXUINT)
    if (uselessness (peer) > most)
      {
        victim = peer;
        most = uselessness (peer);
      }
  if (victim)
    bg_peer_set_remove (self, victim);
  return victim != NULL;
}

static void
take_entry (BgPeerSet *self, const BgSignalPeer *said)
{
  BgPeer *peer = bg_peer_set_lookup (self, said->id);

  if (peer && peer->is_static)
    {
      bg_log (BG_TOPIC_PEER, WARNING, said->id,
              "not taken: the configuration has a peer of this name");
      return;
    }
  if (!peer && !make_room (self))
    {
      bg_log (BG_TOPIC_PEER, WARNING, said->id, "not taken: %u peers that proved nothing are known",
              self->n_unproved);
      return;
    }
  if (!peer)
    {
      peer = bg_peer_new (&self->context, said->id);
      add (self, peer);
    }
  bg_peer_take_entry (peer, said);
}

/* --- Life --- */

static void
add_pinned (BgPeerSet *self)
{
  g_auto (GStrv) ids = bg_peer_pins_list (self->context.pins);

  for (char **id = ids; *id; id++)
    if (bg_device_name_is_tolerable (*id) && !g_str_equal (*id, self->context.self_id))
      add (self, bg_peer_new (&self->context, *id));
}

BgPeerSet *
bg_peer_set_new (const BgPeerSetConfig *config, GError **error)
{
  g_autoptr (BgPeerSet) self = g_object_new (BG_TYPE_PEER_SET, NULL);

  self->context.pins = bg_peer_pins_load (config->pins_path, error);
  if (!self->context.pins)
    {
      self->closed = TRUE;
      return NULL;
    }
  self->context.set = self;
  bg_peer_context_fill (&self->context, config);
  if (config->signaling)
    {
      self->room = bg_peer_room_new (&self->context, take_entry);
      add_pinned (self);
      bg_peer_set_follow_log (self, config->log);
    }
  return g_steal_pointer (&self);
}

void
bg_peer_set_hurry (BgPeerSet *self)
{
  if (self->room)
    bg_peer_room_hurry (self->room);
}

void
bg_peer_set_forget (BgPeerSet *self, BgPeer *peer)
{
  if (peer->said && peer->is_listed && bg_peer_is_present (peer))
    bg_peer_room_repeat_take (self->room, g_steal_pointer (&peer->said));
  bg_peer_set_remove (self, peer);
}

static BgPeer *
find_meant (BgPeerSet *self, const char *word)
{
  GHashTableIter iter;
  gpointer id, peer;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, &id, &peer))
    if (bg_device_name_is_escaped_as (id, word))
      return peer;
  return bg_peer_set_lookup (self, word);
}

gboolean
bg_peer_set_forget_name (BgPeerSet *self, const char *name, GError **error)
{
  BgPeer *meant = find_meant (self, name);
  g_autoptr (BgPeer) peer = meant ? g_object_ref (meant) : NULL; /* forgetting removes it */
  g_autofree char *id = NULL;

  if (peer)
    return bg_peer_forget (peer, error);
  id = bg_peer_pins_find (self->context.pins, name);
  if (id)
    return bg_peer_pins_forget (self->context.pins, id, error);
  bg_peer_pins_refuse_unknown (name, error);
  return FALSE;
}

void
bg_peer_set_remove (BgPeerSet *self, BgPeer *peer)
{
  g_autoptr (BgPeer) kept = g_object_ref (peer);
  guint before = bg_peer_set_count_mesh (self);

  if (!g_hash_table_remove (self->peers, peer->id))
    return;
  self->n_static -= peer->is_static ? 1 : 0;
  note_count (self, before);
  count_as_unproved (self, peer, FALSE);
  g_hash_table_remove (self->judged_soon, peer);
  bg_peer_close (peer);
  g_signal_emit (self, signals[PEER_REMOVED], 0, peer);
  bg_peer_set_routes_changed (self);
}

void
bg_peer_set_close (BgPeerSet *self)
{
  g_autoptr (GPtrArray) peers = NULL;

  if (self->closed)
    return;
  self->closed = TRUE;
  bg_peer_turns_stop (self->context.turns);
  if (self->room)
    bg_peer_room_stop (self->room);
  bg_clear_source (&self->rejudge);
  bg_clear_source (&self->judge);
  bg_clear_source (&self->reroute);
  bg_clear_source (&self->idle);
  bg_clear_source (&self->reconsider);
  bg_clear_source (&self->seek);
  peers = bg_peer_set_get_peers (self);
  for (guint i = 0; i < peers->len; i++)
    bg_peer_set_remove (self, peers->pdata[i]);
  g_clear_pointer (&self->context.commands, bg_data_commands_free);
}

gboolean
bg_peer_set_add_static (BgPeerSet *self, const char *name, const BgPeerConfig *config,
                        const char *host, guint16 port, GError **error)
{
  g_autoptr (BgWords) refusal = bg_peer_key_refusal (&config->key, &self->context.self);
  BgClaim claim = bg_claim_key (&config->key, BG_CLAIM_FIXED);
  BgPeer *owner;

  if (refusal)
    {
      bg_error_set (error, BG_ERROR_CONFIG, ABOUT_PEER, name, refusal);
      return FALSE;
    }
  owner = bg_peer_claims_holder (self->context.claims, &claim);
  if (owner && !owner->is_static)
    owner = NULL; /* the settings go first */
  if (owner && g_str_equal (owner->id, name))
    {
      bg_peer_static_change (owner, config, host, port);
      bg_peer_set_routes_changed (self);
      return TRUE;
    }
  if (owner)
    {
      bg_error_set (error, BG_ERROR_CONFIG, PEERS_SHARE_KEY, name, owner->id);
      return FALSE;
    }
  if ((owner = bg_peer_set_lookup (self, name)) != NULL)
    bg_peer_set_remove (self, owner);
  add (self, bg_peer_new_static (&self->context, name, config, host, port));
  bg_peer_set_routes_changed (self);
  return TRUE;
}

void
bg_peer_set_remove_static (BgPeerSet *self, const char *name)
{
  BgPeer *peer = bg_peer_set_lookup (self, name);

  if (peer && peer->is_static)
    bg_peer_set_remove (self, peer);
}

void
bg_peer_set_set_accept (BgPeerSet *self, gboolean accept_routes, const GPtrArray *accepts)
{
  BgPeerContext *context = &self->context;
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  if (context->accept_routes == accept_routes && bg_peer_accepts_equal (context->accepts, accepts))
    return;
  context->accept_routes = accept_routes;
  g_ptr_array_unref (context->accepts);
  context->accepts = bg_peer_accepts_copy (accepts);
  for (guint i = 0; i < peers->len; i++)
    {
      BgPeer *peer = peers->pdata[i];

      if (peer->is_static)
        continue;
      if (peer->link.is_up)
        bg_peer_link (peer);
      bg_peer_announce (peer);
    }
}

void
bg_peer_set_set_offer (BgPeerSet *self, const BgPeerOffer *offer)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  bg_peer_context_set_offer (&self->context, offer);
  for (guint i = 0; i < peers->len; i++)
    if (!((BgPeer *) peers->pdata[i])->is_static)
      {
        bg_peer_judge_again (peers->pdata[i]);
        bg_peer_tell_offer (peers->pdata[i]);
      }
}

void
bg_peer_set_set_ice (BgPeerSet *self, const BgPeerSetConfig *config)
{
  BgPeerContext *context = &self->context;
  gboolean other_ways = context->paths != config->paths
                        || context->relay_only != config->relay_only;
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  bg_peer_context_set_ice (context, config);
  for (guint i = 0; i < peers->len && other_ways; i++)
    if (!((BgPeer *) peers->pdata[i])->is_static)
      bg_peer_reconnect (peers->pdata[i], NULL);
  for (guint i = 0; i < peers->len; i++)
    bg_peer_reconsider (peers->pdata[i]);
}

void
bg_peer_set_hold (BgPeerSet *self, gboolean held)
{
  bg_peer_turns_hold (self->context.turns, held);
}

static guint
count (const GPtrArray *peers, gboolean (*is_one) (BgPeer *))
{
  guint n = 0;

  for (guint i = 0; i < peers->len; i++)
    n += is_one (peers->pdata[i]) ? 1 : 0;
  return n;
}

void
bg_peer_set_doubt (BgPeerSet *self)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  bg_peer_turns_expect_restarts (self->context.turns, count (peers, bg_peer_has_moved));
  for (guint i = 0; i < peers->len; i++)
    if (!((BgPeer *) peers->pdata[i])->is_static)
      bg_peer_feed (peers->pdata[i], bg_peer_has_moved (peers->pdata[i]) ? BG_PEER_EVENT_MOVED
                                                                         : BG_PEER_EVENT_DOUBTED);
}

static gboolean
on_seek (gpointer data)
{
  bg_peer_set_seek_better (data);
  return G_SOURCE_REMOVE;
}

void
bg_peer_set_seek_better (BgPeerSet *self)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  bg_clear_source (&self->seek);
  if (!self->context.signaling)
    return;
  if (bg_signaling_client_get_state (self->context.signaling) != BG_SIGNALING_ONLINE)
    {
      bg_arm_timer (&self->seek, SEEK_AGAIN_MS, on_seek, self);
      return;
    }
  bg_peer_turns_expect_restarts (self->context.turns, count (peers, bg_peer_may_do_better));
  for (guint i = 0; i < peers->len; i++)
    if (!((BgPeer *) peers->pdata[i])->is_static && bg_peer_may_do_better (peers->pdata[i]))
      bg_peer_feed (peers->pdata[i], BG_PEER_EVENT_BETTER);
}

void
bg_peer_set_add_to_plan (BgPeerSet *self, struct _BgNetPlan *plan)
{
  g_autoptr (BgPrefixSet) outer_hosts = bg_peer_context_list_outer_hosts (&self->context);
  GHashTableIter iter;
  gpointer peer;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &peer))
    bg_peer_add_to_plan (peer, outer_hosts, plan);
  bg_peer_context_add_outside (&self->context, plan);
}

/* --- What the data plane says --- */

static void
take_stats (BgPeerSet *self, const BgEvent *event)
{
  for (guint i = 0; i < event->n_stats; i++)
    {
      BgPeer *peer = find_linked (self, &event->stats[i].key);

      if (peer && event->cookie == IDLE_COOKIE)
        bg_peer_note_traffic (peer, &event->stats[i]);
      else if (peer && event->cookie == BG_PEER_TURNS_COOKIE)
        bg_peer_note_used (peer, &event->stats[i]);
      else if (peer)
        bg_peer_take_stats (peer, &event->stats[i], event->cookie == BG_PEER_SET_ROUTINE_COOKIE);
    }
  if (event->cookie == BG_PEER_TURNS_COOKIE)
    bg_peer_turns_take_figures (self->context.turns);
}

void
bg_peer_set_take_event (BgPeerSet *self, const BgEvent *event)
{
  BgPeer *peer = event->type == BG_EVENT_STATS ? NULL : find_linked (self, &event->key);

  if (event->type == BG_EVENT_STATS)
    take_stats (self, event);
  else if (peer)
    bg_peer_take_event (peer, event);
}
