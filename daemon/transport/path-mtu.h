/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The largest inner packet that one transport carries, found and watched by padded probes alone (datagram packetization
 * layer path MTU discovery, RFC 8899): an answer proves the size of its probe. ICMP is not asked, since anyone can forge it,
 * and many a router does not send it. Logic only: no clock, no I/O; sizes are those of inner packets.
 *
 *   search   a fan of sizes leaves at once, the largest first; while no size is in use, each answer that is better than those
 *            before is taken at once. What finds no answer in BG_PATH_MTU_TRIES rounds is too large. The gap between the
 *            largest that was answered and the smallest that was not is fanned out again, down to BG_PATH_MTU_GRAIN.
 *   settled  while large packets leave, the size in use is confirmed every BG_PATH_MTU_CONFIRM_MS. A confirmation that
 *            is missed starts a search below; if in its rounds only smaller sizes are answered, the path has become
 *            narrower. Below the ceiling larger sizes are tried after 10 s, 20 s, 40 s and so on up to 10 min.
 *
 * Where not even the floor is answered no size is in use: the transport is of no use for traffic. */

#define BG_PATH_MTU_NEVER UINT64_MAX

enum
{
  BG_PATH_MTU_FAN = 8,
  BG_PATH_MTU_TRIES = 3,
  BG_PATH_MTU_GRAIN = 8,
  BG_PATH_MTU_CONFIRM_MS = 500,
  BG_PATH_MTU_ROUND_MS = 200,     /* at least, and one and a half round trips; at most: */
  BG_PATH_MTU_ROUND_MAX_MS = 1000,
  BG_PATH_MTU_RETRY_MS = 5000,    /* not even the floor was answered */
  BG_PATH_MTU_RAISE_MIN_MS = 10000,
  BG_PATH_MTU_RAISE_MS = 600000,  /* RFC 8899, 5.1.1: PMTU_RAISE_TIMER */
};

typedef struct
{
  uint32_t size;
  uint32_t ids[BG_PATH_MTU_TRIES]; /* of its probes */
  uint8_t  tries;
} BgPathMtuSize;

typedef struct
{
  uint32_t floor, ceiling;
  uint32_t proved;       /* the size in use; 0: none */
  uint64_t round_ns;

  /* the search */
  bool          searching;
  uint32_t      lower;   /* the largest answered in this search */
  uint32_t      upper;   /* one that is too large */
  BgPathMtuSize fan[BG_PATH_MTU_FAN]; /* descending */
  uint8_t       n;
  uint8_t       sent;    /* of this round */
  uint8_t       round;
  uint64_t      round_end_ns;

  /* settled */
  uint64_t large_ns;     /* the first large packet since the size was confirmed */
  uint64_t raise_ns, raise_spacing_ns;
} BgPathMtu;

/* Nothing is proved, nothing is sent. */
void bg_path_mtu_init (BgPathMtu *mtu, uint32_t floor, uint32_t ceiling);
/* The same, keeping the limits. */
void bg_path_mtu_stop (BgPathMtu *mtu);
/* Searches from the ceiling down, and up again. */
void bg_path_mtu_start (BgPathMtu *mtu, uint64_t now_ns);
/* The least that is of use changed; a smaller size in use is given up. */
void bg_path_mtu_set_floor (BgPathMtu *mtu, uint32_t floor, uint64_t now_ns);

/* A packet of this size left. */
static inline void
bg_path_mtu_sent (BgPathMtu *mtu, uint32_t size, uint64_t now_ns)
{
  if (size >= mtu->floor && mtu->large_ns == BG_PATH_MTU_NEVER)
    mtu->large_ns = now_ns;
}

/* The kernel refused to send a packet of this size. */
void bg_path_mtu_too_big (BgPathMtu *mtu, uint32_t size, uint64_t now_ns);
/* The probe `id` was answered after `latency_ns`; others' ids do no harm. */
void bg_path_mtu_answered (BgPathMtu *mtu, uint32_t id, uint64_t latency_ns, uint64_t now_ns);

/* When bg_path_mtu_pop() has something to do. */
uint64_t bg_path_mtu_next (const BgPathMtu *mtu);
/* The size of the next probe to send now, which will have this id; 0 for none. */
uint32_t bg_path_mtu_pop (BgPathMtu *mtu, uint32_t id, uint64_t now_ns);
