/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/token-bucket.h"

#include <glib.h>

#define SECOND G_USEC_PER_SEC

static const BgTokenRate rate = { .per_second = 2, .burst = 5 };

static guint
take_all (BgTokenBucket *bucket, gint64 now)
{
  guint taken = 0;

  while (bg_token_bucket_take (bucket, &rate, now))
    taken++;
  return taken;
}

static void
test_burst_then_rate (void)
{
  BgTokenBucket bucket;

  bg_token_bucket_init (&bucket, &rate, 100 * SECOND);
  g_assert_true (bg_token_bucket_is_full (&bucket, &rate, 100 * SECOND));
  g_assert_cmpuint (take_all (&bucket, 100 * SECOND), ==, 5);
  g_assert_cmpuint (bg_token_bucket_wait_s (&bucket, &rate), ==, 1);
  g_assert_cmpuint (take_all (&bucket, 101 * SECOND), ==, 2);
  g_assert_cmpuint (take_all (&bucket, 101 * SECOND + SECOND / 2), ==, 1);
  g_assert_false (bg_token_bucket_is_full (&bucket, &rate, 103 * SECOND));
  g_assert_true (bg_token_bucket_is_full (&bucket, &rate, 105 * SECOND));
  g_assert_cmpuint (take_all (&bucket, 1000 * SECOND), ==, 5);
}

static void
test_clock_never_goes_back (void)
{
  BgTokenBucket bucket;

  bg_token_bucket_init (&bucket, &rate, 100 * SECOND);
  take_all (&bucket, 100 * SECOND);
  g_assert_cmpuint (take_all (&bucket, 50 * SECOND), ==, 0);
}

static void
test_give_back (void)
{
  BgTokenBucket bucket;

  bg_token_bucket_init (&bucket, &rate, 0);
  bg_token_bucket_give_back (&bucket, &rate);
  g_assert_cmpuint (take_all (&bucket, 0), ==, 5);
  bg_token_bucket_give_back (&bucket, &rate);
  g_assert_cmpuint (take_all (&bucket, 0), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/token-bucket/burst-then-rate", test_burst_then_rate);
  g_test_add_func ("/token-bucket/clock-never-goes-back", test_clock_never_goes_back);
  g_test_add_func ("/token-bucket/give-back", test_give_back);
  return g_test_run ();
}
