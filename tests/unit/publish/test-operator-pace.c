/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-pace.h"

enum
{
  SECOND = 1000,
  MINUTE = 60 * SECOND,
};

#define DAY (24ll * 60 * MINUTE)

static guint
next (BgOperatorPace *pace, guint status, guint asked_ms, double random)
{
  return bg_operator_pace_next (pace, &bg_operator_timing, bg_answer_kind (status), asked_ms,
                                random);
}

static void
test_kinds (void)
{
  static const struct
  {
    guint status;
    BgAnswerKind kind;
  } rows[] = { { 200, BG_ANSWER_GOOD },      { 201, BG_ANSWER_GOOD },
               { 204, BG_ANSWER_GOOD },      { 0, BG_ANSWER_UNREACHED },
               { 500, BG_ANSWER_UNREACHED }, { 503, BG_ANSWER_UNREACHED },
               { 301, BG_ANSWER_UNREACHED }, { 401, BG_ANSWER_REFUSED },
               { 403, BG_ANSWER_REFUSED },   { 404, BG_ANSWER_GONE },
               { 429, BG_ANSWER_BUSY },      { 400, BG_ANSWER_NOT_SO },
               { 409, BG_ANSWER_NOT_SO } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (bg_answer_kind (rows[i].status), ==, rows[i].kind);
}

static void
test_backoff_grows (void)
{
  static const guint expected[] = { 30, 60, 120, 240, 300, 300, 300 };
  BgOperatorPace pace = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpuint (next (&pace, 503, 0, 0.5), ==, expected[i] * SECOND);
  g_assert_cmpuint (next (&pace, 200, 0, 0.5), ==, 30 * SECOND);
  g_assert_cmpuint (next (&pace, 0, 0, 0.5), ==, 30 * SECOND);
}

static void
test_jitter (void)
{
  BgOperatorPace pace = { 0 };

  g_assert_cmpuint (next (&pace, 503, 0, 0.0), ==, 24 * SECOND);
  g_assert_cmpuint (next (&pace, 503, 0, 1.0), ==, 72 * SECOND);
}

static void
test_refused (void)
{
  BgOperatorPace pace = { 0 };

  g_assert_cmpuint (next (&pace, 401, 0, 0.0), ==, 5 * MINUTE);
  g_assert_cmpuint (next (&pace, 403, 0, 1.0), ==, 6 * MINUTE);
}

static void
test_busy (void)
{
  BgOperatorPace pace = { 0 };

  g_assert_cmpuint (next (&pace, 429, 0, 0.0), ==, MINUTE);
  g_assert_cmpuint (next (&pace, 429, 7 * SECOND, 0.0), ==, 7 * SECOND);
  g_assert_cmpuint (next (&pace, 429, 3600 * SECOND, 0.0), ==, 3600 * SECOND);
  g_assert_cmpuint (next (&pace, 503, 600 * SECOND, 0.0), ==, 600 * SECOND);
  pace.failures = 0;
  g_assert_cmpuint (next (&pace, 503, SECOND, 0.5), ==, 30 * SECOND);
}

/* An interval above the longest delay is not shortened by failures. */
static void
test_long_interval (void)
{
  BgOperatorTiming timing = bg_operator_timing;
  BgOperatorPace pace = { 0 };

  timing.poll_ms = 60 * MINUTE;
  for (int i = 0; i < 40; i++)
    g_assert_cmpuint (bg_operator_pace_next (&pace, &timing, BG_ANSWER_UNREACHED, 0, 0.5), ==,
                      60 * MINUTE);
  g_assert_cmpuint (bg_operator_pace_next (&pace, &timing, BG_ANSWER_REFUSED, 0, 0.0), ==,
                    60 * MINUTE);
}

/* How often it asks in a day, while the account answers with `at (time)`; the most in any minute is left in `*most`. */
static guint
spend_a_day (guint (*at) (gint64 now), guint *most)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (7);
  BgOperatorPace pace = { 0 };
  guint polls = 0, in_minute = 0;
  gint64 minute = -1;

  *most = 0;
  for (gint64 now = 0; now < DAY; polls++)
    {
      in_minute = now / MINUTE == minute ? in_minute + 1 : 1;
      minute = now / MINUTE;
      *most = MAX (*most, in_minute);
      now += next (&pace, at (now), 0, g_rand_double (chance));
    }
  return polls;
}

static guint
always_good (gint64 now)
{
  return 200;
}

static guint
always_refused (gint64 now)
{
  return 401;
}

static guint
down_for_the_night (gint64 now)
{
  return now < 8 * 60 * MINUTE ? 503 : 200;
}

static guint
every_second_fails (gint64 now)
{
  return now / MINUTE % 2 ? 500 : 200;
}

/* The account allows 120 requests in a minute. */
static void
test_a_day (void)
{
  guint most;

  g_assert_cmpuint (spend_a_day (always_good, &most), ==, 2880);
  g_assert_cmpuint (most, ==, 2);
  g_assert_cmpuint (spend_a_day (always_refused, &most), <=, 288);
  g_assert_cmpuint (spend_a_day (down_for_the_night, &most), <, 1920 + 130);
  g_assert_cmpuint (spend_a_day (every_second_fails, &most), <, 2880);
  g_assert_cmpuint (most, <=, 3);
}

/* Five within a minute, whenever that began. */
static void
test_key_tries (void)
{
  BgKeyTries tries = { 0 };

  for (gint64 i = 1; i <= BG_KEY_TRIES; i++)
    g_assert_true (bg_key_tries_take (&tries, i));
  g_assert_false (bg_key_tries_take (&tries, BG_KEY_TRIES_US));
  g_assert_true (bg_key_tries_take (&tries, BG_KEY_TRIES_US + 1));
  g_assert_false (bg_key_tries_take (&tries, BG_KEY_TRIES_US + 1));
  g_assert_true (bg_key_tries_take (&tries, BG_KEY_TRIES_US + 2));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/operator-pace/kinds", test_kinds);
  g_test_add_func ("/operator-pace/backoff-grows", test_backoff_grows);
  g_test_add_func ("/operator-pace/jitter", test_jitter);
  g_test_add_func ("/operator-pace/refused", test_refused);
  g_test_add_func ("/operator-pace/busy", test_busy);
  g_test_add_func ("/operator-pace/long-interval", test_long_interval);
  g_test_add_func ("/operator-pace/a-day", test_a_day);
  g_test_add_func ("/operator-pace/key-tries", test_key_tries);
  return g_test_run ();
}
