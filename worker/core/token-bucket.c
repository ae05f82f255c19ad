/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/token-bucket.h"

#define US_PER_S 1e6

static double
tokens_at (const BgTokenBucket *bucket, const BgTokenRate *rate, int64_t now_us)
{
  double passed = now_us > bucket->filled_at ? (double) (now_us - bucket->filled_at) : 0;
  double tokens = bucket->tokens + passed / US_PER_S * rate->per_second;

  return tokens < rate->burst ? tokens : rate->burst;
}

void
bg_token_bucket_init (BgTokenBucket *bucket, const BgTokenRate *rate, int64_t now_us)
{
  bucket->tokens = rate->burst;
  bucket->filled_at = now_us;
}

bool
bg_token_bucket_take (BgTokenBucket *bucket, const BgTokenRate *rate, int64_t now_us)
{
  bucket->tokens = tokens_at (bucket, rate, now_us);
  bucket->filled_at = now_us;
  if (bucket->tokens < 1.0)
    return false;
  bucket->tokens -= 1.0;
  return true;
}

void
bg_token_bucket_give_back (BgTokenBucket *bucket, const BgTokenRate *rate)
{
  double tokens = bucket->tokens + 1.0;

  bucket->tokens = tokens < rate->burst ? tokens : rate->burst;
}

uint32_t
bg_token_bucket_wait_s (const BgTokenBucket *bucket, const BgTokenRate *rate)
{
  double seconds = (1.0 - bucket->tokens) / rate->per_second;
  uint32_t whole = (uint32_t) (seconds > 0 ? seconds : 0);

  return seconds > whole ? whole + 1 : whole;
}

bool
bg_token_bucket_is_full (const BgTokenBucket *bucket, const BgTokenRate *rate, int64_t now_us)
{
  return tokens_at (bucket, rate, now_us) >= rate->burst;
}
