/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A path that is little used, and a machine that slept. */
#include "path-world.h"

#define ADD(name, control, function) PATH_WORLD_ADD ("/path-idle/" name, control, function)

/* The leader probes, and all of its peers in the same moment. */
static void
test_idle_leader (PathWorld *f, gconstpointer data)
{
  bg_path_set_leads (&f->path, TRUE);
  path_world_bring_up (f);
  f->probes[DC] = f->probes[ICE] = 0;
  for (guint i = 1; i <= 10; i++)
    {
      guint64 due_ns = bg_path_next (&f->path);

      g_assert_cmpuint (due_ns - f->now_ns, <=, BG_PATH_IDLE_MS * MS);
      g_assert_cmpuint (due_ns % (BG_PATH_IDLE_MS * MS), ==, 0);
      path_world_run (f, due_ns - f->now_ns + 10 * MS, FALSE);
      g_assert_cmpuint (f->probes[ICE], ==, i);
      /* The peer's own measure changes nothing. */
      bg_path_received (&f->path, ICE, f->now_ns);
      bg_path_probe_received (&f->path, ICE, f->now_ns);
    }
  g_assert_cmpuint (f->probes[DC], ==, 0);
}

/* The other side is silent while the leader probes, but for its own latency now and then, right behind a reply. */
static void
test_idle_follower (PathWorld *f, gconstpointer data)
{
  guint before;

  path_world_bring_up (f);
  f->probes[ICE] = 0;
  for (guint i = 0; i < 20; i++)
    {
      bg_path_received (&f->path, ICE, f->now_ns);
      bg_path_probe_received (&f->path, ICE, f->now_ns);
      path_world_serve (f);
      before = f->probes[ICE];
      path_world_run (f, BG_PATH_IDLE_MS * MS, FALSE);
      g_assert_cmpuint (f->probes[ICE], ==, before);
    }
  g_assert_cmpuint (f->probes[ICE], ==, 3);

  f->probes[ICE] = 0;
  path_world_run (f, BG_PATH_SILENT_LEADER_MS * MS, FALSE);
  g_assert_cmpuint (f->probes[ICE], ==, 1);
}

static guint
count_idle_probes (PathWorld *f, guint64 duration_ns)
{
  f->probes[ICE] = 0;
  path_world_run (f, duration_ns, FALSE);
  return f->probes[ICE];
}

/* Whichever side it is, whatever moment the wire dies in: noticed soon, at a steady price. */
static void
test_watched (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  bg_path_set_watch (&f->path, BG_WATCH_ALWAYS, f->now_ns);
  for (guint phase = 0; phase < 8; phase++)
    {
      guint64 died_ns;

      g_assert_cmpuint (count_idle_probes (f, 60 * SECOND), <=, 81);
      g_assert_cmpuint (f->probes[ICE], >=, 79);
      path_world_run (f, phase * 100 * MS, FALSE);
      f->dead_wire[ICE] = TRUE;
      died_ns = f->now_ns;
      f->moves = 0;
      path_world_run (f, 3 * SECOND, FALSE);
      g_assert_cmpuint (f->moves, ==, 1);
      g_assert_cmpuint (f->moved_ns - died_ns, <=, 2650 * MS);
      f->dead_wire[ICE] = FALSE;
      path_world_run (f, 30 * SECOND, FALSE);
      g_assert_cmpint (f->path.live, ==, ICE);
    }
}

/* One that carries a network is watched while that is used. */
static void
test_watched_while_used (PathWorld *f, gconstpointer data)
{
  bg_path_set_leads (&f->path, TRUE);
  path_world_bring_up (f);
  bg_path_set_watch (&f->path, BG_WATCH_USED, f->now_ns);
  g_assert_cmpuint (count_idle_probes (f, 48 * SECOND), <=, 3);
  path_world_run (f, SECOND, TRUE);
  g_assert_cmpuint (count_idle_probes (f, 60 * SECOND), >=, 79);
  path_world_run (f, (BG_WATCH_LATELY_MS - 60000) * MS, FALSE);
  g_assert_cmpuint (count_idle_probes (f, 48 * SECOND), <=, 3);
  bg_path_set_watch (&f->path, BG_WATCH_ALWAYS, f->now_ns);
  g_assert_cmpuint (count_idle_probes (f, 6 * SECOND), >=, 7);
  bg_path_set_watch (&f->path, BG_WATCH_REST, f->now_ns);
  g_assert_cmpuint (count_idle_probes (f, 48 * SECOND), <=, 3);
}

/* A rekey is no reason to probe, and takes the way that is live. */
static void
test_idle_rekey (PathWorld *f, gconstpointer data)
{
  bg_path_set_leads (&f->path, TRUE);
  path_world_bring_up (f);
  f->dead_wire[DIRECT] = TRUE;
  path_world_attach (f, DIRECT);
  path_world_run (f, 600 * SECOND, FALSE);
  f->probes[ICE] = f->probes[DIRECT] = 0;
  for (guint i = 0; i < 10; i++)
    {
      g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, ICE);
      path_world_start_session (f);
      path_world_run (f, 5 * BG_PATH_IDLE_MS * MS, FALSE);
    }
  g_assert_cmpuint (f->probes[ICE], ==, 50);
  g_assert_cmpuint (f->probes[DIRECT], ==, 12);
}

/* Nothing is live: whatever may be is looked at, however long it was not. */
static void
test_all_looked_at (PathWorld *f, gconstpointer data)
{
  f->dead_wire[ICE] = f->dead_wire[DIRECT] = TRUE;
  path_world_attach (f, DC);
  path_world_attach (f, ICE);
  path_world_attach (f, DIRECT);
  path_world_start_session (f);
  path_world_run (f, 3600 * SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, DC);
  f->dead_wire[DIRECT] = FALSE;
  f->dead_wire[DC] = TRUE;
  path_world_run (f, (BG_PATH_SILENT_LEADER_MS + 4000) * MS, FALSE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

/* Traffic comes: what is not proved is looked at again, and soon. */
static void
test_traffic_after_quiet (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  f->dead_wire[DIRECT] = TRUE;
  path_world_attach (f, DIRECT);
  path_world_run (f, 3600 * SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  f->dead_wire[DIRECT] = FALSE;
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  path_world_run (f, SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

/* The machine slept: one missed probe, not four at once. */
static void
test_sleep (PathWorld *f, gconstpointer data)
{
  path_world_bring_up (f);
  bg_path_sent (&f->path, ICE, CEILING, f->now_ns);
  f->now_ns += 3600 * SECOND;
  f->dead_wire[ICE] = TRUE;
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  f->dead_wire[ICE] = FALSE;
  path_world_run (f, 10 * SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

/* The machine slept: the live way stays, and with the next session everything is asked at once. */
static void
test_suspend (PathWorld *f, gconstpointer data)
{
  BgProbe probe;
  BgTransportKind live;

  path_world_attach (f, BG_TRANSPORT_DATA_CHANNEL);
  path_world_attach (f, BG_TRANSPORT_ICE);
  bg_path_session_confirmed (&f->path, f->now_ns);
  while (bg_path_pop_probe (&f->path, f->now_ns, &probe))
    bg_path_probe_answered (&f->path, probe.kind, probe.id, 1, f->now_ns);
  bg_path_choose (&f->path, f->now_ns);
  live = f->path.live;
  g_assert_cmpint (live, ==, BG_TRANSPORT_ICE);

  bg_path_suspend (&f->path);
  f->now_ns += 8 * 3600 * SECOND;
  g_assert_cmpuint (bg_path_next (&f->path), ==, BG_PATH_NEVER);
  g_assert_false (bg_path_choose (&f->path, f->now_ns));
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, live);
  bg_path_handshake_sent (&f->path, live);
  bg_path_received (&f->path, live, f->now_ns);
  bg_path_session_confirmed (&f->path, f->now_ns);
  g_assert_cmpuint (bg_path_next (&f->path), <=, f->now_ns);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("idle-leader", TRUE, test_idle_leader);
  ADD ("idle-follower", TRUE, test_idle_follower);
  ADD ("watched", TRUE, test_watched);
  ADD ("watched-while-used", TRUE, test_watched_while_used);
  ADD ("idle-rekey", TRUE, test_idle_rekey);
  ADD ("all-looked-at", TRUE, test_all_looked_at);
  ADD ("traffic-after-quiet", TRUE, test_traffic_after_quiet);
  ADD ("sleep", TRUE, test_sleep);
  ADD ("suspend", TRUE, test_suspend);
  return g_test_run ();
}
