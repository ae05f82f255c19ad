/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-share.h"

#include <glib.h>

static const BgTurnRate rate = { .per_second = 32, .at_once = 4 };

static guint
take_all (BgTurnBucket *bucket, guint64 now_ms)
{
  guint taken = 0;

  while (bg_turn_bucket_take (bucket, &rate, 1, now_ms))
    taken++;
  return taken;
}

/* Nothing is lost between calls that are too near for a whole one. */
static void
test_bucket (void)
{
  BgTurnBucket bucket;
  guint taken = 0;

  bg_turn_bucket_init (&bucket, &rate, 0);
  g_assert_cmpuint (take_all (&bucket, 0), ==, 4);
  for (guint64 ms = 1; ms <= 1000; ms++)
    taken += take_all (&bucket, ms);
  g_assert_cmpuint (taken, ==, 32);
  g_assert_cmpuint (take_all (&bucket, G_GUINT64_CONSTANT (1) << 60), ==, 4);
  g_assert_cmpuint (take_all (&bucket, 0), ==, 0); /* a clock that goes back gives nothing */
}

static BgTurnShares
shares_of (BgTurnShare *places, guint32 n)
{
  return (BgTurnShares){ places, n, 2, { 1000, 500 } };
}

static void
test_allocations (void)
{
  BgTurnShare places[8] = { 0 };
  BgTurnShares shares = shares_of (places, 8);
  guint32 first = bg_turn_shares_join (&shares, 0, 0); /* 0 is an identity like others */

  g_assert_cmpuint (first, >, 0);
  g_assert_cmpuint (bg_turn_shares_join (&shares, 0, 0), ==, first);
  g_assert_cmpuint (bg_turn_shares_join (&shares, 0, 0), ==, 0);
  g_assert_cmpuint (bg_turn_shares_join (&shares, 5, 0), !=, first);
  bg_turn_shares_leave (&shares, first);
  g_assert_cmpuint (bg_turn_shares_join (&shares, 0, 0), ==, first);
}

/* Nobody gets a full bucket by leaving and coming back. */
static void
test_bytes_are_remembered (void)
{
  BgTurnShare places[8] = { 0 };
  BgTurnShares shares = shares_of (places, 8);
  guint32 share = bg_turn_shares_join (&shares, 7, 0);

  g_assert_true (bg_turn_shares_take (&shares, share, 500, 0));
  g_assert_false (bg_turn_shares_take (&shares, share, 1, 0));
  bg_turn_shares_leave (&shares, share);
  for (guint64 other = 100; other < 107; other++)
    bg_turn_shares_leave (&shares, bg_turn_shares_join (&shares, other, 0));
  share = bg_turn_shares_join (&shares, 7, 0);
  g_assert_false (bg_turn_shares_take (&shares, share, 1, 0));
  g_assert_true (bg_turn_shares_take (&shares, share, 100, 100));
}

/* Who has an allocation keeps its share, whoever else comes. */
static void
test_places_are_for_all (void)
{
  BgTurnShare places[4] = { 0 };
  BgTurnShares shares = shares_of (places, 4);
  guint32 held[3];

  for (guint64 id = 1; id <= 3; id++)
    held[id - 1] = bg_turn_shares_join (&shares, id, id);
  for (guint64 other = 100; other < 200; other++)
    bg_turn_shares_leave (&shares, bg_turn_shares_join (&shares, other, other));
  for (guint64 id = 1; id <= 3; id++)
    g_assert_cmpuint (bg_turn_shares_join (&shares, id, 300), ==, held[id - 1]);
}

static void
test_nobodys (void)
{
  BgTurnShare places[1] = { 0 };
  BgTurnShares shares = shares_of (places, 1);

  g_assert_true (bg_turn_shares_take (&shares, 0, 1000000, 0));
  bg_turn_shares_leave (&shares, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-share/bucket", test_bucket);
  g_test_add_func ("/turn-share/allocations", test_allocations);
  g_test_add_func ("/turn-share/bytes-are-remembered", test_bytes_are_remembered);
  g_test_add_func ("/turn-share/places-are-for-all", test_places_are_for_all);
  g_test_add_func ("/turn-share/nobodys", test_nobodys);
  return g_test_run ();
}
