/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-test.h"
#include "wg/wg-replay.h"

enum
{
  WINDOW = WG_COUNTER_WINDOW
};

#define T(n, expected) g_assert_cmpint (wg_replay_accept (&r, (n)), ==, (expected))

static void
test_facts (void)
{
  WgReplay r = { 0 };

  T (0, true);
  T (0, false);
  T (1, true);
  T (1, false);
  T (9, true);
  T (8, true);
  T (7, true);
  T (7, false);
  T (9, false);
  T (WINDOW, true);
  T (WINDOW - 1, true);
  T (WINDOW - 1, false);
  T (WINDOW - 2, true);
  T (2, true);
  T (2, false);
  T (WINDOW + 16, true);
  T (3, false); /* seen never, but too old */
  T (16, false);
  T (17, true);
  T (17, false);
  T (WINDOW * 4, true);
  T (WINDOW * 4 - (WINDOW - 1), true);
  T (10, false);
  T (WINDOW * 4 - WINDOW, false);
  T (WINDOW * 4 - (WINDOW + 1), false);
  T (WINDOW * 4 - (WINDOW - 2), true);
  T (WINDOW * 4 + 1 - WINDOW, false);
  T (0, false);
  T (WG_REJECT_AFTER_MESSAGES, false);
  T (WG_REJECT_AFTER_MESSAGES - 1, true);
  T (WG_REJECT_AFTER_MESSAGES, false);
  T (WG_REJECT_AFTER_MESSAGES - 1, false);
  T (WG_REJECT_AFTER_MESSAGES - 2, true);
  T (WG_REJECT_AFTER_MESSAGES + 1, false);
  T (UINT64_MAX, false);
}

static void
test_first_is_far (void)
{
  WgReplay r = { 0 };

  T (WINDOW * 10 + 63, true);
  T (WINDOW * 9 + 63, false);
  T (WINDOW * 9 + 64, true);
}

static void
test_backwards (void)
{
  WgReplay r = { 0 };

  for (guint64 i = WINDOW; i-- > 0;)
    T (i, true);
  for (guint64 i = WINDOW; i-- > 0;)
    T (i, false);
}

/* A set of all counters beside the window. */
static void
test_against_model (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_direct_hash, g_direct_equal);
  guint64 seed = 3, top = 0;
  WgReplay r = { 0 };

  for (int i = 0; i < 300000; i++)
    {
      guint64 jump = test_draw (&seed) % 1000, back = test_draw (&seed) % (WINDOW + 200);
      guint64 n = jump == 0    ? top + test_draw (&seed) % (3 * WINDOW)
                  : jump < 400 ? top + 1
                               : top - MIN (top, back);
      gboolean fresh = (n > top || top - n < WINDOW)
                       && !g_hash_table_contains (seen, GSIZE_TO_POINTER (n));

      g_assert_cmpint (wg_replay_accept (&r, n), ==, fresh);
      g_hash_table_add (seen, GSIZE_TO_POINTER (n));
      top = MAX (top, n);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wg/replay/facts", test_facts);
  g_test_add_func ("/wg/replay/first-is-far", test_first_is_far);
  g_test_add_func ("/wg/replay/backwards", test_backwards);
  g_test_add_func ("/wg/replay/model", test_against_model);
  return g_test_run ();
}
