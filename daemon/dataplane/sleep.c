/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

/* The machine sleeps. Keys must not lie in memory meanwhile, or on disk: sessions end before it, as in the kernel's module.
 * Transports stay, and what was proved of them, so that the first handshake afterwards takes the way that worked. */

static void
end_session (BgDataPeer *peer)
{
  peer->slept |= bg_data_peer_has_session (peer);
  peer->settled = false;
  wg_peer_expire (peer->wg);
  bg_path_suspend (&peer->path);
}

static void
end_sessions (BgDataThread *self)
{
  for (BgDataPeer *peer = self->peers.first; peer; peer = peer->next)
    end_session (peer);
  bg_crypto_pool_sweep (self->crypto);
}

void
bg_sleep_begin (BgDataThread *self)
{
  BgEvent event = { .type = BG_EVENT_ASLEEP, .latency_us = -1 };

  end_sessions (self);
  bg_event_queue_push_take (self->events, &event);
}

/* Mesh peers always want a session, static ones that had one, or that are told to keep one. */
static bool
wants_session (const BgDataPeer *peer)
{
  return peer->slept || wg_peer_keepalive (peer->wg) > 0 || !bg_path_is_empty (&peer->path);
}

void
bg_sleep_end (BgDataThread *self)
{
  end_sessions (self); /* nobody may have said that it would sleep */
  for (BgDataPeer *peer = self->peers.first; peer; peer = peer->next)
    {
      if (wants_session (peer))
        wg_peer_start_handshake (peer->wg, self->now_ns);
      peer->slept = false;
      bg_data_thread_arm (self, peer);
    }
}
