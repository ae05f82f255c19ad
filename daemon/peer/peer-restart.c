/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Restarts of ICE in the session at hand: ours, each in its turn, and the peer's. */
#include "peer/peer-private.h"

#include "common/log.h"

static void
offer (BgPeer *self)
{
  g_auto (GStrv) turn = bg_peer_turn_urls (self->context);
  const BgIceSettings ice = bg_peer_ice_settings (self->context, turn);

  bg_negotiator_restart (self->negotiator, &ice);
}

void
bg_peer_restart (BgPeer *self)
{
  if (bg_peer_turns_may_restart (self->context->turns, self))
    offer (self);
}

void
bg_peer_start_restart (BgPeer *self)
{
  bg_peer_hold (self);
  offer (self);
  bg_peer_let_go (self);
}

void
bg_peer_answer_restart (BgPeer *self)
{
  g_auto (GStrv) turn = bg_peer_turn_urls (self->context);
  const BgIceSettings ice = bg_peer_ice_settings (self->context, turn);
  g_autoptr (GError) error = NULL;
  BgSdp *sdp = bg_peer_read_at_hand (self, &error);

  bg_peer_learn_abilities (self, self->descriptions.at_hand);
  if (sdp && bg_negotiator_answer_restart (self->negotiator, &ice, sdp, &error))
    {
      bg_peer_take_early_candidates (self);
      return;
    }
  bg_log (BG_TOPIC_PEER, WARNING, self->id, "offer unusable: %s", error->message);
  bg_peer_feed (self, BG_PEER_EVENT_RESTART_FAILED);
}
