/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* So much per second, and so much at once. In thousandths, so that nothing is lost between calls a millisecond apart. */
typedef struct
{
  uint64_t thousandths, filled_at_ms;
} BgTurnBucket;

typedef struct
{
  uint64_t per_second, at_once; /* below 2^44 */
} BgTurnRate;

/* A full one. */
void bg_turn_bucket_init (BgTurnBucket *bucket, const BgTurnRate *rate, uint64_t now_ms);
/* Takes `n`; false, and nothing taken, where there is less. */
bool bg_turn_bucket_take (BgTurnBucket *bucket, const BgTurnRate *rate, uint64_t n, uint64_t now_ms);

/* What one user, or one network, has of the relay. */
typedef struct
{
  bool         is_somebodys;
  uint64_t     id;
  uint32_t     allocations;
  BgTurnBucket bytes;
} BgTurnShare;

/* The shares of all users, or of all networks. One without allocations is kept as long as its place is not needed, so that
 * nobody gets a full bucket by coming again. */
typedef struct
{
  BgTurnShare *shares;
  uint32_t     n;    /* as many as there may be allocations: there is always a place */
  uint32_t     most; /* allocations of one */
  BgTurnRate   rate; /* bytes; 0: no bound */
} BgTurnShares;

/* Counts one allocation more of `id`. The number of its share, counted from 1; 0 where it has as many as it may. */
uint32_t bg_turn_shares_join (BgTurnShares *self, uint64_t id, uint64_t now_ms);
/* One less. 0 is nobody's. */
void bg_turn_shares_leave (BgTurnShares *self, uint32_t share);
/* May that many bytes be relayed for it now? 0, whose bytes are not counted, may. */
bool bg_turn_shares_take (BgTurnShares *self, uint32_t share, uint64_t bytes, uint64_t now_ms);
