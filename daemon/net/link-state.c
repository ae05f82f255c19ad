/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/link-state.h"

#include "common/error.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* Attributes of one level by type; NULL for absent. */
typedef struct
{
  const struct nlattr **at;
  guint max;
} Attributes;

static int
on_attribute (const struct nlattr *attr, void *data)
{
  Attributes *attributes = data;
  guint type = mnl_attr_get_type (attr);

  if (type <= attributes->max)
    attributes->at[type] = attr;
  return MNL_CB_OK;
}

static guint
attr_u32 (const struct nlattr *attr, guint fallback)
{
  return attr && mnl_attr_get_payload_len (attr) >= sizeof (guint32) ? mnl_attr_get_u32 (attr)
                                                                     : fallback;
}

static gboolean
attr_address (const struct nlattr *attr, int family, BgIpPrefix *out)
{
  gsize len = family == AF_INET ? 4 : 16;

  if (!attr || mnl_attr_get_payload_len (attr) < len)
    return FALSE;
  memcpy (out->addr, mnl_attr_get_payload (attr), len);
  return TRUE;
}

static int
read_addr_gen_mode (const struct nlattr *af_spec)
{
  const struct nlattr *families[AF_INET6 + 1] = { NULL },
                                           *inet6[IFLA_INET6_ADDR_GEN_MODE + 1] = { NULL };
  Attributes outer = { families, AF_INET6 }, inner = { inet6, IFLA_INET6_ADDR_GEN_MODE };

  if (!af_spec)
    return -1;
  mnl_attr_parse_nested (af_spec, on_attribute, &outer);
  if (!families[AF_INET6])
    return -1;
  mnl_attr_parse_nested (families[AF_INET6], on_attribute, &inner);
  return inet6[IFLA_INET6_ADDR_GEN_MODE] ? mnl_attr_get_u8 (inet6[IFLA_INET6_ADDR_GEN_MODE]) : -1;
}

static gboolean
read_is_tun (const struct nlattr *link_info)
{
  const struct nlattr *info[IFLA_INFO_KIND + 1] = { NULL };
  Attributes attributes = { info, IFLA_INFO_KIND };

  if (!link_info)
    return FALSE;
  mnl_attr_parse_nested (link_info, on_attribute, &attributes);
  return info[IFLA_INFO_KIND] && g_strcmp0 (mnl_attr_get_str (info[IFLA_INFO_KIND]), "tun") == 0;
}

static int
on_link (const struct nlmsghdr *nlh, void *data)
{
  const struct ifinfomsg *info = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[IFLA_AF_SPEC + 1] = { NULL };
  Attributes attributes = { at, IFLA_AF_SPEC };
  BgLink *link = data;

  if (nlh->nlmsg_type != RTM_NEWLINK || info->ifi_index != link->ifindex)
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *info, on_attribute, &attributes);
  link->flags = info->ifi_flags;
  link->mtu = attr_u32 (at[IFLA_MTU], 0);
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
  Attributes attributes = { at, IFA_LOCAL };
  Collector *collector = data;
  BgIpPrefix address = { .family = msg->ifa_family, .len = msg->ifa_prefixlen };

  if (nlh->nlmsg_type != RTM_NEWADDR || (int) msg->ifa_index != collector->ifindex
      || (msg->ifa_family != AF_INET && msg->ifa_family != AF_INET6))
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *msg, on_attribute, &attributes);
  if (attr_address (at[IFA_LOCAL] ? at[IFA_LOCAL] : at[IFA_ADDRESS], msg->ifa_family, &address))
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
  Attributes attributes = { at, RTAX_MTU };

  if (!metrics)
    return 0;
  mnl_attr_parse_nested (metrics, on_attribute, &attributes);
  return attr_u32 (at[RTAX_MTU], 0);
}

static int
on_route (const struct nlmsghdr *nlh, void *data)
{
  const struct rtmsg *msg = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[RTA_TABLE + 1] = { NULL };
  Attributes attributes = { at, RTA_TABLE };
  Collector *collector = data;
  BgKernelRoute route = { .dest = { .family = msg->rtm_family, .len = msg->rtm_dst_len },
                          .protocol = msg->rtm_protocol,
                          .type = msg->rtm_type,
                          .tos = msg->rtm_tos };

  if (nlh->nlmsg_type != RTM_NEWROUTE || (msg->rtm_family != AF_INET && msg->rtm_family != AF_INET6)
      || (msg->rtm_flags & RTM_F_CLONED))
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *msg, on_attribute, &attributes);
  route.table = attr_u32 (at[RTA_TABLE], msg->rtm_table);
  route.metric = attr_u32 (at[RTA_PRIORITY], 0);
  route.oif = (int) attr_u32 (at[RTA_OIF], 0);
  route.mtu = read_route_mtu (at[RTA_METRICS]);
  (void) attr_address (at[RTA_DST], msg->rtm_family, &route.dest);
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
