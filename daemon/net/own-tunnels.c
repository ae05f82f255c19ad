/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/own-tunnels.h"

#include "net/exit-routes.h"
#include "net/link-config.h"
#include "net/outside-routes.h"

#include <linux/rtnetlink.h>

struct _BgOwnTunnels
{
  GHashTable *links; /* ifindex, as a set */
  GArray *networks;  /* BgIpPrefix, of their addresses */
  GArray *ways;      /* BgKernelRoute */
};

static void
take_link (BgOwnTunnels *self, int ifindex)
{
  if (ifindex != 0)
    g_hash_table_add (self->links, GINT_TO_POINTER (ifindex));
}

/* Routes with our tag that do not lead around a tunnel. */
static gboolean
leads_to_own (const BgKernelRoute *route)
{
  return route->protocol == BG_RTPROT && bg_outside_routes_owner (route) == 0;
}

static void
find_links (BgOwnTunnels *self, const BgNetworkTables *tables, const char *own_interface)
{
  for (guint i = 0; i < tables->links->len; i++)
    {
      const BgKernelLink *link = &g_array_index (tables->links, BgKernelLink, i);

      if (g_strcmp0 (link->name, own_interface) == 0)
        take_link (self, link->ifindex);
    }
  for (guint i = 0; i < tables->addresses->len; i++)
    {
      const BgKernelAddress *address = &g_array_index (tables->addresses, BgKernelAddress, i);

      if (address->protocol == BG_RTPROT)
        take_link (self, address->ifindex);
    }
  for (guint i = 0; i < tables->routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (tables->routes, BgKernelRoute, i);

      if (leads_to_own (route) && route->type == RTN_UNICAST)
        take_link (self, route->hop.oif);
    }
}

static void
take_ways (BgOwnTunnels *self, const BgNetworkTables *tables)
{
  for (guint i = 0; i < tables->routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (tables->routes, BgKernelRoute, i);

      if (route->type == RTN_UNICAST && bg_exit_routes_owner (route) == 0
          && bg_own_tunnels_has (self, route->hop.oif))
        g_array_append_vals (self->ways, route, 1);
    }
}

static void
take_networks (BgOwnTunnels *self, const BgNetworkTables *tables)
{
  for (guint i = 0; i < tables->addresses->len; i++)
    {
      const BgKernelAddress *address = &g_array_index (tables->addresses, BgKernelAddress, i);

      if (bg_own_tunnels_has (self, address->ifindex))
        g_array_append_val (self->networks, address->network);
    }
}

BgOwnTunnels *
bg_own_tunnels_new (const BgNetworkTables *tables, const char *own_interface)
{
  BgOwnTunnels *self = g_new0 (BgOwnTunnels, 1);

  self->links = g_hash_table_new (NULL, NULL);
  self->networks = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  self->ways = g_array_new (FALSE, TRUE, sizeof (BgKernelRoute));
  find_links (self, tables, own_interface);
  take_ways (self, tables);
  take_networks (self, tables);
  return self;
}

void
bg_own_tunnels_free (BgOwnTunnels *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->links);
  g_array_unref (self->networks);
  g_array_unref (self->ways);
  g_free (self);
}

gboolean
bg_own_tunnels_has (const BgOwnTunnels *self, int ifindex)
{
  return g_hash_table_contains (self->links, GINT_TO_POINTER (ifindex));
}

gboolean
bg_own_tunnels_contain (const BgOwnTunnels *self, const BgIpPrefix *host)
{
  for (guint i = 0; i < self->networks->len; i++)
    if (bg_ip_prefix_contains (&g_array_index (self->networks, BgIpPrefix, i), host))
      return TRUE;
  return FALSE;
}

const BgKernelRoute *
bg_own_tunnels_find (const BgOwnTunnels *self, const BgIpPrefix *host)
{
  const BgKernelRoute *best = NULL;

  for (guint i = 0; i < self->ways->len; i++)
    {
      const BgKernelRoute *way = &g_array_index (self->ways, BgKernelRoute, i);

      if (bg_ip_prefix_contains (&way->dest, host)
          && (!best || way->dest.len > best->dest.len
              || (way->dest.len == best->dest.len && way->metric < best->metric)))
        best = way;
    }
  return best;
}
