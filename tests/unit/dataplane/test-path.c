/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/path.h"

#include <glib.h>
#include <string.h>

/* A path in virtual time, and the two wires under it. */

#define MS G_GUINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

static const BgTransportKind DC = BG_TRANSPORT_DATA_CHANNEL, ICE = BG_TRANSPORT_ICE,
                             DIRECT = BG_TRANSPORT_DIRECT;

enum
{
  FLOOR = 1152,
  CEILING = 1420
};

typedef struct
{
  BgPath path;
  BgTransport transports[BG_TRANSPORT_KINDS];
  gboolean dead_wire[BG_TRANSPORT_KINDS];
  gboolean deaf_peer[BG_TRANSPORT_KINDS]; /* only what we send is lost */
  guint width;                            /* of the direct wire */
  guint64 now_ns, round_trip_ns;
  guint probes[BG_TRANSPORT_KINDS], moves;
  guint64 moved_ns;
} Fixture;

static int
send_nothing (BgTransport *self, BgPacket **pkts, int n)
{
  return n;
}

static void
close_nothing (BgTransport *self)
{
}

static const BgTransportOps ops = { .send = send_nothing,
                                    .close = close_nothing,
                                    .free = close_nothing };

static void
set_up (Fixture *f, gconstpointer data)
{
  f->now_ns = 100 * SECOND;
  f->round_trip_ns = 10 * MS;
  f->width = CEILING;
  bg_path_init (&f->path, GPOINTER_TO_INT (data));
  bg_path_set_sizes (&f->path, FLOOR, CEILING, f->now_ns);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
}

static void
choose (Fixture *f)
{
  if (bg_path_choose (&f->path, f->now_ns))
    {
      f->moves++;
      f->moved_ns = f->now_ns;
    }
}

static void
attach (Fixture *f, BgTransportKind kind)
{
  f->transports[kind] = (BgTransport){ .ops = &ops, .kind = kind, .refs = 1 };
  bg_path_attach_take (&f->path, &f->transports[kind], f->now_ns);
  choose (f);
}

/* Sends what is due; answers come after a round trip on wires that live. */
static void
serve_probes (Fixture *f)
{
  BgProbe probe;

  while (bg_path_pop_probe (&f->path, f->now_ns, &probe))
    {
      f->probes[probe.kind]++;
      g_assert_true (probe.size == 0 || probe.kind == DIRECT);
      if (f->dead_wire[probe.kind] || f->deaf_peer[probe.kind] || probe.size > f->width)
        continue;
      bg_path_received (&f->path, probe.kind, f->now_ns);
      g_assert_true (
        bg_path_probe_answered (&f->path, probe.kind, probe.id, f->round_trip_ns, f->now_ns));
    }
  choose (f);
}

/* Lets time pass; with `traffic` a packet leaves every 10 ms and one comes back if the wire lives. */
static void
run (Fixture *f, guint64 duration_ns, gboolean traffic)
{
  guint64 end_ns = f->now_ns + duration_ns;

  for (; f->now_ns < end_ns; f->now_ns += 10 * MS)
    {
      BgTransportKind live = f->path.live;

      if (traffic && live != BG_TRANSPORT_NONE)
        {
          bg_path_sent (&f->path, live, CEILING, f->now_ns);
          if (!f->dead_wire[live])
            bg_path_received (&f->path, live, f->now_ns);
        }
      serve_probes (f);
    }
}

static void
start_session (Fixture *f)
{
  bg_path_session_confirmed (&f->path, f->now_ns);
  choose (f);
}

static void
test_foreign (Fixture *f, gconstpointer data)
{
  attach (f, DC);
  g_assert_cmpint (f->path.live, ==, DC);
  start_session (f);
  f->dead_wire[DC] = TRUE;
  run (f, 60 * SECOND, TRUE);
  g_assert_cmpuint (f->probes[DC], ==, 0);
  g_assert_cmpint (f->path.live, ==, DC);
}

static void
test_proof_before_use (Fixture *f, gconstpointer data)
{
  attach (f, DC);
  attach (f, ICE);
  run (f, 10 * SECOND, FALSE);
  /* No session: no probe could leave. */
  g_assert_cmpuint (f->probes[DC] + f->probes[ICE], ==, 0);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  f->dead_wire[ICE] = TRUE;
  start_session (f);
  run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, DC);
  f->dead_wire[ICE] = FALSE;
  run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpint (f->path.links[ICE].latency_ns, ==, (gint64) f->round_trip_ns);
}

static void
test_probe_spacing (Fixture *f, gconstpointer data)
{
  attach (f, ICE);
  f->dead_wire[ICE] = TRUE;
  start_session (f);
  run (f, SECOND, FALSE);
  g_assert_cmpuint (f->probes[ICE], >=, 3);
  g_assert_cmpuint (f->probes[ICE], <=, 4);
  run (f, 60 * SECOND, FALSE);
  g_assert_cmpuint (f->probes[ICE], <=, 24);
  f->probes[ICE] = 0;
  run (f, 50 * SECOND, FALSE);
  g_assert_cmpuint (f->probes[ICE], ==, 10);
}

/* The handshake itself proves the transport that it went over both ways, so that the first packet need not wait. */
static void
test_handshake_proves (Fixture *f, gconstpointer data)
{
  BgTransportKind kind;

  attach (f, DC);
  attach (f, ICE);
  kind = bg_path_initiation_kind (&f->path);
  g_assert_cmpint (kind, ==, DC);
  bg_path_handshake_sent (&f->path, kind);
  bg_path_received (&f->path, DC, f->now_ns);
  start_session (f);
  g_assert_cmpint (f->path.live, ==, DC);
}

static void
test_handshake_one_way (Fixture *f, gconstpointer data)
{
  attach (f, DC);
  attach (f, ICE);
  bg_path_handshake_sent (&f->path, DC);
  bg_path_received (&f->path, ICE, f->now_ns);
  start_session (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
}

static void
test_handshake_way (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, BG_TRANSPORT_NONE);
  attach (f, ICE);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, ICE);
  attach (f, DC);
  f->path.initiations = 0;
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, DC);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, ICE);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, DC);
  start_session (f);
  g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, DC);
  f->path.initiations = 0;
  run (f, SECOND, FALSE);
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

static void
bring_up (Fixture *f)
{
  attach (f, DC);
  attach (f, ICE);
  start_session (f);
  run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

/* Both know of the way beside the live one: of each that it is attached or moved to, once. */
static void
test_standby (Fixture *f, gconstpointer data)
{
  bring_up (f);
  g_assert_false (bg_path_take_standby (&f->path, DC)); /* it was not asked by the peer */
  bg_path_probe_received (&f->path, DC, f->now_ns);
  g_assert_true (bg_path_take_standby (&f->path, DC));
  g_assert_false (bg_path_take_standby (&f->path, DC));
  bg_path_probe_received (&f->path, ICE, f->now_ns);
  g_assert_false (bg_path_take_standby (&f->path, ICE));

  f->dead_wire[DC] = TRUE;
  bg_path_moved (&f->path, DC, f->now_ns);
  bg_path_probe_received (&f->path, DC, f->now_ns);
  run (f, SECOND, TRUE);
  g_assert_false (
    bg_path_take_standby (&f->path, DC)); /* what was proved of the one before is worth nothing */
  f->dead_wire[DC] = FALSE;
  run (f, 5 * SECOND, TRUE);
  g_assert_true (bg_path_take_standby (&f->path, DC));
}

/* Soon after the first probe that found no answer, once, and only where nothing else would take its place. */
static void
test_doubt (Fixture *f, gconstpointer data)
{
  bring_up (f);
  run (f, 20 * SECOND, TRUE);
  g_assert_false (bg_path_take_doubt (&f->path));
  f->dead_wire[ICE] = TRUE;
  run (f, 2 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_false (bg_path_take_doubt (&f->path));
  run (f, SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);

  f->dead_wire[DC] = TRUE;
  run (f, 200 * MS, TRUE);
  g_assert_false (bg_path_take_doubt (&f->path));
  run (f, 1000 * MS, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_true (bg_path_take_doubt (&f->path));
  run (f, 300 * MS, TRUE);
  g_assert_false (bg_path_take_doubt (&f->path));
  f->dead_wire[DC] = FALSE;
  run (f, 10 * SECOND, TRUE);
  g_assert_false (bg_path_take_doubt (&f->path));
}

static void
test_fallback (Fixture *f, gconstpointer data)
{
  guint64 died_ns;

  bring_up (f);
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
  died_ns = f->now_ns;
  f->dead_wire[ICE] = TRUE;
  f->probes[ICE] = 0;
  run (f, 3 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_cmpuint (f->moved_ns - died_ns, <=, 3 * SECOND);
  g_assert_cmpuint (f->probes[ICE], >=, BG_PATH_MISSES);
  g_assert_cmpuint (f->probes[ICE], <=, BG_PATH_MISSES + 10); /* and what came before */

  f->probes[ICE] = 0;
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpuint (f->probes[ICE], <=, 8);
  f->dead_wire[ICE] = FALSE;
  run (f, 6 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

/* What was dead for a moment is back soon, whether another one carries meanwhile or none does. */
static void
test_dead_for_a_moment (Fixture *f, gconstpointer data)
{
  bring_up (f);
  run (f, SECOND, TRUE);
  for (guint i = 0; i < 2; i++)
    {
      f->dead_wire[ICE] = TRUE;
      f->dead_wire[DC] = i > 0;
      run (f, 4 * SECOND, TRUE);
      g_assert_cmpint (f->path.live, ==, i > 0 ? BG_TRANSPORT_NONE : DC);
      f->dead_wire[ICE] = FALSE;
      run (f, 2 * SECOND, TRUE);
      g_assert_cmpint (f->path.live, ==, ICE);
      f->dead_wire[DC] = FALSE;
      run (f, 10 * SECOND, TRUE);
    }
}

/* No route: each probe is refused, and they become rarer all the same. */
static void
test_refused_probes (Fixture *f, gconstpointer data)
{
  bring_up (f);
  bg_path_unreachable (&f->path, ICE, f->now_ns);
  f->dead_wire[ICE] = TRUE;
  f->probes[ICE] = 0;
  for (guint i = 0; i < 2000; i++, f->now_ns += 10 * MS)
    {
      guint before = f->probes[ICE];

      bg_path_sent (&f->path, DC, 100, f->now_ns);
      serve_probes (f);
      if (f->probes[ICE] > before)
        bg_path_unreachable (&f->path, ICE, f->now_ns);
    }
  g_assert_cmpuint (f->probes[ICE], <=, 9);
}

static void
test_all_dead (Fixture *f, gconstpointer data)
{
  bring_up (f);
  f->dead_wire[DC] = f->dead_wire[ICE] = TRUE;
  run (f, 7 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  f->dead_wire[DC] = FALSE;
  run (f, 6 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
}

/* A loss now and then is no death. */
static void
test_lossy (Fixture *f, gconstpointer data)
{
  bring_up (f);
  f->moves = 0;
  for (guint i = 0; i < 20; i++)
    {
      f->dead_wire[ICE] = TRUE;
      run (f, 1800 * MS, TRUE);
      f->dead_wire[ICE] = FALSE;
      run (f, 600 * MS, TRUE);
    }
  g_assert_cmpuint (f->moves, ==, 0);
}

/* Through a queue of seconds: answers are late, but come. */
static void
test_slow (Fixture *f, gconstpointer data)
{
  BgProbe probes[1000] = { { 0 } };
  guint64 sent_ns[1000];
  guint n = 0, answered = 0;

  attach (f, DC);
  start_session (f);
  f->round_trip_ns = 2800 * MS;
  for (guint i = 0; i < 6000; i++, f->now_ns += 10 * MS)
    {
      if (f->path.live == DC)
        bg_path_sent (&f->path, DC, 100, f->now_ns);
      for (; n < 1000 && bg_path_pop_probe (&f->path, f->now_ns, &probes[n]); n++)
        sent_ns[n] = f->now_ns;
      for (; answered < n && sent_ns[answered] + f->round_trip_ns <= f->now_ns; answered++)
        bg_path_probe_answered (&f->path, DC, probes[answered].id, f->round_trip_ns, f->now_ns);
      choose (f);
    }
  g_assert_cmpuint (f->moves, ==, 1);
  f->dead_wire[DC] = TRUE;
  run (f, 11 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
}

/* We only send, and the peer has nothing to say: a probe now and then tells that it hears us. */
static void
test_one_way_traffic (Fixture *f, gconstpointer data)
{
  bring_up (f);
  f->moves = f->probes[ICE] = 0;
  for (guint i = 0; i < 1000; i++, f->now_ns += 10 * MS)
    {
      bg_path_sent (&f->path, ICE, CEILING, f->now_ns);
      serve_probes (f);
    }
  g_assert_cmpuint (f->moves, ==, 0);
  g_assert_cmpuint (f->probes[ICE], >=, 18);
  g_assert_cmpuint (f->probes[ICE], <=, 21);
}

/* The leader probes, and all of its peers in the same moment. */
static void
test_idle_leader (Fixture *f, gconstpointer data)
{
  bg_path_set_leads (&f->path, TRUE);
  bring_up (f);
  f->probes[DC] = f->probes[ICE] = 0;
  for (guint i = 1; i <= 10; i++)
    {
      guint64 due_ns = bg_path_next (&f->path);

      g_assert_cmpuint (due_ns - f->now_ns, <=, BG_PATH_IDLE_MS * MS);
      g_assert_cmpuint (due_ns % (BG_PATH_IDLE_MS * MS), ==, 0);
      run (f, due_ns - f->now_ns + 10 * MS, FALSE);
      g_assert_cmpuint (f->probes[ICE], ==, i);
      /* The peer's own measure changes nothing. */
      bg_path_received (&f->path, ICE, f->now_ns);
      bg_path_probe_received (&f->path, ICE, f->now_ns);
    }
  g_assert_cmpuint (f->probes[DC], ==, 0);
}

/* The other side is silent while the leader probes, but for its own latency now and then, right behind a reply. */
static void
test_idle_follower (Fixture *f, gconstpointer data)
{
  guint before;

  bring_up (f);
  f->probes[ICE] = 0;
  for (guint i = 0; i < 20; i++)
    {
      bg_path_received (&f->path, ICE, f->now_ns);
      bg_path_probe_received (&f->path, ICE, f->now_ns);
      serve_probes (f);
      before = f->probes[ICE];
      run (f, BG_PATH_IDLE_MS * MS, FALSE);
      g_assert_cmpuint (f->probes[ICE], ==, before);
    }
  g_assert_cmpuint (f->probes[ICE], ==, 3);

  f->probes[ICE] = 0;
  run (f, BG_PATH_SILENT_LEADER_MS * MS, FALSE);
  g_assert_cmpuint (f->probes[ICE], ==, 1);
}

static guint
count_idle_probes (Fixture *f, guint64 duration_ns)
{
  f->probes[ICE] = 0;
  run (f, duration_ns, FALSE);
  return f->probes[ICE];
}

/* Whichever side it is, whatever moment the wire dies in: noticed soon, at a steady price. */
static void
test_watched (Fixture *f, gconstpointer data)
{
  bring_up (f);
  bg_path_set_watch (&f->path, BG_WATCH_ALWAYS, f->now_ns);
  for (guint phase = 0; phase < 8; phase++)
    {
      guint64 died_ns;

      g_assert_cmpuint (count_idle_probes (f, 60 * SECOND), <=, 81);
      g_assert_cmpuint (f->probes[ICE], >=, 79);
      run (f, phase * 100 * MS, FALSE);
      f->dead_wire[ICE] = TRUE;
      died_ns = f->now_ns;
      f->moves = 0;
      run (f, 3 * SECOND, FALSE);
      g_assert_cmpuint (f->moves, ==, 1);
      g_assert_cmpuint (f->moved_ns - died_ns, <=, 2650 * MS);
      f->dead_wire[ICE] = FALSE;
      run (f, 30 * SECOND, FALSE);
      g_assert_cmpint (f->path.live, ==, ICE);
    }
}

/* One that carries a network is watched while that is used. */
static void
test_watched_while_used (Fixture *f, gconstpointer data)
{
  bg_path_set_leads (&f->path, TRUE);
  bring_up (f);
  bg_path_set_watch (&f->path, BG_WATCH_USED, f->now_ns);
  g_assert_cmpuint (count_idle_probes (f, 48 * SECOND), <=, 3);
  run (f, SECOND, TRUE);
  g_assert_cmpuint (count_idle_probes (f, 60 * SECOND), >=, 79);
  run (f, (BG_WATCH_LATELY_MS - 60000) * MS, FALSE);
  g_assert_cmpuint (count_idle_probes (f, 48 * SECOND), <=, 3);
  bg_path_set_watch (&f->path, BG_WATCH_ALWAYS, f->now_ns);
  g_assert_cmpuint (count_idle_probes (f, 6 * SECOND), >=, 7);
  bg_path_set_watch (&f->path, BG_WATCH_REST, f->now_ns);
  g_assert_cmpuint (count_idle_probes (f, 48 * SECOND), <=, 3);
}

/* A rekey is no reason to probe, and takes the way that is live. */
static void
test_idle_rekey (Fixture *f, gconstpointer data)
{
  bg_path_set_leads (&f->path, TRUE);
  bring_up (f);
  f->dead_wire[DIRECT] = TRUE;
  attach (f, DIRECT);
  run (f, 600 * SECOND, FALSE);
  f->probes[ICE] = f->probes[DIRECT] = 0;
  for (guint i = 0; i < 10; i++)
    {
      g_assert_cmpint (bg_path_initiation_kind (&f->path), ==, ICE);
      start_session (f);
      run (f, 5 * BG_PATH_IDLE_MS * MS, FALSE);
    }
  g_assert_cmpuint (f->probes[ICE], ==, 50);
  g_assert_cmpuint (f->probes[DIRECT], ==, 12);
}

/* Nothing is live: whatever may be is looked at, however long it was not. */
static void
test_all_looked_at (Fixture *f, gconstpointer data)
{
  f->dead_wire[ICE] = f->dead_wire[DIRECT] = TRUE;
  attach (f, DC);
  attach (f, ICE);
  attach (f, DIRECT);
  start_session (f);
  run (f, 3600 * SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, DC);
  f->dead_wire[DIRECT] = FALSE;
  f->dead_wire[DC] = TRUE;
  run (f, (BG_PATH_SILENT_LEADER_MS + 4000) * MS, FALSE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

/* Without a session nothing can be watched, so nothing is alive. */
static void
test_session_lost (Fixture *f, gconstpointer data)
{
  bring_up (f);
  bg_path_session_lost (&f->path, f->now_ns);
  choose (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  run (f, 60 * SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  start_session (f);
  run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

/* Traffic comes: what is not proved is looked at again, and soon. */
static void
test_traffic_after_quiet (Fixture *f, gconstpointer data)
{
  bring_up (f);
  f->dead_wire[DIRECT] = TRUE;
  attach (f, DIRECT);
  run (f, 3600 * SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  f->dead_wire[DIRECT] = FALSE;
  run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  run (f, SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

/* The machine slept: one missed probe, not four at once. */
static void
test_sleep (Fixture *f, gconstpointer data)
{
  bring_up (f);
  bg_path_sent (&f->path, ICE, CEILING, f->now_ns);
  f->now_ns += 3600 * SECOND;
  f->dead_wire[ICE] = TRUE;
  run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
  f->dead_wire[ICE] = FALSE;
  run (f, 10 * SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

static void
test_stale_reply (Fixture *f, gconstpointer data)
{
  BgProbe probe;

  attach (f, ICE);
  start_session (f);
  g_assert_true (bg_path_pop_probe (&f->path, f->now_ns, &probe));
  g_assert_false (bg_path_probe_answered (&f->path, DC, probe.id, 1, f->now_ns));
  g_assert_false (bg_path_probe_answered (&f->path, ICE, probe.id + 8, 1, f->now_ns));
  attach (f, DC);
  g_assert_false (bg_path_probe_answered (&f->path, DC, probe.id, 1, f->now_ns));
  attach (f, ICE);
  /* The answer to the transport that was here before. */
  g_assert_false (bg_path_probe_answered (&f->path, ICE, probe.id, 1, f->now_ns));
  choose (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
}

static void
bring_up_direct (Fixture *f)
{
  bring_up (f);
  attach (f, DIRECT);
  run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  f->moves = 0;
  memset (f->probes, 0, sizeof f->probes);
}

/* What arrives says nothing about what leaves: probes do, while there is traffic. */
static void
test_deaf_peer (Fixture *f, gconstpointer data)
{
  guint64 died_ns;

  bring_up_direct (f);
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpuint (f->moves, ==, 0);
  g_assert_cmpuint (f->probes[DIRECT], <=, 41);
  died_ns = f->now_ns;
  f->deaf_peer[DIRECT] = TRUE;
  run (f, 3 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpuint (f->moved_ns - died_ns, <=, 3 * SECOND);
  f->deaf_peer[DIRECT] = FALSE;
  run (f, 8 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

/* A firewall that drops WireGuard's transport data takes the direct and the ICE way at once: 3 s for both. */
static void
test_two_die_together (Fixture *f, gconstpointer data)
{
  guint64 died_ns;

  bring_up_direct (f);
  run (f, 20 * SECOND, TRUE);
  died_ns = f->now_ns;
  f->dead_wire[DIRECT] = f->dead_wire[ICE] = TRUE;
  run (f, 3 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_cmpuint (f->moved_ns - died_ns, <=, 3 * SECOND);
  run (f, 60 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_cmpuint (f->moves, <=, 2);
  f->dead_wire[DIRECT] = f->dead_wire[ICE] = FALSE;
  run (f, 8 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

/* One of four probes and packets arrives: bad, but alive. */
static void
test_overloaded (Fixture *f, gconstpointer data)
{
  bring_up_direct (f);
  for (guint i = 0; i < 6000; i++, f->now_ns += 10 * MS)
    {
      bg_path_sent (&f->path, DIRECT, 1000, f->now_ns);
      f->deaf_peer[DIRECT] = i % 4 != 0;
      serve_probes (f);
    }
  g_assert_cmpuint (f->moves, ==, 0);
}

/* The pair changed: another transport takes the place of the old one, and proves itself while ICE carries. */
static void
test_changed_pair (Fixture *f, gconstpointer data)
{
  BgTransport other = { .ops = &ops, .kind = DIRECT, .refs = 1 };

  bring_up_direct (f);
  run (f, SECOND, TRUE);
  g_assert_true (bg_path_attach_take (&f->path, &other, f->now_ns) == &f->transports[DIRECT]);
  choose (f);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpuint (f->path.mtu.proved, ==, 0);
  run (f, 100 * MS, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  g_assert_cmpuint (f->path.mtu.proved, ==, CEILING);
  g_assert_cmpuint (f->moves, ==, 2);
}

/* Small probes pass, and no size of use does. */
static void
test_too_narrow (Fixture *f, gconstpointer data)
{
  bring_up (f);
  f->width = FLOOR - 1;
  attach (f, DIRECT);
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.links[DIRECT].state, ==, BG_LINK_PROVED);
  g_assert_cmpint (f->path.live, ==, ICE);
  f->width = 1300;
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  bg_path_set_sizes (&f->path, 1280, CEILING, f->now_ns);
  choose (f);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  f->width = 1270;
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
}

/* ICE takes over on the same pair, which did not get wider. */
static void
test_size_of_the_pair (Fixture *f, gconstpointer data)
{
  bring_up (f);
  g_assert_cmpuint (f->path.pair_size, ==, 0);
  f->width = 1300;
  attach (f, DIRECT);
  run (f, 5 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, DIRECT);
  f->dead_wire[DIRECT] = TRUE;
  run (f, 5 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, ICE);
  g_assert_cmpuint (f->path.pair_size, <=, 1300);
  g_assert_cmpuint (f->path.pair_size, >=, 1290);
  attach (f, DIRECT);
  g_assert_cmpuint (f->path.pair_size, ==, 0);
}

static void
test_sizes_of_a_foreign_peer (Fixture *f, gconstpointer data)
{
  attach (f, DIRECT);
  start_session (f);
  bg_path_too_big (&f->path, DIRECT, 1420, f->now_ns);
  run (f, SECOND, TRUE);
  g_assert_cmpuint (f->probes[DIRECT], ==, 0);
  g_assert_cmpint (f->path.live, ==, DIRECT);
}

static void
test_direct_is_idle (Fixture *f, gconstpointer data)
{
  bring_up_direct (f);
  run (f, 250 * SECOND, FALSE);
  g_assert_cmpuint (f->probes[DIRECT], <=, 10);
  g_assert_cmpuint (f->probes[DC] + f->probes[ICE], ==, 0);
}

static void
test_detach (Fixture *f, gconstpointer data)
{
  bring_up (f);
  g_assert_true (bg_path_detach (&f->path, ICE) == &f->transports[ICE]);
  choose (f);
  g_assert_cmpint (f->path.live, ==, DC);
  g_assert_true (bg_path_detach (&f->path, DC) == &f->transports[DC]);
  choose (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  g_assert_true (bg_path_is_empty (&f->path));
  g_assert_null (bg_path_detach (&f->path, DC));
  g_assert_cmpuint (bg_path_next (&f->path), ==, BG_PATH_NEVER);
}

static void
test_becomes_bamgate (Fixture *f, gconstpointer data)
{
  attach (f, DC);
  g_assert_cmpint (f->path.live, ==, DC);
  bg_path_set_control (&f->path, TRUE, f->now_ns);
  choose (f);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  start_session (f);
  run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, DC);
}

/* The machine slept: the live way stays, and with the next session everything is asked at once. */
static void
test_suspend (Fixture *f, gconstpointer data)
{
  BgProbe probe;
  BgTransportKind live;

  attach (f, BG_TRANSPORT_DATA_CHANNEL);
  attach (f, BG_TRANSPORT_ICE);
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
#define ADD(name, control, function)                                                               \
  g_test_add ("/path/" name, Fixture, GINT_TO_POINTER (control), set_up, function, tear_down)
  ADD ("foreign", FALSE, test_foreign);
  ADD ("becomes-bamgate", FALSE, test_becomes_bamgate);
  ADD ("proof-before-use", TRUE, test_proof_before_use);
  ADD ("probe-spacing", TRUE, test_probe_spacing);
  ADD ("handshake-proves", TRUE, test_handshake_proves);
  ADD ("handshake-one-way", TRUE, test_handshake_one_way);
  ADD ("handshake-way", TRUE, test_handshake_way);
  ADD ("fallback", TRUE, test_fallback);
  ADD ("doubt", TRUE, test_doubt);
  ADD ("standby", TRUE, test_standby);
  ADD ("slow", TRUE, test_slow);
  ADD ("dead-for-a-moment", TRUE, test_dead_for_a_moment);
  ADD ("refused-probes", TRUE, test_refused_probes);
  ADD ("all-dead", TRUE, test_all_dead);
  ADD ("lossy", TRUE, test_lossy);
  ADD ("one-way-traffic", TRUE, test_one_way_traffic);
  ADD ("idle-leader", TRUE, test_idle_leader);
  ADD ("idle-follower", TRUE, test_idle_follower);
  ADD ("watched", TRUE, test_watched);
  ADD ("watched-while-used", TRUE, test_watched_while_used);
  ADD ("idle-rekey", TRUE, test_idle_rekey);
  ADD ("all-looked-at", TRUE, test_all_looked_at);
  ADD ("session-lost", TRUE, test_session_lost);
  ADD ("traffic-after-quiet", TRUE, test_traffic_after_quiet);
  ADD ("sleep", TRUE, test_sleep);
  ADD ("suspend", TRUE, test_suspend);
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
