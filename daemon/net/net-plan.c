/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/net-plan.h"

#include <string.h>
#include <sys/socket.h>

/* net/ipv6/route.c gives this to a route without a metric; IPv4 has 0. */
#define IPV6_DEFAULT_METRIC 1024

struct _BgNetPlan
{
  gatomicrefcount refs;
  gboolean sealed;
  guint mtu;
  GPtrArray *addresses; /* BgNetAddress, owned */
  GPtrArray *routes;    /* BgNetRoute, owned */
  GArray *outside;      /* BgNetOutside */
  gboolean mute4, mute6;
  gboolean has_exit;
  BgNetExit exit;
  GHashTable *by_address,
    *by_dest; /* sets over the same objects, so that a plan of thousands of routes builds fast */
};

static guint
hash_bytes (const guint8 *bytes, gsize n, guint hash)
{
  for (gsize i = 0; i < n; i++)
    hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

static guint
hash_prefix (const BgIpPrefix *prefix)
{
  return hash_bytes (prefix->addr, prefix->family == AF_INET ? 4 : 16, 2166136261u ^ prefix->len);
}

static guint
address_hash (gconstpointer p)
{
  return hash_prefix (&((const BgNetAddress *) p)->address);
}

static gboolean
address_equal (gconstpointer a, gconstpointer b)
{
  return bg_ip_prefix_equal (&((const BgNetAddress *) a)->address,
                             &((const BgNetAddress *) b)->address);
}

static guint
route_hash (gconstpointer p)
{
  const BgNetRoute *route = p;

  return hash_prefix (&route->dest) ^ route->metric * 2654435761u;
}

static gboolean
route_equal (gconstpointer a, gconstpointer b)
{
  const BgNetRoute *x = a, *y = b;

  return x->metric == y->metric && bg_ip_prefix_equal (&x->dest, &y->dest);
}

BgNetPlan *
bg_net_plan_new (void)
{
  BgNetPlan *plan = g_new0 (BgNetPlan, 1);

  g_atomic_ref_count_init (&plan->refs);
  plan->addresses = g_ptr_array_new_with_free_func (g_free);
  plan->routes = g_ptr_array_new_with_free_func (g_free);
  plan->outside = g_array_new (FALSE, TRUE, sizeof (BgNetOutside));
  plan->exit.around = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  plan->exit.sources = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  plan->exit.links = g_ptr_array_new_with_free_func (g_free);
  plan->by_address = g_hash_table_new (address_hash, address_equal);
  plan->by_dest = g_hash_table_new (route_hash, route_equal);
  return plan;
}

BgNetPlan *
bg_net_plan_ref (BgNetPlan *plan)
{
  g_atomic_ref_count_inc (&plan->refs);
  return plan;
}

void
bg_net_plan_unref (BgNetPlan *plan)
{
  if (!plan || !g_atomic_ref_count_dec (&plan->refs))
    return;
  g_hash_table_unref (plan->by_address);
  g_hash_table_unref (plan->by_dest);
  g_ptr_array_unref (plan->addresses);
  g_ptr_array_unref (plan->routes);
  g_array_unref (plan->outside);
  g_array_unref (plan->exit.around);
  g_array_unref (plan->exit.sources);
  g_ptr_array_unref (plan->exit.links);
  g_free (plan);
}

void
bg_net_plan_set_mtu (BgNetPlan *plan, guint mtu)
{
  g_return_if_fail (!plan->sealed);
  plan->mtu = mtu;
}

void
bg_net_plan_add_address (BgNetPlan *plan, BgNetTag tag, const BgIpPrefix *address)
{
  BgNetAddress wanted = { .address = *address, .tags = 1u << tag };
  BgNetAddress *known;

  g_return_if_fail (!plan->sealed);
  known = g_hash_table_lookup (plan->by_address, &wanted);
  if (known)
    {
      known->tags |= wanted.tags;
      return;
    }
  known = g_memdup2 (&wanted, sizeof wanted);
  g_ptr_array_add (plan->addresses, known);
  g_hash_table_add (plan->by_address, known);
}

static gboolean
is_muted (const BgNetPlan *plan, int family)
{
  return family == AF_INET ? plan->mute4 : plan->mute6;
}

void
bg_net_plan_mute (BgNetPlan *plan, int family)
{
  g_return_if_fail (!plan->sealed);
  *(family == AF_INET ? &plan->mute4 : &plan->mute6) = TRUE;
  for (guint i = plan->routes->len; i-- > 0;)
    {
      BgNetRoute *route = plan->routes->pdata[i];

      if (route->dest.family != family)
        continue;
      g_hash_table_remove (plan->by_dest, route);
      g_ptr_array_remove_index (plan->routes, i);
    }
}

void
bg_net_plan_add_outside (BgNetPlan *plan, const BgIpPrefix *host, const BgWay *way)
{
  BgNetOutside outside = { .host = bg_ip_prefix_host (host), .has_way = way != NULL };

  g_return_if_fail (!plan->sealed);
  for (guint i = 0; i < plan->outside->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (plan->outside, BgNetOutside, i).host, &outside.host))
      return;
  if (way)
    outside.way = *way;
  g_array_append_val (plan->outside, outside);
}

void
bg_net_plan_set_exit (BgNetPlan *plan, guint families, guint mtu)
{
  g_return_if_fail (!plan->sealed);
  plan->has_exit = TRUE;
  plan->exit.families = families;
  plan->exit.mtu = mtu;
}

static void
add_prefix (GArray *prefixes, const BgIpPrefix *prefix)
{
  for (guint i = 0; i < prefixes->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (prefixes, BgIpPrefix, i), prefix))
      return;
  g_array_append_vals (prefixes, prefix, 1);
}

void
bg_net_plan_add_around (BgNetPlan *plan, const BgIpPrefix *network)
{
  BgIpPrefix masked = *network;

  g_return_if_fail (!plan->sealed && plan->has_exit);
  bg_ip_prefix_mask (&masked);
  add_prefix (plan->exit.around, &masked);
}

void
bg_net_plan_add_around_source (BgNetPlan *plan, const BgIpPrefix *host)
{
  g_return_if_fail (!plan->sealed && plan->has_exit);
  add_prefix (plan->exit.sources, host);
}

void
bg_net_plan_add_around_link (BgNetPlan *plan, const char *name)
{
  g_return_if_fail (!plan->sealed && plan->has_exit);
  if (!g_ptr_array_find_with_equal_func (plan->exit.links, name, g_str_equal, NULL))
    g_ptr_array_add (plan->exit.links, g_strdup (name));
}

void
bg_net_plan_copy_exit (BgNetPlan *plan, const BgNetPlan *other)
{
  if (!other->has_exit)
    return;
  bg_net_plan_set_exit (plan, other->exit.families, other->exit.mtu);
  for (guint i = 0; i < other->exit.around->len; i++)
    bg_net_plan_add_around (plan, &g_array_index (other->exit.around, BgIpPrefix, i));
  for (guint i = 0; i < other->exit.sources->len; i++)
    bg_net_plan_add_around_source (plan, &g_array_index (other->exit.sources, BgIpPrefix, i));
  for (guint i = 0; i < other->exit.links->len; i++)
    bg_net_plan_add_around_link (plan, other->exit.links->pdata[i]);
}

gboolean
bg_net_plan_add_route (BgNetPlan *plan, BgNetTag tag, const BgIpPrefix *dest, guint mtu,
                       guint metric)
{
  BgNetRoute wanted = { .dest = *dest, .mtu = mtu, .metric = metric, .tags = 1u << tag };
  BgNetRoute *known;

  g_return_val_if_fail (!plan->sealed, FALSE);
  if (dest->len == 0)
    return FALSE;
  if (is_muted (plan, dest->family))
    return TRUE;
  bg_ip_prefix_mask (&wanted.dest);
  if (metric == 0 && dest->family == AF_INET6)
    wanted.metric = IPV6_DEFAULT_METRIC;
  known = g_hash_table_lookup (plan->by_dest, &wanted);
  if (known)
    {
      known->tags |= wanted.tags;
      return TRUE;
    }
  known = g_memdup2 (&wanted, sizeof wanted);
  g_ptr_array_add (plan->routes, known);
  g_hash_table_add (plan->by_dest, known);
  return TRUE;
}

BgNetPlan *
bg_net_plan_seal (BgNetPlan *plan)
{
  plan->sealed = TRUE;
  return plan;
}

gboolean
bg_net_plan_is_sealed (const BgNetPlan *plan)
{
  return plan->sealed;
}

guint
bg_net_plan_get_mtu (const BgNetPlan *plan)
{
  return plan->mtu;
}

guint
bg_net_plan_n_addresses (const BgNetPlan *plan)
{
  return plan->addresses->len;
}

const BgNetAddress *
bg_net_plan_get_address (const BgNetPlan *plan, guint i)
{
  return g_ptr_array_index (plan->addresses, i);
}

guint
bg_net_plan_n_routes (const BgNetPlan *plan)
{
  return plan->routes->len;
}

const BgNetRoute *
bg_net_plan_get_route (const BgNetPlan *plan, guint i)
{
  return g_ptr_array_index (plan->routes, i);
}

guint
bg_net_plan_n_outside (const BgNetPlan *plan)
{
  return plan->outside->len;
}

const BgNetOutside *
bg_net_plan_get_outside (const BgNetPlan *plan, guint i)
{
  return &g_array_index (plan->outside, BgNetOutside, i);
}

const BgNetExit *
bg_net_plan_get_exit (const BgNetPlan *plan)
{
  return plan->has_exit ? &plan->exit : NULL;
}

const BgNetRoute *
bg_net_plan_find_route (const BgNetPlan *plan, const BgIpPrefix *dest, guint metric)
{
  BgNetRoute key = { .dest = *dest, .metric = metric };

  return g_hash_table_lookup (plan->by_dest, &key);
}

const BgNetAddress *
bg_net_plan_find_address (const BgNetPlan *plan, const BgIpPrefix *address)
{
  BgNetAddress key = { .address = *address };

  return g_hash_table_lookup (plan->by_address, &key);
}
