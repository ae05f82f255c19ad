/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/link-state.h"

#include "common/error.h"
#include "net/netlink-attributes.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static int
read_addr_gen_mode (const struct nlattr *af_spec)
{
  const struct nlattr *families[AF_INET6 + 1] = { NULL },
                                           *inet6[IFLA_INET6_ADDR_GEN_MODE + 1] = { NULL };
  BgAttributes outer = { families, AF_INET6 }, inner = { inet6, IFLA_INET6_ADDR_GEN_MODE };

  if (!af_spec)
    return -1;
  mnl_attr_parse_nested (af_spec, bg_attributes_take, &outer);
  if (!families[AF_INET6])
    return -1;
  mnl_attr_parse_nested (families[AF_INET6], bg_attributes_take, &inner);
  return inet6[IFLA_INET6_ADDR_GEN_MODE] ? mnl_attr_get_u8 (inet6[IFLA_INET6_ADDR_GEN_MODE]) : -1;
}

static gboolean
read_is_tun (const struct nlattr *link_info)
{
  const struct nlattr *info[IFLA_INFO_KIND + 1] = { NULL };
  BgAttributes attributes = { info, IFLA_INFO_KIND };

  if (!link_info)
    return FALSE;
  mnl_attr_parse_nested (link_info, bg_attributes_take, &attributes);
  return info[IFLA_INFO_KIND] && g_strcmp0 (mnl_attr_get_str (info[IFLA_INFO_KIND]), "tun") == 0;
}

static int
on_link (const struct nlmsghdr *nlh, void *data)
{
  const struct ifinfomsg *info = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[IFLA_AF_SPEC + 1] = { NULL };
  BgAttributes attributes = { at, IFLA_AF_SPEC };
  BgLink *link = data;

  if (nlh->nlmsg_type != RTM_NEWLINK || info->ifi_index != link->ifindex)
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *info, bg_attributes_take, &attributes);
  link->flags = info->ifi_flags;
  link->mtu = bg_attribute_u32 (at[IFLA_MTU], 0);
  link->addr_gen_mode = read_addr_gen_mode (at[IFLA_AF_SPEC]);
  link->is_tun = read_is_tun (at[IFLA_LINKINFO]);
  return MNL_CB_OK;
}

gboolean
bg_link_load (BgNetlink *netlink, int ifindex, BgLink *out, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct nlmsghdr *request = bg_netlink_begin (buf, RTM_GETLINK, 0);
  struct ifinfomsg *info = mnl_nlmsg_put_extra_header (request, sizeof *info);

  info->ifi_index = ifindex;
  *out = (BgLink){ .ifindex = ifindex, .addr_gen_mode = -1 };
  return bg_netlink_query (netlink, request, on_link, NULL, out, error);
}

typedef struct
{
  GArray *found;
  int ifindex;
  guint table;
} Collector;

static void
on_restart (gpointer data)
{
  g_array_set_size (((Collector *) data)->found, 0);
}

static int
on_address (const struct nlmsghdr *nlh, void *data)
{
  const struct ifaddrmsg *msg = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[IFA_LOCAL + 1] = { NULL };
  BgAttributes attributes = { at, IFA_LOCAL };
  Collector *collector = data;
  BgIpPrefix address = { .family = msg->ifa_family, .len = msg->ifa_prefixlen };

  if (nlh->nlmsg_type != RTM_NEWADDR || (int) msg->ifa_index != collector->ifindex
      || (msg->ifa_family != AF_INET && msg->ifa_family != AF_INET6))
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *msg, bg_attributes_take, &attributes);
  if (bg_attribute_address (at[IFA_LOCAL] ? at[IFA_LOCAL] : at[IFA_ADDRESS], msg->ifa_family,
                            &address))
    g_array_append_val (collector->found, address);
  return MNL_CB_OK;
}

GArray *
bg_link_load_addresses (BgNetlink *netlink, int ifindex, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  Collector collector = { .found = found, .ifindex = ifindex };
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct nlmsghdr *request = bg_netlink_begin (buf, RTM_GETADDR, NLM_F_DUMP);
  struct ifaddrmsg *msg = mnl_nlmsg_put_extra_header (request, sizeof *msg);

  msg->ifa_index = (guint) ifindex;
  if (!bg_netlink_query (netlink, request, on_address, on_restart, &collector, error))
    return NULL;
  return g_steal_pointer (&found);
}

static guint
read_route_mtu (const struct nlattr *metrics)
{
  const struct nlattr *at[RTAX_MTU + 1] = { NULL };
  BgAttributes attributes = { at, RTAX_MTU };

  if (!metrics)
    return 0;
  mnl_attr_parse_nested (metrics, bg_attributes_take, &attributes);
  return bg_attribute_u32 (at[RTAX_MTU], 0);
}

/* A gateway of the route's own family, or of the other one (RTA_VIA). */
static void
read_gateway (const struct nlattr *gateway, const struct nlattr *via, int family, BgNextHop *hop)
{
  const struct rtvia *other = via ? mnl_attr_get_payload (via) : NULL;
  BgIpPrefix host = { .family = family };

  if (other && mnl_attr_get_payload_len (via) > sizeof *other)
    host.family = other->rtvia_family;
  if (host.family != AF_INET && host.family != AF_INET6)
    return;
  if (other ? mnl_attr_get_payload_len (via) >= sizeof *other + (host.family == AF_INET ? 4 : 16)
            : bg_attribute_address (gateway, host.family, &host))
    {
      if (other)
        memcpy (host.addr, other->rtvia_addr, host.family == AF_INET ? 4 : 16);
      hop->gateway = bg_ip_prefix_host (&host);
    }
}

/* The first of several next hops. */
static void
read_first_hop (const struct nlattr *multipath, int family, BgNextHop *hop)
{
  const struct nlattr *at[RTA_VIA + 1] = { NULL };
  BgAttributes attributes = { at, RTA_VIA };
  const struct rtnexthop *first = mnl_attr_get_payload (multipath);
  size_t len = mnl_attr_get_payload_len (multipath);

  if (len < sizeof *first || first->rtnh_len < sizeof *first || first->rtnh_len > len)
    return;
  mnl_attr_parse_payload (first + 1, first->rtnh_len - sizeof *first, bg_attributes_take,
                          &attributes);
  hop->oif = first->rtnh_ifindex;
  hop->flags = first->rtnh_flags;
  read_gateway (at[RTA_GATEWAY], at[RTA_VIA], family, hop);
}

static void
read_hop (const struct rtmsg *msg, const struct nlattr **at, BgKernelRoute *route)
{
  if (at[RTA_MULTIPATH])
    {
      read_first_hop (at[RTA_MULTIPATH], msg->rtm_family, &route->hop);
      return;
    }
  route->hop.oif = route->oif;
  route->hop.flags = (guint8) msg->rtm_flags;
  read_gateway (at[RTA_GATEWAY], at[RTA_VIA], msg->rtm_family, &route->hop);
}

static int
on_route (const struct nlmsghdr *nlh, void *data)
{
  const struct rtmsg *msg = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[RTA_VIA + 1] = { NULL };
  BgAttributes attributes = { at, RTA_VIA };
  Collector *collector = data;
  BgIpPrefix source = { .family = msg->rtm_family };
  BgKernelRoute route = { .dest = { .family = msg->rtm_family, .len = msg->rtm_dst_len },
                          .protocol = msg->rtm_protocol,
                          .type = msg->rtm_type,
                          .tos = msg->rtm_tos };

  if (nlh->nlmsg_type != RTM_NEWROUTE || (msg->rtm_family != AF_INET && msg->rtm_family != AF_INET6)
      || (msg->rtm_flags & RTM_F_CLONED))
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *msg, bg_attributes_take, &attributes);
  route.table = bg_attribute_u32 (at[RTA_TABLE], msg->rtm_table);
  route.metric = bg_attribute_u32 (at[RTA_PRIORITY], 0);
  route.oif = (int) bg_attribute_u32 (at[RTA_OIF], 0);
  route.mtu = read_route_mtu (at[RTA_METRICS]);
  (void) bg_attribute_address (at[RTA_DST], msg->rtm_family, &route.dest);
  read_hop (msg, at, &route);
  if (bg_attribute_address (at[RTA_PREFSRC], msg->rtm_family, &source))
    route.source = bg_ip_prefix_host (&source);
  if (collector->table == RT_TABLE_UNSPEC || route.table == collector->table)
    g_array_append_val (collector->found, route);
  return MNL_CB_OK;
}

/* FALSE with no error where the family or the table does not exist: no routes. */
static gboolean
load_family (BgNetlink *netlink, guint8 family, Collector *collector, GError **error)
{
  g_autoptr (GError) local = NULL;
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct nlmsghdr *request = bg_netlink_begin (buf, RTM_GETROUTE, NLM_F_DUMP);
  struct rtmsg *msg = mnl_nlmsg_put_extra_header (request, sizeof *msg);

  msg->rtm_family = family;
  if (collector->table != RT_TABLE_UNSPEC)
    mnl_attr_put_u32 (request, RTA_TABLE, collector->table);
  if (bg_netlink_query (netlink, request, on_route, on_restart, collector, &local)
      || g_error_matches (local, BG_ERROR, BG_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local), "routes of the kernel: ");
  return FALSE;
}

GArray *
bg_link_load_routes (BgNetlink *netlink, guint table, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, TRUE, sizeof (BgKernelRoute));
  static const guint8 families[] = { AF_INET, AF_INET6 };

  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autoptr (GArray) part = g_array_new (FALSE, TRUE, sizeof (BgKernelRoute));
      Collector collector = { .found = part, .table = table };

      if (!load_family (netlink, families[i], &collector, error))
        return NULL;
      /* A kernel without the family answers with what it has. */
      for (guint j = 0; j < part->len; j++)
        if (g_array_index (part, BgKernelRoute, j).dest.family == families[i])
          g_array_append_vals (found, &g_array_index (part, BgKernelRoute, j), 1);
    }
  return g_steal_pointer (&found);
}
