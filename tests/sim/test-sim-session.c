/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions on a good link: rekeys, keepalives, limits, and what an idle engine does (nothing). */
#include "sim-link.h"

#include <string.h>

static Sim *sim;
static SimHost *a, *b;

static void
begin (void)
{
  sim = sim_new (1);
  sim_pair (sim, &a, &b);
}

static void
test_first_packet (void)
{
  begin ();
  g_assert_cmpint (sim_send (a, b), ==, WG_STAGED);
  sim_run (sim, 39 * SIM_MS);
  g_assert_cmpuint (b->received, ==, 0);
  sim_run (sim, 21 * SIM_MS); /* initiation, response, data: three trips */
  g_assert_cmpuint (b->received, ==, 1);
  g_assert_cmpuint (a->events[WG_EVENT_SESSION], ==, 1);
  g_assert_cmpuint (b->events[WG_EVENT_SESSION], ==, 1);
  g_assert_cmpuint (a->wire_empty, ==, 0); /* the staged packet confirms, no keepalive needed */
  g_assert_cmpint (sim_send (b, a), ==, WG_OK);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  sim_free (sim);
}

/* The initiator has nothing to say, and confirms at once all the same. */
static void
test_empty_confirmation (void)
{
  begin ();
  wg_peer_start_handshake (sim_peer (a, b), sim->now);
  sim_pump (a);
  sim_run (sim, 61 * SIM_MS);
  g_assert_cmpuint (a->wire_empty, ==, 1);
  g_assert_cmpuint (b->events[WG_EVENT_SESSION], ==, 1);
  sim_free (sim);
}

/* Only the initiator rekeys on time, once in REKEY_AFTER_TIME, and nothing is lost in between. */
static void
test_hours (void)
{
  begin ();
  sim_traffic (a, b, SIM_SECOND, 3 * SIM_HOUR, TRUE);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, b->sent);
  g_assert_cmpuint (b->received, ==, a->sent);
  g_assert_cmpuint (sim_sessions (a, b), >=, 3 * 3600 / 122);
  g_assert_cmpuint (sim_sessions (a, b), <=, 3 * 3600 / 120 + 1);
  g_assert_cmpuint (sim_sessions (a, b), ==, sim_sessions (b, a));
  /* Both began at once and sent two messages each; then one initiated and one answered. */
  g_assert_cmpuint (a->wire_handshakes, ==, sim_sessions (a, b) + 1);
  g_assert_cmpuint (b->wire_handshakes, ==, sim_sessions (a, b) + 1);
  sim_free (sim);
}

/* The initiator only receives: it rekeys before the session dies, at REJECT_AFTER_TIME - 15 s. */
static void
test_rekey_on_receive (void)
{
  begin ();
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  sim_traffic (b, a, SIM_SECOND, SIM_HOUR, FALSE);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, b->sent);
  g_assert_cmpuint (b->verdicts[WG_UNKNOWN_INDEX] + a->verdicts[WG_UNKNOWN_INDEX], ==, 0);
  /* A's keepalives each 10 s count as sending, which asks for REKEY_AFTER_TIME */
  g_assert_cmpuint (sim_sessions (a, b), >=, 3600 / 166);
  g_assert_cmpuint (sim_sessions (a, b), <=, 3600 / 120 + 1);
  sim_free (sim);
}

/* One packet one way: the receiver owes a keepalive after KEEPALIVE_TIMEOUT, and only one. */
static void
test_passive_keepalive (void)
{
  begin ();
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->wire_empty, ==, 0);
  sim_run (sim, 8 * SIM_SECOND);
  g_assert_cmpuint (b->wire_empty, ==, 0);
  sim_run (sim, 2 * SIM_SECOND);
  g_assert_cmpuint (b->wire_empty, ==, 1);
  sim_run (sim, SIM_HOUR);
  g_assert_cmpuint (b->wire_empty, ==, 1);
  g_assert_cmpuint (a->wire_empty, ==, 0); /* keepalives are not answered */
  g_assert_cmpuint (a->wire_handshakes, ==, 1);
  sim_free (sim);
}

/* More data while the keepalive was owed: one answers all, and what comes later is answered later. */
static void
test_passive_keepalive_again (void)
{
  begin ();
  sim_send (a, b);
  sim_run (sim, 5 * SIM_SECOND);
  sim_send (a, b);
  sim_run (sim, 6 * SIM_SECOND);
  g_assert_cmpuint (b->wire_empty, ==, 1);
  sim_run (sim, 11 * SIM_SECOND);
  g_assert_cmpuint (b->wire_empty, ==, 1);
  sim_send (a, b);
  sim_run (sim, 11 * SIM_SECOND);
  g_assert_cmpuint (b->wire_empty, ==, 2);
  sim_run (sim, SIM_HOUR);
  g_assert_cmpuint (b->wire_empty, ==, 2);
  sim_free (sim);
}

/* A probe each 24 s and its answer: no passive keepalive, no persistent one, and no timer of the engine's that fires for
 * nothing. The session is rekeyed all the same. */
static void
test_control_messages (void)
{
  guint64 wakeups, sessions, empty;

  begin ();
  wg_peer_set_keepalive (sim_peer (a, b), 25, sim->now);
  wg_peer_set_keepalive (sim_peer (b, a), 25, sim->now);
  sim_send (a, b);
  sim_run (sim, 15 * SIM_SECOND);
  wakeups = a->wakeups + b->wakeups;
  sessions = sim_sessions (a, b);
  empty = a->wire_empty + b->wire_empty;
  for (int i = 0; i < 150; i++)
    {
      sim_send_control (a, b);
      sim_run (sim, SIM_SECOND);
      sim_send_control (b, a);
      sim_run (sim, 23 * SIM_SECOND);
    }
  sessions = sim_sessions (a, b) - sessions;
  g_assert_cmpuint (a->control, ==, 150);
  g_assert_cmpuint (b->control, ==, 150);
  g_assert_cmpuint (sessions, >=, 25);
  g_assert_cmpuint (a->wire_empty + b->wire_empty - empty, ==, sessions); /* that confirm */
  g_assert_cmpuint (a->wakeups + b->wakeups - wakeups, ==, 0);

  /* Nobody answers: that is for the sender of the messages to find out. */
  sim->loss_permille = 1000;
  wakeups = a->wire_handshakes;
  sim_send_control (a, b);
  sim_run (sim, 20 * SIM_SECOND);
  g_assert_cmpuint (a->wire_handshakes, ==, wakeups);
  sim_free (sim);
}

/* After the last word nothing wakes the engine but the zeroing of keys, 3 REJECT_AFTER_TIME on; then nothing at all. */
static void
test_zeroing (void)
{
  WgPeer *peer;
  guint64 wakeups;

  begin ();
  sim_send (a, b);
  sim_run (sim, SIM_MINUTE);
  peer = sim_peer (a, b);
  wakeups = a->wakeups;
  g_assert_nonnull (peer->current);
  sim_run (sim, 470 * SIM_SECOND);
  g_assert_nonnull (peer->current);
  sim_run (sim, 15 * SIM_SECOND);
  g_assert_null (peer->current);
  g_assert_null (peer->previous);
  g_assert_null (sim_peer (b, a)->current);
  g_assert_cmpuint (wg_next_timer (a->dev), ==, WG_NEVER);
  g_assert_cmpuint (wg_next_timer (b->dev), ==, WG_NEVER);
  g_assert_cmpuint (a->wakeups - wakeups, <=, 2);
  wg_sealer_sweep (a->sealer);
  g_assert_cmpuint (wg_sealer_count_keyed (a->sealer), ==, 0);
  g_assert_cmpuint (a->dev->indices.n_entries, ==, 0);

  sim_send (b, a); /* and it begins anew */
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  sim_free (sim);
}

/* A session that is too old may not send. */
static void
test_too_old (void)
{
  begin ();
  sim_send (a, b);
  sim_run (sim, 181 * SIM_SECOND);
  g_assert_cmpint (sim_send (b, a), ==, WG_STAGED);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  g_assert_cmpuint (sim_sessions (a, b), ==, 2);
  sim_free (sim);
}

typedef struct
{
  guint64 last, n, least, most;
} Cadence;

static gboolean
measure_cadence (SimHost *from, const guint8 *bytes, gsize len, gpointer data)
{
  Cadence *cadence = data;
  guint64 gap = from->sim->now - cadence->last;

  if (from->number != 1)
    return TRUE;
  if (cadence->n++ > 3)
    {
      cadence->least = MIN (cadence->least, gap);
      cadence->most = MAX (cadence->most, gap);
    }
  cadence->last = from->sim->now;
  return TRUE;
}

static void
test_persistent_keepalive (void)
{
  Cadence cadence = { .least = WG_NEVER };

  begin ();
  sim->filter = measure_cadence;
  sim->filter_data = &cadence;
  wg_peer_set_keepalive (sim_peer (a, b), 25, sim->now);
  sim_pump (a);
  g_assert_cmpuint (a->wire_handshakes, ==, 1); /* at once: the handshake, then a keepalive */
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->wire_empty, ==, 1);
  sim_run (sim, 2 * SIM_HOUR);
  g_assert_cmpuint (cadence.most, <=, 25 * SIM_SECOND + 100 * SIM_MS);
  g_assert_cmpuint (a->wire_empty, >=, 7200 / 25 - 60);
  g_assert_cmpuint (a->wire_empty, <=, 7200 / 25 + 60);
  g_assert_cmpuint (sim_sessions (a, b), >=, 7200 / 150);
  g_assert_cmpuint (b->wire_empty, ==, 0);

  wg_peer_set_keepalive (sim_peer (a, b), 0, sim->now);
  cadence.n = a->wire_empty;
  sim_run (sim, SIM_HOUR);
  g_assert_cmpuint (a->wire_empty, ==, cadence.n);
  g_assert_cmpuint (wg_next_timer (a->dev), ==, WG_NEVER);
  sim_free (sim);
}

/* REKEY_AFTER_MESSAGES: either side rekeys, the session goes on meanwhile. */
static void
test_rekey_after_messages (void)
{
  begin ();
  sim_send (a, b);
  sim_run (sim, 6 * SIM_SECOND);
  wg_test_set_send_counter (sim_peer (b, a), WG_REKEY_AFTER_MESSAGES - 1);
  sim_send (b, a);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (sim_sessions (b, a), ==, 1);
  sim_send (b, a);
  sim_send (b, a);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (sim_sessions (b, a), ==, 2);
  g_assert_cmpuint (a->received, ==, 3);
  sim_free (sim);
}

/* REJECT_AFTER_MESSAGES: not one packet more; the rest waits for the next session. */
static void
test_reject_after_messages (void)
{
  begin ();
  sim_send (a, b);
  sim_run (sim, 6 * SIM_SECOND);
  wg_test_set_send_counter (sim_peer (a, b), WG_REJECT_AFTER_MESSAGES - 1);
  g_assert_cmpint (sim_send (a, b), ==, WG_OK);
  g_assert_cmpint (sim_send (a, b), ==, WG_STAGED);
  g_assert_cmpint (sim_send (a, b), ==, WG_STAGED);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 4);
  g_assert_cmpuint (sim_sessions (a, b), ==, 2);
  sim_free (sim);
}

static void
test_both_at_once (void)
{
  begin ();
  sim_send (a, b);
  sim_send (b, a);
  sim_run (sim, 200 * SIM_MS);
  g_assert_cmpuint (a->received, ==, 1); /* without waiting for a retry */
  g_assert_cmpuint (b->received, ==, 1);
  sim_traffic (a, b, 100 * SIM_MS, 10 * SIM_MINUTE, TRUE);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, b->sent);
  g_assert_cmpuint (b->received, ==, a->sent);
  sim_free (sim);
}

/* The second begins while the first one's initiation or response is on its way. */
static void
test_nearly_at_once (void)
{
  for (guint64 offset = 0; offset <= 80; offset += 5)
    {
      begin ();
      sim_send (a, b);
      sim_run (sim, offset * SIM_MS);
      sim_send (b, a);
      sim_run (sim, 200 * SIM_MS);
      g_assert_cmpuint (a->received, ==, 1);
      g_assert_cmpuint (b->received, ==, 1);
      sim_traffic (a, b, 7 * SIM_MS, 130 * SIM_SECOND, TRUE);
      sim_run (sim, SIM_SECOND);
      g_assert_cmpuint (a->received, ==, b->sent);
      g_assert_cmpuint (b->received, ==, a->sent);
      sim_free (sim);
    }
}

/* Every host with every other. */
static void
test_mesh (void)
{
  enum
  {
    HOSTS = 6
  };

  sim = sim_new (4);
  for (guint i = 0; i < HOSTS; i++)
    {
      sim_add_host (sim);
      for (guint j = 0; j < i; j++)
        sim_introduce (sim->hosts[i], sim->hosts[j]);
    }
  for (guint round = 0; round < 600; round++)
    {
      for (guint i = 0; i < HOSTS; i++)
        sim_send (sim->hosts[i], sim->hosts[(i + 1 + round % (HOSTS - 1)) % HOSTS]);
      sim_run (sim, SIM_SECOND);
    }
  for (guint i = 0; i < HOSTS; i++)
    g_assert_cmpuint (sim->hosts[i]->received, ==, 600);
  sim_free (sim);
}

/* A peer without an address is answered, and can then be called. */
static void
test_unknown_address (void)
{
  WgPeerStats stats;

  begin ();
  wg_peer_clear_endpoint (sim_peer (b, a));
  g_assert_cmpint (sim_send (b, a), ==, WG_EXPIRED);
  wg_peer_start_handshake (sim_peer (b, a), sim->now);
  sim_pump (b);
  g_assert_cmpuint (b->wire_handshakes, ==, 0);
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpint (sim_send (b, a), ==, WG_OK);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  wg_peer_get_stats (sim_peer (a, b), &stats);
  g_assert_true (stats.has_session);
  g_assert_cmpuint (stats.tx_bytes, ==, 148 + 112 + 32);
  g_assert_cmpuint (stats.rx_bytes, ==, 92 + 112 + 32);
  sim_free (sim);
}

/* As before a sleep of the machine: no key is left, no timer begins anything by itself, and after hours of the clock's the
 * first wish is a handshake, with nothing given up meanwhile. */
static void
test_expired (void)
{
  guint64 handshakes;

  begin ();
  sim_traffic (a, b, SIM_SECOND, 119 * SIM_SECOND, TRUE);
  sim_send (a, b);
  wg_peer_start_handshake (sim_peer (a, b), sim->now); /* and one under way */
  wg_peer_expire (sim_peer (a, b));
  g_assert_null (sim_peer (a, b)->current);
  g_assert_null (sim_peer (a, b)->previous);
  g_assert_null (sim_peer (a, b)->handshake.ephemeral);
  wg_sealer_sweep (a->sealer);
  g_assert_cmpuint (wg_sealer_count_keyed (a->sealer), ==, 0);
  g_assert_cmpuint (wg_next_timer (a->dev), ==, WG_NEVER);
  sim_pump (a);
  sim_run (sim, SIM_SECOND);
  handshakes = a->wire_handshakes;
  sim->now += 8 * SIM_HOUR;
  wg_peer_start_handshake (sim_peer (a, b), sim->now);
  sim_pump (a);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->wire_handshakes, ==, handshakes + 1);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT] + a->events[WG_EVENT_UNANSWERED], ==, 0);
  g_assert_cmpint (sim_send (a, b), ==, WG_OK);
  sim_free (sim);
}

/* Before we knew that the machine had slept we asked, and somebody asked us: what comes of both goes with the other sessions,
 * and the next handshake does not wait for REKEY_TIMEOUT after them, nor is it so soon that it counts as one with them. */
static void
test_expired_right_after (void)
{
  begin ();
  sim_send (b, a);
  sim_send (a, b);
  sim_run (sim, SIM_SECOND / 10);
  wg_peer_expire (sim_peer (b, a));
  wg_peer_start_handshake (sim_peer (b, a), sim->now);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpint (sim_send (b, a), ==, WG_OK);
  sim_run (sim, SIM_SECOND / 10);
  g_assert_cmpint (sim_send (a, b), ==, WG_OK);
  sim_run (sim, SIM_SECOND / 10);
  g_assert_cmpuint (b->received, ==, 2);
  g_assert_cmpuint (a->verdicts[WG_RATE_LIMITED] + a->verdicts[WG_REPLAY], ==, 0);
  sim_free (sim);
}

/* What we asked by was no way any more: by another one we ask again after a second, and not before. */
static void
test_hurried (void)
{
  begin ();
  sim->loss_permille = 1000;
  sim_send (a, b);
  sim->loss_permille = 0;
  sim->now += SIM_SECOND / 5;
  wg_peer_hurry_handshake (sim_peer (a, b), sim->now);
  g_assert_cmpuint (wg_next_timer (a->dev), ==, sim->now + SIM_SECOND * 4 / 5);
  sim_run (sim, SIM_SECOND / 2);
  g_assert_cmpuint (b->received, ==, 0);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 1);
  wg_peer_hurry_handshake (sim_peer (a, b), sim->now); /* nothing is under way */
  g_assert_cmpuint (wg_next_timer (a->dev), >, sim->now + SIM_SECOND);
  sim_free (sim);
}

static bool
count_draw (void *data, void *bytes, size_t len)
{
  ++*(guint *) data;
  memset (bytes, 0, len);
  return true;
}

/* Randomness is dear: a session's packets need none. */
static void
test_packets_draw_nothing (void)
{
  guint draws = 0;

  begin ();
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  a->dev->random = b->dev->random = count_draw;
  a->dev->random_data = b->dev->random_data = &draws;
  for (int i = 0; i < 10; i++)
    {
      sim_send (a, b);
      sim_run (sim, SIM_SECOND);
      sim_send (b, a);
      sim_run (sim, SIM_SECOND);
    }
  g_assert_cmpuint (a->received, ==, 10);
  g_assert_cmpuint (draws, ==, 0);
  sim_free (sim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/session/first-packet", test_first_packet);
  g_test_add_func ("/sim/session/empty-confirmation", test_empty_confirmation);
  g_test_add_func ("/sim/session/hours", test_hours);
  g_test_add_func ("/sim/session/rekey-on-receive", test_rekey_on_receive);
  g_test_add_func ("/sim/session/passive-keepalive", test_passive_keepalive);
  g_test_add_func ("/sim/session/passive-keepalive-again", test_passive_keepalive_again);
  g_test_add_func ("/sim/session/control-messages", test_control_messages);
  g_test_add_func ("/sim/session/zeroing", test_zeroing);
  g_test_add_func ("/sim/session/expired", test_expired);
  g_test_add_func ("/sim/session/expired-right-after", test_expired_right_after);
  g_test_add_func ("/sim/session/hurried", test_hurried);
  g_test_add_func ("/sim/session/too-old", test_too_old);
  g_test_add_func ("/sim/session/persistent-keepalive", test_persistent_keepalive);
  g_test_add_func ("/sim/session/rekey-after-messages", test_rekey_after_messages);
  g_test_add_func ("/sim/session/reject-after-messages", test_reject_after_messages);
  g_test_add_func ("/sim/session/both-at-once", test_both_at_once);
  g_test_add_func ("/sim/session/nearly-at-once", test_nearly_at_once);
  g_test_add_func ("/sim/session/packets-draw-nothing", test_packets_draw_nothing);
  g_test_add_func ("/sim/session/mesh", test_mesh);
  g_test_add_func ("/sim/session/unknown-address", test_unknown_address);
  return g_test_run ();
}
