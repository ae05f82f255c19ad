/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

/* Peers on demand. One that rests has no transport, no session and no timer, so that a thousand of them cost nothing; the
 * engine keeps the packets that come for it meanwhile, and control is told to make a connection. */

void
bg_rest_set_on_demand (BgDataPeer *peer, bool on_demand)
{
  peer->on_demand = on_demand;
  wg_peer_set_patient (peer->wg, on_demand);
}

void
bg_rest_packet_waits (BgDataThread *self, BgDataPeer *peer)
{
  if (!peer->on_demand || peer->wanted || !bg_path_is_empty (&peer->path))
    return;
  peer->wanted = true;
  bg_data_thread_announce (self, peer, BG_EVENT_WANTED);
}

static void
say_so (BgDataThread *self, BgDataPeer *peer)
{
  BgControl control = { .type = BG_CONTROL_REST, .kind = peer->path.live };

  if (!peer->control || peer->path.live == BG_TRANSPORT_NONE || !bg_data_peer_has_session (peer))
    return;
  bg_outbound_control (self, peer, peer->path.live, &control);
  bg_outbound_flush (self);
}

void
bg_rest_begin (BgDataThread *self, BgDataPeer *peer)
{
  say_so (self, peer);
  bg_paths_detach_all (self, peer);
  bg_ping_forget (self, peer);
  wg_peer_expire (peer->wg);
  bg_data_thread_count_drop (self, peer, BG_DROP_NO_PATH, wg_peer_drop_staged (peer->wg));
  peer->wanted = false;
  bg_data_thread_arm (self, peer);
}
