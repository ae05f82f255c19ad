/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions on a bad link, and with peers that restart, vanish, or have other keys. */
#include "sim-link.h"

static Sim *sim;
static SimHost *a, *b;

static void
begin (guint64 seed)
{
  sim = sim_new (seed);
  sim_pair (sim, &a, &b);
}

/* Loses the first `n` messages of a type. */
typedef struct
{
  guint8 type;
  guint n;
  guint64 seen;
} Lose;

static gboolean
lose_first (SimHost *from, const guint8 *bytes, gsize len, gpointer data)
{
  Lose *lose = data;

  return bytes[0] != lose->type || lose->seen++ >= lose->n;
}

static void
lose (guint8 type, guint n, guint64 least, guint64 most)
{
  Lose which = { .type = type, .n = n };
  guint64 start;

  begin (n);
  sim->filter = lose_first;
  sim->filter_data = &which;
  start = sim->now;
  sim_send (a, b);
  while (b->received == 0)
    {
      g_assert_cmpuint (sim->now - start, <, most);
      sim_run (sim, 10 * SIM_MS);
    }
  g_assert_cmpuint (sim->now - start, >=, least);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (sim_sessions (a, b), ==, 1);
  g_assert_cmpuint (sim_sessions (b, a), ==, 1);
  sim_free (sim);
}

static void
test_lost_initiations (void)
{
  lose (WG_MSG_INITIATION, 1, 5 * SIM_SECOND, 5500 * SIM_MS);
  lose (WG_MSG_INITIATION, 5, 25 * SIM_SECOND, 27 * SIM_SECOND);
}

static void
test_lost_responses (void)
{
  lose (WG_MSG_RESPONSE, 1, 5 * SIM_SECOND, 5500 * SIM_MS);
  lose (WG_MSG_RESPONSE, 3, 15 * SIM_SECOND, 16500 * SIM_MS);
}

/* The confirmation is lost: the responder waits for the next packet, which comes in time. */
static void
test_lost_confirmation (void)
{
  Lose which = { .type = WG_MSG_DATA, .n = 1 };

  begin (1);
  sim->filter = lose_first;
  sim->filter_data = &which;
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpint (sim_send (b, a), ==, WG_STAGED);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 0);
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  g_assert_cmpuint (b->received, ==, 1);
  sim_free (sim);
}

/* The same, and the initiator stays silent: the responder starts one of its own when REKEY_TIMEOUT allows. */
static void
test_lost_confirmation_and_silence (void)
{
  Lose which = { .type = WG_MSG_DATA, .n = 1 };

  begin (1);
  sim->filter = lose_first;
  sim->filter_data = &which;
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpint (sim_send (b, a), ==, WG_STAGED);
  sim_run (sim, 5 * SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  sim_free (sim);
}

static gboolean
lose_all (SimHost *from, const guint8 *bytes, gsize len, gpointer data)
{
  return FALSE;
}

/* Nobody answers: initiations each 5 s and a jitter, for 90 s, then silence. */
static void
test_give_up (void)
{
  begin (1);
  sim->filter = lose_all;
  sim_send (a, b);
  sim_run (sim, 89 * SIM_SECOND);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT], ==, 0);
  g_assert_cmpuint (a->wire_handshakes, >=, 16);
  g_assert_cmpuint (a->wire_handshakes, <=, 18);
  sim_run (sim, 8 * SIM_SECOND);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT], ==, 1);
  g_assert_cmpuint (wg_staged_dropped (a->dev), ==, 1);
  g_assert_cmpuint (bg_packet_pool_in_use (sim->pool), ==, 0);
  sim_run (sim, SIM_HOUR);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT], ==, 1);
  g_assert_cmpuint (a->wire_handshakes, <=, 18);
  g_assert_cmpuint (wg_next_timer (a->dev), ==, WG_NEVER);

  sim->filter = NULL;
  sim_send (a, b); /* traffic starts it again */
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 1);
  sim_free (sim);
}

/* Traffic has the attempts go on, and is told of each 90 s of them all the same. */
static void
test_traffic_keeps_trying (void)
{
  begin (1);
  sim->filter = lose_all;
  sim_traffic (a, b, 5 * SIM_SECOND, 10 * SIM_MINUTE, FALSE);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT], ==, 6);
  g_assert_cmpuint (a->events[WG_EVENT_UNANSWERED], >=, 3 * 6);
  g_assert_cmpuint (a->wire_handshakes, >=, 600 / 6);
  g_assert_cmpuint (a->wire_handshakes, <=, 600 / 5 + 1);
  sim_free (sim);
}

static gboolean
lose_from (SimHost *from, const guint8 *bytes, gsize len, gpointer data)
{
  return from != data;
}

/* The peer has another address, of which only its name tells; a ping each 5 s must not hide that. */
static void
test_moved_under_traffic (void)
{
  guint64 moved;

  begin (1);
  sim_traffic (a, b, 5 * SIM_SECOND, SIM_MINUTE, TRUE);
  g_assert_cmpuint (a->events[WG_EVENT_UNANSWERED], ==, 0);
  sim_move (b, 77);
  sim->filter = lose_from;
  sim->filter_data = b;
  moved = sim->now;
  while (a->events[WG_EVENT_UNANSWERED] == 0)
    {
      sim_traffic (a, b, 5 * SIM_SECOND, 5 * SIM_SECOND, FALSE);
      g_assert_cmpuint (sim->now - moved, <=, 25 * SIM_SECOND);
    }
  sim->filter = NULL;
  wg_peer_set_endpoint (sim_peer (a, b), &b->at, true);
  sim_traffic (a, b, 5 * SIM_SECOND, 5 * SIM_SECOND, FALSE);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (sim_sessions (a, b), ==, 2);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT], ==, 0);
  sim_free (sim);
}

/* What is unanswered is told early where a session is left to ask through, once, and not where there is none. */
static void
test_late (void)
{
  begin (1);
  sim->filter = lose_all;
  sim_send (a, b);
  sim_run (sim, SIM_MINUTE);
  g_assert_cmpuint (a->events[WG_EVENT_LATE], ==, 0);
  sim->filter = NULL;
  sim_run (sim, 10 * SIM_SECOND);
  g_assert_cmpuint (sim_sessions (a, b), ==, 1);
  sim->filter = lose_all;
  wg_peer_start_handshake (sim_peer (a, b), sim->now);
  sim_pump (a);
  sim_run (sim, SIM_SECOND * 7 / 5);
  g_assert_cmpuint (a->events[WG_EVENT_LATE], ==, 0);
  sim_run (sim, SIM_SECOND / 5);
  g_assert_cmpuint (a->events[WG_EVENT_LATE], ==, 1);
  sim_run (sim, SIM_MINUTE);
  g_assert_cmpuint (a->events[WG_EVENT_LATE], ==, 1);
  sim->filter = NULL;
  sim_run (sim, 10 * SIM_SECOND);
  wg_peer_start_handshake (sim_peer (a, b), sim->now);
  sim_pump (a);
  sim_run (sim, SIM_MINUTE);
  g_assert_cmpuint (sim_sessions (a, b), ==, 3);
  g_assert_cmpuint (a->events[WG_EVENT_LATE], ==, 1);
  sim_free (sim);
}

/* The initiations of a rekey get lost, while data of the session goes on coming: the peer is where it was. */
static void
test_lost_rekey (void)
{
  Lose which = { .type = WG_MSG_INITIATION, .n = 5 };

  begin (1);
  sim_traffic (a, b, SIM_SECOND, 119 * SIM_SECOND, TRUE);
  sim->filter = lose_first;
  sim->filter_data = &which;
  sim_traffic (a, b, SIM_SECOND, 40 * SIM_SECOND, TRUE);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (which.seen, >, 5);
  g_assert_cmpuint (sim_sessions (a, b), ==, 2);
  g_assert_cmpuint (a->events[WG_EVENT_UNANSWERED] + b->events[WG_EVENT_UNANSWERED], ==, 0);
  g_assert_cmpuint (a->received, ==, b->sent);
  sim_free (sim);
}

/* A persistent keepalive does not count as the user's: silence is told, and it goes on trying. */
static void
test_persistent_and_silent (void)
{
  begin (1);
  sim->filter = lose_all;
  wg_peer_set_keepalive (sim_peer (a, b), 25, sim->now);
  sim_pump (a);
  sim_run (sim, 10 * SIM_MINUTE);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT], >=, 4);
  sim->filter = NULL;
  sim_run (sim, 26 * SIM_SECOND);
  g_assert_cmpuint (sim_sessions (a, b), ==, 1);
  sim_free (sim);
}

/* Loss, duplicates and reordering for hours: what arrives arrives once, and no more is lost than the link loses. */
static void
bad_link (guint64 seed)
{
  begin (seed);
  sim->loss_permille = 100;
  sim->duplicate_permille = 100;
  sim->jitter = 300 * SIM_MS;
  sim_traffic (a, b, 100 * SIM_MS, 2 * SIM_HOUR, TRUE);
  sim_run (sim, 5 * SIM_SECOND);
  /* Of each 1000 packets 100 are lost, of which 10 come as duplicates. */
  g_assert_cmpuint (a->received, >=, b->sent * 890 / 1000);
  g_assert_cmpuint (b->received, >=, a->sent * 890 / 1000);
  g_assert_cmpuint (a->received, <=, b->sent * 930 / 1000);
  g_assert_cmpuint (a->verdicts[WG_REPLAY], >, 0);
  g_assert_cmpuint (a->verdicts[WG_UNAUTHENTIC] + b->verdicts[WG_UNAUTHENTIC], ==, 0);
  g_assert_cmpuint (sim_sessions (a, b), >=, 50);
  g_assert_cmpuint (sim_sessions (a, b), <=, 90);
  sim_free (sim);
}

static void
test_bad_link (void)
{
  for (guint64 seed = 1; seed <= 3; seed++)
    bad_link (seed);
}

/* Half of everything is lost; it still works, badly. */
static void
test_terrible_link (void)
{
  begin (5);
  sim->loss_permille = 500;
  sim->jitter = 2 * SIM_SECOND;
  sim_traffic (a, b, 250 * SIM_MS, SIM_HOUR, TRUE);
  g_assert_cmpuint (a->received, >=, b->sent * 40 / 100);
  g_assert_cmpuint (b->received, >=, a->sent * 40 / 100);
  sim_free (sim);
}

static void
connect_hosts (void)
{
  sim_send (a, b);
  sim_run (sim, 12 * SIM_SECOND); /* B's keepalive has answered */
  g_assert_cmpuint (sim_sessions (b, a), ==, 1);
}

/* The restarted side speaks first: at once. */
static void
test_restart_speaks (void)
{
  begin (1);
  connect_hosts ();
  sim_restart (a);
  sim_introduce (a, b);
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 2);
  g_assert_cmpint (sim_send (b, a), ==, WG_OK);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  sim_free (sim);
}

/* The other side speaks: it notices after KEEPALIVE_TIMEOUT + REKEY_TIMEOUT without an answer. */
static void
test_restart_is_spoken_to (void)
{
  begin (1);
  connect_hosts ();
  sim_restart (b);
  sim_introduce (a, b);
  sim_traffic (a, b, SIM_SECOND, 14 * SIM_SECOND, FALSE);
  g_assert_cmpuint (b->received, ==, 1);
  g_assert_cmpuint (b->verdicts[WG_UNKNOWN_INDEX], ==, 14);
  sim_traffic (a, b, SIM_SECOND, 3 * SIM_SECOND, FALSE);
  g_assert_cmpuint (b->received, >, 1);
  sim_free (sim);
}

/* A restart with the clock set back: the other side has a greater stamp, and refuses until ours is beyond it. */
static void
test_clock_set_back (void)
{
  begin (1);
  connect_hosts ();
  sim_restart (a);
  sim_introduce (a, b);
  wg_device_set_realtime_offset (a->dev, G_GINT64_CONSTANT (1700000000000000000)
                                           - 20 * (gint64) SIM_SECOND);
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->verdicts[WG_REPLAY], ==, 1);
  sim_run (sim, 30 * SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 2);

  /* Set back while we run: our stamps to a peer grow all the same. */
  wg_device_set_realtime_offset (a->dev, 0);
  wg_peer_expire (sim_peer (a, b));
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 3);
  sim_free (sim);
}

static void
test_wrong_psk (void)
{
  WgKey psk = { { 1 } };

  begin (1);
  wg_peer_set_preshared_key (sim_peer (a, b), &psk);
  sim_send (a, b);
  sim_run (sim, 30 * SIM_SECOND);
  g_assert_cmpuint (sim_sessions (a, b) + sim_sessions (b, a), ==, 0);
  g_assert_cmpuint (a->verdicts[WG_UNAUTHENTIC], >=, 5);
  g_assert_cmpuint (b->received, ==, 0);

  wg_peer_set_preshared_key (sim_peer (b, a), &psk);
  g_assert_true (wg_key_equal (wg_peer_preshared_key (sim_peer (b, a)), &psk));
  sim_run (sim, 6 * SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 1);
  sim_free (sim);
}

/* The peer is removed at each stage of a handshake, on either side. */
static void
test_removed_mid_handshake (void)
{
  for (guint64 when = 0; when < 80; when += 10)
    for (int side = 0; side < 2; side++)
      {
        SimHost *one, *other;

        begin (when + 1);
        one = side ? b : a;
        other = side ? a : b;
        sim_send (a, b);
        sim_send (b, a);
        sim_run (sim, when * SIM_MS);
        wg_peer_remove (sim_peer (one, other));
        sim_run (sim, 10 * SIM_SECOND);
        g_assert_cmpuint (one->dev->indices.n_entries, ==, 0);
        g_assert_cmpuint (wg_next_timer (one->dev), ==, WG_NEVER);
        sim_free (sim);
      }
}

/* Our key changes: sessions end, and the other side must be told. */
static void
test_new_identity (void)
{
  WgKey fresh = { { 42 } };

  begin (1);
  connect_hosts ();
  g_assert_true (wg_device_set_private_key (a->dev, &fresh));
  g_assert_cmpint (sim_send (a, b), ==, WG_STAGED);
  sim_run (sim, 6 * SIM_SECOND);
  g_assert_cmpuint (b->verdicts[WG_NO_PEER], >=, 1);
  g_assert_true (wg_device_set_private_key (a->dev, &a->secret));
  sim_run (sim, 6 * SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 2);
  sim_free (sim);
}

/* A link that opens and closes for a day. */
static void
test_flapping (void)
{
  begin (9);
  for (int i = 0; i < 24; i++)
    {
      sim->filter = i % 2 ? lose_all : NULL;
      sim_traffic (a, b, 5 * SIM_SECOND, SIM_HOUR, TRUE);
    }
  sim->filter = NULL;
  sim_run (sim, 10 * SIM_SECOND);
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->received, >=, a->sent / 2 - 100);
  g_assert_cmpuint (a->received, >=, b->sent / 2 - 100);
  sim_free (sim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/faults/lost-initiations", test_lost_initiations);
  g_test_add_func ("/sim/faults/lost-responses", test_lost_responses);
  g_test_add_func ("/sim/faults/lost-confirmation", test_lost_confirmation);
  g_test_add_func ("/sim/faults/lost-confirmation-and-silence", test_lost_confirmation_and_silence);
  g_test_add_func ("/sim/faults/give-up", test_give_up);
  g_test_add_func ("/sim/faults/traffic-keeps-trying", test_traffic_keeps_trying);
  g_test_add_func ("/sim/faults/moved-under-traffic", test_moved_under_traffic);
  g_test_add_func ("/sim/faults/late", test_late);
  g_test_add_func ("/sim/faults/lost-rekey", test_lost_rekey);
  g_test_add_func ("/sim/faults/persistent-and-silent", test_persistent_and_silent);
  g_test_add_func ("/sim/faults/bad-link", test_bad_link);
  g_test_add_func ("/sim/faults/terrible-link", test_terrible_link);
  g_test_add_func ("/sim/faults/restart-speaks", test_restart_speaks);
  g_test_add_func ("/sim/faults/restart-is-spoken-to", test_restart_is_spoken_to);
  g_test_add_func ("/sim/faults/clock-set-back", test_clock_set_back);
  g_test_add_func ("/sim/faults/wrong-psk", test_wrong_psk);
  g_test_add_func ("/sim/faults/removed-mid-handshake", test_removed_mid_handshake);
  g_test_add_func ("/sim/faults/new-identity", test_new_identity);
  g_test_add_func ("/sim/faults/flapping", test_flapping);
  return g_test_run ();
}
