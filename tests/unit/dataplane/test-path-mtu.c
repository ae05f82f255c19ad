/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/path-mtu.h"

#include <glib.h>

/* A path in virtual time, whose wire carries packets up to a width. */

#define MS G_GUINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

enum
{
  FLOOR = 1152,
  CEILING = 1420,
  IN_FLIGHT = 256
};

typedef struct
{
  BgPathMtu mtu;
  guint width;      /* larger ones vanish */
  guint device;     /* larger ones are refused at once; 0: none are */
  guint lose_every; /* of the probes, beside that */
  guint64 now_ns, round_trip_ns;
  guint next_id, probes, changes;
  guint64 changed_ns;
  struct
  {
    guint id;
    guint64 at_ns;
  } answers[IN_FLIGHT];
  guint n;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->now_ns = 100 * SECOND;
  f->round_trip_ns = GPOINTER_TO_UINT (data) * MS;
  f->width = CEILING;
  f->next_id = 77;
  bg_path_mtu_init (&f->mtu, FLOOR, CEILING);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
}

static void
note (Fixture *f, guint before)
{
  if (f->mtu.proved == before)
    return;
  f->changes++;
  f->changed_ns = f->now_ns;
}

static void
take_answers (Fixture *f)
{
  guint kept = 0;

  for (guint i = 0; i < f->n; i++)
    if (f->answers[i].at_ns <= f->now_ns)
      {
        guint before = f->mtu.proved;

        bg_path_mtu_answered (&f->mtu, f->answers[i].id, f->round_trip_ns, f->now_ns);
        note (f, before);
      }
    else
      f->answers[kept++] = f->answers[i];
  f->n = kept;
}

static void
send_probes (Fixture *f)
{
  guint size, before = f->mtu.proved;

  while ((size = bg_path_mtu_pop (&f->mtu, f->next_id, f->now_ns)) > 0)
    {
      guint id = f->next_id++;

      g_assert_cmpuint (size, >=, f->mtu.floor);
      g_assert_cmpuint (size, <=, CEILING);
      f->probes++;
      if (f->device && size > f->device)
        bg_path_mtu_too_big (&f->mtu, size, f->now_ns);
      else if (size <= f->width && !(f->lose_every && id % f->lose_every == 0))
        {
          g_assert_cmpuint (f->n, <, IN_FLIGHT);
          f->answers[f->n].id = id;
          f->answers[f->n++].at_ns = f->now_ns + f->round_trip_ns;
        }
    }
  note (f, before);
}

/* Lets time pass; with `traffic` a packet of the size in use leaves every 10 ms. */
static void
run (Fixture *f, guint64 duration_ns, gboolean traffic)
{
  guint64 end_ns = f->now_ns + duration_ns;

  for (; f->now_ns < end_ns; f->now_ns += 10 * MS)
    {
      take_answers (f);
      if (traffic && f->mtu.proved > 0)
        {
          bg_path_mtu_sent (&f->mtu, f->mtu.proved, f->now_ns);
          if (f->device && f->mtu.proved > f->device)
            bg_path_mtu_too_big (&f->mtu, f->mtu.proved, f->now_ns);
        }
      send_probes (f);
    }
}

static void
start (Fixture *f)
{
  bg_path_mtu_start (&f->mtu, f->now_ns);
}

static void
test_idle_before_start (Fixture *f, gconstpointer data)
{
  run (f, 60 * SECOND, TRUE);
  g_assert_cmpuint (f->probes, ==, 0);
  g_assert_cmpuint (bg_path_mtu_next (&f->mtu), ==, BG_PATH_MTU_NEVER);
}

/* The usual case: one round trip, one size, and silence after that. */
static void
test_full_size (Fixture *f, gconstpointer data)
{
  guint64 began_ns = f->now_ns;

  start (f);
  run (f, 2 * SECOND, FALSE);
  g_assert_cmpuint (f->mtu.proved, ==, CEILING);
  g_assert_cmpuint (f->changes, ==, 1);
  g_assert_cmpuint (f->changed_ns - began_ns, <=, f->round_trip_ns + 10 * MS);
  g_assert_cmpuint (bg_path_mtu_next (&f->mtu), ==, BG_PATH_MTU_NEVER);
}

/* What a narrow path carries is in use after one round trip, and in the end it is as large as it can be. */
static void
test_every_width (Fixture *f, gconstpointer data)
{
  for (guint width = FLOOR; width <= CEILING; width++)
    {
      guint64 began_ns = f->now_ns;

      bg_path_mtu_stop (&f->mtu);
      f->width = width;
      f->changes = 0;
      start (f);
      run (f, f->round_trip_ns + 20 * MS, FALSE);
      g_assert_cmpuint (f->mtu.proved, >=, FLOOR);
      g_assert_cmpuint (f->changed_ns - began_ns, <=, f->round_trip_ns + 10 * MS);
      run (f, 8 * SECOND, FALSE);
      g_assert_false (f->mtu.searching);
      g_assert_cmpuint (f->mtu.proved, <=, width);
      g_assert_cmpuint (f->mtu.proved + BG_PATH_MTU_GRAIN, >, width);
      g_assert_cmpuint (f->changes, <=, 4);
    }
}

static void
test_below_the_floor (Fixture *f, gconstpointer data)
{
  f->width = FLOOR - 1;
  start (f);
  run (f, 60 * SECOND, FALSE);
  g_assert_cmpuint (f->mtu.proved, ==, 0);
  f->probes = 0;
  run (f, 60 * SECOND, FALSE);
  g_assert_cmpuint (f->probes, <=, 36); /* the floor alone */
  f->width = CEILING;
  run (f, 12 * SECOND, FALSE);
  g_assert_cmpuint (f->mtu.proved, ==, CEILING);
}

static void
settle_at (Fixture *f, guint width)
{
  f->width = width;
  start (f);
  run (f, 9 * SECOND, FALSE);
  g_assert_false (f->mtu.searching);
  f->changes = f->probes = 0;
}

static void
test_black_hole (Fixture *f, gconstpointer data)
{
  guint64 began_ns;

  settle_at (f, CEILING);
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpuint (f->changes, ==, 0);
  g_assert_cmpuint (f->probes, <=, 40);
  f->width = 1340;
  began_ns = f->now_ns;
  run (f, 8 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, 1340);
  g_assert_cmpuint (f->changes, ==, 1);
  g_assert_cmpuint (f->changed_ns - began_ns, <=, 2200 * MS);
}

/* Nobody sends large packets: nothing is lost, and nothing is asked. */
static void
test_small_packets (Fixture *f, gconstpointer data)
{
  settle_at (f, CEILING);
  f->width = 1300;
  for (guint i = 0; i < 1000; i++)
    {
      bg_path_mtu_sent (&f->mtu, 1000, f->now_ns);
      run (f, 10 * MS, FALSE);
    }
  g_assert_cmpuint (f->probes, ==, 0);
}

static void
test_raise (Fixture *f, gconstpointer data)
{
  settle_at (f, 1340);
  g_assert_cmpuint (f->mtu.proved, ==, 1340);
  f->width = 1400;
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, 1400);
  f->width = CEILING;
  run (f, 180 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, CEILING);
}

/* It stays narrow: larger sizes are tried rarer and rarer. */
static void
test_raise_spacing (Fixture *f, gconstpointer data)
{
  settle_at (f, 1340);
  run (f, 3600 * SECOND, FALSE);
  g_assert_cmpuint (f->changes, ==, 0);
  g_assert_cmpuint (f->probes, <=, 12 * 3 * 2 * BG_PATH_MTU_FAN);
  f->probes = 0;
  run (f, 1190 * SECOND, FALSE);
  g_assert_cmpuint (f->probes, >, 0);
  g_assert_cmpuint (f->probes, <=, 2 * 3 * 2 * BG_PATH_MTU_FAN);
}

/* The device itself became narrower: the kernel says so, and one round trip later the right size is in use. */
static void
test_device_refuses (Fixture *f, gconstpointer data)
{
  guint64 began_ns;

  settle_at (f, CEILING);
  f->device = f->width = 1340;
  began_ns = f->now_ns;
  run (f, SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, 1340);
  g_assert_cmpuint (f->changed_ns - began_ns, <=, f->round_trip_ns + 20 * MS);
  f->device = f->width = 1100;
  run (f, 4 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, 0);
}

static void
test_start_on_a_narrow_device (Fixture *f, gconstpointer data)
{
  f->device = f->width = 1372;
  start (f);
  run (f, 5 * SECOND, FALSE);
  g_assert_cmpuint (f->mtu.proved, <=, 1372);
  g_assert_cmpuint (f->mtu.proved + BG_PATH_MTU_GRAIN, >, 1372);
}

/* Every fifth probe is lost: no reason to make packets smaller. */
static void
test_lossy (Fixture *f, gconstpointer data)
{
  f->lose_every = 5;
  start (f);
  run (f, 300 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, CEILING);
  g_assert_cmpuint (f->changes, <=, 2);
}

/* Nothing comes back at all: no size is in use any more, and all of it is again when the path is. */
static void
test_dead (Fixture *f, gconstpointer data)
{
  settle_at (f, CEILING);
  f->width = 0;
  run (f, 5 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, 0);
  f->width = CEILING;
  run (f, 12 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, CEILING);
}

static void
test_floor_rises (Fixture *f, gconstpointer data)
{
  settle_at (f, 1200);
  g_assert_cmpuint (f->mtu.proved, >=, 1193);
  bg_path_mtu_set_floor (&f->mtu, 1280, f->now_ns);
  g_assert_cmpuint (f->mtu.proved, ==, 0);
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, ==, 0);
  bg_path_mtu_set_floor (&f->mtu, FLOOR, f->now_ns);
  run (f, 20 * SECOND, TRUE);
  g_assert_cmpuint (f->mtu.proved, >=, 1193);
}

static void
test_foreign_answers (Fixture *f, gconstpointer data)
{
  bg_path_mtu_answered (&f->mtu, 0, MS, f->now_ns);
  start (f);
  g_assert_cmpuint (bg_path_mtu_pop (&f->mtu, 5, f->now_ns), ==, CEILING);
  bg_path_mtu_answered (&f->mtu, 0, MS, f->now_ns);
  bg_path_mtu_answered (&f->mtu, 6, MS, f->now_ns);
  g_assert_cmpuint (f->mtu.proved, ==, 0);
  bg_path_mtu_answered (&f->mtu, 5, MS, f->now_ns);
  bg_path_mtu_answered (&f->mtu, 5, MS, f->now_ns);
  g_assert_cmpuint (f->mtu.proved, ==, CEILING);
}

static void
test_jumbo (Fixture *f, gconstpointer data)
{
  bg_path_mtu_init (&f->mtu, 1280, 1400);
  f->width = 1400;
  start (f);
  run (f, SECOND, FALSE);
  g_assert_cmpuint (f->mtu.proved, ==, 1400);
  bg_path_mtu_init (&f->mtu, 2000, 1000);
  start (f);
  run (f, SECOND, FALSE);
  g_assert_cmpuint (f->mtu.proved, ==, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/path-mtu/" name, Fixture, GUINT_TO_POINTER (20), set_up, function, tear_down);     \
  g_test_add ("/path-mtu/far/" name, Fixture, GUINT_TO_POINTER (310), set_up, function, tear_down)
  ADD ("idle-before-start", test_idle_before_start);
  ADD ("full-size", test_full_size);
  ADD ("every-width", test_every_width);
  ADD ("below-the-floor", test_below_the_floor);
  ADD ("black-hole", test_black_hole);
  ADD ("small-packets", test_small_packets);
  ADD ("raise", test_raise);
  ADD ("raise-spacing", test_raise_spacing);
  ADD ("device-refuses", test_device_refuses);
  ADD ("start-on-a-narrow-device", test_start_on_a_narrow_device);
  ADD ("lossy", test_lossy);
  ADD ("dead", test_dead);
  ADD ("floor-rises", test_floor_rises);
  ADD ("foreign-answers", test_foreign_answers);
  ADD ("other-limits", test_jumbo);
  return g_test_run ();
}
