/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections that rest while there is no traffic: with many peers only those are connected that are used. */
#include "peer/peer-private.h"

#include "common/log.h"
#include "peer/main-timer.h"

/* An attempt for traffic that found nobody is given up after this, and what waited is dropped. */
#define PATIENCE_US (30 * G_USEC_PER_SEC)
/* Who comes back this soon after it was let go, and again and again, wants to be connected always. */
#define AT_ONCE_US (2 * G_USEC_PER_SEC)
#define AGAIN 3

/* Only of a device that proved its key do we know what it can. */
static gboolean
knows_rest (BgPeer *self)
{
  const BgPeerPin *pin = bg_peer_pins_get (self->context->pins, self->id);

  if (!pin || !pin->confirmed || self->fsm.foreign)
    return FALSE;
  return self->negotiator && self->implementation ? self->speaks.rests : pin->rests;
}

static gboolean
is_chosen (BgPeer *self)
{
  BgPeerContext *context = self->context;

  if (context->connect == BG_CONNECT_ALWAYS || self->demand.came_back >= AGAIN
      || g_strcmp0 (context->exit_id, self->id) == 0)
    return FALSE;
  if (context->connect_always
      && g_strv_contains ((const char *const *) context->connect_always, self->id))
    return FALSE;
  return context->connect == BG_CONNECT_ON_DEMAND
         || bg_peer_set_count_mesh (context->set) > BG_PEER_ALWAYS_UP_TO;
}

gboolean
bg_peer_is_on_demand (BgPeer *self)
{
  return self->context && !self->is_static && is_chosen (self) && knows_rest (self);
}

static gboolean
is_wanted (BgPeer *self)
{
  gint64 patience_us = bg_peer_state_is_live (self->fsm.state)
                         ? (gint64) self->context->idle_s * G_USEC_PER_SEC
                         : PATIENCE_US;

  return self->demand.wanted_us > 0 && bg_main_now_us () - self->demand.wanted_us < patience_us;
}

gboolean
bg_peer_may_rest (BgPeer *self)
{
  return bg_peer_is_on_demand (self) && !is_wanted (self);
}

/* Said once: packets may wait already when LOST follows what we said while it was open. */
void
bg_peer_rest (BgPeer *self)
{
  gboolean is_said = self->demand.letting_go;

  self->demand.letting_go = self->fsm.state != BG_PEER_RESTING;
  self->demand.rested_us = bg_main_now_us ();
  bg_peer_link (self);
  if (!is_said)
    bg_data_commands_rest (self->context->commands, &self->link.key);
}

void
bg_peer_want (BgPeer *self)
{
  self->demand.wanted_us = bg_main_now_us ();
  bg_peer_feed (self, BG_PEER_EVENT_WANTED);
}

void
bg_peer_take_rested (BgPeer *self)
{
  self->demand.wanted_us = 0;
  bg_peer_feed (self, BG_PEER_EVENT_RESTED);
  bg_peer_reconsider (self);
}

static void
note_return (BgPeer *self, gint64 now)
{
  if (self->demand.rested_us == 0 || self->demand.wanted_us > self->demand.rested_us)
    return; /* we want it */
  self->demand.came_back = now - self->demand.rested_us < AT_ONCE_US ? self->demand.came_back + 1
                                                                     : 0;
  if (self->demand.came_back == AGAIN)
    bg_log (BG_TOPIC_PEER, INFO, self->id, "stays connected: it comes back whenever it is let go");
}

void
bg_peer_note_open (BgPeer *self)
{
  gint64 now = bg_main_now_us ();

  self->demand.letting_go = FALSE;
  note_return (self, now);
  bg_peer_pins_note_rests (self->context->pins, self->id, self->speaks.rests);
  self->demand.wanted_us = now;
  if (bg_peer_is_on_demand (self))
    bg_peer_set_watch_idle (self->context->set);
}

void
bg_peer_note_traffic (BgPeer *self, const BgPeerStats *stats)
{
  guint64 packets = stats->rx_packets + stats->tx_packets;

  if (packets != self->demand.packets)
    self->demand.wanted_us = bg_main_now_us ();
  self->demand.packets = packets;
  if (self->fsm.state == BG_PEER_OPEN && bg_peer_may_rest (self))
    bg_peer_feed (self, BG_PEER_EVENT_IDLE);
}

void
bg_peer_note_used (BgPeer *self, const BgPeerStats *stats)
{
  if (stats->quiet_us >= 0)
    self->demand.wanted_us = MAX (self->demand.wanted_us, bg_main_now_us () - stats->quiet_us);
}

void
bg_peer_reconsider (BgPeer *self)
{
  if (!self->context)
    return;
  if (self->link.is_up && self->link.exit != bg_peer_exit_allowed (self))
    bg_peer_link (self);
  if (self->is_static)
    return;
  if (self->fsm.state == BG_PEER_RESTING && !bg_peer_is_on_demand (self))
    bg_peer_want (self);
  else if (self->link.is_up && self->demand.linked != bg_peer_is_on_demand (self))
    bg_peer_link (self);
  if (bg_peer_state_is_live (self->fsm.state) && bg_peer_is_on_demand (self))
    bg_peer_set_watch_idle (self->context->set);
}
