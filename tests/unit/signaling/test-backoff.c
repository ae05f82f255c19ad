/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/backoff.h"

static void
test_base (void)
{
  static const guint seconds[] = { 0, 1, 2, 4, 8, 16, 30, 30, 30 };
  guint sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    g_assert_cmpuint (bg_backoff_base_ms (i), ==, seconds[i] * 1000);
  for (guint i = 1; i <= 20; i++)
    sum += bg_backoff_base_ms (i);
  g_assert_cmpuint (sum, ==, 481 * 1000);
}

/* The reference computes 2^n until it overflows, and then dials without a pause. */
static void
test_never_overflows (void)
{
  static const guint many[] = { 31, 32, 33, 34, 35, 36, 63, 64, 65, 1000000, G_MAXUINT };

  for (guint i = 0; i < G_N_ELEMENTS (many); i++)
    {
      g_assert_cmpuint (bg_backoff_base_ms (many[i]), ==, BG_BACKOFF_LAST_MS);
      g_assert_cmpuint (bg_backoff_delay_ms (many[i], 0), ==, BG_BACKOFF_LAST_MS / 4 * 3);
    }
}

static void
test_jitter (void)
{
  for (guint failures = 1; failures < 40; failures++)
    {
      guint low = bg_backoff_delay_ms (failures, 0),
            high = bg_backoff_delay_ms (failures, 0.999999);

      g_assert_cmpuint (low, >=, BG_BACKOFF_FIRST_MS);
      g_assert_cmpuint (high, <=, BG_BACKOFF_LAST_MS);
      g_assert_cmpuint (high - low, >=, bg_backoff_base_ms (failures) / 5);
      g_assert_cmpuint (bg_backoff_delay_ms (failures, 0.5), >, low);
      g_assert_cmpuint (bg_backoff_delay_ms (failures, 0.5), <, high);
    }
}

static void
test_bad_random (void)
{
  g_assert_cmpuint (bg_backoff_delay_ms (3, -5), ==, bg_backoff_delay_ms (3, 0));
  g_assert_cmpuint (bg_backoff_delay_ms (3, 7), ==, bg_backoff_delay_ms (3, 1));
}

#define NOW G_GINT64_CONSTANT (1800000000)

/* RFC 9110, 10.2.3 */
static void
test_asked (void)
{
  static const struct
  {
    const char *said;
    guint seconds;
  } rows[] = {
    { NULL, 0 },
    { "", 0 },
    { "0", 0 },
    { "7", 7 },
    { "120", 120 },
    { "900", BG_BACKOFF_MOST_ASKED_S },
    { "901", BG_BACKOFF_MOST_ASKED_S },
    { "86400", BG_BACKOFF_MOST_ASKED_S },
    { "99999999999999999999999999", BG_BACKOFF_MOST_ASKED_S },
    { "-5", 0 },
    { "+5", 0 },
    { "5 s", 0 },
    { "soon", 0 },
    { "Fri, 15 Jan 2027 08:00:30 GMT", 30 },
    { "Fri, 15 Jan 2027 08:00:00 GMT", 0 },
    { "Fri, 15 Jan 2027 07:00:00 GMT", 0 },
    { "Mon, 15 Jan 2029 08:00:00 GMT", BG_BACKOFF_MOST_ASKED_S },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint low = bg_backoff_asked_ms (rows[i].said, NOW, 0);
      guint high = bg_backoff_asked_ms (rows[i].said, NOW, 0.999999);

      g_test_message ("%s", rows[i].said ? rows[i].said : "nothing");
      g_assert_cmpuint (low, ==, rows[i].seconds * 1000);
      g_assert_cmpuint (high, <=, MIN (low / 4 * 5, BG_BACKOFF_MOST_ASKED_S * 1000));
      g_assert_true (high > low || low == 0 || low == BG_BACKOFF_MOST_ASKED_S * 1000);
    }
}

static void
test_crowd (void)
{
  static const guint alone[] = { 250, 500, 750 }, thousand[] = { 250, 5500, 10750 };

  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (bg_backoff_again_ms (0, i / 2.0), ==, alone[i]);
      g_assert_cmpuint (bg_backoff_again_ms (1000, i / 2.0), ==, thousand[i]);
      g_assert_cmpuint (bg_backoff_again_ms (G_MAXUINT, i / 2.0), ==, thousand[i]);
    }
  g_assert_cmpuint (bg_backoff_crowd_ms (0, 0.9), ==, 0);
  g_assert_cmpuint (bg_backoff_crowd_ms (50, 0.5), ==, 500);
  g_assert_cmpuint (bg_backoff_crowd_ms (50, -1), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/base", test_base);
  g_test_add_func ("/backoff/asked", test_asked);
  g_test_add_func ("/backoff/never-overflows", test_never_overflows);
  g_test_add_func ("/backoff/jitter", test_jitter);
  g_test_add_func ("/backoff/bad-random", test_bad_random);
  g_test_add_func ("/backoff/crowd", test_crowd);
  return g_test_run ();
}
