/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/exit-routes.h"

#include "common/error.h"
#include "common/log.h"
#include "net/link-config.h"
#include "net/link-request.h"
#include "net/local-networks.h"
#include "net/network-tables.h"
#include "net/own-mark.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* Below the main table's 32766, and below what wg-quick takes. Every tunnel has a group of its own. */
#define PRIORITY 31000u
#define GROUPS 256u

enum
{
  RULE_BOUND,  /* sockets that are bound to another link, or to an address there */
  RULE_AROUND, /* a network beside the tunnel */
  RULE_ALL,    /* everything else that is not our own */
  RULE_OURS,   /* our own, bound to the tunnel */
  RULES,
};

#define FENCE_METRIC 0x0fffffffu /* below those of outside-routes.h */

static const int families[] = { AF_INET, AF_INET6 };

static guint32
priority_of (int ifindex, guint rule)
{
  return PRIORITY + (guint32) ifindex % GROUPS * RULES + rule;
}

static gboolean
is_in_group (const BgKernelRule *rule, int ifindex)
{
  return rule->protocol == BG_RTPROT && rule->priority >= priority_of (ifindex, 0)
         && rule->priority < priority_of (ifindex, 0) + RULES;
}

int
bg_exit_routes_owner (const BgKernelRoute *route)
{
  return route->protocol == BG_RTPROT && route->table > BG_EXIT_TABLE
             && route->table < BG_EXIT_TABLE + G_MAXINT16
           ? (int) (route->table - BG_EXIT_TABLE)
           : 0;
}

/* --- The table --- */

static BgKernelRoute
exit_route (int ifindex, const BgIpPrefix *dest, guint mtu)
{
  return (BgKernelRoute){ .dest = *dest,
                          .table = BG_EXIT_TABLE + (guint) ifindex,
                          .metric = dest->family == AF_INET6 ? 1024 : 0,
                          .mtu = mtu,
                          .oif = ifindex,
                          .protocol = BG_RTPROT,
                          .type = RTN_UNICAST };
}

static BgKernelRoute
fence_route (int ifindex, int family)
{
  return (BgKernelRoute){ .dest = { .family = family },
                          .table = BG_EXIT_TABLE + (guint) ifindex,
                          .metric = FENCE_METRIC,
                          .protocol = BG_RTPROT,
                          .type = RTN_UNREACHABLE };
}

/* What the tunnel's own routes say of their paths holds here too. */
static void
want_narrow_routes (int ifindex, const BgNetPlan *plan, guint bits, GArray *wanted)
{
  for (guint i = 0; i < bg_net_plan_n_routes (plan); i++)
    {
      const BgNetRoute *route = bg_net_plan_get_route (plan, i);
      BgKernelRoute narrow = exit_route (ifindex, &route->dest, route->mtu);

      if (route->mtu != 0 && (bits & (route->dest.family == AF_INET ? BG_FAMILY_4 : BG_FAMILY_6)))
        g_array_append_val (wanted, narrow);
    }
}

static GArray *
list_routes (int ifindex, const BgNetPlan *plan, guint kernel_has)
{
  GArray *wanted = g_array_new (FALSE, TRUE, sizeof (BgKernelRoute));
  const BgNetExit *exit = plan ? bg_net_plan_get_exit (plan) : NULL;

  if (!exit)
    return wanted;
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      BgIpPrefix all = { .family = families[i] };
      BgKernelRoute fence = fence_route (ifindex, families[i]),
                    way = exit_route (ifindex, &all, exit->mtu);

      if (kernel_has & 1u << i)
        g_array_append_val (wanted, fence);
      if (kernel_has & exit->families & 1u << i)
        g_array_append_val (wanted, way);
    }
  want_narrow_routes (ifindex, plan, exit->families & kernel_has, wanted);
  return wanted;
}

static gboolean
is_same_route (const BgKernelRoute *a, const BgKernelRoute *b)
{
  return a->type == b->type && a->metric == b->metric && a->mtu == b->mtu
         && bg_ip_prefix_equal (&a->dest, &b->dest);
}

static gboolean
has_route (const GArray *routes, const BgKernelRoute *route)
{
  for (guint i = 0; i < routes->len; i++)
    if (is_same_route (&g_array_index (routes, BgKernelRoute, i), route))
      return TRUE;
  return FALSE;
}

/* One of another MTU takes its place in one step. */
static gboolean
set_route (BgNetlink *netlink, const BgKernelRoute *route, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (bg_link_request_add_route (netlink, route, &local))
    return TRUE;
  if (g_error_matches (local, BG_ERROR, BG_ERROR_EXISTS))
    return bg_link_request_replace_route (netlink, route, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
add_routes (BgNetlink *netlink, const GArray *wanted, const GArray *actual, GError **error)
{
  for (guint i = 0; i < wanted->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (wanted, BgKernelRoute, i);

      if (!has_route (actual, route) && !set_route (netlink, route, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_same_place (const BgKernelRoute *a, const BgKernelRoute *b)
{
  return a->type == b->type && a->metric == b->metric && bg_ip_prefix_equal (&a->dest, &b->dest);
}

static gboolean
is_place_wanted (const GArray *wanted, const BgKernelRoute *route)
{
  for (guint i = 0; i < wanted->len; i++)
    if (is_same_place (&g_array_index (wanted, BgKernelRoute, i), route))
      return TRUE;
  return FALSE;
}

static void
remove_routes (BgNetlink *netlink, const GArray *wanted, const GArray *actual)
{
  for (guint i = 0; i < actual->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (actual, BgKernelRoute, i);
      g_autoptr (GError) local = NULL;

      if (route->protocol == BG_RTPROT && !is_place_wanted (wanted, route)
          && !bg_link_request_remove_route (netlink, route, &local)
          && !g_error_matches (local, BG_ERROR, BG_ERROR_NOT_FOUND))
        bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", local->message);
    }
}

/* --- The rules --- */

static BgKernelRule
rule_of (int ifindex, int family, guint rule, guint32 table)
{
  return (BgKernelRule){ .family = family,
                         .priority = priority_of (ifindex, rule),
                         .table = table,
                         .action = FR_ACT_TO_TBL,
                         .suppress_len = -1,
                         .protocol = BG_RTPROT };
}

static void
want_bound (int ifindex, int family, const BgNetExit *exit, GArray *wanted)
{
  for (guint i = 0; i < exit->links->len; i++)
    {
      BgKernelRule rule = rule_of (ifindex, family, RULE_BOUND, RT_TABLE_MAIN);

      g_strlcpy (rule.oif, exit->links->pdata[i], sizeof rule.oif);
      g_array_append_val (wanted, rule);
    }
  for (guint i = 0; i < exit->sources->len; i++)
    {
      BgKernelRule rule = rule_of (ifindex, family, RULE_BOUND, RT_TABLE_MAIN);

      rule.from = g_array_index (exit->sources, BgIpPrefix, i);
      if (rule.from.family == family)
        g_array_append_val (wanted, rule);
    }
}

/* A default route is no way to a network nearby: where that is gone its packets go nowhere but to the tunnel. */
static void
want_around (int ifindex, int family, const BgNetExit *exit, GArray *wanted)
{
  for (guint i = 0; i < exit->around->len; i++)
    {
      const BgIpPrefix *network = &g_array_index (exit->around, BgIpPrefix, i);
      BgKernelRule rule = rule_of (ifindex, family, RULE_AROUND, RT_TABLE_MAIN);

      if (network->family != family)
        continue;
      rule.to = *network;
      if (bg_ip_prefix_is_unicast_host (network))
        rule.suppress_len = (family == AF_INET ? BG_BROADEST_LEN4 : BG_BROADEST_LEN6) - 1;
      g_array_append_val (wanted, rule);
    }
}

static void
want_all (int ifindex, const char *ifname, int family, GArray *wanted)
{
  BgKernelRule ours = rule_of (ifindex, family, RULE_OURS, BG_EXIT_TABLE + (guint) ifindex),
               all = rule_of (ifindex, family, RULE_ALL, BG_EXIT_TABLE + (guint) ifindex);

  g_strlcpy (ours.oif, ifname, sizeof ours.oif);
  all.mark = BG_OWN_MARK;
  all.mask = G_MAXUINT32;
  all.inverted = TRUE;
  g_array_append_val (wanted, ours);
  g_array_append_val (wanted, all);
}

/* In the order in which they are set. */
static GArray *
list_rules (int ifindex, const char *ifname, const BgNetPlan *plan, guint kernel_has)
{
  GArray *wanted = g_array_new (FALSE, TRUE, sizeof (BgKernelRule));
  const BgNetExit *exit = plan ? bg_net_plan_get_exit (plan) : NULL;

  for (guint i = 0; exit && i < G_N_ELEMENTS (families); i++)
    {
      if (!(kernel_has & 1u << i))
        continue;
      want_bound (ifindex, families[i], exit, wanted);
      want_around (ifindex, families[i], exit, wanted);
      want_all (ifindex, ifname, families[i], wanted);
    }
  return wanted;
}

/* Of which one may be none. */
static gboolean
is_same_side (const BgIpPrefix *a, const BgIpPrefix *b)
{
  return a->family == b->family && (a->family == 0 || bg_ip_prefix_equal (a, b));
}

static gboolean
is_same_rule (const BgKernelRule *a, const BgKernelRule *b)
{
  return a->family == b->family && a->priority == b->priority && a->table == b->table
         && a->mark == b->mark && a->mask == b->mask && a->inverted == b->inverted
         && a->suppress_len == b->suppress_len && is_same_side (&a->from, &b->from)
         && is_same_side (&a->to, &b->to) && strcmp (a->oif, b->oif) == 0;
}

static gboolean
has_rule (const GArray *rules, const BgKernelRule *rule)
{
  for (guint i = 0; i < rules->len; i++)
    if (is_same_rule (&g_array_index (rules, BgKernelRule, i), rule))
      return TRUE;
  return FALSE;
}

static gboolean
add_rules (BgNetlink *netlink, const GArray *wanted, const GArray *actual, GError **error)
{
  for (guint i = 0; i < wanted->len; i++)
    {
      const BgKernelRule *rule = &g_array_index (wanted, BgKernelRule, i);
      g_autoptr (GError) local = NULL;

      if (!has_rule (actual, rule) && !bg_link_request_add_rule (netlink, rule, &local)
          && !g_error_matches (local, BG_ERROR, BG_ERROR_EXISTS))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
remove_rule (BgNetlink *netlink, const BgKernelRule *rule)
{
  g_autoptr (GError) error = NULL;

  if (bg_link_request_remove_rule (netlink, rule, &error))
    return TRUE;
  if (!g_error_matches (error, BG_ERROR, BG_ERROR_NOT_FOUND))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
  return FALSE;
}

/* What sends everything to us goes before what sends some of it elsewhere. */
static void
remove_rules (BgNetlink *netlink, int ifindex, const GArray *wanted, const GArray *actual)
{
  for (guint i = actual->len; i-- > 0;)
    {
      const BgKernelRule *rule = &g_array_index (actual, BgKernelRule, i);

      if (is_in_group (rule, ifindex) && !has_rule (wanted, rule))
        remove_rule (netlink, rule);
    }
}

/* --- Both --- */

static GArray *
load_rules (BgNetlink *netlink, guint *kernel_has)
{
  GArray *rules = g_array_new (FALSE, TRUE, sizeof (BgKernelRule));

  *kernel_has = 0;
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (bg_network_tables_load_rules (netlink, (guint8) families[i], rules))
      *kernel_has |= 1u << i;
  return rules;
}

gboolean
bg_exit_routes_sync (BgNetlink *netlink, int ifindex, const char *ifname, const BgNetPlan *plan,
                     GError **error)
{
  guint kernel_has;
  g_autoptr (GArray) rules = load_rules (netlink, &kernel_has);
  g_autoptr (GArray) routes = bg_link_load_routes (netlink, BG_EXIT_TABLE + (guint) ifindex, error);
  g_autoptr (GArray) wanted_routes = list_routes (ifindex, plan, kernel_has);
  g_autoptr (GArray) wanted_rules = list_rules (ifindex, ifname, plan, kernel_has);

  if (!routes || !add_routes (netlink, wanted_routes, routes, error)
      || !add_rules (netlink, wanted_rules, rules, error))
    return FALSE;
  remove_rules (netlink, ifindex, wanted_rules, rules);
  remove_routes (netlink, wanted_routes, routes);
  return TRUE;
}

static gboolean
is_of_live (const BgKernelRule *rule, const GArray *live)
{
  for (guint i = 0; i < live->len; i++)
    if (is_in_group (rule, g_array_index (live, int, i)))
      return TRUE;
  return FALSE;
}

guint
bg_exit_routes_remove_leftovers (BgNetlink *netlink, const GArray *live)
{
  guint kernel_has, removed = 0;
  g_autoptr (GArray) rules = load_rules (netlink, &kernel_has);

  for (guint i = rules->len; i-- > 0;)
    {
      const BgKernelRule *rule = &g_array_index (rules, BgKernelRule, i);

      if (rule->protocol == BG_RTPROT && rule->priority >= PRIORITY
          && rule->priority < PRIORITY + GROUPS * RULES && !is_of_live (rule, live)
          && remove_rule (netlink, rule))
        removed++;
    }
  return removed;
}
