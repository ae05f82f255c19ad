/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/link-request.h"

#include "common/error.h"
#include "net/link-config.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static struct nlmsghdr *
begin_link (char *buf, int ifindex, struct ifinfomsg **info)
{
  struct nlmsghdr *request = bg_netlink_begin (buf, RTM_NEWLINK, 0);

  *info = mnl_nlmsg_put_extra_header (request, sizeof **info);
  (*info)->ifi_index = ifindex;
  return request;
}

static gboolean
change_link (BgNetlink *netlink, struct nlmsghdr *request, const char *what, GError **error)
{
  if (bg_netlink_change (netlink, request, error))
    return TRUE;
  bg_error_wrap (error, ABOUT, what);
  return FALSE;
}

gboolean
bg_link_request_up (BgNetlink *netlink, int ifindex, gboolean up, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct ifinfomsg *info;
  struct nlmsghdr *request = begin_link (buf, ifindex, &info);

  info->ifi_change = IFF_UP;
  info->ifi_flags = up ? IFF_UP : 0;
  return change_link (netlink, request, up ? "bringing the link up" : "taking the link down",
                      error);
}

gboolean
bg_link_request_mtu (BgNetlink *netlink, int ifindex, guint mtu, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct ifinfomsg *info;
  struct nlmsghdr *request = begin_link (buf, ifindex, &info);

  mnl_attr_put_u32 (request, IFLA_MTU, mtu);
  return change_link (netlink, request, "setting the MTU", error);
}

gboolean
bg_link_request_addr_gen_mode (BgNetlink *netlink, int ifindex, guint8 mode, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct ifinfomsg *info;
  struct nlmsghdr *request = begin_link (buf, ifindex, &info);
  struct nlattr *families = mnl_attr_nest_start (request, IFLA_AF_SPEC);
  struct nlattr *inet6 = mnl_attr_nest_start (request, AF_INET6);

  mnl_attr_put_u8 (request, IFLA_INET6_ADDR_GEN_MODE, mode);
  mnl_attr_nest_end (request, inet6);
  mnl_attr_nest_end (request, families);
  return change_link (netlink, request, "setting the IPv6 address generation", error);
}

gboolean
bg_link_request_forwarding (BgNetlink *netlink, int ifindex, gboolean on, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct ifinfomsg *info;
  struct nlmsghdr *request = begin_link (buf, ifindex, &info);
  struct nlattr *families = mnl_attr_nest_start (request, IFLA_AF_SPEC);
  struct nlattr *inet = mnl_attr_nest_start (request, AF_INET);
  struct nlattr *conf = mnl_attr_nest_start (request, IFLA_INET_CONF);

  mnl_attr_put_u32 (request, IPV4_DEVCONF_FORWARDING, on ? 1 : 0);
  mnl_attr_nest_end (request, conf);
  mnl_attr_nest_end (request, inet);
  mnl_attr_nest_end (request, families);
  return change_link (netlink, request, "setting the forwarding of IPv4", error);
}

static gsize
address_bytes (const BgIpPrefix *prefix)
{
  return prefix->family == AF_INET ? 4 : 16;
}

static gboolean
change_address (BgNetlink *netlink, guint16 type, guint16 flags, int ifindex,
                const BgIpPrefix *address, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE], text[BG_IP_PREFIX_TEXT];
  struct nlmsghdr *request = bg_netlink_begin (buf, type, flags);
  struct ifaddrmsg *msg = mnl_nlmsg_put_extra_header (request, sizeof *msg);

  msg->ifa_family = (guint8) address->family;
  msg->ifa_prefixlen = address->len;
  msg->ifa_index = (guint) ifindex;
  msg->ifa_scope = RT_SCOPE_UNIVERSE;
  mnl_attr_put (request, IFA_LOCAL, address_bytes (address), address->addr);
  mnl_attr_put (request, IFA_ADDRESS, address_bytes (address), address->addr);
  if (type == RTM_NEWADDR)
    mnl_attr_put_u8 (request, IFA_PROTO, BG_RTPROT); /* Linux 5.18; those before take no notice */
  if (type == RTM_NEWADDR && address->family == AF_INET6)
    mnl_attr_put_u32 (request, IFA_FLAGS, IFA_F_NODAD);
  if (bg_netlink_change (netlink, request, error))
    return TRUE;
  bg_ip_prefix_format (address, text);
  bg_error_wrap (error, ADDRESS_FAILED, text);
  return FALSE;
}

gboolean
bg_link_request_add_address (BgNetlink *netlink, int ifindex, const BgIpPrefix *address,
                             GError **error)
{
  return change_address (netlink, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, address, error);
}

gboolean
bg_link_request_remove_address (BgNetlink *netlink, int ifindex, const BgIpPrefix *address,
                                GError **error)
{
  return change_address (netlink, RTM_DELADDR, 0, ifindex, address, error);
}

static guint8
route_scope (guint16 type, const BgKernelRoute *route)
{
  if (route->dest.family != AF_INET)
    return RT_SCOPE_UNIVERSE;
  if (type == RTM_NEWROUTE && (route->hop.gateway.family != 0 || route->type != RTN_UNICAST))
    return RT_SCOPE_UNIVERSE;
  /* NOWHERE matches any scope in a removal. */
  return type == RTM_DELROUTE ? RT_SCOPE_NOWHERE : RT_SCOPE_LINK;
}

static void
put_hop (struct nlmsghdr *request, const BgKernelRoute *route)
{
  const BgIpPrefix *gateway = &route->hop.gateway;
  guint16 family = (guint16) gateway->family;
  guint8 via[sizeof family + sizeof gateway->addr]; /* struct rtvia */

  if (route->source.family != 0)
    mnl_attr_put (request, RTA_PREFSRC, address_bytes (&route->source), route->source.addr);
  if (gateway->family == route->dest.family)
    mnl_attr_put (request, RTA_GATEWAY, address_bytes (gateway), gateway->addr);
  else if (gateway->family != 0)
    {
      memcpy (via, &family, sizeof family);
      memcpy (via + sizeof family, gateway->addr, address_bytes (gateway));
      mnl_attr_put (request, RTA_VIA, sizeof family + address_bytes (gateway), via);
    }
}

static gboolean
change_route (BgNetlink *netlink, guint16 type, guint16 flags, const BgKernelRoute *route,
              GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE], text[BG_IP_PREFIX_TEXT];
  struct nlmsghdr *request = bg_netlink_begin (buf, type, flags);
  struct rtmsg *msg = mnl_nlmsg_put_extra_header (request, sizeof *msg);

  msg->rtm_family = (guint8) route->dest.family;
  msg->rtm_dst_len = route->dest.len;
  msg->rtm_tos = route->tos;
  msg->rtm_table = RT_TABLE_UNSPEC;
  msg->rtm_protocol = route->protocol;
  msg->rtm_type = route->type;
  msg->rtm_scope = route_scope (type, route);
  mnl_attr_put_u32 (request, RTA_TABLE, route->table);
  mnl_attr_put (request, RTA_DST, address_bytes (&route->dest), route->dest.addr);
  if (type == RTM_NEWROUTE)
    {
      msg->rtm_flags = route->hop.flags & RTNH_F_ONLINK; /* the others are the kernel's to set */
      put_hop (request, route);
    }
  if (route->oif != 0)
    mnl_attr_put_u32 (request, RTA_OIF, (guint32) route->oif);
  if (route->metric != 0)
    mnl_attr_put_u32 (request, RTA_PRIORITY, route->metric);
  if (type == RTM_NEWROUTE && route->mtu != 0)
    {
      struct nlattr *metrics = mnl_attr_nest_start (request, RTA_METRICS);

      mnl_attr_put_u32 (request, RTAX_MTU, route->mtu);
      mnl_attr_nest_end (request, metrics);
    }
  if (bg_netlink_change (netlink, request, error))
    return TRUE;
  bg_ip_prefix_format (&route->dest, text);
  bg_error_wrap (error, ROUTE_FAILED, text);
  return FALSE;
}

gboolean
bg_link_request_add_route (BgNetlink *netlink, const BgKernelRoute *route, GError **error)
{
  return change_route (netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, error);
}

gboolean
bg_link_request_replace_route (BgNetlink *netlink, const BgKernelRoute *route, GError **error)
{
  return change_route (netlink, RTM_NEWROUTE, NLM_F_REPLACE, route, error);
}

gboolean
bg_link_request_remove_route (BgNetlink *netlink, const BgKernelRoute *route, GError **error)
{
  return change_route (netlink, RTM_DELROUTE, 0, route, error);
}

static void
put_conditions (struct nlmsghdr *request, const BgKernelRule *rule)
{
  if (rule->mask != 0)
    {
      mnl_attr_put_u32 (request, FRA_FWMARK, rule->mark);
      mnl_attr_put_u32 (request, FRA_FWMASK, rule->mask);
    }
  if (rule->from.family != 0)
    mnl_attr_put (request, FRA_SRC, address_bytes (&rule->from), rule->from.addr);
  if (rule->to.family != 0)
    mnl_attr_put (request, FRA_DST, address_bytes (&rule->to), rule->to.addr);
  if (*rule->oif)
    mnl_attr_put_strz (request, FRA_OIFNAME, rule->oif);
  if (rule->suppress_len >= 0)
    mnl_attr_put_u32 (request, FRA_SUPPRESS_PREFIXLEN, (guint32) rule->suppress_len);
}

static gboolean
change_rule (BgNetlink *netlink, guint16 type, guint16 flags, const BgKernelRule *rule,
             GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct nlmsghdr *request = bg_netlink_begin (buf, type, flags);
  struct fib_rule_hdr *msg = mnl_nlmsg_put_extra_header (request, sizeof *msg);

  msg->family = (guint8) rule->family;
  msg->action = rule->action;
  msg->flags = rule->inverted ? FIB_RULE_INVERT : 0;
  msg->src_len = rule->from.family != 0 ? rule->from.len : 0;
  msg->dst_len = rule->to.family != 0 ? rule->to.len : 0;
  mnl_attr_put_u32 (request, FRA_TABLE, rule->table);
  mnl_attr_put_u32 (request, FRA_PRIORITY, rule->priority);
  mnl_attr_put_u8 (request, FRA_PROTOCOL, BG_RTPROT);
  put_conditions (request, rule);
  if (bg_netlink_change (netlink, request, error))
    return TRUE;
  bg_error_wrap (error, RULE_FAILED, rule->priority);
  return FALSE;
}

gboolean
bg_link_request_add_rule (BgNetlink *netlink, const BgKernelRule *rule, GError **error)
{
  return change_rule (netlink, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule, error);
}

gboolean
bg_link_request_remove_rule (BgNetlink *netlink, const BgKernelRule *rule, GError **error)
{
  return change_rule (netlink, RTM_DELRULE, 0, rule, error);
}
