/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core-test.h"

#include <string.h>

enum
{
  DAY_S = 24 * 3600,
};

static gboolean
read_ceiling (const char *text, BgTurnCeiling *ceiling)
{
  return bg_turn_ceiling_read ((BgBytes){ (const guint8 *) text, strlen (text) }, ceiling);
}

static void
assert_amount (const BgTurnAmount *amount, guint64 bytes, guint64 messages)
{
  g_assert_cmpuint (amount->bytes, ==, bytes);
  g_assert_cmpuint (amount->messages, ==, messages);
}

static void
test_read (void)
{
  BgTurnCeiling ceiling;

  g_assert_true (read_ceiling ("50GB/month", &ceiling));
  assert_amount (&ceiling.month, G_GUINT64_CONSTANT (50000000000), 0);
  assert_amount (&ceiling.day, 0, 0);
  g_assert_true (read_ceiling (" 7 k B / month", &ceiling) == FALSE); /* the period is one word */
  g_assert_true (read_ceiling (" 7 k B /month , 5M messages/day,1TB/day ", &ceiling));
  assert_amount (&ceiling.month, 7000, 0);
  assert_amount (&ceiling.day, G_GUINT64_CONSTANT (1000000000000), 5000000);
  g_assert_true (read_ceiling ("1B/day,2B/day", &ceiling));
  assert_amount (&ceiling.day, 2, 0);
  g_assert_true (bg_turn_ceiling_is_set (&ceiling));
}

static void
test_refuse (void)
{
  static const char *const bad[] = { "",
                                     "50",
                                     "50GB",
                                     "GB/day",
                                     "0B/day",
                                     "-1B/day",
                                     "50G/day",
                                     "50GB/year",
                                     "50GB/day,",
                                     "50GB/day;1B/month",
                                     "1.5GB/day",
                                     "9007199254740993B/day",
                                     "9999999TB/day",
                                     "99999999999999999999999999B/day",
                                     "5messages/days" };
  BgTurnCeiling ceiling;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      ceiling.day.bytes = 1;
      g_assert_false (read_ceiling (bad[i], &ceiling));
      g_assert_false (bg_turn_ceiling_is_set (&ceiling));
    }
}

/* Against GLib's calendar. */
static void
test_calendar (void)
{
  BgTurnSpent spent = { 0 };

  for (guint day = 0; day < 60000; day++)
    {
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc ((gint64) day * DAY_S + 5);
      g_autoptr (GDateTime) first = g_date_time_new_utc (g_date_time_get_year (date),
                                                         g_date_time_get_month (date), 1, 0, 0, 0);
      g_autoptr (GDateTime) next = g_date_time_add_months (first, 1);

      bg_turn_spent_turn (&spent, (guint64) day * DAY_S + 5);
      g_assert_cmpuint (spent.day, ==, day);
      g_assert_cmpint (spent.month, ==,
                       (g_date_time_get_year (date) - 1970) * 12 + g_date_time_get_month (date)
                         - 1);
      g_assert_cmpuint (bg_turn_spent_until (&spent, BG_TURN_DAY), ==, (day + 1) * (guint64) DAY_S);
      if (day % 97 == 0)
        g_assert_cmpint ((gint64) bg_turn_spent_until (&spent, BG_TURN_MONTH), ==,
                         g_date_time_to_unix (next));
    }
  bg_turn_spent_turn (&spent, G_MAXUINT64);
  g_assert_cmpuint (spent.day, <, G_MAXUINT32);
}

static void
test_count (void)
{
  const guint64 last_of_month = G_GUINT64_CONSTANT (1795996800); /* 2026-11-30 */
  BgTurnSpent spent = { 0 };

  bg_turn_spent_turn (&spent, last_of_month - DAY_S);
  bg_turn_spent_add (&spent, 100, 1);
  bg_turn_spent_turn (&spent, last_of_month);
  bg_turn_spent_add (&spent, 10, 2);
  assert_amount (&spent.in_day, 10, 2);
  assert_amount (&spent.in_month, 110, 3);
  bg_turn_spent_turn (&spent, last_of_month - DAY_S); /* a clock that went back */
  assert_amount (&spent.in_day, 10, 2);
  bg_turn_spent_turn (&spent, last_of_month + DAY_S);
  assert_amount (&spent.in_day, 0, 0);
  assert_amount (&spent.in_month, 0, 0);
}

static void
test_later (void)
{
  const BgTurnSpent old = { .day = 5, .in_day = { 10, 9 } },
                    more = { .day = 5, .in_day = { 10, 10 } },
                    next = { .day = 6, .in_day = { 0, 1 } };

  g_assert_true (bg_turn_spent_later (&old, &more) == &more);
  g_assert_true (bg_turn_spent_later (&more, &old) == &more);
  g_assert_true (bg_turn_spent_later (&next, &more) == &next);
}

static void
test_step (void)
{
  BgTurnCeiling ceiling;
  BgTurnAmount step;

  read_ceiling ("2GB/day,50GB/month", &ceiling);
  step = bg_turn_ceiling_step (&ceiling);
  assert_amount (&step, 2000000, G_MAXUINT64);
  read_ceiling ("1000 messages/month", &ceiling);
  step = bg_turn_ceiling_step (&ceiling);
  assert_amount (&step, G_MAXUINT64, 64);
}

/* Every message counts, and it is said when it is to be written down: for each step, and at the end. */
static void
test_server (void)
{
  BgTurnLimits limits = test_limits;
  g_autoptr (World) world = NULL;
  BgTurnSpent spent;
  guint32 client;

  limits.ceiling.day.messages = 100;
  world = world_new (&limits);
  client = bg_turn_server_open (world->server, 0, world->now.ms);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (
      world_receive_hex (world, client, "0001 0000 2112a442 000000000000000000000000"), ==,
      BG_TURN_TAKEN);
  g_assert_cmpuint (world->n_spent, ==, 2);
  g_assert_cmpint (bg_turn_server_get_spent (world->server, world->now.unix_s, &spent), ==,
                   BG_TURN_DAY);
  assert_amount (&spent.in_day, 0, 100);
  g_assert_cmpint (bg_turn_server_get_spent (world->server, world->now.unix_s + DAY_S, &spent), ==,
                   BG_TURN_NO_PERIOD);
  assert_amount (&spent.in_month, 0, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-ceiling/read", test_read);
  g_test_add_func ("/turn-ceiling/refuse", test_refuse);
  g_test_add_func ("/turn-ceiling/calendar", test_calendar);
  g_test_add_func ("/turn-ceiling/count", test_count);
  g_test_add_func ("/turn-ceiling/later", test_later);
  g_test_add_func ("/turn-ceiling/step", test_step);
  g_test_add_func ("/turn-ceiling/server", test_server);
  return g_test_run ();
}
