/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-queue.h"
#include "wg/wg.h"

/* Packets that wait for a session, a queue for each peer and one bound over all: silent peers must not hold the packets
 * that the others need. Where the bound is met the longest queue loses its oldest packet. Peers of one length are a list,
 * so that nothing here looks for anybody. */

/* A peer's part. */
typedef struct
{
  BgPacketQueue  queue;
  WgPeer       *next, **link; /* of those with as many packets; link NULL: none */
} WgStaged;

typedef struct
{
  WgPeer  *by_length[WG_STAGED_MAX + 1];
  uint32_t longest; /* no queue has more */
  uint32_t n, max;  /* of all peers together */
} WgStaging;

/* At most `max` packets, and WG_STAGED_MAX a peer. */
void wg_staging_init (WgStaging *staging, uint32_t max);
/* Appends `pkt` to the peer's queue. Returns the packet that has to go, for the caller to free and count, or NULL. */
BgPacket *wg_staging_push (WgStaging *staging, WgPeer *peer, BgPacket *pkt);
/* The peer's oldest, or NULL. */
BgPacket *wg_staging_pop (WgStaging *staging, WgPeer *peer);
/* Frees all of the peer's packets and returns how many there were. */
uint32_t wg_staging_clear (WgStaging *staging, WgPeer *peer);
