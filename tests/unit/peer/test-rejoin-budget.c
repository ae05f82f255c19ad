/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/rejoin-budget.h"

#define S ((gint64) G_USEC_PER_SEC)

/* How many `id` gets in so many seconds, asking all the time. */
static guint
count (BgRejoinBudget *budget, const char *id, gboolean is_proved, gint64 from_s, gint64 seconds)
{
  guint n = 0;

  for (gint64 t = from_s; t < from_s + seconds; t++)
    if (bg_rejoin_budget_due (budget, id, is_proved, t * S) <= t * S)
      {
        bg_rejoin_budget_spend (budget, id, is_proved, t * S);
        n++;
      }
  return n;
}

static void
test_first_is_free (void)
{
  BgRejoinBudget *budget = bg_rejoin_budget_new ();

  g_assert_cmpint (bg_rejoin_budget_due (budget, "a", TRUE, 1000 * S), ==, 1000 * S);
  bg_rejoin_budget_spend (budget, "a", TRUE, 1000 * S);
  g_assert_cmpint (bg_rejoin_budget_due (budget, "a", TRUE, 1001 * S), ==, 1060 * S);
  g_assert_cmpint (bg_rejoin_budget_due (budget, "b", TRUE, 1001 * S), ==, 1060 * S);
  bg_rejoin_budget_spend (budget, "a", TRUE, 1060 * S);
  g_assert_cmpint (bg_rejoin_budget_due (budget, "a", TRUE, 1061 * S), ==, 1180 * S);
  g_assert_cmpint (bg_rejoin_budget_due (budget, "b", TRUE, 1061 * S), ==, 1120 * S);
  bg_rejoin_budget_free (budget);
}

/* Nobody spends what is another's, and strangers share what there is for them. */
static void
test_greedy (void)
{
  BgRejoinBudget *budget = bg_rejoin_budget_new ();

  g_assert_cmpuint (count (budget, "x1", FALSE, 1000, 600), ==, 1);
  g_assert_cmpuint (count (budget, "x2", FALSE, 1600, 600), ==, 0);
  g_assert_cmpuint (count (budget, "greedy", TRUE, 2200, 600), <=, 4);
  g_assert_cmpint (bg_rejoin_budget_due (budget, "honest", TRUE, 2800 * S), <=, 2860 * S);
  g_assert_cmpuint (count (budget, "greedy", TRUE, 2800, 24 * 3600), <=, 30);
  g_assert_cmpuint (count (budget, "x2", FALSE, 100000, 600), ==, 1);
  bg_rejoin_budget_free (budget);
}

static void
test_bounded (void)
{
  BgRejoinBudget *budget = bg_rejoin_budget_new ();

  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u", i);

      bg_rejoin_budget_spend (budget, id, TRUE, 1000 * S + i);
    }
  bg_rejoin_budget_free (budget);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rejoin-budget/first-is-free", test_first_is_free);
  g_test_add_func ("/rejoin-budget/greedy", test_greedy);
  g_test_add_func ("/rejoin-budget/bounded", test_bounded);
  return g_test_run ();
}
