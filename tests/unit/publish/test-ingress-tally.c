/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/ingress-tally.h"

/* A time is in the first class whose bound it does not exceed. */
static void
test_classes (void)
{
  static const struct
  {
    gint64 us;
    guint at;
  } times[] = { { -1, 0 },      { 0, 0 },         { 5000, 0 },      { 5001, 1 },
                { 1000000, 7 }, { 10000000, 10 }, { 10000001, 11 }, { G_MAXINT32, 11 } };
  BgIngressCounters counters;
  guint64 sum = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      BgIngressTally *tally = bg_ingress_tally_new ();

      bg_ingress_tally_answered (tally, times[i].us);
      bg_ingress_tally_read (tally, &counters);
      for (guint at = 0; at <= BG_UPGRADE_BOUNDS; at++)
        g_assert_cmpuint (counters.upgrades[at], ==, at == times[i].at);
      sum += counters.upgrade_us;
      bg_ingress_tally_unref (tally);
    }
  g_assert_cmpuint (sum, ==, 5000 + 5001 + 1000000 + 10000000 + 10000001 + (guint64) G_MAXINT32);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingress-tally/classes", test_classes);
  return g_test_run ();
}
