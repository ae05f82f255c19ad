/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/local-networks.h"

#include "net/link-config.h"
#include "net/network-tables.h"
#include "net/outer-addresses.h"
#include "net/own-mark.h"
#include "net/outside-routes.h"
#include "net/own-tunnels.h"

#include <linux/if_addr.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define SUBNET_LEN 24

struct _BgLocalNetworks
{
  gatomicrefcount refs;
  GStringChunk *names;
  GArray *networks;  /* BgLocalNetwork, by kind */
  GArray *addresses; /* BgIpPrefix, hosts */
  GArray *fading;    /* of them, those that are deprecated */
  GArray *routes;    /* BgKernelRoute that packets of ours may take without us */
  GArray *rules;     /* BgKernelRule */
  GArray *
    kept; /* BgKernelRoute, our own that keep hosts outside: no answer, but their loss is a change */
  GHashTable *links; /* ifindex -> name, of those that are up */
  GArray *outer;     /* BgIpPrefix, hosts */
  GArray *uplinks;   /* BgUplink */
  BgOwnTunnels *tunnels;
};

/* --- Making one --- */

static const char *
name_of (const BgLocalNetworks *self, int ifindex)
{
  const char *name = g_hash_table_lookup (self->links, GINT_TO_POINTER (ifindex));

  return name ? name : "";
}

static int
take_links (BgLocalNetworks *self, const GArray *links, const char *own_interface)
{
  int own = 0;

  for (guint i = 0; i < links->len; i++)
    {
      const BgKernelLink *link = &g_array_index (links, BgKernelLink, i);

      if (g_strcmp0 (link->name, own_interface) == 0)
        own = link->ifindex;
      else if (link->flags & IFF_UP)
        g_hash_table_insert (self->links, GINT_TO_POINTER (link->ifindex),
                             g_string_chunk_insert_const (self->names, link->name));
    }
  return own;
}

gboolean
bg_local_networks_is_everywhere (const BgIpPrefix *prefix)
{
  return prefix->len < (prefix->family == AF_INET ? BG_BROADEST_LEN4 : BG_BROADEST_LEN6);
}

static void
add_network (BgLocalNetworks *self, const BgIpPrefix *prefix, BgLocalKind kind,
             const char *interface)
{
  BgLocalNetwork network = { .prefix = *prefix, .kind = kind, .interface = interface };

  bg_ip_prefix_mask (&network.prefix);
  if (!bg_local_networks_is_everywhere (prefix) && bg_ip_prefix_is_unicast_host (&network.prefix))
    g_array_append_val (self->networks, network);
}

static void
take_addresses (BgLocalNetworks *self, const GArray *addresses)
{
  for (guint i = 0; i < addresses->len; i++)
    {
      const BgKernelAddress *address = &g_array_index (addresses, BgKernelAddress, i);
      BgIpPrefix host = bg_ip_prefix_host (&address->address);
      const char *interface = name_of (self, address->ifindex);

      if (!*interface)
        continue;
      g_array_append_val (self->addresses, host);
      if (address->flags & IFA_F_DEPRECATED)
        g_array_append_val (self->fading, host);
      add_network (self, &address->network, BG_LOCAL_CONNECTED, interface);
      if (!bg_ip_prefix_contains (&address->network, &host))
        add_network (self, &host, BG_LOCAL_CONNECTED, interface);
    }
}

static gboolean
is_ours (const BgKernelRoute *route, int own)
{
  return route->protocol == BG_RTPROT || (own != 0 && route->hop.oif == own);
}

/* Not where the kernel keeps its own addresses, and not what is there for broadcasts. */
static gboolean
is_way_out (const BgKernelRoute *route)
{
  return route->table != RT_TABLE_LOCAL
         && (route->type == RTN_UNICAST || route->type == RTN_BLACKHOLE
             || route->type == RTN_UNREACHABLE || route->type == RTN_PROHIBIT
             || route->type == RTN_THROW);
}

static void
take_routes (BgLocalNetworks *self, const GArray *routes, int own)
{
  for (guint i = 0; i < routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (routes, BgKernelRoute, i);
      gboolean is_connected = route->type == RTN_UNICAST && route->hop.gateway.family == 0;

      if (own != 0 && bg_outside_routes_owner (route) == own)
        g_array_append_vals (self->kept, route, 1);
      if (is_ours (route, own) || !is_way_out (route))
        continue;
      g_array_append_vals (self->routes, route, 1);
      add_network (self, &route->dest, is_connected ? BG_LOCAL_CONNECTED : BG_LOCAL_ROUTED,
                   name_of (self, route->hop.oif));
    }
}

static void
take_rules (BgLocalNetworks *self, const GArray *rules)
{
  for (guint i = 0; i < rules->len; i++)
    {
      const BgKernelRule *rule = &g_array_index (rules, BgKernelRule, i);

      if (rule->protocol == BG_RTPROT)
        continue; /* of an exit: our own packets pass it by */
      g_array_append_vals (self->rules, rule, 1);
      if (rule->from.family != 0)
        add_network (self, &rule->from, BG_LOCAL_RULED, "");
      if (rule->to.family != 0)
        add_network (self, &rule->to, BG_LOCAL_RULED, "");
    }
}

static int
compare_kinds (gconstpointer a, gconstpointer b)
{
  return (int) ((const BgLocalNetwork *) a)->kind - (int) ((const BgLocalNetwork *) b)->kind;
}

BgLocalNetworks *
bg_local_networks_new (const BgNetworkTables *tables, const char *own_interface)
{
  BgLocalNetworks *self = g_new0 (BgLocalNetworks, 1);
  int own;

  g_atomic_ref_count_init (&self->refs);
  self->names = g_string_chunk_new (256);
  self->networks = g_array_new (FALSE, TRUE, sizeof (BgLocalNetwork));
  self->addresses = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  self->fading = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  self->routes = g_array_new (FALSE, TRUE, sizeof (BgKernelRoute));
  self->rules = g_array_new (FALSE, TRUE, sizeof (BgKernelRule));
  self->kept = g_array_new (FALSE, TRUE, sizeof (BgKernelRoute));
  self->links = g_hash_table_new (NULL, NULL);
  own = take_links (self, tables->links, own_interface);
  take_addresses (self, tables->addresses);
  take_routes (self, tables->routes, own);
  take_rules (self, tables->rules);
  g_array_sort (self->networks, compare_kinds);
  self->tunnels = bg_own_tunnels_new (tables, own_interface);
  self->outer = bg_outer_addresses_choose (tables, self->tunnels);
  self->uplinks = bg_outer_addresses_list_uplinks (tables, self->tunnels);
  return self;
}

BgLocalNetworks *
bg_local_networks_load (const char *own_interface, GError **error)
{
  g_autoptr (BgNetlink) netlink = bg_netlink_new (error);
  g_autoptr (BgNetworkTables) tables = netlink ? bg_network_tables_load (netlink, error) : NULL;

  return tables ? bg_local_networks_new (tables, own_interface) : NULL;
}

BgLocalNetworks *
bg_local_networks_ref (BgLocalNetworks *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
bg_local_networks_unref (BgLocalNetworks *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_array_unref (self->networks);
  g_array_unref (self->addresses);
  g_array_unref (self->fading);
  g_array_unref (self->routes);
  g_array_unref (self->rules);
  g_array_unref (self->kept);
  g_array_unref (self->outer);
  g_array_unref (self->uplinks);
  bg_own_tunnels_free (self->tunnels);
  g_hash_table_unref (self->links);
  g_string_chunk_free (self->names);
  g_free (self);
}

/* --- Telling two apart --- */

static gboolean
are_alike (const GArray *a, const GArray *b, gsize size,
           gboolean (*equal) (gconstpointer, gconstpointer))
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!equal (a->data + i * size, b->data + i * size))
      return FALSE;
  return TRUE;
}

static gboolean
prefix_equal (gconstpointer a, gconstpointer b)
{
  return bg_ip_prefix_equal (a, b);
}

static gboolean
network_equal (gconstpointer a, gconstpointer b)
{
  const BgLocalNetwork *x = a, *y = b;

  return x->kind == y->kind && g_str_equal (x->interface, y->interface)
         && bg_ip_prefix_equal (&x->prefix, &y->prefix);
}

/* Of which one family may be none. */
static gboolean
host_equal (const BgIpPrefix *a, const BgIpPrefix *b)
{
  return a->family == b->family && (a->family == 0 || bg_ip_prefix_equal (a, b));
}

static gboolean
route_equal (gconstpointer a, gconstpointer b)
{
  const BgKernelRoute *x = a, *y = b;

  return bg_ip_prefix_equal (&x->dest, &y->dest) && x->table == y->table && x->metric == y->metric
         && x->type == y->type && x->tos == y->tos && x->hop.oif == y->hop.oif
         && x->hop.flags == y->hop.flags && host_equal (&x->hop.gateway, &y->hop.gateway)
         && host_equal (&x->source, &y->source);
}

static gboolean
rule_equal (gconstpointer a, gconstpointer b)
{
  const BgKernelRule *x = a, *y = b;

  return x->family == y->family && x->priority == y->priority && x->table == y->table
         && x->mark == y->mark && x->mask == y->mask && x->action == y->action
         && x->inverted == y->inverted && x->narrow == y->narrow
         && x->suppress_len == y->suppress_len && host_equal (&x->from, &y->from)
         && host_equal (&x->to, &y->to);
}

static gboolean
uplink_equal (gconstpointer a, gconstpointer b)
{
  const BgUplink *x = a, *y = b;

  return x->ifindex == y->ifindex && x->metric == y->metric
         && bg_ip_prefix_equal (&x->host, &y->host);
}

gboolean
bg_local_networks_equal (const BgLocalNetworks *a, const BgLocalNetworks *b)
{
  return are_alike (a->networks, b->networks, sizeof (BgLocalNetwork), network_equal)
         && are_alike (a->addresses, b->addresses, sizeof (BgIpPrefix), prefix_equal)
         && are_alike (a->fading, b->fading, sizeof (BgIpPrefix), prefix_equal)
         && are_alike (a->outer, b->outer, sizeof (BgIpPrefix), prefix_equal)
         && are_alike (a->uplinks, b->uplinks, sizeof (BgUplink), uplink_equal)
         && are_alike (a->routes, b->routes, sizeof (BgKernelRoute), route_equal)
         && are_alike (a->kept, b->kept, sizeof (BgKernelRoute), route_equal)
         && are_alike (a->rules, b->rules, sizeof (BgKernelRule), rule_equal);
}

/* --- Questions --- */

static gboolean
overlaps (const BgIpPrefix *a, const BgIpPrefix *b)
{
  return bg_ip_prefix_contains (a, b) || bg_ip_prefix_contains (b, a);
}

const BgLocalNetwork *
bg_local_networks_meet (const BgLocalNetworks *self, const BgIpPrefix *prefix, BgLocalKind kind)
{
  for (guint i = 0; i < self->networks->len; i++)
    {
      const BgLocalNetwork *network = &g_array_index (self->networks, BgLocalNetwork, i);

      if (network->kind <= kind && overlaps (&network->prefix, prefix))
        return network;
    }
  return NULL;
}

const BgLocalNetwork *
bg_local_networks_find_cover (const BgLocalNetworks *self, const BgIpPrefix *prefix)
{
  for (guint i = 0; i < self->networks->len; i++)
    {
      const BgLocalNetwork *network = &g_array_index (self->networks, BgLocalNetwork, i);

      if (network->kind == BG_LOCAL_CONNECTED && bg_ip_prefix_contains (&network->prefix, prefix))
        return network;
    }
  return NULL;
}

const char *
bg_local_networks_find_router (const BgLocalNetworks *self, const BgIpPrefix *host)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (self->routes, BgKernelRoute, i);

      if (route->hop.gateway.family != 0 && bg_ip_prefix_equal (&route->hop.gateway, host))
        return name_of (self, route->hop.oif);
    }
  return NULL;
}

gboolean
bg_local_networks_has_default (const BgLocalNetworks *self, int family)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (self->routes, BgKernelRoute, i);

      if (route->type == RTN_UNICAST && route->dest.family == family && route->dest.len == 0)
        return TRUE;
    }
  return FALSE;
}

const GArray *
bg_local_networks_get_addresses (const BgLocalNetworks *self)
{
  return self->addresses;
}

static gboolean
has_host (const GArray *hosts, const BgIpPrefix *host)
{
  for (guint i = 0; i < hosts->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (hosts, BgIpPrefix, i), host))
      return TRUE;
  return FALSE;
}

gboolean
bg_local_networks_has_address (const BgLocalNetworks *self, const BgIpPrefix *host)
{
  return has_host (self->addresses, host);
}

gboolean
bg_local_networks_is_fading (const BgLocalNetworks *self, const BgIpPrefix *host)
{
  const BgIpPrefix *best = (const BgIpPrefix *) (const void *) self->outer->data;

  if (!has_host (self->fading, host))
    return FALSE;
  for (guint i = 0; i < self->outer->len; i++)
    if (best[i].family == host->family && !has_host (self->fading, &best[i]))
      return TRUE;
  return FALSE;
}

static const BgUplink *
find_uplink (const BgLocalNetworks *self, const BgIpPrefix *host)
{
  for (guint i = 0; i < self->uplinks->len; i++)
    {
      const BgUplink *uplink = &g_array_index (self->uplinks, BgUplink, i);

      if (bg_ip_prefix_equal (&uplink->host, host))
        return uplink;
    }
  return NULL;
}

gboolean
bg_local_networks_is_outranked (const BgLocalNetworks *self, const BgIpPrefix *host)
{
  const BgUplink *own = find_uplink (self, host);

  for (guint i = 0; own && i < self->uplinks->len; i++)
    {
      const BgUplink *other = &g_array_index (self->uplinks, BgUplink, i);

      if (other->host.family == host->family && other->ifindex != own->ifindex
          && other->metric < own->metric)
        return TRUE;
    }
  return FALSE;
}

/* --- The way to a host --- */

static gboolean
is_usable (const BgKernelRoute *route, const BgIpPrefix *host, const BgKernelRule *rule)
{
  return route->table == rule->table && route->tos == 0
         && (int) route->dest.len > rule->suppress_len && !(route->hop.flags & RTNH_F_DEAD)
         && bg_ip_prefix_contains (&route->dest, host);
}

static const BgKernelRoute *
look_up (const BgLocalNetworks *self, const BgIpPrefix *host, const BgKernelRule *rule)
{
  const BgKernelRoute *best = NULL;

  for (guint i = 0; i < self->routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (self->routes, BgKernelRoute, i);

      if (is_usable (route, host, rule)
          && (!best || route->dest.len > best->dest.len
              || (route->dest.len == best->dest.len && route->metric < best->metric)))
        best = route;
    }
  return best && best->type == RTN_THROW ? NULL : best;
}

/* Our packets have our mark, and no source until their way is known. */
static gboolean
rule_holds (const BgKernelRule *rule, const BgIpPrefix *host)
{
  gboolean matches = (BG_OWN_MARK & rule->mask) == (rule->mark & rule->mask)
                     && (rule->to.family == 0 || bg_ip_prefix_contains (&rule->to, host));

  return rule->family == host->family && rule->action == FR_ACT_TO_TBL && !rule->narrow
         && rule->from.family == 0 && rule->table != RT_TABLE_LOCAL && matches != rule->inverted;
}

static const BgKernelRoute *
route_of (const BgLocalNetworks *self, const BgIpPrefix *host)
{
  static const guint8 defaults[] = { RT_TABLE_MAIN, RT_TABLE_DEFAULT };
  const BgKernelRoute *found = NULL;
  gboolean has_rules = FALSE;

  for (guint i = 0; i < self->rules->len && !found; i++)
    {
      const BgKernelRule *rule = &g_array_index (self->rules, BgKernelRule, i);

      has_rules |= rule->family == host->family;
      if (rule_holds (rule, host))
        found = look_up (self, host, rule);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (defaults) && !found && !has_rules; i++)
    found = look_up (self, host, &(BgKernelRule){ .table = defaults[i], .suppress_len = -1 });
  return found;
}

gboolean
bg_local_networks_find_way (const BgLocalNetworks *self, const BgIpPrefix *host, BgWay *way)
{
  const BgKernelRoute *route = route_of (self, host);

  if (!route || route->type != RTN_UNICAST)
    return FALSE;
  *way = (BgWay){ .oif = route->hop.oif,
                  .gateway = route->hop.gateway,
                  .source = route->source,
                  .onlink = (route->hop.flags & RTNH_F_ONLINK) != 0 };
  return TRUE;
}

const GArray *
bg_local_networks_get_outer (const BgLocalNetworks *self)
{
  return self->outer;
}

gboolean
bg_local_networks_leads_inside (const BgLocalNetworks *self, const BgIpPrefix *host)
{
  const BgKernelRoute *inside = bg_own_tunnels_find (self->tunnels, host), *outside;

  if (bg_own_tunnels_contain (self->tunnels, host))
    return TRUE;
  /* IP_UNICAST_IF decides about the link; IPV6_UNICAST_IF only where two routes are alike. */
  if (host->family == AF_INET || !inside || bg_local_networks_is_everywhere (&inside->dest))
    return FALSE;
  outside = route_of (self, host);
  return !outside || inside->dest.len > outside->dest.len
         || (inside->dest.len == outside->dest.len && inside->metric <= outside->metric);
}

/* --- Interfaces --- */

static void
add_name (GPtrArray *names, const char *name)
{
  if (*name && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
    g_ptr_array_add (names, g_strdup (name));
}

/* Where packets to all that has no route of its own leave. */
static void
list_uplinks (const BgLocalNetworks *self, int family, GPtrArray *names)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (self->routes, BgKernelRoute, i);

      if (route->dest.family == family && bg_local_networks_is_everywhere (&route->dest)
          && route->type == RTN_UNICAST)
        add_name (names, name_of (self, route->hop.oif));
    }
}

void
bg_local_networks_list_interfaces (const BgLocalNetworks *self, const BgIpPrefix *prefix,
                                   GPtrArray *names)
{
  guint before = names->len;

  for (guint i = 0; !bg_local_networks_is_everywhere (prefix) && i < self->networks->len; i++)
    {
      const BgLocalNetwork *network = &g_array_index (self->networks, BgLocalNetwork, i);

      if (network->kind != BG_LOCAL_RULED && overlaps (&network->prefix, prefix))
        add_name (names, network->interface);
    }
  if (names->len == before)
    list_uplinks (self, prefix->family, names);
}

void
bg_local_networks_list_tunnels (const BgLocalNetworks *self, GPtrArray *names)
{
  GHashTableIter iter;
  gpointer ifindex, name;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, &ifindex, &name))
    if (bg_own_tunnels_has (self->tunnels, GPOINTER_TO_INT (ifindex)))
      add_name (names, name);
}

/* --- Beside an exit --- */

/* A network that this machine is in, or a private one that it has a way to. A router may announce any, so that others are
 * no reason to send packets past the tunnel. */
static gboolean
is_nearby (const BgLocalNetwork *network)
{
  const BgIpPrefix *prefix = &network->prefix;

  return bg_ip_prefix_is_nobodys (prefix)
         || (network->kind == BG_LOCAL_CONNECTED
             && prefix->len >= (prefix->family == AF_INET ? BG_NEARBY_LEN4 : BG_NEARBY_LEN6));
}

void
bg_local_networks_list_nearby (const BgLocalNetworks *self, GArray *prefixes)
{
  for (guint i = 0; i < self->networks->len; i++)
    {
      const BgLocalNetwork *network = &g_array_index (self->networks, BgLocalNetwork, i);

      if (network->kind != BG_LOCAL_RULED && is_nearby (network))
        g_array_append_val (prefixes, network->prefix);
    }
}

void
bg_local_networks_list_links (const BgLocalNetworks *self, GPtrArray *names)
{
  for (guint i = 0; i < self->networks->len; i++)
    add_name (names, g_array_index (self->networks, BgLocalNetwork, i).interface);
}

/* --- A network for ourselves --- */

static gboolean
choose_in (const BgLocalNetworks *self, const char *range_text, guint32 random, BgIpPrefix *subnet)
{
  BgIpPrefix range;
  guint32 base, n;

  bg_ip_prefix_parse (range_text, &range);
  memcpy (&base, range.addr, sizeof base);
  base = GUINT32_FROM_BE (base);
  n = 1u << (SUBNET_LEN - range.len);
  for (guint32 i = 0; i < n; i++)
    {
      guint32 word = GUINT32_TO_BE (base + ((random % n + i) % n << (32 - SUBNET_LEN)));

      *subnet = (BgIpPrefix){ .family = AF_INET, .len = SUBNET_LEN };
      memcpy (subnet->addr, &word, sizeof word);
      if (!bg_local_networks_meet (self, subnet, BG_LOCAL_RULED))
        return TRUE;
    }
  return FALSE;
}

gboolean
bg_local_networks_choose_subnet (const BgLocalNetworks *self, guint32 random, BgIpPrefix *subnet)
{
  return choose_in (self, "10.0.0.0/8", random, subnet)
         || choose_in (self, "172.16.0.0/12", random, subnet)
         || choose_in (self, "192.168.0.0/16", random, subnet);
}
