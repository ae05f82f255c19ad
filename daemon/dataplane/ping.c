/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>

#define MS UINT64_C (1000000)

/* Ids of our probes have the bit that those of path.c leave free. */
#define PING_ID_BIT (UINT32_C (1) << 31)

static void
finish (BgDataThread *self, BgPing *ping, int64_t latency_us)
{
  BgEvent event = {
    .type = BG_EVENT_PING,
    .key = ping->peer->key,
    .kind = bg_data_peer_kind (ping->peer),
    .latency_us = latency_us,
    .cookie = ping->cookie,
  };

  ping->peer = NULL;
  self->pings.pending--;
  bg_event_queue_push_take (self->events, &event);
}

const uint8_t *
bg_ping_own_address (const BgDataThread *self, int family)
{
  for (uint32_t i = 0; i < self->n_addresses; i++)
    if (self->addresses[i].family == family)
      return self->addresses[i].addr;
  return NULL;
}

/* False where neither family has an address on both sides. */
static bool
make_echo (BgDataThread *self, const BgDataPeer *peer, BgIcmpEcho *echo)
{
  const uint8_t *own4 = peer->has_host4 ? bg_ping_own_address (self, AF_INET) : NULL;
  const uint8_t *own6 = peer->has_host6 ? bg_ping_own_address (self, AF_INET6) : NULL;

  memset (echo, 0, sizeof *echo);
  if (own4)
    {
      echo->family = AF_INET;
      memcpy (echo->src, own4, 4);
      memcpy (echo->dst, peer->host4, 4);
    }
  else if (own6)
    {
      echo->family = AF_INET6;
      memcpy (echo->src, own6, 16);
      memcpy (echo->dst, peer->host6, 16);
    }
  else
    return false;
  echo->seq = (uint16_t) self->pings.next_id;
  return getrandom (&echo->id, sizeof echo->id, GRND_NONBLOCK) == (ssize_t) sizeof echo->id
         && getrandom (echo->nonce, sizeof echo->nonce, GRND_NONBLOCK)
              == (ssize_t) sizeof echo->nonce;
}

static bool
is_probe (const BgPing *ping)
{
  return ping->echo.family == 0;
}

static void
send_echo (BgDataThread *self, BgPing *ping)
{
  BgPacket *pkt = bg_packet_new (self->pool);

  if (!pkt)
    return;
  bg_icmp_echo_request (&ping->echo, pkt);
  bg_outbound_send_take (self, ping->peer, pkt);
}

/* Sends it where the peer has a session and a way; else that is waited for. */
static void
try (BgDataThread *self, BgPing *ping)
{
  BgTransportKind kind = bg_data_peer_kind (ping->peer);
  BgControl control = { .type = BG_CONTROL_PROBE, .kind = kind, .id = ping->id };

  if (!bg_data_peer_has_session (ping->peer))
    {
      wg_peer_start_handshake (ping->peer->wg, self->now_ns);
      return;
    }
  if (kind == BG_TRANSPORT_NONE)
    return;
  ping->sent = true;
  ping->sent_ns = control.stamp = bg_data_thread_clock ();
  if (is_probe (ping))
    bg_outbound_control (self, ping->peer, kind, &control);
  else
    send_echo (self, ping);
}

static BgPing *
free_slot (BgPings *pings)
{
  for (int i = 0; i < BG_PINGS_MAX; i++)
    if (!pings->slots[i].peer)
      return &pings->slots[i];
  return NULL;
}

static bool
is_reachable (const BgDataThread *self, const BgDataPeer *peer)
{
  WgPeerStats stats;

  if (peer->path_id)
    return !bg_path_is_empty (&peer->path);
  wg_peer_get_stats (peer->wg, &stats);
  return self->udp && stats.has_endpoint;
}

void
bg_ping_start (BgDataThread *self, BgDataPeer *peer, uint32_t timeout_ms, uint64_t cookie)
{
  BgPing *ping = free_slot (&self->pings);
  BgPing refused;
  bool possible;

  if (!ping)
    ping = &refused;
  *ping = (BgPing){
    .peer = peer,
    .id = PING_ID_BIT | self->pings.next_id++,
    .cookie = cookie,
    .deadline_ns = self->now_ns + timeout_ms * MS,
  };
  self->pings.pending++;
  possible = ping != &refused && is_reachable (self, peer)
             && ((peer->path_id && peer->control) || make_echo (self, peer, &ping->echo));
  if (possible)
    try (self, ping);
  else
    finish (self, ping, -1);
}

void
bg_ping_retry (BgDataThread *self, BgDataPeer *peer)
{
  for (int i = 0; i < BG_PINGS_MAX && self->pings.pending > 0; i++)
    if (self->pings.slots[i].peer == peer && !self->pings.slots[i].sent)
      try (self, &self->pings.slots[i]);
}

bool
bg_ping_is_id (uint32_t id)
{
  return id & PING_ID_BIT;
}

/* `known_ns` is what is known of the way it took, for whoever asks later. */
static void
answered (BgDataThread *self, BgPing *ping, int64_t *known_ns)
{
  uint64_t latency_ns = bg_data_thread_clock () - ping->sent_ns;

  *known_ns = (int64_t) latency_ns;
  finish (self, ping, (int64_t) (latency_ns / 1000));
}

void
bg_ping_probe_answered (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, uint32_t id)
{
  for (int i = 0; i < BG_PINGS_MAX && self->pings.pending > 0; i++)
    {
      BgPing *ping = &self->pings.slots[i];

      if (ping->peer == peer && ping->sent && is_probe (ping) && ping->id == id)
        answered (self, ping, &peer->path.links[kind].latency_ns);
    }
}

bool
bg_ping_take_reply (BgDataThread *self, BgDataPeer *peer, const uint8_t *bytes, size_t len)
{
  for (int i = 0; i < BG_PINGS_MAX && self->pings.pending > 0; i++)
    {
      BgPing *ping = &self->pings.slots[i];

      if (ping->peer == peer && ping->sent && !is_probe (ping)
          && bg_icmp_is_echo_reply (bytes, len, &ping->echo))
        {
          answered (self, ping, &peer->echo_ns);
          return true;
        }
    }
  return false;
}

void
bg_ping_forget (BgDataThread *self, BgDataPeer *peer)
{
  for (int i = 0; i < BG_PINGS_MAX; i++)
    if (self->pings.slots[i].peer == peer)
      finish (self, &self->pings.slots[i], -1);
}

uint64_t
bg_ping_next (const BgDataThread *self)
{
  uint64_t next = BG_PATH_NEVER;

  for (int i = 0; i < BG_PINGS_MAX && self->pings.pending > 0; i++)
    if (self->pings.slots[i].peer && self->pings.slots[i].deadline_ns < next)
      next = self->pings.slots[i].deadline_ns;
  return next;
}

void
bg_ping_run (BgDataThread *self)
{
  for (int i = 0; i < BG_PINGS_MAX && self->pings.pending > 0; i++)
    if (self->pings.slots[i].peer && self->pings.slots[i].deadline_ns <= self->now_ns)
      finish (self, &self->pings.slots[i], -1);
}
