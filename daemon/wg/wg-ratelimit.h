/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/endpoint.h"

#include <stdbool.h>
#include <stdint.h>

/* How many handshake messages a source may send while we are under load (paper, 5.3): a bucket of 5 that refills at 20
 * a second, per IPv4 address, IPv6 /64, or path of a mesh peer. Bounded: where no slot is idle, newcomers are refused,
 * because to evict a live bucket would refill it. Asked only about sources that have proved themselves with a cookie. */
typedef struct WgRatelimit WgRatelimit;

/* `seed` keys the hash. */
WgRatelimit *wg_ratelimit_new (uint64_t seed);
void         wg_ratelimit_free (WgRatelimit *limit);
/* Takes one token of `source`; false where it has none. */
bool         wg_ratelimit_allow (WgRatelimit *limit, const BgEndpoint *source, uint64_t now_ns);

enum
{
  WG_RATELIMIT_PER_SECOND = 20,
  WG_RATELIMIT_BURST = 5,
  WG_RATELIMIT_SETS = 1024,
  WG_RATELIMIT_WAYS = 4,
};
