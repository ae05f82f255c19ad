/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct BgPacket     BgPacket;
typedef struct BgPacketPool BgPacketPool;
struct WgPeer;
struct WgKeypair;

enum
{
  /* 16 WireGuard data header, 4 encapsulated handshake or TURN channel, 10 virtio_net_hdr, rounded to a cache line. */
  BG_PACKET_HEADROOM = 64,
  /* 15 padding, 16 authentication tag, rounded. */
  BG_PACKET_TAILROOM = 64,
  /* How many packets go through a transport or a ring in one call at most. */
  BG_BATCH_MAX = 128,
};

/* A pooled buffer with headroom. `data`/`len` are the message as it stands now; sealing and opening move `data` inside
 * the buffer and never move the payload. A packet has one owner at a time; whoever drops it calls bg_packet_free(). */
struct BgPacket
{
  BgPacket     *next; /* link of the queue that holds it */
  BgPacketPool *pool;
  uint8_t      *data;
  uint32_t      len;
  uint32_t      room; /* bytes in buf[] */

  /* Annotations of the WireGuard engine, valid between its phases. */
  struct WgPeer    *peer;
  struct WgKeypair *keypair;
  uint64_t          counter;
  uint8_t           verdict; /* WgVerdict of the phase that runs off the engine's thread */
  uint8_t           traffic_class; /* inbound: DSCP and ECN of the outer packet; outbound: its ECN */

  /* Annotations of the data plane. */
  uint8_t transport; /* BgTransportKind it came over, or leaves by */
  bool    urgent;    /* handshake, keepalive or control message: passes queues and credit windows */
  bool    whole;     /* outbound: not to be fragmented on the way, a probe of that */
  bool    strayed;   /* inbound, by a transport with one remote address: came from another one, endpoint.addr */

  BgEndpoint endpoint; /* inbound: source; outbound: destination */

  _Alignas (64) uint8_t buf[];
};

/* Empties `pkt` and puts `data` behind the headroom. */
static inline void
bg_packet_reset (BgPacket *pkt)
{
  pkt->next = NULL;
  pkt->data = pkt->buf + BG_PACKET_HEADROOM;
  pkt->len = 0;
  pkt->peer = NULL;
  pkt->keypair = NULL;
  pkt->counter = 0;
  pkt->verdict = 0;
  pkt->traffic_class = 0;
  pkt->transport = 0;
  pkt->urgent = false;
  pkt->whole = false;
  pkt->strayed = false;
  pkt->endpoint.path = 0;
  pkt->endpoint.ifindex = 0;
}

/* Bytes that can be put before `data`. */
static inline size_t
bg_packet_headroom (const BgPacket *pkt)
{
  return (size_t) (pkt->data - pkt->buf);
}

/* Bytes that can be put behind `data + len`. */
static inline size_t
bg_packet_tailroom (const BgPacket *pkt)
{
  return pkt->room - bg_packet_headroom (pkt) - pkt->len;
}
