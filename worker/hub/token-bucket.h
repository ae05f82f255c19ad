/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* So many per second, and so many at once. */
typedef struct
{
  double per_second, burst;
} BgTokenRate;

typedef struct
{
  double tokens;
  gint64 filled_at; /* monotonic µs */
} BgTokenBucket;

/* A full bucket. */
void bg_token_bucket_init (BgTokenBucket *bucket, const BgTokenRate *rate, gint64 now_us);
/* Takes one; FALSE where there is none. */
gboolean bg_token_bucket_take (BgTokenBucket *bucket, const BgTokenRate *rate, gint64 now_us);
/* Puts one back. */
void bg_token_bucket_give_back (BgTokenBucket *bucket, const BgTokenRate *rate);
/* Whole seconds until there will be one, at least 1 where there is none. */
guint bg_token_bucket_wait_s (const BgTokenBucket *bucket, const BgTokenRate *rate);
/* Nothing to remember: it would be full by now. */
gboolean bg_token_bucket_is_full (const BgTokenBucket *bucket, const BgTokenRate *rate,
                                  gint64 now_us);
