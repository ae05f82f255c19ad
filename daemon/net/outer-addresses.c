/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/outer-addresses.h"

#include "net/local-networks.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

typedef enum
{
  RANK_WAY_OUT, /* its link has a default route */
  RANK_PLAIN,
  RANK_ASIDE,
  RANK_DEPRECATED,
} Rank;

typedef struct
{
  BgIpPrefix host;
  int ifindex;
  Rank rank;
  guint metric;   /* of the default route */
  guint turn;     /* the how manyth of its link, family and rank */
  guint weakness; /* what its link has before it, beside the order */
  guint order;    /* of the kernel */
} Row;

/* --- Ranks --- */

static const BgKernelLink *
find_link (const BgNetworkTables *tables, int ifindex)
{
  for (guint i = 0; i < tables->links->len; i++)
    {
      const BgKernelLink *link = &g_array_index (tables->links, BgKernelLink, i);

      if (link->ifindex == ifindex)
        return link;
    }
  return NULL;
}

static gboolean
leads_aside (const BgKernelLink *link)
{
  static const char *const kinds[] = {
    "bridge", "veth",      "dummy",  "openvswitch", "nlmon",  "ifb",  "vxlan", "geneve",
    "tun",    "wireguard", "ppp",    "xfrm",        "vti",    "vti6", "ipip",  "sit",
    "ip6tnl", "gre",       "gretap", "ip6gre",      "erspan", "amt",  NULL,
  };

  return g_strv_contains (kinds, link->kind);
}

/* Its packets leave by another link all the same. */
static gboolean
is_tunnel (const BgKernelLink *link)
{
  static const char *const kinds[] = {
    "vxlan", "geneve", "tun", "wireguard", "xfrm",   "vti",    "vti6", "ipip",
    "sit",   "ip6tnl", "gre", "gretap",    "ip6gre", "erspan", "amt",  NULL,
  };

  return g_strv_contains (kinds, link->kind);
}

static gboolean
is_default (const BgKernelRoute *route)
{
  return route->type == RTN_UNICAST && bg_local_networks_is_everywhere (&route->dest);
}

/* There may be a million of others. */
static GArray *
list_defaults (const BgNetworkTables *tables)
{
  GArray *defaults = g_array_new (FALSE, TRUE, sizeof (BgKernelRoute));

  for (guint i = 0; i < tables->routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (tables->routes, BgKernelRoute, i);

      if (is_default (route))
        g_array_append_vals (defaults, route, 1);
    }
  return defaults;
}

static gboolean
find_default (const GArray *defaults, const BgKernelAddress *address, guint *metric)
{
  gboolean found = FALSE;

  for (guint i = 0; i < defaults->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (defaults, BgKernelRoute, i);

      if (route->hop.oif != address->ifindex || route->dest.family != address->address.family)
        continue;
      *metric = found ? MIN (*metric, route->metric) : route->metric;
      found = TRUE;
    }
  return found;
}

static Rank
rank_of (const GArray *defaults, const BgKernelAddress *address, const BgKernelLink *link,
         guint *metric)
{
  gboolean leads_out = find_default (defaults, address, metric);

  if (address->flags & IFA_F_DEPRECATED)
    return RANK_DEPRECATED;
  if (leads_out)
    return RANK_WAY_OUT;
  return leads_aside (link) ? RANK_ASIDE : RANK_PLAIN;
}

static gboolean
may_be_bound (const BgKernelAddress *address)
{
  return !(address->flags & IFA_F_DADFAILED)
         && (!(address->flags & IFA_F_TENTATIVE) || (address->flags & IFA_F_OPTIMISTIC));
}

/* What lasts before what rotates (IFA_F_TEMPORARY is IFA_F_SECONDARY), what is everybody's before what is private. */
static guint
weakness_of (const BgKernelAddress *address, const BgIpPrefix *host)
{
  return ((address->flags & IFA_F_TEMPORARY) ? 2 : 0)
         + (host->family == AF_INET6 && bg_ip_prefix_is_nobodys (host) ? 1 : 0);
}

/* Up, and with a carrier: a bridge that nobody is behind has none, and libnice knows no link without. */
static gboolean
is_running (const BgKernelLink *link)
{
  return (link->flags & IFF_UP) && (link->flags & IFF_RUNNING);
}

static GArray *
list_rows (const BgNetworkTables *tables, const BgOwnTunnels *tunnels)
{
  g_autoptr (GArray) defaults = list_defaults (tables);
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (Row));

  for (guint i = 0; i < tables->addresses->len; i++)
    {
      const BgKernelAddress *address = &g_array_index (tables->addresses, BgKernelAddress, i);
      const BgKernelLink *link = find_link (tables, address->ifindex);
      Row row = { .host = bg_ip_prefix_host (&address->address),
                  .ifindex = address->ifindex,
                  .order = i };

      if (!link || !is_running (link) || bg_own_tunnels_has (tunnels, address->ifindex)
          || !bg_ip_prefix_is_unicast_host (&row.host) || !may_be_bound (address))
        continue;
      row.rank = rank_of (defaults, address, link, &row.metric);
      row.weakness = weakness_of (address, &row.host);
      g_array_append_val (rows, row);
    }
  return rows;
}

/* --- Order --- */

#define COMPARE(a, b, field)                                                                       \
  if ((a)->field != (b)->field)                                                                    \
  return (a)->field < (b)->field ? -1 : 1

static int
compare_on_link (gconstpointer a, gconstpointer b)
{
  const Row *x = a, *y = b;

  COMPARE (x, y, host.family);
  COMPARE (x, y, ifindex);
  COMPARE (x, y, rank);
  COMPARE (x, y, weakness);
  COMPARE (x, y, order);
  return 0;
}

static int
compare_worth (gconstpointer a, gconstpointer b)
{
  const Row *x = a, *y = b;

  COMPARE (x, y, rank);
  COMPARE (x, y, turn);
  COMPARE (x, y, metric);
  COMPARE (x, y, ifindex);
  COMPARE (x, y, order);
  return 0;
}

static void
count_turns (GArray *rows)
{
  g_array_sort (rows, compare_on_link);
  for (guint i = 1; i < rows->len; i++)
    {
      const Row *before = &g_array_index (rows, Row, i - 1);
      Row *row = &g_array_index (rows, Row, i);

      if (row->host.family == before->host.family && row->ifindex == before->ifindex
          && row->rank == before->rank)
        row->turn = before->turn + 1;
    }
}

/* --- Choice --- */

static GArray *
rows_of (const GArray *rows, int family)
{
  GArray *some = g_array_new (FALSE, TRUE, sizeof (Row));
  guint aside = 0;

  for (guint i = 0; i < rows->len && some->len < BG_OUTER_ADDRESSES_MAX; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);

      if (row->host.family == family
          && (row->rank != RANK_ASIDE || ++aside <= BG_OUTER_ADDRESSES_ASIDE_MAX))
        g_array_append_vals (some, row, 1);
    }
  return some;
}

static void
take_row (GArray *chosen, const GArray *from, guint i)
{
  if (i < from->len && chosen->len < BG_OUTER_ADDRESSES_MAX)
    g_array_append_vals (chosen, &g_array_index (from, Row, i), 1);
}

GArray *
bg_outer_addresses_choose (const BgNetworkTables *tables, const BgOwnTunnels *tunnels)
{
  g_autoptr (GArray) rows = list_rows (tables, tunnels);
  g_autoptr (GArray) chosen = g_array_new (FALSE, TRUE, sizeof (Row)), ipv4 = NULL, ipv6 = NULL;
  GArray *hosts = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));

  count_turns (rows);
  g_array_sort (rows, compare_worth);
  ipv4 = rows_of (rows, AF_INET);
  ipv6 = rows_of (rows, AF_INET6);
  for (guint i = 0; i < BG_OUTER_ADDRESSES_MAX; i++)
    {
      take_row (chosen, ipv6, i);
      take_row (chosen, ipv4, i);
    }
  g_array_sort (chosen, compare_worth);
  for (guint i = 0; i < chosen->len; i++)
    g_array_append_val (hosts, g_array_index (chosen, Row, i).host);
  return hosts;
}

GArray *
bg_outer_addresses_list_uplinks (const BgNetworkTables *tables, const BgOwnTunnels *tunnels)
{
  g_autoptr (GArray) rows = list_rows (tables, tunnels);
  GArray *uplinks = g_array_new (FALSE, TRUE, sizeof (BgUplink));

  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);
      const BgUplink uplink = { row->host, row->ifindex, row->metric };

      if (row->rank == RANK_WAY_OUT && !is_tunnel (find_link (tables, row->ifindex)))
        g_array_append_val (uplinks, uplink);
    }
  return uplinks;
}
