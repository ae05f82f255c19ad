/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/token-bucket.h"

/* Shares of something for sources: one bucket per address, and one per network that it is in, as wide as the levels say.
 * Whoever owns a whole network has the share of that network, however many addresses it sends from. */
typedef struct BgShares BgShares;

enum
{
  BG_SHARES_SOURCES =
    4096, /* on each level; beyond, who was not seen for the longest time is forgotten */
  BG_SHARES_LEVELS = 4,
};

typedef struct
{
  uint8_t ipv4_bits, ipv6_bits;
  BgTokenRate rate;
} BgShareLevel;

typedef struct
{
  const BgShareLevel *levels;
  uint32_t n_levels;
} BgShareRule;

/* For wrong invite codes. The wide ones leave a neighbour of a guesser, at the same provider, a share that it cannot use up. */
extern const BgShareRule bg_guess_rule;
/* For new WebSockets in rooms: each is told to all others, and told of all others. */
extern const BgShareRule bg_coming_rule;

/* How many bytes it needs, aligned as for malloc(). */
size_t bg_shares_size (const BgShareRule *rule);
/* Makes one in `block`, which is zero and stays untouched where it is not used yet. `rule` lives longer. */
BgShares *bg_shares_new (void *block, const BgShareRule *rule);
/* Takes one on every level for a source, an address of 4 or 16 bytes, or none: then false, and the seconds to wait. */
bool bg_shares_take (BgShares *self, BgBytes source, int64_t now_us, uint32_t *wait_s);
/* It does not count. */
void bg_shares_give_back (BgShares *self, BgBytes source);
uint32_t bg_shares_count (const BgShares *self);

/* What is remembered of a source on one level, for a host whose memory is not for good; NULL: nothing. */
const BgTokenBucket *bg_shares_look (const BgShares *self, uint32_t level, uint64_t network);
/* Puts that back. */
void bg_shares_restore (BgShares *self, uint32_t level, uint64_t network,
                        const BgTokenBucket *bucket);

/* The network of so many bits that an address is in, as a number; a mapped IPv4 address is IPv4. Of IPv6, at most the first
 * 64 bits count. */
uint64_t bg_source_network (BgBytes source, uint8_t ipv4_bits, uint8_t ipv6_bits);

/* May one more of a source come, where `taken` of `max` are there, `of_source` of them its own? */
typedef enum
{
  BG_PLACE_FREE,
  BG_PLACE_NONE,   /* all are taken */
  BG_PLACE_NOT_IT, /* it has its share: a quarter, and 64 in any case */
} BgPlace;

BgPlace bg_place_for (uint32_t max, uint32_t taken, uint32_t of_source);
