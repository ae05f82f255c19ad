/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>

/* Peers that are watched though they speak no control messages: an echo request from our own address inside the tunnel. It goes to
 * the peer's own address; where none is known, since everything goes through it, to one for documentation and no further than one
 * hop, so that the other end says that it went too far. */

static const uint8_t nowhere4[4] = { 192, 0, 2, 1 },   /* RFC 5737 */
  nowhere6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }; /* RFC 3849 */

static bool
find_target (const BgDataThread *self, const BgDataPeer *peer, BgIcmpEcho *echo)
{
  const uint8_t *own4 = bg_ping_own_address (self, AF_INET),
                *own6 = bg_ping_own_address (self, AF_INET6);

  echo->family = AF_INET;
  if (own4 && (peer->has_host4 || peer->has_all4))
    {
      memcpy (echo->src, own4, 4);
      memcpy (echo->dst, peer->has_host4 ? peer->host4 : nowhere4, 4);
      echo->near = !peer->has_host4;
      return true;
    }
  if (!own6 || (!peer->has_host6 && !peer->has_all6))
    return false;
  echo->family = AF_INET6;
  memcpy (echo->src, own6, 16);
  memcpy (echo->dst, peer->has_host6 ? peer->host6 : nowhere6, 16);
  echo->near = !peer->has_host6;
  return true;
}

/* Made once: the same number and nonce in all, so that a late answer is one, too. */
static bool
make_echo (const BgDataThread *self, const BgDataPeer *peer, BgIcmpEcho *echo)
{
  BgIcmpEcho made = { 0 };

  if (echo->family != 0)
    return true;
  if (!find_target (self, peer, &made)
      || getrandom (&made.id, sizeof made.id, GRND_NONBLOCK) != (ssize_t) sizeof made.id
      || getrandom (made.nonce, sizeof made.nonce, GRND_NONBLOCK) != (ssize_t) sizeof made.nonce)
    return false;
  *echo = made;
  return true;
}

/* What would wait for a session would push out packets of people. */
static void
ask (BgDataThread *self, BgDataPeer *peer)
{
  BgPacket *pkt;

  if (!bg_data_peer_has_session (peer))
    {
      wg_peer_start_handshake (peer->wg, self->now_ns);
      return;
    }
  if (bg_data_peer_kind (peer) == BG_TRANSPORT_NONE || !make_echo (self, peer, &peer->echo)
      || !(pkt = bg_packet_new (self->pool)))
    return;
  bg_icmp_echo_request (&peer->echo, pkt);
  bg_outbound_send_take (self, peer, pkt);
}

void
bg_watch_set (BgDataThread *self, BgDataPeer *peer, BgWatch watch)
{
  bg_path_set_watch (&peer->path, watch, self->now_ns);
  bg_echo_watch_set (&peer->watch, peer->control ? BG_WATCH_REST : watch, peer->path_id > 0,
                     self->now_ns);
}

void
bg_watch_run (BgDataThread *self, BgDataPeer *peer)
{
  switch (bg_echo_watch_step (&peer->watch, self->now_ns))
    {
    case BG_ECHO_ASK:
      ask (self, peer);
      break;
    case BG_ECHO_LOST:
      bg_data_thread_announce (self, peer, BG_EVENT_MISSED);
      wg_peer_start_handshake (peer->wg, self->now_ns);
      break;
    case BG_ECHO_NOTHING:
      break;
    }
}

void
bg_watch_used (BgDataThread *self, BgDataPeer *peer)
{
  BgEchoWatch *watch = &peer->watch;
  bool begins = watch->watch == BG_WATCH_USED
                && !bg_watch_is_close (watch->watch, watch->used_ns, self->now_ns);

  watch->used_ns = self->now_ns;
  if (begins)
    bg_data_thread_arm (self, peer);
}

void
bg_watch_heard (BgDataThread *self, BgDataPeer *peer)
{
  if (peer->watch.watch != BG_WATCH_REST && bg_echo_watch_heard (&peer->watch, self->now_ns))
    bg_data_thread_announce (self, peer, BG_EVENT_HEARD);
}

bool
bg_watch_take_reply (BgDataThread *self, BgDataPeer *peer, const uint8_t *bytes, size_t len)
{
  if (peer->echo.family == 0 || !bg_icmp_is_echo_reply (bytes, len, &peer->echo))
    return false;
  bg_echo_watch_answered (&peer->watch, self->now_ns);
  return true;
}
