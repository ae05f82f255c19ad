/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-ratelimit.h"
#include "wg/wg-messages.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN_NS (WG_SECOND / WG_RATELIMIT_PER_SECOND)
#define BUCKET_NS (WG_RATELIMIT_BURST * TOKEN_NS)

typedef struct
{
  uint64_t source; /* kind and address; 0: never used */
  uint64_t last_ns;
  uint64_t credit_ns;
} Bucket;

struct WgRatelimit
{
  uint64_t seed;
  Bucket sets[WG_RATELIMIT_SETS][WG_RATELIMIT_WAYS];
};

WgRatelimit *
wg_ratelimit_new (uint64_t seed)
{
  WgRatelimit *limit = calloc (1, sizeof *limit);

  if (!limit)
    abort ();
  limit->seed = seed;
  return limit;
}

void
wg_ratelimit_free (WgRatelimit *limit)
{
  free (limit);
}

static uint64_t
mix (uint64_t x, uint64_t seed)
{
  x = (x ^ seed) * UINT64_C (0x9e3779b97f4a7c15);
  x = (x ^ x >> 32 ^ seed >> 7) * UINT64_C (0xd6e8feb86659fd93);
  return x ^ x >> 32;
}

/* The /64 of IPv6 as it is; the other kinds under prefixes that are not routed (::/8), so that none is another's. */
static uint64_t
source_of (const BgEndpoint *endpoint)
{
  uint64_t source;

  if (endpoint->path != 0)
    return UINT64_C (2) << 32 | endpoint->path;
  if (endpoint->addr.sa.sa_family != AF_INET6)
    return UINT64_C (1) << 32 | endpoint->addr.in4.sin_addr.s_addr;
  if (IN6_IS_ADDR_V4MAPPED (&endpoint->addr.in6.sin6_addr))
    {
      uint32_t in4;

      memcpy (&in4, &endpoint->addr.in6.sin6_addr.s6_addr[12], sizeof in4);
      return UINT64_C (1) << 32 | in4;
    }
  memcpy (&source, &endpoint->addr.in6.sin6_addr, sizeof source);
  return source ? source : UINT64_C (3) << 32;
}

static Bucket *
find_bucket (WgRatelimit *limit, uint64_t source, uint64_t now_ns)
{
  Bucket *set = limit->sets[mix (source, limit->seed) % WG_RATELIMIT_SETS];
  Bucket *idle = NULL;

  for (int i = 0; i < WG_RATELIMIT_WAYS; i++)
    {
      if (set[i].source == source)
        return &set[i];
      if (!idle && (set[i].source == 0 || now_ns - set[i].last_ns >= BUCKET_NS))
        idle = &set[i];
    }
  if (idle)
    *idle = (Bucket){ .source = source, .last_ns = now_ns, .credit_ns = BUCKET_NS };
  return idle;
}

bool
wg_ratelimit_allow (WgRatelimit *limit, const BgEndpoint *source, uint64_t now_ns)
{
  Bucket *bucket = find_bucket (limit, source_of (source), now_ns);

  if (!bucket)
    return false;
  bucket->credit_ns += now_ns - bucket->last_ns;
  bucket->last_ns = now_ns;
  if (bucket->credit_ns > BUCKET_NS)
    bucket->credit_ns = BUCKET_NS;
  if (bucket->credit_ns < TOKEN_NS)
    return false;
  bucket->credit_ns -= TOKEN_NS;
  return true;
}
