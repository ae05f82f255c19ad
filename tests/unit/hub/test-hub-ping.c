/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-ping.h"

/* Whenever a socket comes, its first ping is at a moment that it shares with all others. */
static void
test_moments_are_shared (void)
{
  for (guint interval_s = 1; interval_s <= 60; interval_s++)
    for (gint64 now_s = 1000; now_s < 1200; now_s++)
      {
        guint first_s = bg_hub_ping_first_s (now_s * G_USEC_PER_SEC + 999999, interval_s);

        g_assert_cmpuint (first_s, >=, 1);
        g_assert_cmpuint (first_s, <=, interval_s);
        g_assert_cmpint ((now_s + first_s) % interval_s, ==, 0);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-ping/moments-are-shared", test_moments_are_shared);
  return g_test_run ();
}
