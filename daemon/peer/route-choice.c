/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/route-choice.h"

#include <string.h>
#include <sys/socket.h>

#define MAX_DOUBLINGS 5
#define FORGIVEN_US (10 * 60 * G_USEC_PER_SEC) /* a loss is, after this */

typedef struct
{
  gpointer owner;
  char *id;
  GArray *bids;
  BgRouteState state;
  gint64 since_us;    /* it is in that state */
  gint64 up_since_us; /* it is up without a loss */
  guint losses;
  gint64 lost_us; /* the last of them */
} Bidder;

typedef struct
{
  BgIpPrefix route;
  GPtrArray *bidders; /* Bidder */
  Bidder *carrier;
  gint64 carried_us; /* since when, up; 0: it is not up */
  Bidder *established;
  gboolean moved; /* away from a carrier that was lost */
  gboolean hurry; /* a wish is another one */
} Route;

struct _BgRouteChoice
{
  GHashTable *bidders; /* owner -> Bidder */
  GHashTable *routes;  /* BgIpPrefix -> Route */
};

/* --- Life --- */

static guint
hash_prefix (gconstpointer data)
{
  const BgIpPrefix *prefix = data;
  guint hash = 5381 + prefix->len;

  for (gsize i = 0; i < (prefix->family == AF_INET ? 4 : 16); i++)
    hash = hash * 33 + prefix->addr[i];
  return hash;
}

static gboolean
equal_prefixes (gconstpointer a, gconstpointer b)
{
  return bg_ip_prefix_equal (a, b);
}

static void
bidder_free (gpointer data)
{
  Bidder *bidder = data;

  g_free (bidder->id);
  g_array_unref (bidder->bids);
  g_free (bidder);
}

static void
route_free (gpointer data)
{
  Route *route = data;

  g_ptr_array_unref (route->bidders);
  g_free (route);
}

BgRouteChoice *
bg_route_choice_new (void)
{
  BgRouteChoice *self = g_new0 (BgRouteChoice, 1);

  self->bidders = g_hash_table_new_full (NULL, NULL, NULL, bidder_free);
  self->routes = g_hash_table_new_full (hash_prefix, equal_prefixes, NULL, route_free);
  return self;
}

void
bg_route_choice_free (BgRouteChoice *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->routes);
  g_hash_table_unref (self->bidders);
  g_free (self);
}

/* --- How a bidder is --- */

static gboolean
is_up (const Bidder *bidder, gint64 now_us)
{
  switch (bidder->state)
    {
    case BG_ROUTE_UP:
      return TRUE;
    case BG_ROUTE_SHAKY:
      return now_us - bidder->since_us < BG_ROUTE_SHAKY_US;
    case BG_ROUTE_WAKING:
      return now_us - bidder->since_us < BG_ROUTE_WAKING_US;
    case BG_ROUTE_DOWN:
      break;
    }
  return FALSE;
}

static gint64
stable_at_us (const Bidder *bidder, gint64 now_us)
{
  guint losses = now_us - bidder->lost_us < FORGIVEN_US ? bidder->losses : 0;
  guint doublings = losses > 1 ? MIN (losses - 1, MAX_DOUBLINGS) : 0;

  return bidder->up_since_us + (BG_ROUTE_STABLE_US << doublings);
}

static gboolean
is_stable (const Bidder *bidder, gint64 now_us)
{
  return bidder->state == BG_ROUTE_UP && now_us >= stable_at_us (bidder, now_us);
}

static void
count_loss (Bidder *bidder, gint64 now_us)
{
  bidder->losses = now_us - bidder->lost_us < FORGIVEN_US ? bidder->losses + 1 : 1;
  bidder->lost_us = now_us;
}

static void
change_state (Bidder *bidder, BgRouteState state, gint64 now_us)
{
  gboolean was_up = is_up (bidder, now_us), had_been = bidder->up_since_us > 0;

  if (!was_up && state != BG_ROUTE_UP)
    state = BG_ROUTE_DOWN; /* only what was up is waited for */
  bidder->state = state;
  bidder->since_us = now_us;
  if (is_up (bidder, now_us) && was_up)
    return;
  if (had_been)
    count_loss (bidder, now_us);
  bidder->up_since_us = is_up (bidder, now_us) ? now_us : 0;
}

/* --- Who carries a route --- */

static guint
wish_of (const Bidder *bidder, const BgIpPrefix *route)
{
  for (guint i = 0; i < bidder->bids->len; i++)
    {
      const BgRouteBid *bid = &g_array_index (bidder->bids, BgRouteBid, i);

      if (bg_ip_prefix_equal (&bid->route, route))
        return bid->wish;
    }
  return 0;
}

static gboolean
is_better (const Route *route, const Bidder *a, const Bidder *b)
{
  guint wish_a = wish_of (a, &route->route), wish_b = wish_of (b, &route->route);

  if (wish_a != wish_b)
    return wish_a > wish_b;
  if (route->established == a || route->established == b)
    return route->established == a;
  return strcmp (a->id, b->id) < 0;
}

static Bidder *
find_best (const Route *route, gint64 now_us)
{
  Bidder *best = NULL;

  for (guint i = 0; i < route->bidders->len; i++)
    {
      Bidder *bidder = route->bidders->pdata[i];
      gboolean up = is_up (bidder, now_us);

      if (!best || up > is_up (best, now_us)
          || (up == is_up (best, now_us) && is_better (route, bidder, best)))
        best = bidder;
    }
  return best;
}

/* Both are up. At the beginning, when peers come one after the other, nobody has to wait. */
static gboolean
may_take_over (const Route *route, const Bidder *best, gint64 now_us)
{
  gboolean begins = !route->moved && now_us - route->carried_us < BG_ROUTE_STABLE_US;

  return is_better (route, best, route->carrier)
         && (route->hurry || begins || is_stable (best, now_us));
}

static void
establish (Route *route, gint64 now_us)
{
  if (!route->established && route->carrier && route->carried_us > 0
      && now_us - route->carried_us >= BG_ROUTE_ESTABLISHED_US)
    route->established = route->carrier;
}

static gboolean
carry (Route *route, Bidder *carrier, gint64 now_us)
{
  gboolean is_news = carrier != route->carrier;

  route->carrier = carrier;
  route->carried_us = carrier && is_up (carrier, now_us) ? now_us : 0;
  return is_news;
}

static gboolean
decide (Route *route, gint64 now_us)
{
  Bidder *best = find_best (route, now_us), *carrier = route->carrier;
  gboolean is_lost;

  if (!carrier)
    return carry (route, best, now_us);
  is_lost = !is_up (carrier, now_us);
  if (is_lost && route->carried_us > 0)
    {
      route->moved = TRUE;
      route->carried_us = 0;
    }
  if (!is_lost && route->carried_us == 0)
    route->carried_us = now_us;
  if (best == carrier || (is_lost && !is_up (best, now_us)))
    return FALSE;
  return is_lost || may_take_over (route, best, now_us) ? carry (route, best, now_us) : FALSE;
}

static gboolean
decide_all (BgRouteChoice *self, gint64 now_us)
{
  gboolean moved = FALSE;
  GHashTableIter iter;
  gpointer route;

  g_hash_table_iter_init (&iter, self->routes);
  while (g_hash_table_iter_next (&iter, NULL, &route))
    {
      moved |= decide (route, now_us);
      ((Route *) route)->hurry = FALSE;
    }
  return moved;
}

static void
establish_all (BgRouteChoice *self, gint64 now_us)
{
  GHashTableIter iter;
  gpointer route;

  g_hash_table_iter_init (&iter, self->routes);
  while (g_hash_table_iter_next (&iter, NULL, &route))
    establish (route, now_us);
}

/* --- Bids --- */

static gboolean
is_same_list (const GArray *a, const GArray *b)
{
  if (a->len != (b ? b->len : 0))
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const BgRouteBid *left = &g_array_index (a, BgRouteBid, i),
                       *right = &g_array_index (b, BgRouteBid, i);

      if (left->wish != right->wish || !bg_ip_prefix_equal (&left->route, &right->route))
        return FALSE;
    }
  return TRUE;
}

static gboolean
has_bid (const GArray *bids, const BgIpPrefix *route)
{
  for (guint i = 0; bids && i < bids->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (bids, BgRouteBid, i).route, route))
      return TRUE;
  return FALSE;
}

/* TRUE where it was carried by who withdraws. */
static gboolean
withdraw (BgRouteChoice *self, Bidder *bidder, const BgIpPrefix *prefix)
{
  Route *route = g_hash_table_lookup (self->routes, prefix);
  gboolean carried = route->carrier == bidder;

  g_ptr_array_remove (route->bidders, bidder);
  if (route->established == bidder)
    route->established = NULL;
  if (carried)
    {
      route->carrier = NULL;
      route->moved = TRUE;
    }
  if (route->bidders->len == 0)
    g_hash_table_remove (self->routes, prefix);
  return carried;
}

static void
enter (BgRouteChoice *self, Bidder *bidder, const BgRouteBid *bid)
{
  Route *route = g_hash_table_lookup (self->routes, &bid->route);

  if (!route)
    {
      route = g_new0 (Route, 1);
      route->route = bid->route;
      route->bidders = g_ptr_array_new ();
      g_hash_table_insert (self->routes, &route->route, route);
    }
  if (!g_ptr_array_find (route->bidders, bidder, NULL))
    g_ptr_array_add (route->bidders, bidder);
  else if (wish_of (bidder, &bid->route) != bid->wish)
    route->hurry = TRUE;
}

static Bidder *
need_bidder (BgRouteChoice *self, gpointer owner, const char *id)
{
  Bidder *bidder = g_hash_table_lookup (self->bidders, owner);

  if (bidder)
    return bidder;
  bidder = g_new0 (Bidder, 1);
  bidder->owner = owner;
  bidder->id = g_strdup (id);
  bidder->bids = g_array_new (FALSE, FALSE, sizeof (BgRouteBid));
  g_hash_table_insert (self->bidders, owner, bidder);
  return bidder;
}

static gboolean
replace_bids (BgRouteChoice *self, Bidder *bidder, const GArray *bids)
{
  gboolean gave_up = FALSE;

  for (guint i = 0; i < bidder->bids->len; i++)
    {
      const BgIpPrefix *route = &g_array_index (bidder->bids, BgRouteBid, i).route;

      if (!has_bid (bids, route))
        gave_up |= withdraw (self, bidder, route);
    }
  for (guint i = 0; bids && i < bids->len; i++)
    enter (self, bidder, &g_array_index (bids, BgRouteBid, i));
  g_array_set_size (bidder->bids, 0);
  if (bids)
    g_array_append_vals (bidder->bids, bids->data, bids->len);
  return gave_up;
}

gboolean
bg_route_choice_bid (BgRouteChoice *self, gpointer owner, const char *id, const GArray *bids,
                     gint64 now_us)
{
  gboolean is_known = g_hash_table_contains (self->bidders, owner), moved;
  Bidder *bidder;

  if (!is_known && (!bids || bids->len == 0))
    return FALSE;
  bidder = need_bidder (self, owner, id);
  if (is_same_list (bidder->bids, bids))
    return FALSE;
  establish_all (self, now_us);
  moved = replace_bids (self, bidder, bids);
  if (bidder->bids->len == 0)
    g_hash_table_remove (self->bidders, owner);
  return decide_all (self, now_us) || moved;
}

gboolean
bg_route_choice_note (BgRouteChoice *self, gpointer owner, BgRouteState state, gint64 now_us)
{
  Bidder *bidder = g_hash_table_lookup (self->bidders, owner);

  if (!bidder || bidder->state == state)
    return FALSE;
  establish_all (self, now_us);
  change_state (bidder, state, now_us);
  return decide_all (self, now_us);
}

/* --- Time --- */

gboolean
bg_route_choice_tick (BgRouteChoice *self, gint64 now_us)
{
  establish_all (self, now_us);
  return decide_all (self, now_us);
}

static gint64
end_of_grace_us (const Bidder *bidder)
{
  if (bidder->state == BG_ROUTE_SHAKY)
    return bidder->since_us + BG_ROUTE_SHAKY_US;
  return bidder->state == BG_ROUTE_WAKING ? bidder->since_us + BG_ROUTE_WAKING_US : G_MAXINT64;
}

/* What comes first of `next_us` and when something may be decided of the route, after `now_us`. */
static gint64
next_of (const Route *route, gint64 now_us, gint64 next_us)
{
  gint64 grace_us = end_of_grace_us (route->carrier);

  if (grace_us > now_us)
    next_us = MIN (next_us, grace_us);
  for (guint i = 0; i < route->bidders->len; i++)
    {
      const Bidder *bidder = route->bidders->pdata[i];
      gint64 stable_us = stable_at_us (bidder, now_us);

      if (bidder != route->carrier && bidder->state == BG_ROUTE_UP && stable_us > now_us
          && is_better (route, bidder, route->carrier))
        next_us = MIN (next_us, stable_us);
    }
  return next_us;
}

gint64
bg_route_choice_next_us (const BgRouteChoice *self, gint64 now_us)
{
  gint64 next_us = G_MAXINT64;
  GHashTableIter iter;
  gpointer route;

  g_hash_table_iter_init (&iter, self->routes);
  while (g_hash_table_iter_next (&iter, NULL, &route))
    next_us = next_of (route, now_us, next_us);
  return next_us;
}

gpointer
bg_route_choice_carrier (const BgRouteChoice *self, const BgIpPrefix *route)
{
  const Route *found = g_hash_table_lookup (self->routes, route);

  return found && found->carrier ? found->carrier->owner : NULL;
}
