/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

/* Static peers have one way, which nobody proves; what it carries whole is found with those that are bamgates. */

/* Packets are fitted to the size in use, and the route is told. */
static void
choose (BgDataThread *self, BgDataPeer *peer)
{
  uint32_t before = bg_data_peer_mtu (peer, self->tun_mtu);

  peer->mtu = bg_plain_mtu_proved (&peer->plain);
  if (bg_data_peer_mtu (peer, self->tun_mtu) != before)
    bg_data_thread_announce (self, peer, BG_EVENT_PATH);
  bg_data_thread_arm (self, peer);
}

void
bg_plain_paths_session (BgDataThread *self, BgDataPeer *peer)
{
  bg_plain_mtu_session (&peer->plain);
  choose (self, peer);
}

void
bg_plain_paths_moved (BgDataThread *self, BgDataPeer *peer)
{
  if (!peer->plain.known)
    return;
  bg_path_mtu_start (&peer->plain.mtu, self->now_ns);
  bg_data_thread_arm (self, peer);
}

void
bg_plain_paths_resize (BgDataThread *self, BgDataPeer *peer)
{
  if (!peer->plain.known)
    return;
  bg_path_mtu_init (&peer->plain.mtu, bg_data_peer_least_mtu (peer, self->tun_mtu), self->tun_mtu);
  bg_path_mtu_start (&peer->plain.mtu, self->now_ns);
  choose (self, peer);
}

void
bg_plain_paths_heard (BgDataThread *self, BgDataPeer *peer, const uint8_t *pad, uint32_t len)
{
  if (bg_plain_mtu_heard (&peer->plain, pad, len, bg_data_peer_least_mtu (peer, self->tun_mtu),
                          self->tun_mtu, self->now_ns))
    bg_data_thread_arm (self, peer);
}

void
bg_plain_paths_sent (BgDataThread *self, BgDataPeer *peer, uint32_t size)
{
  BgPathMtu *mtu = &peer->plain.mtu;
  bool first = mtu->large_ns == BG_PATH_MTU_NEVER;

  if (!peer->plain.known)
    return;
  bg_path_mtu_sent (mtu, size, self->now_ns);
  if (first && mtu->large_ns != BG_PATH_MTU_NEVER)
    bg_data_thread_arm (self, peer);
}

void
bg_plain_paths_answered (BgDataThread *self, BgDataPeer *peer, uint32_t id, uint64_t latency_ns)
{
  bg_path_mtu_answered (&peer->plain.mtu, id, latency_ns, self->now_ns);
  choose (self, peer);
}

void
bg_plain_paths_run (BgDataThread *self, BgDataPeer *peer)
{
  BgPlainMtu *plain = &peer->plain;
  uint32_t size;

  if (!plain->known || !bg_data_peer_has_session (peer))
    return;
  while ((size = bg_path_mtu_pop (&plain->mtu, plain->next_id, self->now_ns)) > 0)
    {
      BgControl probe = { .type = BG_CONTROL_PROBE,
                          .kind = BG_TRANSPORT_UDP,
                          .id = plain->next_id,
                          .stamp = bg_data_thread_clock (),
                          .size = size };

      plain->next_id = (plain->next_id + 1) & INT32_MAX; /* the highest bit is that of pings */
      bg_outbound_control (self, peer, BG_TRANSPORT_UDP, &probe);
    }
  choose (self, peer);
}
