/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two engines with fixed keys for the WireGuard fuzzers; the same random numbers in each run. */

#include "packet/packet-pool.h"
#include "wg/wg-private.h"
#include "wg/wg.h"

#define FUZZ_NOW (1000 * WG_SECOND)

typedef struct
{
  uint64_t      seed;
  BgPacketPool *pool;
  WgSealer     *sealer;
  WgDevice     *a, *b;
  WgPeer       *b_of_a, *a_of_b;
} FuzzPair;

/* Aborts, and stays in release builds. */
#define FUZZ_ASSERT(condition) ((condition) ? (void) 0 : abort ())

/* A is 10.0.0.1 and fd00::1, B is 10.0.0.2 and fd00::2. */
void fuzz_pair_begin (FuzzPair *pair);
/* Asserts that no packet is missing. */
void fuzz_pair_end (FuzzPair *pair);
/* A handshake and its confirmation, A initiating. */
void fuzz_pair_connect (FuzzPair *pair);
/* A packet of the pool with these bytes, at most the pool's size of them. */
BgPacket *fuzz_packet (FuzzPair *pair, const uint8_t *data, size_t size);
/* Runs `pkt` through all phases of `dev` and frees it. */
WgVerdict fuzz_receive (FuzzPair *pair, WgDevice *dev, BgPacket *pkt);
/* Seals and frees what `dev` wants to send. */
void fuzz_drain (FuzzPair *pair, WgDevice *dev);
