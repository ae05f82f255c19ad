/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/shares.h"

#include <glib.h>

#define SECOND INT64_C (1000000)

static const BgShareLevel levels[] = {
  { 32, 64, { .per_second = 1, .burst = 3 } },
  { 24, 48, { .per_second = 1, .burst = 5 } },
};
static const BgShareRule rule = { levels, G_N_ELEMENTS (levels) };

static BgShares *
shares_new (void)
{
  return bg_shares_new (g_malloc0 (bg_shares_size (&rule)), &rule);
}

static guint
take_all (BgShares *shares, guint32 address, gint64 now)
{
  guint8 bytes[4];
  guint taken = 0;
  guint32 wait_s;

  bg_put32 (bytes, address);
  while (bg_shares_take (shares, BG_BYTES (bytes), now, &wait_s))
    taken++;
  return taken;
}

static void
test_levels (void)
{
  g_autofree BgShares *shares = shares_new ();

  g_assert_cmpuint (take_all (shares, 0x0a000001, 0), ==, 3);
  g_assert_cmpuint (take_all (shares, 0x0a000002, 0), ==, 2); /* of the /24 */
  g_assert_cmpuint (take_all (shares, 0x0a000101, 0), ==, 3);
  g_assert_cmpuint (take_all (shares, 0x0a000002, SECOND), ==, 1);
  g_assert_cmpuint (bg_shares_count (shares), ==, 5);
}

/* Beside a plain table: with more sources than there are places, the one unseen for the longest time is forgotten. */
static void
test_oldest_is_forgotten (void)
{
  g_autofree BgShares *shares = shares_new ();

  take_all (shares, 1 << 8, 0);
  take_all (shares, 2 << 8, 0);
  for (guint32 i = 3; i <= BG_SHARES_SOURCES; i++)
    take_all (shares, i << 8, 0);
  g_assert_cmpuint (take_all (shares, 1 << 8, 0), ==, 0); /* known, and seen again */
  take_all (shares, (BG_SHARES_SOURCES + 1) << 8, 0);
  g_assert_cmpuint (bg_shares_count (shares), ==, 2 * BG_SHARES_SOURCES);
  g_assert_cmpuint (take_all (shares, 1 << 8, 0), ==, 0);
  g_assert_cmpuint (take_all (shares, 2 << 8, 0), ==, 2); /* forgotten; its /24 is not */
  for (guint32 i = 0; i < 100000; i++)
    take_all (shares, i * 7919 << 8, 0);
  g_assert_cmpuint (bg_shares_count (shares), ==, 2 * BG_SHARES_SOURCES);
}

static void
test_given_back (void)
{
  static const guint8 source[] = { 10, 0, 0, 1 };
  g_autofree BgShares *shares = shares_new ();
  guint32 wait_s;

  for (int i = 0; i < 100; i++)
    {
      g_assert_true (bg_shares_take (shares, BG_BYTES (source), 0, &wait_s));
      bg_shares_give_back (shares, BG_BYTES (source));
    }
}

static void
test_memory_that_is_put_back (void)
{
  g_autofree BgShares *before = shares_new ();
  g_autofree BgShares *after = shares_new ();
  const guint64 network = UINT64_C (0xffff0a000001);
  const BgTokenBucket *bucket;

  g_assert_null (bg_shares_look (before, 0, network));
  take_all (before, 0x0a000001, 0);
  bucket = bg_shares_look (before, 0, network);
  g_assert_nonnull (bucket);
  bg_shares_restore (after, 0, network, bucket);
  bg_shares_restore (after, 9, network, bucket); /* of a level that there was once */
  g_assert_cmpuint (take_all (after, 0x0a000001, SECOND), ==, 1);
}

static void
test_networks (void)
{
  static const guint8 ipv4[] = { 10, 1, 2, 3 };
  static const guint8 mapped[16] = {
    [10] = 255, [11] = 255, [12] = 10, [13] = 1, [14] = 2, [15] = 3
  };
  static const guint8 ipv6[16] = { 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5 };

  g_assert_cmphex (bg_source_network (BG_BYTES (ipv4), 24, 48), ==, UINT64_C (0xffff0a010200));
  g_assert_cmphex (bg_source_network (BG_BYTES (mapped), 24, 48), ==, UINT64_C (0xffff0a010200));
  g_assert_cmphex (bg_source_network (BG_BYTES (ipv6), 24, 56), ==, UINT64_C (0x20010db801020300));
  g_assert_cmphex (bg_source_network (BG_BYTES (ipv6), 24, 128), ==, UINT64_C (0x20010db801020304));
  g_assert_cmphex (bg_source_network (BG_BYTES (ipv6), 24, 0), ==, 0);
  g_assert_cmphex (bg_source_network ((BgBytes){ ipv6, 3 }, 24, 48), ==, 0);
}

static void
test_places (void)
{
  g_assert_cmpint (bg_place_for (100, 100, 0), ==, BG_PLACE_NONE);
  g_assert_cmpint (bg_place_for (100, 99, 63), ==, BG_PLACE_FREE);
  g_assert_cmpint (bg_place_for (100, 99, 64), ==, BG_PLACE_NOT_IT);
  g_assert_cmpint (bg_place_for (1000, 500, 249), ==, BG_PLACE_FREE);
  g_assert_cmpint (bg_place_for (1000, 500, 250), ==, BG_PLACE_NOT_IT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core-shares/levels", test_levels);
  g_test_add_func ("/core-shares/oldest-is-forgotten", test_oldest_is_forgotten);
  g_test_add_func ("/core-shares/given-back", test_given_back);
  g_test_add_func ("/core-shares/put-back", test_memory_that_is_put_back);
  g_test_add_func ("/core-shares/networks", test_networks);
  g_test_add_func ("/core-shares/places", test_places);
  return g_test_run ();
}
