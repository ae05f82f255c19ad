/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wg/wg-timer-heap.h"
#include "wg/wg.h"

/* The timers of one peer (paper, 6). Deadlines only move; the heap's node is at most as late as the earliest of them,
 * so that moving one back costs nothing; wg_next_timer() puts it right. */
typedef enum
{
  WG_TIMER_RETRANSMIT,    /* our initiation found no answer */
  WG_TIMER_LATE,          /* nor has it yet, which is soon told */
  WG_TIMER_KEEPALIVE,     /* we received data and said nothing since */
  WG_TIMER_NEW_HANDSHAKE, /* we sent data and heard nothing since */
  WG_TIMER_ZERO_KEYS,     /* no new session for long: forget all keys */
  WG_TIMER_PERSISTENT,    /* nothing passed for the configured interval */
  WG_TIMERS,
} WgTimer;

typedef struct
{
  WgTimerNode node;
  uint64_t    at[WG_TIMERS];
  bool        last_minute_tried; /* rekeyed on receive once in this session */
  uint64_t spread; /* of NEW_HANDSHAKE in this session: each packet after a silence asks for it */
} WgPeerTimers;

void wg_timers_init (WgPeer *peer);
/* Disarms all. */
void wg_timers_stop (WgPeer *peer);

/* What happened, as in the table at the head of wg-timers.c. */
void wg_timers_data_sent (WgPeer *peer, uint64_t now_ns);
void wg_timers_data_received (WgPeer *peer, uint64_t now_ns);
void wg_timers_authentic_sent (WgPeer *peer, uint64_t now_ns);
void wg_timers_authentic_received (WgPeer *peer, uint64_t now_ns);
void wg_timers_initiation_sent (WgPeer *peer, uint64_t now_ns);
void wg_timers_session_derived (WgPeer *peer, uint64_t now_ns);
/* It may carry data: no initiation is sent again. */
void wg_timers_session_confirmed (WgPeer *peer, uint64_t now_ns);
/* A handshake is wanted that REKEY_TIMEOUT still forbids: it starts when that is over. */
void wg_timers_handshake_deferred (WgPeer *peer);
/* REKEY_TIMEOUT forbids it for a shorter time now: an attempt under way is repeated when that is over. */
void wg_timers_handshake_hurried (WgPeer *peer);
/* There is no session and no handshake any more, and nothing to wait for. */
void wg_timers_expired (WgPeer *peer);
bool wg_timers_is_trying (const WgPeer *peer);
/* The persistent interval was set, `peer->keepalive_s`. */
void wg_timers_keepalive_changed (WgPeer *peer, uint64_t now_ns);
