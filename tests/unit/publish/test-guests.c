/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/guests.h"

static void
test_each_by_himself (void)
{
  BgGuests *guests = bg_guests_new ();
  int connections[6];

  g_assert_true (bg_guests_enter (guests, "a", 2, &connections[0]));
  g_assert_true (bg_guests_enter (guests, "a", 2, &connections[1]));
  g_assert_false (bg_guests_enter (guests, "a", 2, &connections[2]));
  g_assert_true (bg_guests_enter (guests, "b", 2, &connections[3]));
  bg_guests_leave (guests, &connections[2]); /* it never was inside */
  g_assert_false (bg_guests_enter (guests, "a", 2, &connections[4]));
  bg_guests_leave (guests, &connections[0]);
  g_assert_true (bg_guests_enter (guests, "a", 2, &connections[4]));
  bg_guests_leave (guests, &connections[1]);
  bg_guests_leave (guests, &connections[4]);
  g_assert_true (bg_guests_enter (guests, "a", 1, &connections[5]));
  bg_guests_free (guests);
}

/* The settings may say another number meanwhile. */
static void
test_other_bounds (void)
{
  BgGuests *guests = bg_guests_new ();
  int connections[1000];

  for (guint i = 0; i < 999; i++)
    g_assert_true (bg_guests_enter (guests, "a", 999, &connections[i]));
  g_assert_false (bg_guests_enter (guests, "a", 999, &connections[999]));
  g_assert_true (bg_guests_enter (guests, "a", 1000, &connections[999]));
  bg_guests_free (guests);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guests/each-by-himself", test_each_by_himself);
  g_test_add_func ("/guests/other-bounds", test_other_bounds);
  return g_test_run ();
}
