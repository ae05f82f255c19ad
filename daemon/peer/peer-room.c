/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-room.h"

#include "common/device-name.h"
#include "common/log.h"
#include "peer/main-timer.h"

/* A hub may answer a join with several frames, each below what a client takes; nothing says which is the last. */
#define LIST_MS 1000
/* Between two dials, while a peer without a path waits for the hub; for two minutes, as nobody may be there for long. */
#define HURRY_SOON_MS 500 /* at first: not all in the moment when a hub comes back */
#define HURRY_MS 5000
#define HURRIES_MAX 24

struct _BgPeerRoom
{
  BgPeerContext *context;
  BgPeerRoomEntry take_entry;
  gboolean stopped;
  GHashTable *listed; /* ids named since we joined; NULL once that list is over */
  GSource *list_over;
  GPtrArray *forgotten; /* BgSignalPeer: to be named once more */
  GSource *repeat;
  GSource *hurry;
  guint hurries; /* since the hub was there last */
};

static GPtrArray *
new_entries (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) bg_signal_peer_free);
}

/* Only a whole list says who is not there. */
static gboolean
on_list_over (gpointer data)
{
  BgPeerRoom *self = data;
  g_autoptr (BgPeerSet) set = g_object_ref (self->context->set);
  g_autoptr (GHashTable) named = g_steal_pointer (&self->listed);
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (set);

  bg_clear_source (&self->list_over);
  for (guint i = 0; i < peers->len && !self->stopped; i++)
    {
      BgPeer *peer = peers->pdata[i];

      if (bg_peer_is_present (peer) && !g_hash_table_contains (named, peer->id))
        bg_peer_take_left (peer);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
on_repeat (gpointer data)
{
  BgPeerRoom *self = data;
  g_autoptr (BgPeerSet) set = g_object_ref (self->context->set);
  g_autoptr (GPtrArray) said = g_steal_pointer (&self->forgotten);

  self->forgotten = new_entries ();
  bg_clear_source (&self->repeat);
  for (guint i = 0; i < said->len && !self->stopped; i++)
    self->take_entry (set, said->pdata[i]);
  return G_SOURCE_REMOVE;
}

void
bg_peer_room_repeat_take (BgPeerRoom *self, BgSignalPeer *said)
{
  g_ptr_array_add (self->forgotten, said);
  if (!self->stopped)
    bg_arm_timer (&self->repeat, 0, on_repeat, self);
}

static void
take_listed (BgPeerRoom *self, const BgSignalPeer *said)
{
  if (self->listed)
    g_hash_table_add (self->listed, g_strdup (said->id));
  self->take_entry (self->context->set, said);
}

static void
take_list (BgPeerRoom *self, const BgSignalMessage *message)
{
  g_autoptr (GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);

  if (self->listed && !self->list_over)
    bg_arm_timer (&self->list_over, LIST_MS, on_list_over, self);
  for (guint i = 0; i < message->peers->len && !self->stopped; i++)
    {
      const BgSignalPeer *said = message->peers->pdata[i];

      if (!bg_device_name_is_tolerable (said->id))
        bg_log (BG_TOPIC_PEER, WARNING, NULL, "a peer without a usable name is ignored");
      else if (!g_str_equal (said->id, self->context->self_id)
               && g_hash_table_add (named, said->id))
        take_listed (self, said);
    }
}

/* NULL: nobody of that name, or none of the hub's. */
static BgPeer *
find (BgPeerRoom *self, const char *id)
{
  BgPeer *peer = id ? bg_peer_set_lookup (self->context->set, id) : NULL;

  return peer && !peer->is_static ? peer : NULL;
}

static void
take_left (BgPeerRoom *self, const char *id)
{
  BgPeer *peer = find (self, id);

  if (peer)
    bg_peer_take_left (peer);
}

static void
take_those_that_left (BgPeerRoom *self, char **ids)
{
  for (char **id = ids; id != NULL && *id != NULL && !self->stopped; id++)
    take_left (self, *id);
}

static void
take_from_peer (BgPeerRoom *self, const BgSignalMessage *message)
{
  BgPeer *peer = find (self, message->from);

  if (!peer || g_strcmp0 (message->to, self->context->self_id) != 0)
    {
      bg_log (BG_TOPIC_PEER, DEBUG, NULL, "a message of an unknown peer is ignored");
      return;
    }
  if (message->type == BG_SIGNAL_OFFER)
    bg_peer_take_offer (peer, message);
  else if (message->type == BG_SIGNAL_ANSWER)
    bg_peer_take_answer (peer, message);
  else
    bg_peer_take_candidate (peer, message->candidate);
}

static void
on_signaling_message (BgSignalingClient *signaling, BgSignalMessage *message, BgPeerRoom *self)
{
  g_autoptr (BgPeerSet) alive = g_object_ref (self->context->set);

  switch (message->type)
    {
    case BG_SIGNAL_PEERS:
      take_those_that_left (self, message->left);
      take_list (self, message);
      break;
    case BG_SIGNAL_PEER_LEFT:
      take_left (self, message->peer_id);
      break;
    case BG_SIGNAL_OFFER:
    case BG_SIGNAL_ANSWER:
    case BG_SIGNAL_CANDIDATE:
      take_from_peer (self, message);
      break;
    case BG_SIGNAL_NETWORK:
    case BG_SIGNAL_MOVED:
    case BG_SIGNAL_UNKNOWN:
    case BG_SIGNAL_JOIN:
      break;
    }
}

/* --- A hub that is needed --- */

static gboolean
needs_hub (const BgPeer *peer)
{
  return !peer->is_static && peer->link.kind == BG_TRANSPORT_NONE
         && (peer->fsm.state == BG_PEER_RELINKING || peer->fsm.state == BG_PEER_RESTARTING);
}

static gboolean
is_hub_needed (BgPeerRoom *self)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self->context->set);

  for (guint i = 0; i < peers->len; i++)
    if (needs_hub (peers->pdata[i]))
      return TRUE;
  return FALSE;
}

static gboolean
on_hurry (gpointer data)
{
  BgPeerRoom *self = data;

  bg_clear_source (&self->hurry);
  self->hurries++;
  if (is_hub_needed (self)
      && bg_signaling_client_get_state (self->context->signaling) == BG_SIGNALING_WAITING)
    bg_signaling_client_retry_now (self->context->signaling);
  bg_peer_room_hurry (self);
  return G_SOURCE_REMOVE;
}

static guint
about (gint ms)
{
  return (guint) g_random_int_range (ms * 3 / 4, ms * 5 / 4);
}

void
bg_peer_room_hurry (BgPeerRoom *self)
{
  if (self->stopped || self->hurry || self->hurries >= HURRIES_MAX
      || bg_signaling_client_get_state (self->context->signaling) == BG_SIGNALING_ONLINE
      || !is_hub_needed (self))
    return;
  bg_arm_timer (&self->hurry, about (self->hurries == 0 ? HURRY_SOON_MS : HURRY_MS), on_hurry,
                self);
}

static void
on_signaling_state_changed (BgSignalingClient *signaling, BgPeerRoom *self)
{
  g_autoptr (BgPeerSet) set = g_object_ref (self->context->set);
  g_autoptr (GPtrArray) peers = NULL;

  bg_clear_source (&self->list_over);
  g_clear_pointer (&self->listed, g_hash_table_unref);
  bg_peer_room_hurry (self);
  if (bg_signaling_client_get_state (signaling) != BG_SIGNALING_ONLINE)
    return;
  self->hurries = 0;
  self->listed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  peers = bg_peer_set_get_peers (set);
  for (guint i = 0; i < peers->len && !self->stopped; i++)
    bg_peer_flush (peers->pdata[i]);
}

BgPeerRoom *
bg_peer_room_new (BgPeerContext *context, BgPeerRoomEntry take_entry)
{
  BgPeerRoom *self = g_new0 (BgPeerRoom, 1);

  self->context = context;
  self->take_entry = take_entry;
  self->forgotten = new_entries ();
  g_signal_connect (context->signaling, "message", G_CALLBACK (on_signaling_message), self);
  g_signal_connect (context->signaling, "state-changed", G_CALLBACK (on_signaling_state_changed),
                    self);
  return self;
}

void
bg_peer_room_stop (BgPeerRoom *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  bg_clear_source (&self->list_over);
  bg_clear_source (&self->repeat);
  bg_clear_source (&self->hurry);
  g_signal_handlers_disconnect_by_data (self->context->signaling, self);
}

void
bg_peer_room_free (BgPeerRoom *self)
{
  bg_peer_room_stop (self);
  g_clear_pointer (&self->listed, g_hash_table_unref);
  g_ptr_array_unref (self->forgotten);
  g_free (self);
}
