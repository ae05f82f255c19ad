/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/route-choice.h"

#define S G_USEC_PER_SEC
#define NET "192.168.1.0/24"

typedef struct
{
  BgRouteChoice *choice;
  gint64 now_us;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->choice = bg_route_choice_new ();
  f->now_us = 1000 * S;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_route_choice_free (f->choice);
}

/* Owners are their own ids. */
static gboolean
bid (Fixture *f, const char *id, const char *route, guint wish)
{
  g_autoptr (GArray) bids = g_array_new (FALSE, FALSE, sizeof (BgRouteBid));
  BgRouteBid one = { .wish = wish };

  if (route)
    {
      g_assert_true (bg_ip_prefix_parse (route, &one.route));
      g_array_append_val (bids, one);
    }
  return bg_route_choice_bid (f->choice, (gpointer) id, id, bids, f->now_us);
}

static gboolean
note (Fixture *f, const char *id, BgRouteState state)
{
  return bg_route_choice_note (f->choice, (gpointer) id, state, f->now_us);
}

static void
assert_carrier (Fixture *f, const char *id)
{
  BgIpPrefix route;

  g_assert_true (bg_ip_prefix_parse (NET, &route));
  g_assert_cmpstr (bg_route_choice_carrier (f->choice, &route), ==, id);
}

/* As a timer would: from one tick to the next. */
static void
wait (Fixture *f, gint64 us)
{
  gint64 end_us = f->now_us + us, next_us;

  while ((next_us = bg_route_choice_next_us (f->choice, f->now_us)) <= end_us)
    {
      g_assert_cmpint (next_us, >, f->now_us);
      f->now_us = next_us;
      bg_route_choice_tick (f->choice, f->now_us);
    }
  f->now_us = end_us;
}

static void
both_up (Fixture *f, const char *first, const char *second)
{
  bid (f, first, NET, 0);
  note (f, first, BG_ROUTE_UP);
  bid (f, second, NET, 0);
  note (f, second, BG_ROUTE_UP);
}

static void
test_order (Fixture *f, gconstpointer data)
{
  assert_carrier (f, NULL);
  g_assert_true (bid (f, "b", NET, 0)); /* down, but there is nobody else */
  assert_carrier (f, "b");
  bid (f, "c", NET, 0);
  assert_carrier (f, "b");
  g_assert_true (note (f, "c", BG_ROUTE_UP));
  assert_carrier (f, "c");
  g_assert_true (note (f, "b", BG_ROUTE_UP)); /* all have just come: nobody waits */
  assert_carrier (f, "b");
  bid (f, "a", NET, 0);
  assert_carrier (f, "b");
  bid (f, "d", NET, 1);
  g_assert_true (note (f, "d", BG_ROUTE_UP));
  assert_carrier (f, "d");
  g_assert_true (bid (f, "d", NULL, 0));
  assert_carrier (f, "b");
}

/* At once, and back when it has been up for ten seconds. */
static void
test_loss (Fixture *f, gconstpointer data)
{
  both_up (f, "a", "b");
  wait (f, 20 * S);
  assert_carrier (f, "a");
  g_assert_false (note (f, "a", BG_ROUTE_SHAKY));
  wait (f, BG_ROUTE_SHAKY_US - 1);
  assert_carrier (f, "a");
  wait (f, 1);
  assert_carrier (f, "b");
  g_assert_false (note (f, "a", BG_ROUTE_UP));
  wait (f, BG_ROUTE_STABLE_US - 1);
  assert_carrier (f, "b");
  wait (f, 1);
  assert_carrier (f, "a");
  g_assert_true (note (f, "a", BG_ROUTE_DOWN));
  assert_carrier (f, "b");
}

/* A path that is found again in time is no loss. */
static void
test_shaky (Fixture *f, gconstpointer data)
{
  both_up (f, "a", "b");
  wait (f, 20 * S);
  note (f, "a", BG_ROUTE_SHAKY);
  wait (f, BG_ROUTE_SHAKY_US / 2);
  g_assert_false (note (f, "a", BG_ROUTE_UP));
  wait (f, S);
  assert_carrier (f, "a");
}

/* Each loss makes it wait longer, up to some minutes; all is forgiven after a while. */
static void
test_flapping (Fixture *f, gconstpointer data)
{
  guint moves = 0;
  gpointer carrier;
  BgIpPrefix route;

  g_assert_true (bg_ip_prefix_parse (NET, &route));
  both_up (f, "a", "b");
  wait (f, 20 * S);
  carrier = bg_route_choice_carrier (f->choice, &route);
  for (guint i = 0; i < 600; i++)
    {
      note (f, "a", i % 20 == 0 ? BG_ROUTE_DOWN : BG_ROUTE_UP);
      wait (f, S);
      moves += carrier != bg_route_choice_carrier (f->choice, &route);
      carrier = bg_route_choice_carrier (f->choice, &route);
    }
  g_assert_cmpuint (moves, <=, 4);
  assert_carrier (f, "b");
  note (f, "a", BG_ROUTE_UP);
  wait (f, 15 * 60 * S);
  assert_carrier (f, "b"); /* by now it is b's own */
}

/* What somebody has carried for a minute nobody takes over by a smaller id, and it goes back there. */
static void
test_established (Fixture *f, gconstpointer data)
{
  bid (f, "m", NET, 0);
  note (f, "m", BG_ROUTE_UP);
  wait (f, BG_ROUTE_ESTABLISHED_US);
  bid (f, "a", NET, 0);
  note (f, "a", BG_ROUTE_UP);
  wait (f, 600 * S);
  assert_carrier (f, "m");
  note (f, "m", BG_ROUTE_DOWN);
  assert_carrier (f, "a");
  wait (f, 600 * S);
  note (f, "m", BG_ROUTE_UP);
  assert_carrier (f, "a");
  wait (f, BG_ROUTE_STABLE_US);
  assert_carrier (f, "m");
  /* What it does not offer any more is not its own. */
  bid (f, "m", NULL, 0);
  assert_carrier (f, "a");
  bid (f, "m", NET, 0);
  note (f, "m", BG_ROUTE_UP);
  wait (f, 600 * S);
  assert_carrier (f, "a");
}

/* A word of the person counts at once, but goes not before who is up. */
static void
test_wish (Fixture *f, gconstpointer data)
{
  both_up (f, "a", "b");
  wait (f, 600 * S);
  assert_carrier (f, "a");
  g_assert_true (bid (f, "b", NET, 2));
  assert_carrier (f, "b");
  g_assert_true (bid (f, "b", NET, 0));
  assert_carrier (f, "a");
  bid (f, "b", NET, 2);
  note (f, "b", BG_ROUTE_DOWN);
  assert_carrier (f, "a");
}

/* One that rests is as good as up until it turns out that it is not. */
static void
test_waking (Fixture *f, gconstpointer data)
{
  both_up (f, "a", "b");
  wait (f, 20 * S);
  note (f, "a", BG_ROUTE_WAKING);
  wait (f, BG_ROUTE_WAKING_US - 1);
  assert_carrier (f, "a");
  g_assert_false (note (f, "a", BG_ROUTE_UP));
  wait (f, S);
  assert_carrier (f, "a");
  note (f, "a", BG_ROUTE_WAKING);
  wait (f, BG_ROUTE_WAKING_US);
  assert_carrier (f, "b");
  note (f, "b", BG_ROUTE_DOWN);
  assert_carrier (f, "b");                         /* nobody is better */
  g_assert_false (note (f, "a", BG_ROUTE_WAKING)); /* it was down */
  assert_carrier (f, "b");
}

/* Whatever happens: while one is up that offers it, one who is up carries it, three seconds later at the latest. */
static void
test_random (Fixture *f, gconstpointer data)
{
  static const char *const ids[] = { "a", "b", "c", "d" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (20261130);
  gboolean up[G_N_ELEMENTS (ids)] = { FALSE }, offers[G_N_ELEMENTS (ids)] = { FALSE };
  BgIpPrefix route;

  g_assert_true (bg_ip_prefix_parse (NET, &route));
  for (guint round = 0; round < 20000; round++)
    {
      guint who = (guint) g_rand_int_range (rand, 0, G_N_ELEMENTS (ids));
      BgRouteState state = (BgRouteState) g_rand_int_range (rand, BG_ROUTE_DOWN, BG_ROUTE_UP + 1);
      const char *carrier;
      guint n_up = 0;

      if (g_rand_boolean (rand))
        {
          gboolean did = offers[who];

          offers[who] = g_rand_int_range (rand, 0, 4) != 0;
          bid (f, ids[who], offers[who] ? NET : NULL, (guint) g_rand_int_range (rand, 0, 3));
          up[who] &= did && offers[who]; /* one that comes again says anew how it is */
        }
      note (f, ids[who], state);
      up[who] = offers[who] && state == BG_ROUTE_UP;
      wait (f, (gint64) g_rand_int_range (rand, 0, 2 * S));
      if (g_rand_int_range (rand, 0, 3) != 0)
        continue;
      wait (f, 3 * S);
      carrier = bg_route_choice_carrier (f->choice, &route);
      for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
        {
          n_up += up[i];
          g_assert_true (carrier != ids[i] || offers[i]);
        }
      for (guint i = 0; i < G_N_ELEMENTS (ids) && n_up > 0; i++)
        g_assert_true (carrier != ids[i] || up[i]);
      g_assert_true (n_up == 0 || carrier);
    }
}

#define ADD(name, func) g_test_add ("/route-choice/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("order", test_order);
  ADD ("loss", test_loss);
  ADD ("shaky", test_shaky);
  ADD ("flapping", test_flapping);
  ADD ("established", test_established);
  ADD ("wish", test_wish);
  ADD ("waking", test_waking);
  ADD ("random", test_random);
  return g_test_run ();
}
