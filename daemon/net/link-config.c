/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/link-config.h"

#include "common/error.h"
#include "common/inner-socket.h"
#include "common/log.h"
#include "net/exit-routes.h"
#include "net/link-request.h"
#include "net/link-state.h"
#include "net/outside-routes.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* Removing an IPv4 address can take its secondaries and all routes along (net/ipv4/devinet.c): what is missing then is
 * added by another round. */
#define MAX_ROUNDS 3

struct _BgLinkConfig
{
  BgNetlink *netlink;
  char ifname[IFNAMSIZ];
  int ifindex;
  GArray *own_addresses; /* BgIpPrefix that we added */
  gboolean has_exit;     /* there may be rules of ours */
  GHashTable *conflicts; /* "prefix metric" of the last sync, so that each is told once */
};

/* One change of this sync, and with it how to take it back. */
typedef struct
{
  enum
  {
    DID_SET_MTU,
    DID_BRING_UP,
    DID_ADD_ADDRESS,
    DID_REMOVE_ADDRESS,
    DID_ADD_ROUTE,
    DID_CHANGE_ROUTE,
  } what;
  guint mtu; /* before */
  BgIpPrefix address;
  BgKernelRoute route; /* before, or the added one */
} Step;

BgLinkConfig *
bg_link_config_new (const char *ifname, GError **error)
{
  g_autoptr (BgLinkConfig) self = g_new0 (BgLinkConfig, 1);

  self->own_addresses = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  self->conflicts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_strlcpy (self->ifname, ifname, sizeof self->ifname);
  self->ifindex = (int) bg_inner_ifindex (ifname);
  if (self->ifindex == 0)
    {
      bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SUCH_INTERFACE, ifname);
      return NULL;
    }
  self->netlink = bg_netlink_new_inner (error);
  return self->netlink ? g_steal_pointer (&self) : NULL;
}

void
bg_link_config_free (BgLinkConfig *self)
{
  if (!self)
    return;
  bg_netlink_free (self->netlink);
  g_array_unref (self->own_addresses);
  g_hash_table_unref (self->conflicts);
  g_free (self);
}

gboolean
bg_link_config_is_current (const BgLinkConfig *self)
{
  return (int) bg_inner_ifindex (self->ifname) == self->ifindex;
}

static BgKernelRoute
own_route (const BgLinkConfig *self, const BgNetRoute *wanted)
{
  return (BgKernelRoute){ .dest = wanted->dest,
                          .table = RT_TABLE_MAIN,
                          .metric = wanted->metric,
                          .mtu = wanted->mtu,
                          .oif = self->ifindex,
                          .protocol = BG_RTPROT,
                          .type = RTN_UNICAST };
}

static gboolean
is_own_route (const BgLinkConfig *self, const BgKernelRoute *route)
{
  return route->protocol == BG_RTPROT && route->oif == self->ifindex;
}

static int
find_address (const GArray *addresses, const BgIpPrefix *address)
{
  for (guint i = 0; i < addresses->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (addresses, BgIpPrefix, i), address))
      return (int) i;
  return -1;
}

static gboolean
sync_link (BgLinkConfig *self, const BgNetPlan *plan, GArray *journal, GError **error)
{
  guint mtu = bg_net_plan_get_mtu (plan);
  BgLink link;

  if (!bg_link_load (self->netlink, self->ifindex, &link, error))
    return FALSE;
  /* A kernel without it invents an address that nobody uses: no reason to stay down. */
  if (link.addr_gen_mode >= 0 && link.addr_gen_mode != IN6_ADDR_GEN_MODE_NONE
      && !bg_link_request_addr_gen_mode (self->netlink, self->ifindex, IN6_ADDR_GEN_MODE_NONE,
                                         NULL))
    bg_log (BG_TOPIC_NET, DEBUG, NULL, "%s: IPv6 address generation stays on", self->ifname);
  if (mtu != 0 && link.mtu != mtu)
    {
      if (!bg_link_request_mtu (self->netlink, self->ifindex, mtu, error))
        return FALSE;
      g_array_append_val (journal, ((Step){ .what = DID_SET_MTU, .mtu = link.mtu }));
    }
  if (!(link.flags & IFF_UP))
    {
      if (!bg_link_request_up (self->netlink, self->ifindex, TRUE, error))
        return FALSE;
      g_array_append_val (journal, ((Step){ .what = DID_BRING_UP }));
    }
  return TRUE;
}

/* An IPv6 address is on a link with one prefix length only. */
static gboolean
remove_namesake (BgLinkConfig *self, const GArray *actual, const BgIpPrefix *wanted,
                 GArray *journal, GError **error)
{
  BgIpPrefix host = bg_ip_prefix_host (wanted);

  for (guint i = 0; wanted->family == AF_INET6 && i < actual->len; i++)
    {
      const BgIpPrefix *there = &g_array_index (actual, BgIpPrefix, i);
      BgIpPrefix other = bg_ip_prefix_host (there);
      int known = find_address (self->own_addresses, there);

      if (!bg_ip_prefix_equal (&host, &other))
        continue;
      if (!bg_link_request_remove_address (self->netlink, self->ifindex, there, error))
        return FALSE;
      if (known >= 0)
        g_array_remove_index_fast (self->own_addresses, (guint) known);
      g_array_append_val (journal, ((Step){ .what = DID_REMOVE_ADDRESS, .address = *there }));
    }
  return TRUE;
}

static gboolean
add_addresses (BgLinkConfig *self, const BgNetPlan *plan, GArray *journal, GError **error)
{
  g_autoptr (GArray) actual = bg_link_load_addresses (self->netlink, self->ifindex, error);

  if (!actual)
    return FALSE;
  for (guint i = 0; i < bg_net_plan_n_addresses (plan); i++)
    {
      const BgIpPrefix *wanted = &bg_net_plan_get_address (plan, i)->address;

      if (find_address (actual, wanted) >= 0)
        continue;
      if (!remove_namesake (self, actual, wanted, journal, error))
        return FALSE;
      if (!bg_link_request_add_address (self->netlink, self->ifindex, wanted, error))
        return FALSE;
      if (find_address (self->own_addresses, wanted) < 0)
        g_array_append_vals (self->own_addresses, wanted, 1);
      g_array_append_val (journal, ((Step){ .what = DID_ADD_ADDRESS, .address = *wanted }));
    }
  return TRUE;
}

/* Sets `found` to the addresses of ours that went. */
static gboolean
remove_addresses (BgLinkConfig *self, const BgNetPlan *plan, gboolean *removed, GError **error)
{
  *removed = FALSE;
  for (guint i = self->own_addresses->len; i-- > 0;)
    {
      BgIpPrefix address = g_array_index (self->own_addresses, BgIpPrefix, i);
      g_autoptr (GError) local = NULL;

      if (plan && bg_net_plan_find_address (plan, &address))
        continue;
      if (!bg_link_request_remove_address (self->netlink, self->ifindex, &address, &local)
          && !g_error_matches (local, BG_ERROR, BG_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_array_remove_index_fast (self->own_addresses, i);
      *removed = TRUE;
    }
  return TRUE;
}

/* The kernel's routes that meet a wanted one in destination and metric. */
typedef struct
{
  const BgKernelRoute *own, *foreign;
} Match;

static GHashTable *
match_routes (const BgLinkConfig *self, const BgNetPlan *plan, const GArray *actual)
{
  GHashTable *matches = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  for (guint i = 0; i < actual->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (actual, BgKernelRoute, i);
      const BgNetRoute *wanted = route->tos == 0
                                   ? bg_net_plan_find_route (plan, &route->dest, route->metric)
                                   : NULL;
      Match *match;

      if (!wanted)
        continue;
      match = g_hash_table_lookup (matches, wanted);
      if (!match)
        g_hash_table_insert (matches, (gpointer) wanted, match = g_new0 (Match, 1));
      if (is_own_route (self, route))
        match->own = route;
      else
        match->foreign = route;
    }
  return matches;
}

static void
note_conflict (BgLinkConfig *self, GHashTable *conflicts, const BgNetRoute *wanted)
{
  char text[BG_IP_PREFIX_TEXT];
  char *key;

  bg_ip_prefix_format (&wanted->dest, text);
  key = g_strdup_printf ("%s %u", text, wanted->metric);
  if (!g_hash_table_contains (self->conflicts, key))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s: route %s is not set: this machine has one of its own",
            self->ifname, text);
  g_hash_table_add (conflicts, key);
}

static gboolean
add_route (BgLinkConfig *self, const BgNetRoute *wanted, GHashTable *conflicts, GArray *journal,
           GError **error)
{
  g_autoptr (GError) local = NULL;
  BgKernelRoute route = own_route (self, wanted);

  if (bg_link_request_add_route (self->netlink, &route, &local))
    {
      g_array_append_val (journal, ((Step){ .what = DID_ADD_ROUTE, .route = route }));
      return TRUE;
    }
  if (g_error_matches (local, BG_ERROR, BG_ERROR_EXISTS))
    {
      note_conflict (self, conflicts, wanted);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
change_route (BgLinkConfig *self, const BgNetRoute *wanted, const Match *match,
              GHashTable *conflicts, GArray *journal, GError **error)
{
  BgKernelRoute route = own_route (self, wanted);

  if (match->own->mtu == wanted->mtu)
    return TRUE;
  /* The kernel would replace whichever comes first. */
  if (match->foreign)
    {
      note_conflict (self, conflicts, wanted);
      return TRUE;
    }
  if (!bg_link_request_replace_route (self->netlink, &route, error))
    return FALSE;
  g_array_append_val (journal, ((Step){ .what = DID_CHANGE_ROUTE, .route = *match->own }));
  return TRUE;
}

static gboolean
add_routes (BgLinkConfig *self, const BgNetPlan *plan, const GArray *actual, GArray *journal,
            GError **error)
{
  g_autoptr (GHashTable) matches = match_routes (self, plan, actual);
  g_autoptr (GHashTable) conflicts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < bg_net_plan_n_routes (plan); i++)
    {
      const BgNetRoute *wanted = bg_net_plan_get_route (plan, i);
      const Match *match = g_hash_table_lookup (matches, wanted);
      gboolean ok = TRUE;

      if (!match)
        ok = add_route (self, wanted, conflicts, journal, error);
      else if (match->own)
        ok = change_route (self, wanted, match, conflicts, journal, error);
      /* A route of somebody else that leads to our link does what we want. */
      else if (match->foreign->oif != self->ifindex)
        note_conflict (self, conflicts, wanted);
      if (!ok)
        return FALSE;
    }
  g_hash_table_unref (self->conflicts);
  self->conflicts = g_steal_pointer (&conflicts);
  return TRUE;
}

static gboolean
remove_routes (BgLinkConfig *self, const BgNetPlan *plan, const GArray *actual, GError **error)
{
  for (guint i = 0; i < actual->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (actual, BgKernelRoute, i);
      g_autoptr (GError) local = NULL;

      if (!is_own_route (self, route)
          || (plan && bg_net_plan_find_route (plan, &route->dest, route->metric)))
        continue;
      if (!bg_link_request_remove_route (self->netlink, route, &local)
          && !g_error_matches (local, BG_ERROR, BG_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return TRUE;
}

static void
take_back_address (BgLinkConfig *self, const BgIpPrefix *address)
{
  int known = find_address (self->own_addresses, address);

  (void) bg_link_request_remove_address (self->netlink, self->ifindex, address, NULL);
  if (known >= 0)
    g_array_remove_index_fast (self->own_addresses, (guint) known);
}

static void
take_back (BgLinkConfig *self, const GArray *journal)
{
  for (guint i = journal->len; i-- > 0;)
    {
      const Step *step = &g_array_index (journal, Step, i);

      switch (step->what)
        {
        case DID_SET_MTU:
          (void) bg_link_request_mtu (self->netlink, self->ifindex, step->mtu, NULL);
          break;
        case DID_BRING_UP:
          (void) bg_link_request_up (self->netlink, self->ifindex, FALSE, NULL);
          break;
        case DID_ADD_ADDRESS:
          take_back_address (self, &step->address);
          break;
        case DID_REMOVE_ADDRESS:
          if (bg_link_request_add_address (self->netlink, self->ifindex, &step->address, NULL))
            g_array_append_vals (self->own_addresses, &step->address, 1);
          break;
        case DID_ADD_ROUTE:
          (void) bg_link_request_remove_route (self->netlink, &step->route, NULL);
          break;
        case DID_CHANGE_ROUTE:
          (void) bg_link_request_replace_route (self->netlink, &step->route, NULL);
          break;
        default:
          g_assert_not_reached ();
        }
    }
}

/* Not in the journal: a way out that was set halfway refuses packets, which is better than to let them pass. */
static gboolean
sync_exit (BgLinkConfig *self, const BgNetPlan *plan, GError **error)
{
  gboolean wanted = plan && bg_net_plan_get_exit (plan);

  if (!wanted && !self->has_exit)
    return TRUE;
  self->has_exit = TRUE;
  if (!bg_exit_routes_sync (self->netlink, self->ifindex, self->ifname, plan, error))
    return FALSE;
  self->has_exit = wanted;
  return TRUE;
}

/* One round of adds, changes and removals; `again` where removals may have torn wanted things along. */
static gboolean
sync_round (BgLinkConfig *self, const BgNetPlan *plan, GArray *journal, gboolean *again,
            GError **error)
{
  g_autoptr (GArray) actual = NULL;

  if (!sync_link (self, plan, journal, error) || !add_addresses (self, plan, journal, error))
    return FALSE;
  /* After the addresses: those bring routes of the kernel's. */
  actual = bg_link_load_routes (self->netlink, RT_TABLE_MAIN, error);
  /* Before the routes that would catch it, and after those that did. */
  return actual && bg_outside_routes_sync (self->netlink, self->ifindex, plan, actual, error)
         && add_routes (self, plan, actual, journal, error) && sync_exit (self, plan, error)
         && remove_routes (self, plan, actual, error)
         && remove_addresses (self, plan, again, error);
}

gboolean
bg_link_config_sync (BgLinkConfig *self, BgNetPlan *plan, GError **error)
{
  g_autoptr (GArray) journal = g_array_new (FALSE, TRUE, sizeof (Step));
  guint before = bg_netlink_n_changes (self->netlink);
  gboolean again = TRUE;

  g_return_val_if_fail (bg_net_plan_is_sealed (plan), FALSE);
  for (int round = 0; again && round < MAX_ROUNDS; round++)
    if (!sync_round (self, plan, journal, &again, error))
      {
        bg_error_wrap (error, INTERFACE_FAILED, self->ifname);
        take_back (self, journal);
        return FALSE;
      }
  bg_log (BG_TOPIC_NET, DEBUG, NULL, "%s: %u routes wanted, %u changes made", self->ifname,
          bg_net_plan_n_routes (plan), bg_netlink_n_changes (self->netlink) - before);
  return TRUE;
}

guint
bg_link_config_n_conflicts (const BgLinkConfig *self)
{
  return g_hash_table_size (self->conflicts);
}

guint
bg_link_config_n_changes (const BgLinkConfig *self)
{
  return bg_netlink_n_changes (self->netlink);
}

void
bg_link_config_clear (BgLinkConfig *self)
{
  g_autoptr (GArray) actual = bg_link_load_routes (self->netlink, RT_TABLE_MAIN, NULL);
  gboolean removed;

  if (actual)
    {
      (void) remove_routes (self, NULL, actual, NULL);
      (void) bg_outside_routes_sync (self->netlink, self->ifindex, NULL, actual, NULL);
    }
  (void) sync_exit (self, NULL, NULL);
  (void) remove_addresses (self, NULL, &removed, NULL);
  g_hash_table_remove_all (self->conflicts);
}

/* A TUN has a carrier while a program holds it. */
static gboolean
is_live_link (BgNetlink *netlink, int ifindex)
{
  BgLink link;

  return ifindex != 0 && bg_link_load (netlink, ifindex, &link, NULL) && link.is_tun
         && (link.flags & IFF_LOWER_UP);
}

static int
owner_of (const BgKernelRoute *route)
{
  int owner = bg_outside_routes_owner (route);

  if (owner == 0)
    owner = bg_exit_routes_owner (route);
  return owner ? owner : route->oif;
}

static guint
remove_left_rules (BgNetlink *netlink, const BgNetworkTables *tables)
{
  g_autoptr (GArray) live = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; i < tables->links->len; i++)
    {
      const BgKernelLink *link = &g_array_index (tables->links, BgKernelLink, i);

      if (is_live_link (netlink, link->ifindex))
        g_array_append_val (live, link->ifindex);
    }
  return bg_exit_routes_remove_leftovers (netlink, live);
}

guint
bg_link_config_remove_leftovers (gboolean keep_exit, GError **error)
{
  g_autoptr (BgNetlink) netlink = bg_netlink_new (error);
  g_autoptr (BgNetworkTables) tables = netlink ? bg_network_tables_load (netlink, error) : NULL;
  guint removed = tables && !keep_exit ? remove_left_rules (netlink, tables) : 0;

  for (guint i = 0; tables && i < tables->routes->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (tables->routes, BgKernelRoute, i);
      g_autoptr (GError) local = NULL;

      if (route->protocol != BG_RTPROT || is_live_link (netlink, owner_of (route))
          || (keep_exit && bg_exit_routes_owner (route) != 0))
        continue;
      if (bg_link_request_remove_route (netlink, route, &local))
        removed++;
      else if (!g_error_matches (local, BG_ERROR, BG_ERROR_NOT_FOUND))
        bg_log (BG_TOPIC_NET, WARNING, NULL, "a route of an earlier run stays: %s", local->message);
    }
  return removed;
}
