/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A path in use: what is proved, what is left, how wide it is. */
#include "path-world.h"

#define ADD(name, control, function) PATH_WORLD_ADD ("/path/" name, control, function)

static void
test_foreign (PathWorld *f, gconstpointer data)
{
  path_world_attach (f, DC);
  g_assert_cmpint (f->path.live, ==, DC);
  path_world_start_session (f);
  f->dead_wire[DC] = TRUE;
  path_world_run (f, 60 * SECOND, TRUE);
  g_assert_cmpuint (f->probes[DC], ==, 0);
  g_assert_cmpint (f->path.live, ==, DC);
}

static void
test_proof_before_use (PathWorld *f, gconstpointer data)
{
  path_world_attach (f, DC);
  path_world_attach (f, ICE);
  path_world_run (f, 10 * SECOND, FALSE);
  /* No session: no probe could leave. */
  g_assert_cmpuint (f->probes[DC] + f->probes[ICE], ==, 0);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  f->dead_wire[ICE] = TRUE;
  path_world_start_session (f);
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, DC);
  f->dead_wire[ICE] = FALSE;
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpint (f->path.links[ICE].latency_ns, ==, (gint64) f->round_trip_ns);
}

static void
test_probe_spacing (PathWorld *f, gconstpointer data)
{
  path_world_attach (f, ICE);
  f->dead_wire[ICE] = TRUE;
  path_world_start_session (f);
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpuint (f->probes[ICE], >=, 3);
  g_assert_cmpuint (f->probes[ICE], <=, 4);
  path_world_run (f, 60 * SECOND, FALSE);
  g_assert_cmpuint (f->probes[ICE], <=, 24);
  f->probes[ICE] = 0;
  path_world_run (f, 50 * SECOND, FALSE);
  g_assert_cmpuint (f->probes[ICE], ==, 10);
}

/* The handshake itself proves the transport that it went over both ways, so that the first packet need not wait. */
static void
test_handshake_proves (PathWorld *f, gconstpointer data)
{
  BgTransportKind kind;

  path_world_attach (f, DC);
  path_world_attach (f, ICE);
  kind = bg_path_initiation_kind (&f->path);
  g_assert_cmpint (kind, ==, DC);
  bg_path_handshake_sent (&f->path, kind);
  bg_path_received (&f->path, DC, f->now_ns);
  path_world_start_session (f);
  g_assert_cmpint (f->path.live, ==, DC);
}

static void
test_handshake_one_way (PathWorld *f, gconstpointer data)
{
  path_world_attach (f, DC);
  path_world_attach (f, ICE);
  bg_path_handshake_sent (&f->path, DC);
  bg_path_received (&f->path, ICE, f->now_ns);
  path_world_start_session (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
}

static void
test_handshake_way (PathWorld *f, gconstpointer data)
{
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, BG_TRANSPORT_NONE);
  path_world_attach (f, ICE);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, ICE);
  path_world_attach (f, DC);
  f->path.initiations = 0;
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, DC);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, ICE);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, DC);
  path_world_start_session (f);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, DC);
  f->path.initiations = 0;
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, ICE);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, DC);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, ICE);
  g_assert_cmpint (bg_path_response_kind (&f->path), ==, DC);
  bg_path_initiation_received (&f->path, ICE);
  g_assert_cmpint (bg_path_response_kind (&f->path), ==, ICE);
  bg_path_detach (&f->path, ICE);
  g_assert_cmpint (bg_path_response_kind (&f->path), ==, DC);
}

/* Both know of the way beside the live one: of each that it is attached or moved to, once. */
static void
test_standby (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  g_assert_false (bg_path_take_standby (&f->path, DC)); /* it was not asked by the peer */
  bg_path_probe_received (&f->path, DC, f->now_ns);
  g_assert_true (bg_path_take_standby (&f->path, DC));
  g_assert_false (bg_path_take_standby (&f->path, DC));
  bg_path_probe_received (&f->path, ICE, f->now_ns);
  g_assert_false (bg_path_take_standby (&f->path, ICE));

  f->dead_wire[DC] = TRUE;
  bg_path_moved (&f->path, DC, f->now_ns);
  bg_path_probe_received (&f->path, DC, f->now_ns);
  path_world_run (f, SECOND, TRUE);
  g_assert_false (
    bg_path_take_standby (&f->path, DC)); /* what was proved of the one before is worth nothing */
  f->dead_wire[DC] = FALSE;
  path_world_run (f, 5 * SECOND, TRUE);
  g_assert_true (bg_path_take_standby (&f->path, DC));
}

/* Soon after the first probe that found no answer, once, and only where nothing else would take its place. */
static void
test_doubt (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  path_world_run (f, 20 * SECOND, TRUE);
  g_assert_false (bg_path_take_doubt (&f->path));
  f->dead_wire[ICE] = TRUE;
  path_world_run (f, 2 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_false (bg_path_take_doubt (&f->path));
  path_world_run (f, SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);

  f->dead_wire[DC] = TRUE;
  path_world_run (f, 200 * MS, TRUE);
  g_assert_false (bg_path_take_doubt (&f->path));
  path_world_run (f, 1000 * MS, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_true (bg_path_take_doubt (&f->path));
  path_world_run (f, 300 * MS, TRUE);
  g_assert_false (bg_path_take_doubt (&f->path));
  f->dead_wire[DC] = FALSE;
  path_world_run (f, 10 * SECOND, TRUE);
  g_assert_false (bg_path_take_doubt (&f->path));
}

static void
keep_ice_alone (PathWorld *f)
{
  path_world_bring_up (f);
  bg_transport_unref (bg_path_detach (&f->path, DC));
  path_world_run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

/* A machine that sleeps, and that nobody speaks to: no reason for haste, but where everything goes through it. */
static void
test_doubt_without_traffic (PathWorld *f, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      keep_ice_alone (f);
      bg_path_set_watch (&f->path, i > 0 ? BG_WATCH_ALWAYS : BG_WATCH_REST, f->now_ns);
      path_world_run (f, 40 * SECOND, FALSE);
      f->dead_wire[ICE] = TRUE;
      path_world_run (f, 60 * SECOND, FALSE);
      g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
      g_assert_cmpint (bg_path_take_doubt (&f->path), ==, i > 0);
      f->dead_wire[ICE] = FALSE;
    }
}

static void
test_fallback (PathWorld *f, gconstpointer data)
{
  guint64 died_ns;

  path_world_bring_up (f);
  path_world_run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
  died_ns = f->now_ns;
  f->dead_wire[ICE] = TRUE;
  f->probes[ICE] = 0;
  path_world_run (f, 3 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_cmpuint (f->moved_ns - died_ns, <=, 3 * SECOND);
  g_assert_cmpuint (f->probes[ICE], >=, BG_PATH_MISSES);
  g_assert_cmpuint (f->probes[ICE], <=, BG_PATH_MISSES + 10); /* and what came before */

  f->probes[ICE] = 0;
  path_world_run (f, 20 * SECOND, TRUE);
  g_assert_cmpuint (f->probes[ICE], <=, 8);
  f->dead_wire[ICE] = FALSE;
  path_world_run (f, 6 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

/* What was dead for a moment is back soon, whether another one carries meanwhile or none does. */
static void
test_dead_for_a_moment (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  path_world_run (f, SECOND, TRUE);
  for (guint i = 0; i < 2; i++)
    {
      f->dead_wire[ICE] = TRUE;
      f->dead_wire[DC] = i > 0;
      path_world_run (f, 4 * SECOND, TRUE);
      g_assert_cmpint (f->path.live, ==, i > 0 ? BG_TRANSPORT_NONE : DC);
      f->dead_wire[ICE] = FALSE;
      path_world_run (f, 2 * SECOND, TRUE);
      g_assert_cmpint (f->path.live, ==, ICE);
      f->dead_wire[DC] = FALSE;
      path_world_run (f, 10 * SECOND, TRUE);
    }
}

/* No route: each probe is refused, and they become rarer all the same. */
static void
test_refused_probes (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  bg_path_unreachable (&f->path, ICE, f->now_ns);
  f->dead_wire[ICE] = TRUE;
  f->probes[ICE] = 0;
  for (guint i = 0; i < 2000; i++, f->now_ns += 10 * MS)
    {
      guint before = f->probes[ICE];

      bg_path_sent (&f->path, DC, 100, f->now_ns);
      path_world_serve (f);
      if (f->probes[ICE] > before)
        bg_path_unreachable (&f->path, ICE, f->now_ns);
    }
  g_assert_cmpuint (f->probes[ICE], <=, 9);
}

static void
test_all_dead (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  f->dead_wire[DC] = f->dead_wire[ICE] = TRUE;
  path_world_run (f, 7 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  f->dead_wire[DC] = FALSE;
  path_world_run (f, 6 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
}

/* A loss now and then is no death. */
static void
test_lossy (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  f->moves = 0;
  for (guint i = 0; i < 20; i++)
    {
      f->dead_wire[ICE] = TRUE;
      path_world_run (f, 1800 * MS, TRUE);
      f->dead_wire[ICE] = FALSE;
      path_world_run (f, 600 * MS, TRUE);
    }
  g_assert_cmpuint (f->moves, ==, 0);
}

/* Through a queue of seconds: answers are late, but come. */
static void
test_slow (PathWorld *f, gconstpointer data)
{
  BgProbe probes[1000] = { { 0 } };
  guint64 sent_ns[1000];
  guint n = 0, answered = 0;

  path_world_attach (f, DC);
  path_world_start_session (f);
  f->round_trip_ns = 2800 * MS;
  for (guint i = 0; i < 6000; i++, f->now_ns += 10 * MS)
    {
      if (f->path.live == DC)
        bg_path_sent (&f->path, DC, 100, f->now_ns);
      for (; n < 1000 && bg_path_pop_probe (&f->path, f->now_ns, &probes[n]); n++)
        sent_ns[n] = f->now_ns;
      for (; answered < n && sent_ns[answered] + f->round_trip_ns <= f->now_ns; answered++)
        bg_path_probe_answered (&f->path, DC, probes[answered].id, f->round_trip_ns, f->now_ns);
      path_world_choose (f);
    }
  g_assert_cmpuint (f->moves, ==, 1);
  g_assert_false (bg_path_take_doubt (&f->path));
  f->dead_wire[DC] = TRUE;
  path_world_run (f, 11 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  g_assert_true (bg_path_take_doubt (&f->path));
}

/* We only send, and the peer has nothing to say: a probe now and then tells that it hears us. */
static void
test_one_way_traffic (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  f->moves = f->probes[ICE] = 0;
  for (guint i = 0; i < 1000; i++, f->now_ns += 10 * MS)
    {
      bg_path_sent (&f->path, ICE, CEILING, f->now_ns);
      path_world_serve (f);
    }
  g_assert_cmpuint (f->moves, ==, 0);
  g_assert_cmpuint (f->probes[ICE], >=, 18);
  g_assert_cmpuint (f->probes[ICE], <=, 21);
}

/* Without a session nothing can be watched, so nothing is alive. */
static void
test_session_lost (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  bg_path_session_lost (&f->path, f->now_ns);
  path_world_choose (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  path_world_run (f, 60 * SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  path_world_start_session (f);
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

static void
test_stale_reply (PathWorld *f, gconstpointer data)
{
  BgProbe probe;

  path_world_attach (f, ICE);
  path_world_start_session (f);
  g_assert_true (bg_path_pop_probe (&f->path, f->now_ns, &probe));
  g_assert_false (bg_path_probe_answered (&f->path, DC, probe.id, 1, f->now_ns));
  g_assert_false (bg_path_probe_answered (&f->path, ICE, probe.id + 8, 1, f->now_ns));
  path_world_attach (f, DC);
  g_assert_false (bg_path_probe_answered (&f->path, DC, probe.id, 1, f->now_ns));
  path_world_attach (f, ICE);
  /* The answer to the transport that was here before. */
  g_assert_false (bg_path_probe_answered (&f->path, ICE, probe.id, 1, f->now_ns));
  path_world_choose (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
}

static void
bring_up_direct (PathWorld *f)
{
  path_world_bring_up (f);
  path_world_attach (f, DIRECT);
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  f->moves = 0;
  memset (f->probes, 0, sizeof f->probes);
}

/* What arrives says nothing about what leaves: probes do, while there is traffic. */
static void
test_deaf_peer (PathWorld *f, gconstpointer data)
{
  guint64 died_ns;

  bring_up_direct (f);
  path_world_run (f, 20 * SECOND, TRUE);
  g_assert_cmpuint (f->moves, ==, 0);
  g_assert_cmpuint (f->probes[DIRECT], <=, 41);
  died_ns = f->now_ns;
  f->deaf_peer[DIRECT] = TRUE;
  path_world_run (f, 3 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpuint (f->moved_ns - died_ns, <=, 3 * SECOND);
  f->deaf_peer[DIRECT] = FALSE;
  path_world_run (f, 8 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

/* A firewall that drops WireGuard's transport data takes the direct and the ICE way at once: 3 s for both. */
static void
test_two_die_together (PathWorld *f, gconstpointer data)
{
  guint64 died_ns;

  bring_up_direct (f);
  path_world_run (f, 20 * SECOND, TRUE);
  died_ns = f->now_ns;
  f->dead_wire[DIRECT] = f->dead_wire[ICE] = TRUE;
  path_world_run (f, 3 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_cmpuint (f->moved_ns - died_ns, <=, 3 * SECOND);
  path_world_run (f, 60 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_cmpuint (f->moves, <=, 2);
  f->dead_wire[DIRECT] = f->dead_wire[ICE] = FALSE;
  path_world_run (f, 8 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

/* One of four probes and packets arrives: bad, but alive. */
static void
test_overloaded (PathWorld *f, gconstpointer data)
{
  bring_up_direct (f);
  for (guint i = 0; i < 6000; i++, f->now_ns += 10 * MS)
    {
      bg_path_sent (&f->path, DIRECT, 1000, f->now_ns);
      f->deaf_peer[DIRECT] = i % 4 != 0;
      path_world_serve (f);
    }
  g_assert_cmpuint (f->moves, ==, 0);
}

/* The pair changed: another transport takes the place of the old one, and proves itself while ICE carries. */
static void
test_changed_pair (PathWorld *f, gconstpointer data)
{
  BgTransport other = { .ops = &path_world_wire, .kind = DIRECT, .refs = 1 };

  bring_up_direct (f);
  path_world_run (f, SECOND, TRUE);
  g_assert_true (bg_path_attach_take (&f->path, &other, f->now_ns) == &f->transports[DIRECT]);
  path_world_choose (f);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpuint (f->path.mtu.proved, ==, 0);
  path_world_run (f, 100 * MS, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  g_assert_cmpuint (f->path.mtu.proved, ==, CEILING);
  g_assert_cmpuint (f->moves, ==, 2);
}

/* Small probes pass, and no size of use does. */
static void
test_too_narrow (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  f->width = FLOOR - 1;
  path_world_attach (f, DIRECT);
  path_world_run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.links[DIRECT].state, ==, BG_LINK_PROVED);
  g_assert_cmpint (f->path.live, ==, ICE);
  f->width = 1300;
  path_world_run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  bg_path_set_sizes (&f->path, 1280, CEILING, f->now_ns);
  path_world_choose (f);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  f->width = 1270;
  path_world_run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

/* ICE takes over on the same pair, which did not get wider. */
static void
test_size_of_the_pair (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  g_assert_cmpuint (f->path.pair_size, ==, 0);
  f->width = 1300;
  path_world_attach (f, DIRECT);
  path_world_run (f, 5 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  f->dead_wire[DIRECT] = TRUE;
  path_world_run (f, 5 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpuint (f->path.pair_size, <=, 1300);
  g_assert_cmpuint (f->path.pair_size, >=, 1290);
  path_world_attach (f, DIRECT);
  g_assert_cmpuint (f->path.pair_size, ==, 0);
}

static void
test_sizes_of_a_foreign_peer (PathWorld *f, gconstpointer data)
{
  path_world_attach (f, DIRECT);
  path_world_start_session (f);
  bg_path_too_big (&f->path, DIRECT, 1420, f->now_ns);
  path_world_run (f, SECOND, TRUE);
  g_assert_cmpuint (f->probes[DIRECT], ==, 0);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

static void
test_direct_is_idle (PathWorld *f, gconstpointer data)
{
  bring_up_direct (f);
  path_world_run (f, 250 * SECOND, FALSE);
  g_assert_cmpuint (f->probes[DIRECT], <=, 10);
  g_assert_cmpuint (f->probes[DC] + f->probes[ICE], ==, 0);
}

static void
test_detach (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  g_assert_true (bg_path_detach (&f->path, ICE) == &f->transports[ICE]);
  path_world_choose (f);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_true (bg_path_detach (&f->path, DC) == &f->transports[DC]);
  path_world_choose (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  g_assert_true (bg_path_is_empty (&f->path));
  g_assert_null (bg_path_detach (&f->path, DC));
  g_assert_cmpuint (bg_path_next (&f->path), ==, BG_PATH_NEVER);
}

static void
test_becomes_bamgate (PathWorld *f, gconstpointer data)
{
  path_world_attach (f, DC);
  g_assert_cmpint (f->path.live, ==, DC);
  bg_path_set_control (&f->path, TRUE, f->now_ns);
  path_world_choose (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  path_world_start_session (f);
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, DC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("foreign", FALSE, test_foreign);
  ADD ("becomes-bamgate", FALSE, test_becomes_bamgate);
  ADD ("proof-before-use", TRUE, test_proof_before_use);
  ADD ("probe-spacing", TRUE, test_probe_spacing);
  ADD ("handshake-proves", TRUE, test_handshake_proves);
  ADD ("handshake-one-way", TRUE, test_handshake_one_way);
  ADD ("handshake-way", TRUE, test_handshake_way);
  ADD ("fallback", TRUE, test_fallback);
  ADD ("doubt", TRUE, test_doubt);
  ADD ("doubt-without-traffic", TRUE, test_doubt_without_traffic);
  ADD ("standby", TRUE, test_standby);
  ADD ("slow", TRUE, test_slow);
  ADD ("dead-for-a-moment", TRUE, test_dead_for_a_moment);
  ADD ("refused-probes", TRUE, test_refused_probes);
  ADD ("all-dead", TRUE, test_all_dead);
  ADD ("lossy", TRUE, test_lossy);
  ADD ("one-way-traffic", TRUE, test_one_way_traffic);
  ADD ("session-lost", TRUE, test_session_lost);
  ADD ("stale-reply", TRUE, test_stale_reply);
  ADD ("detach", TRUE, test_detach);
  ADD ("deaf-peer", TRUE, test_deaf_peer);
  ADD ("two-die-together", TRUE, test_two_die_together);
  ADD ("overloaded", TRUE, test_overloaded);
  ADD ("changed-pair", TRUE, test_changed_pair);
  ADD ("too-narrow", TRUE, test_too_narrow);
  ADD ("size-of-the-pair", TRUE, test_size_of_the_pair);
  ADD ("sizes-of-a-foreign-peer", FALSE, test_sizes_of_a_foreign_peer);
  ADD ("direct-is-idle", TRUE, test_direct_is_idle);
  return g_test_run ();
}
