/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data channels that come later than their session, and go before it. */
#include "session-pair.h"

#include <errno.h>

/* It goes from both sides when one of them lets go of it, the session does not, and it can be had again. */
static void
test_dropped_leg (gconstpointer data)
{
  Pair pair = pair_of_two (FALSE);
  Side *drops = GPOINTER_TO_INT (data) ? pair.a : pair.b;
  BgTransport *ice = bg_ice_session_dup_ice (pair.a->session), *channel;

  for (guint round = 1; round <= 2; round++)
    {
      bg_ice_session_add_leg (pair.a->session);
      wait_until (pair.a->channels == round && pair.b->channels == round);
      channel = bg_ice_session_dup_data_channel (pair.a->session);
      exchange (pair.a, pair.b, channel, 4, 1184);
      bg_ice_session_drop_leg (drops->session);
      g_assert_null (bg_ice_session_dup_data_channel (drops->session));
      wait_until (bg_ice_session_is_alone (pair.a->session)
                  && bg_ice_session_is_alone (pair.b->session));
      g_assert_cmpint (send_one (pair.a, channel, 4, 100), ==, -ENOTCONN);
      bg_transport_unref (channel);
      exchange (pair.a, pair.b, ice, 4, 1184);
      g_assert_cmpint (bg_ice_session_get_state (pair.a->session), ==, BG_ICE_SESSION_OPEN);
      g_assert_cmpint (bg_ice_session_get_state (pair.b->session), ==, BG_ICE_SESSION_OPEN);
    }
  bg_transport_unref (ice);
  pair_free (&pair);
}

/* Asked for again while the last one still says goodbye; and a session that ends meanwhile. */
static void
test_dropped_leg_at_once (void)
{
  Pair pair = pair_of_two (FALSE);

  bg_ice_session_add_leg (pair.a->session);
  wait_until (pair.a->channels == 1 && pair.b->channels == 1);
  bg_ice_session_drop_leg (pair.a->session);
  bg_ice_session_add_leg (pair.a->session);
  wait_until (pair.a->channels == 2 && pair.b->channels == 2);
  bg_ice_session_drop_leg (pair.b->session);
  pair_free (&pair);
}

/* Either side asks; both get it, beside what works. */
static void
test_added_leg (gconstpointer data)
{
  Pair pair = pair_of_two (FALSE);
  Side *asks = GPOINTER_TO_INT (data) ? pair.a : pair.b;
  BgTransport *ice, *channel;

  bg_ice_session_add_leg (asks->session);
  wait_until (pair.a->channels == 1 && pair.b->channels == 1);
  g_assert_true (bg_ice_session_is_leg_spare_to_peer (pair.a->session));
  g_assert_true (bg_ice_session_is_leg_spare_to_peer (pair.b->session));
  ice = bg_ice_session_dup_ice (pair.a->session);
  channel = bg_ice_session_dup_data_channel (pair.a->session);
  exchange (pair.a, pair.b, channel, 4, 1184);
  exchange (pair.a, pair.b, ice, 4, 1184);
  bg_ice_session_close (pair.a->session);
  wait_state (pair.b, BG_ICE_SESSION_CLOSED);
  bg_transport_unref (ice);
  bg_transport_unref (channel);
  pair_free (&pair);
}

/* Those that are open stand in nobody's way. */
static void
test_many_added_legs (void)
{
  Pair pairs[3];

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      pairs[i] = pair_of_two (FALSE);
      bg_ice_session_add_leg (pairs[i].a->session);
      wait_until (pairs[i].a->channels == 1 && pairs[i].b->channels == 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    pair_free (&pairs[i]);
}

/* A line that a relay took out of the answer: one side waits for DTLS, the other for packets, until it is asked for more. */
static void
test_marker_lost (void)
{
  Pair pair = { side_new (TRUE, NULL), side_new (FALSE, NULL) };
  g_autoptr (GString) answer = NULL;

  sides_connect (pair.a, pair.b);
  pair.b->holds_description = TRUE;
  bg_ice_session_set_watcher (pair.a->session, BG_WATCHED_BY_PATHS);
  bg_ice_session_set_watcher (pair.b->session, BG_WATCHED_BY_PATHS);
  bg_ice_session_start (pair.a->session);
  wait_until (pair.b->description);
  answer = g_string_new (pair.b->description);
  g_assert_cmpuint (g_string_replace (answer, "a=x-bamgate:1\r\n", "", 0), ==, 1);
  g_assert_true (set_remote_text (pair.a->session, "answer", answer->str, NULL));
  wait_state (pair.b, BG_ICE_SESSION_OPEN);
  bg_ice_session_add_leg (pair.b->session);
  wait_state (pair.a, BG_ICE_SESSION_OPEN);
  wait_until (pair.b->channels == 1);
  g_assert_false (bg_ice_session_is_leg_spare_to_peer (pair.b->session));
  pair_free (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-legs/marker-lost", test_marker_lost);
  g_test_add_data_func ("/ice-legs/added/offerer", GINT_TO_POINTER (TRUE), test_added_leg);
  g_test_add_data_func ("/ice-legs/added/answerer", GINT_TO_POINTER (FALSE), test_added_leg);
  g_test_add_func ("/ice-legs/added/many", test_many_added_legs);
  g_test_add_data_func ("/ice-legs/dropped/asks", GINT_TO_POINTER (TRUE), test_dropped_leg);
  g_test_add_data_func ("/ice-legs/dropped/asked", GINT_TO_POINTER (FALSE), test_dropped_leg);
  g_test_add_func ("/ice-legs/dropped/at-once", test_dropped_leg_at_once);
  return g_test_run ();
}
