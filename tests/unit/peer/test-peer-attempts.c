/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-attempts.h"

static char owners[100];

static BgPeerAttempts *
filled (void)
{
  BgPeerAttempts *attempts = bg_peer_attempts_new ();

  for (guint i = 0; i < BG_PEER_MAX_ATTEMPTS; i++)
    {
      g_assert_true (bg_peer_attempts_has_room (attempts));
      bg_peer_attempts_begin (attempts, &owners[i]);
      bg_peer_attempts_begin (attempts, &owners[i]);
    }
  g_assert_false (bg_peer_attempts_has_room (attempts));
  return attempts;
}

static void
test_bounded (void)
{
  BgPeerAttempts *attempts = filled ();

  g_assert_false (bg_peer_attempts_end (attempts, &owners[99], TRUE));
  g_assert_true (bg_peer_attempts_end (attempts, &owners[0], TRUE));
  g_assert_false (bg_peer_attempts_end (attempts, &owners[0], TRUE));
  g_assert_false (bg_peer_attempts_has_room (attempts)); /* it is not gone yet */
  bg_peer_attempts_end_farewells (attempts);
  g_assert_cmpuint (bg_peer_attempts_count (attempts), ==, BG_PEER_MAX_ATTEMPTS - 1);
  g_assert_true (
    bg_peer_attempts_end (attempts, &owners[1], FALSE)); /* it lives on, as no attempt */
  g_assert_cmpuint (bg_peer_attempts_count (attempts), ==, BG_PEER_MAX_ATTEMPTS - 2);
  bg_peer_attempts_replace (attempts);
  bg_peer_attempts_replace (attempts);
  g_assert_false (bg_peer_attempts_has_room (attempts));
  bg_peer_attempts_free (attempts);
}

static void
test_turns (void)
{
  BgPeerAttempts *attempts = filled ();

  g_assert_false (bg_peer_attempts_has_waiting (attempts));
  bg_peer_attempts_wait (attempts, &owners[50], 3);
  bg_peer_attempts_wait (attempts, &owners[51], 0);
  bg_peer_attempts_wait (attempts, &owners[52], 0);
  bg_peer_attempts_wait (attempts, &owners[53], 1);
  bg_peer_attempts_wait (attempts, &owners[52], 0); /* in its place already */
  bg_peer_attempts_wait_no_more (attempts, &owners[53]);
  g_assert_null (bg_peer_attempts_next (attempts));
  for (guint i = 0; i < 4; i++)
    bg_peer_attempts_end (attempts, &owners[i], FALSE);
  g_assert_true (bg_peer_attempts_next (attempts) == &owners[51]);
  g_assert_true (bg_peer_attempts_next (attempts) == &owners[52]);
  g_assert_true (bg_peer_attempts_has_waiting (attempts));
  g_assert_true (bg_peer_attempts_next (attempts) == &owners[50]);
  g_assert_null (bg_peer_attempts_next (attempts));
  bg_peer_attempts_free (attempts);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer-attempts/bounded", test_bounded);
  g_test_add_func ("/peer-attempts/turns", test_turns);
  return g_test_run ();
}
