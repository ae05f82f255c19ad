/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/token-bucket.h"

#include <math.h>

static double
tokens_at (const BgTokenBucket *bucket, const BgTokenRate *rate, gint64 now_us)
{
  double seconds = (double) MAX (now_us - bucket->filled_at, 0) / G_USEC_PER_SEC;

  return MIN (rate->burst, bucket->tokens + seconds * rate->per_second);
}

void
bg_token_bucket_init (BgTokenBucket *bucket, const BgTokenRate *rate, gint64 now_us)
{
  bucket->tokens = rate->burst;
  bucket->filled_at = now_us;
}

gboolean
bg_token_bucket_take (BgTokenBucket *bucket, const BgTokenRate *rate, gint64 now_us)
{
  bucket->tokens = tokens_at (bucket, rate, now_us);
  bucket->filled_at = now_us;
  if (bucket->tokens < 1.0)
    return FALSE;
  bucket->tokens -= 1.0;
  return TRUE;
}

void
bg_token_bucket_give_back (BgTokenBucket *bucket, const BgTokenRate *rate)
{
  bucket->tokens = MIN (rate->burst, bucket->tokens + 1.0);
}

guint
bg_token_bucket_wait_s (const BgTokenBucket *bucket, const BgTokenRate *rate)
{
  if (bucket->tokens >= 1.0)
    return 0;
  return (guint) ceil ((1.0 - bucket->tokens) / rate->per_second);
}

gboolean
bg_token_bucket_is_full (const BgTokenBucket *bucket, const BgTokenRate *rate, gint64 now_us)
{
  return tokens_at (bucket, rate, now_us) >= rate->burst;
}
