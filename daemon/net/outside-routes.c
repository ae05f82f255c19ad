/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/outside-routes.h"

#include "common/error.h"
#include "common/log.h"
#include "net/link-config.h"
#include "net/link-request.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

int
bg_outside_routes_owner (const BgKernelRoute *route)
{
  if (route->protocol != BG_RTPROT || route->metric < BG_OUTSIDE_WAY_METRIC)
    return 0;
  return (int) (route->metric
                - (route->metric < BG_OUTSIDE_FENCE_METRIC ? BG_OUTSIDE_WAY_METRIC
                                                           : BG_OUTSIDE_FENCE_METRIC));
}

static BgKernelRoute
fence_route (const BgNetOutside *outside, int ifindex)
{
  return (BgKernelRoute){ .dest = outside->host,
                          .table = RT_TABLE_MAIN,
                          .metric = BG_OUTSIDE_FENCE_METRIC + (guint) ifindex,
                          .protocol = BG_RTPROT,
                          .type = RTN_UNREACHABLE };
}

static BgKernelRoute
way_route (const BgNetOutside *outside, int ifindex)
{
  return (BgKernelRoute){ .dest = outside->host,
                          .table = RT_TABLE_MAIN,
                          .metric = BG_OUTSIDE_WAY_METRIC + (guint) ifindex,
                          .oif = outside->way.oif,
                          .hop = { .oif = outside->way.oif,
                                   .gateway = outside->way.gateway,
                                   .flags = outside->way.onlink ? RTNH_F_ONLINK : 0 },
                          .source = outside->way.source,
                          .protocol = BG_RTPROT,
                          .type = RTN_UNICAST };
}

static gboolean
is_same_host (const BgIpPrefix *a, const BgIpPrefix *b)
{
  return a->family == b->family && (a->family == 0 || bg_ip_prefix_equal (a, b));
}

/* The same route, perhaps by another way. */
static const BgKernelRoute *
find (const GArray *actual, const BgKernelRoute *wanted)
{
  for (guint i = 0; i < actual->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (actual, BgKernelRoute, i);

      if (route->protocol == BG_RTPROT && route->metric == wanted->metric
          && route->table == wanted->table && bg_ip_prefix_equal (&route->dest, &wanted->dest))
        return route;
    }
  return NULL;
}

static gboolean
is_same_way (const BgKernelRoute *a, const BgKernelRoute *b)
{
  return a->type == b->type && (a->type != RTN_UNICAST || a->oif == b->oif)
         && is_same_host (&a->hop.gateway, &b->hop.gateway)
         && is_same_host (&a->source, &b->source);
}

static gboolean
set_route (BgNetlink *netlink, const GArray *actual, const BgKernelRoute *wanted, GError **error)
{
  const BgKernelRoute *there = find (actual, wanted);
  g_autoptr (GError) local = NULL;

  if (there && is_same_way (there, wanted))
    return TRUE;
  if (there && !bg_link_request_remove_route (netlink, there, &local)
      && !g_error_matches (local, BG_ERROR, BG_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return bg_link_request_add_route (netlink, wanted, error);
}

static gboolean
is_wanted (const BgNetPlan *plan, const BgKernelRoute *route)
{
  for (guint i = 0; plan && i < bg_net_plan_n_outside (plan); i++)
    {
      const BgNetOutside *outside = bg_net_plan_get_outside (plan, i);

      if (bg_ip_prefix_equal (&outside->host, &route->dest))
        return outside->has_way || route->type != RTN_UNICAST;
    }
  return FALSE;
}

static void
remove_unwanted (BgNetlink *netlink, int ifindex, const BgNetPlan *plan, const GArray *actual)
{
  for (guint i = 0; i < actual->len; i++)
    {
      const BgKernelRoute *route = &g_array_index (actual, BgKernelRoute, i);
      g_autoptr (GError) local = NULL;

      if (bg_outside_routes_owner (route) == ifindex && !is_wanted (plan, route)
          && !bg_link_request_remove_route (netlink, route, &local)
          && !g_error_matches (local, BG_ERROR, BG_ERROR_NOT_FOUND))
        bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", local->message);
    }
}

gboolean
bg_outside_routes_sync (BgNetlink *netlink, int ifindex, const BgNetPlan *plan,
                        const GArray *actual, GError **error)
{
  for (guint i = 0; plan && i < bg_net_plan_n_outside (plan); i++)
    {
      const BgNetOutside *outside = bg_net_plan_get_outside (plan, i);
      BgKernelRoute fence = fence_route (outside, ifindex), way = way_route (outside, ifindex);
      g_autoptr (GError) local = NULL;

      if (!set_route (netlink, actual, &fence, error))
        return FALSE;
      if (outside->has_way && !set_route (netlink, actual, &way, &local))
        bg_log (BG_TOPIC_NET, WARNING, NULL, "kept out of the tunnel, and not reached: %s",
                local->message);
    }
  remove_unwanted (netlink, ifindex, plan, actual);
  return TRUE;
}
