/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-restarts.h"

static char owners[100];

static BgPeerRestarts *
filled (void)
{
  BgPeerRestarts *restarts = bg_peer_restarts_new ();

  for (guint i = 0; i < BG_PEER_RESTARTS_AT_ONCE; i++)
    g_assert_true (bg_peer_restarts_begin (restarts, &owners[i], 1000 + i));
  g_assert_false (bg_peer_restarts_begin (restarts, &owners[50], 2000));
  return restarts;
}

static void
test_order (void)
{
  BgPeerRestarts *restarts = filled ();

  g_assert_cmpint (bg_peer_restarts_due_us (restarts, 2000), ==, 0);
  bg_peer_restarts_wait (restarts, &owners[50], 0);
  bg_peer_restarts_wait (restarts, &owners[51], 7);
  bg_peer_restarts_wait (restarts, &owners[52], 0);
  bg_peer_restarts_wait (restarts, &owners[53], 9);
  bg_peer_restarts_wait (restarts, &owners[52], 8);
  bg_peer_restarts_end (restarts, &owners[53]);
  g_assert_cmpuint (bg_peer_restarts_count_waiting (restarts), ==, 3);
  g_assert_null (bg_peer_restarts_next (restarts, 2000));
  for (guint i = 0; i < 4; i++)
    bg_peer_restarts_end (restarts, &owners[i]);
  g_assert_cmpint (bg_peer_restarts_due_us (restarts, 2000), ==, 2000);
  g_assert_false (bg_peer_restarts_begin (restarts, &owners[54], 2000)); /* others wait */
  g_assert_true (bg_peer_restarts_begin (restarts, &owners[5], 2000));   /* once more */
  g_assert_true (bg_peer_restarts_next (restarts, 2000) == &owners[52]);
  g_assert_true (bg_peer_restarts_next (restarts, 2000) == &owners[51]);
  g_assert_true (bg_peer_restarts_is_waiting (restarts, &owners[50]));
  g_assert_true (bg_peer_restarts_next (restarts, 2000) == &owners[50]);
  g_assert_false (bg_peer_restarts_is_waiting (restarts, &owners[50]));
  g_assert_null (bg_peer_restarts_next (restarts, 2000));
  g_assert_true (bg_peer_restarts_begin (restarts, &owners[54], 2000));
  g_assert_false (bg_peer_restarts_begin (restarts, &owners[55], 2000));
  bg_peer_restarts_free (restarts);
}

/* One without an answer is in nobody's way for long. */
static void
test_turns_end (void)
{
  const gint64 turn_us = BG_PEER_RESTART_TURN_MS * 1000;
  BgPeerRestarts *restarts = filled ();

  bg_peer_restarts_wait (restarts, &owners[50], 0);
  bg_peer_restarts_wait (restarts, &owners[51], 0);
  g_assert_cmpint (bg_peer_restarts_due_us (restarts, 2000), ==, 1000 + turn_us);
  g_assert_null (bg_peer_restarts_next (restarts, 999 + turn_us));
  g_assert_true (bg_peer_restarts_next (restarts, 1000 + turn_us) == &owners[50]);
  g_assert_null (bg_peer_restarts_next (restarts, 1000 + turn_us));
  g_assert_cmpint (bg_peer_restarts_due_us (restarts, 2000), ==, 1001 + turn_us);
  g_assert_true (bg_peer_restarts_next (restarts, 1001 + turn_us) == &owners[51]);
  bg_peer_restarts_free (restarts);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer-restarts/order", test_order);
  g_test_add_func ("/peer-restarts/turns-end", test_turns_end);
  return g_test_run ();
}
