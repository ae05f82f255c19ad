/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/ice-closing.h"

#include "common/log.h"

static gint step;

static gpointer
end_two (gpointer unused)
{
  g_usleep (20 * 1000);
  g_atomic_int_set (&step, 1);
  bg_ice_closing_end (BG_ENDING_WAY);
  g_usleep (20 * 1000);
  g_atomic_int_set (&step, 2);
  bg_ice_closing_end (BG_ENDING_LEG);
  return NULL;
}

static void
assert_described (const char *expected)
{
  g_autofree char *text = bg_ice_closing_describe ();

  g_assert_cmpstr (text, ==, expected);
}

/* Agents end when they like; for all else is waited, and it can be told. */
static void
test_wait (void)
{
  GThread *thread;

  assert_described ("");
  bg_ice_closing_begin (BG_ENDING_AGENT);
  bg_ice_closing_wait ();
  bg_ice_closing_begin (BG_ENDING_WAY);
  bg_ice_closing_begin (BG_ENDING_LEG);
  assert_described ("ways with packets: 1, legs: 1, agents: 1");
  thread = g_thread_new ("ends", end_two, NULL);
  bg_ice_closing_wait ();
  g_assert_cmpint (g_atomic_int_get (&step), ==, 2);
  g_thread_join (thread);
  assert_described ("agents: 1");
  bg_ice_closing_end (BG_ENDING_AGENT);
  assert_described ("");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-closing/wait", test_wait);
  return g_test_run ();
}
