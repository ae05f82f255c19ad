/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/echo-watch.h"

#include <glib.h>

/* A peer in virtual time that answers, or does not. */

#define MS G_GUINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

typedef struct
{
  BgEchoWatch watch;
  guint64 now_ns, round_trip_ns, answer_ns; /* 0: none is under way */
  gboolean deaf, talks;                     /* it answers no echoes; it sends by itself */
  guint asked, lost, found;
  guint64 lost_ns;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->now_ns = 100 * SECOND;
  f->round_trip_ns = 10 * MS;
  bg_echo_watch_init (&f->watch);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
}

static void
hear (Fixture *f)
{
  if (f->answer_ns > 0 && f->answer_ns <= f->now_ns)
    {
      f->answer_ns = 0;
      f->found += bg_echo_watch_heard (&f->watch, f->now_ns);
      bg_echo_watch_answered (&f->watch, f->now_ns);
    }
  if (f->talks && f->now_ns % (100 * MS) == 0)
    f->found += bg_echo_watch_heard (&f->watch, f->now_ns);
}

static void
run (Fixture *f, guint64 duration_ns)
{
  guint64 end_ns = f->now_ns + duration_ns;

  for (; f->now_ns < end_ns; f->now_ns += 10 * MS)
    {
      hear (f);
      switch (bg_echo_watch_step (&f->watch, f->now_ns))
        {
        case BG_ECHO_ASK:
          f->asked++;
          if (!f->deaf && f->answer_ns == 0)
            f->answer_ns = f->now_ns + f->round_trip_ns;
          break;
        case BG_ECHO_LOST:
          f->lost++;
          f->lost_ns = f->now_ns;
          break;
        case BG_ECHO_NOTHING:
          break;
        }
    }
}

static guint
count (Fixture *f, guint64 duration_ns)
{
  f->asked = 0;
  run (f, duration_ns);
  return f->asked;
}

/* Noticed soon, in whichever moment it goes, and when it is back. */
static void
test_lost (Fixture *f, gconstpointer data)
{
  bg_echo_watch_set (&f->watch, BG_WATCH_ALWAYS, FALSE, f->now_ns);
  for (guint phase = 0; phase < 8; phase++)
    {
      guint64 died_ns;

      run (f, 10 * SECOND + phase * 100 * MS);
      died_ns = f->now_ns;
      f->deaf = TRUE;
      f->lost = f->found = 0;
      run (f, 10 * SECOND);
      g_assert_cmpuint (f->lost, ==, 1);
      g_assert_cmpuint (f->lost_ns - died_ns, <=, 2500 * MS);
      f->deaf = FALSE;
      run (f, SECOND);
      g_assert_cmpuint (f->found, ==, 1);
      g_assert_cmpint (f->watch.latency_ns, ==, 10 * MS);
    }
}

static void
test_price (Fixture *f, gconstpointer data)
{
  bg_echo_watch_set (&f->watch, BG_WATCH_ALWAYS, FALSE, f->now_ns);
  g_assert_cmpuint (count (f, 60 * SECOND), <=, 81);
  g_assert_cmpuint (f->asked, >=, 75);
  f->round_trip_ns = 400 * MS; /* what answers late is alive */
  run (f, 2 * SECOND);
  g_assert_cmpuint (count (f, 60 * SECOND), <=, 81);
  g_assert_cmpuint (f->lost, ==, 0);
  f->round_trip_ns = 10 * MS;
  f->deaf = TRUE;
  run (f, 70 * SECOND);
  g_assert_cmpuint (count (f, 60 * SECOND), <=, 13);
}

/* Its own packets say enough, and who never answered is no loss. */
static void
test_others (Fixture *f, gconstpointer data)
{
  bg_echo_watch_set (&f->watch, BG_WATCH_ALWAYS, FALSE, f->now_ns);
  run (f, 5 * SECOND);
  f->talks = TRUE;
  g_assert_cmpuint (count (f, 60 * SECOND), <=, 1);
  bg_echo_watch_init (&f->watch);
  bg_echo_watch_set (&f->watch, BG_WATCH_ALWAYS, FALSE, f->now_ns);
  f->talks = FALSE;
  f->deaf = TRUE;
  g_assert_cmpuint (count (f, 300 * SECOND), <=, BG_ECHO_MISSES + 10);
  g_assert_cmpuint (f->lost, ==, 0);
}

/* Only while it is used, and for nobody in particular not at all. */
static void
test_used (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (count (f, 60 * SECOND), ==, 0);
  bg_echo_watch_set (&f->watch, BG_WATCH_USED, FALSE, f->now_ns);
  g_assert_cmpuint (count (f, 60 * SECOND), ==, 0);
  f->watch.used_ns = f->now_ns;
  g_assert_cmpuint (count (f, 60 * SECOND), >=, 75);
  run (f, BG_WATCH_LATELY_MS * MS - 60 * SECOND);
  g_assert_cmpuint (count (f, 60 * SECOND), ==, 0);
  g_assert_cmpuint (bg_echo_watch_next (&f->watch), ==, BG_ECHO_NEVER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/echo-watch/lost", Fixture, NULL, set_up, test_lost, tear_down);
  g_test_add ("/echo-watch/price", Fixture, NULL, set_up, test_price, tear_down);
  g_test_add ("/echo-watch/others", Fixture, NULL, set_up, test_others, tear_down);
  g_test_add ("/echo-watch/used", Fixture, NULL, set_up, test_used, tear_down);
  return g_test_run ();
}
