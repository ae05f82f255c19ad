/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* So many per second, and so many at once. */
typedef struct
{
  double per_second, burst;
} BgTokenRate;

typedef struct
{
  double tokens;
  int64_t filled_at; /* µs of a clock that does not jump far */
} BgTokenBucket;

/* A full bucket. */
void bg_token_bucket_init (BgTokenBucket *bucket, const BgTokenRate *rate, int64_t now_us);
/* Takes one; false where there is none. */
bool bg_token_bucket_take (BgTokenBucket *bucket, const BgTokenRate *rate, int64_t now_us);
/* Puts one back. */
void bg_token_bucket_give_back (BgTokenBucket *bucket, const BgTokenRate *rate);
/* Whole seconds until there will be one, at least 1 where there is none. */
uint32_t bg_token_bucket_wait_s (const BgTokenBucket *bucket, const BgTokenRate *rate);
/* Nothing to remember: it would be full by now. */
bool bg_token_bucket_is_full (const BgTokenBucket *bucket, const BgTokenRate *rate, int64_t now_us);
