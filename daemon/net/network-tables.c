/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/network-tables.h"

#include "common/error.h"
#include "net/netlink-attributes.h"
#include "net/own-hosts.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

BgNetworkTables *
bg_network_tables_new (void)
{
  BgNetworkTables *tables = g_new0 (BgNetworkTables, 1);

  tables->links = g_array_new (FALSE, TRUE, sizeof (BgKernelLink));
  tables->addresses = g_array_new (FALSE, TRUE, sizeof (BgKernelAddress));
  tables->routes = g_array_new (FALSE, TRUE, sizeof (BgKernelRoute));
  tables->rules = g_array_new (FALSE, TRUE, sizeof (BgKernelRule));
  return tables;
}

void
bg_network_tables_free (BgNetworkTables *tables)
{
  if (!tables)
    return;
  g_clear_pointer (&tables->links, g_array_unref);
  g_clear_pointer (&tables->addresses, g_array_unref);
  g_clear_pointer (&tables->routes, g_array_unref);
  g_clear_pointer (&tables->rules, g_array_unref);
  g_free (tables);
}

static gboolean
is_internet (int family)
{
  return family == AF_INET || family == AF_INET6;
}

static void
copy_text (const struct nlattr *attr, char *out, gsize size)
{
  if (attr && mnl_attr_validate (attr, MNL_TYPE_NUL_STRING) >= 0)
    g_strlcpy (out, mnl_attr_get_str (attr), size);
}

static void
copy_kind (const struct nlattr *link_info, BgKernelLink *link)
{
  const struct nlattr *info[IFLA_INFO_KIND + 1] = { NULL };
  BgAttributes attributes = { info, IFLA_INFO_KIND };

  if (!link_info)
    return;
  mnl_attr_parse_nested (link_info, bg_attributes_take, &attributes);
  copy_text (info[IFLA_INFO_KIND], link->kind, sizeof link->kind);
}

static int
on_link (const struct nlmsghdr *nlh, void *data)
{
  const struct ifinfomsg *info = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[IFLA_LINKINFO + 1] = { NULL };
  BgAttributes attributes = { at, IFLA_LINKINFO };
  BgKernelLink link = { .ifindex = info->ifi_index, .flags = info->ifi_flags };

  if (nlh->nlmsg_type != RTM_NEWLINK)
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *info, bg_attributes_take, &attributes);
  copy_text (at[IFLA_IFNAME], link.name, sizeof link.name);
  copy_kind (at[IFLA_LINKINFO], &link);
  g_array_append_val ((GArray *) data, link);
  return MNL_CB_OK;
}

static int
on_address (const struct nlmsghdr *nlh, void *data)
{
  const struct ifaddrmsg *msg = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[IFA_PROTO + 1] = { NULL };
  BgAttributes attributes = { at, IFA_PROTO };
  BgKernelAddress address = { .ifindex = (int) msg->ifa_index };
  const struct nlattr *own, *other;

  if (nlh->nlmsg_type != RTM_NEWADDR || !is_internet (msg->ifa_family))
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *msg, bg_attributes_take, &attributes);
  if (bg_own_hosts_is_tagged (at))
    return MNL_CB_OK;
  own = at[IFA_LOCAL] ? at[IFA_LOCAL] : at[IFA_ADDRESS];
  other = at[IFA_ADDRESS] ? at[IFA_ADDRESS] : own;
  address.address = (BgIpPrefix){ .family = msg->ifa_family, .len = msg->ifa_prefixlen };
  address.network = address.address;
  address.flags = bg_attribute_u32 (at[IFA_FLAGS], msg->ifa_flags);
  if (at[IFA_PROTO])
    address.protocol = mnl_attr_get_u8 (at[IFA_PROTO]);
  if (bg_attribute_address (own, msg->ifa_family, &address.address)
      && bg_attribute_address (other, msg->ifa_family, &address.network))
    {
      bg_ip_prefix_mask (&address.network);
      g_array_append_val ((GArray *) data, address);
    }
  return MNL_CB_OK;
}

static gboolean
is_narrow (const struct nlattr **at)
{
  static const guint8 conditions[] = { FRA_IFNAME,     FRA_OIFNAME,          FRA_FLOW,
                                       FRA_TUN_ID,     FRA_SUPPRESS_IFGROUP, FRA_L3MDEV,
                                       FRA_UID_RANGE,  FRA_IP_PROTO,         FRA_SPORT_RANGE,
                                       FRA_DPORT_RANGE };

  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++)
    if (at[conditions[i]])
      return TRUE;
  return FALSE;
}

static void
read_side (const struct nlattr *attr, int family, guint8 len, BgIpPrefix *side)
{
  BgIpPrefix prefix = { .family = family, .len = len };

  if (len > 0 && bg_attribute_address (attr, family, &prefix))
    *side = prefix;
}

static int
on_rule (const struct nlmsghdr *nlh, void *data)
{
  const struct fib_rule_hdr *msg = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[FRA_DPORT_RANGE + 1] = { NULL };
  BgAttributes attributes = { at, FRA_DPORT_RANGE };
  BgKernelRule rule = { .family = msg->family, .action = msg->action };

  if (nlh->nlmsg_type != RTM_NEWRULE || !is_internet (msg->family))
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *msg, bg_attributes_take, &attributes);
  rule.priority = bg_attribute_u32 (at[FRA_PRIORITY], 0);
  rule.table = bg_attribute_u32 (at[FRA_TABLE], msg->table);
  rule.mark = bg_attribute_u32 (at[FRA_FWMARK], 0);
  rule.mask = bg_attribute_u32 (at[FRA_FWMASK], rule.mark ? G_MAXUINT32 : 0);
  rule.inverted = (msg->flags & FIB_RULE_INVERT) != 0;
  rule.narrow = msg->tos != 0 || is_narrow (at);
  if (at[FRA_PROTOCOL])
    rule.protocol = mnl_attr_get_u8 (at[FRA_PROTOCOL]);
  copy_text (at[FRA_OIFNAME], rule.oif, sizeof rule.oif);
  rule.suppress_len = (int) bg_attribute_u32 (at[FRA_SUPPRESS_PREFIXLEN], G_MAXUINT32);
  read_side (at[FRA_SRC], msg->family, msg->src_len, &rule.from);
  read_side (at[FRA_DST], msg->family, msg->dst_len, &rule.to);
  g_array_append_val ((GArray *) data, rule);
  return MNL_CB_OK;
}

static void
on_restart (gpointer data)
{
  g_array_set_size (data, 0);
}

static gboolean
load (BgNetlink *netlink, guint16 type, guint8 family, mnl_cb_t each, GArray *found, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct nlmsghdr *request = bg_netlink_begin (buf, type, NLM_F_DUMP);
  /* The longest of the headers that these requests have; all begin with the family, and the kernel wants its own length. */
  gsize size = type == RTM_GETLINK   ? sizeof (struct ifinfomsg)
               : type == RTM_GETADDR ? sizeof (struct ifaddrmsg)
                                     : sizeof (struct fib_rule_hdr);
  guint8 *header = mnl_nlmsg_put_extra_header (request, size);

  header[0] = family;
  return bg_netlink_query (netlink, request, each, on_restart, found, error);
}

gboolean
bg_network_tables_load_rules (BgNetlink *netlink, guint8 family, GArray *rules)
{
  g_autoptr (GArray) part = g_array_new (FALSE, TRUE, sizeof (BgKernelRule));

  if (!load (netlink, RTM_GETRULE, family, on_rule, part, NULL))
    return FALSE;
  g_array_append_vals (rules, part->data, part->len);
  return TRUE;
}

BgNetworkTables *
bg_network_tables_load (BgNetlink *netlink, GError **error)
{
  g_autoptr (BgNetworkTables) tables = bg_network_tables_new ();
  GArray *routes = bg_link_load_routes (netlink, RT_TABLE_UNSPEC, error);

  if (!routes)
    return NULL;
  g_array_unref (tables->routes);
  tables->routes = routes;
  /* A kernel may be without rules, or without IPv6. */
  (void) bg_network_tables_load_rules (netlink, AF_INET, tables->rules);
  (void) bg_network_tables_load_rules (netlink, AF_INET6, tables->rules);
  if (load (netlink, RTM_GETLINK, AF_UNSPEC, on_link, tables->links, error)
      && load (netlink, RTM_GETADDR, AF_UNSPEC, on_address, tables->addresses, error))
    return g_steal_pointer (&tables);
  bg_error_wrap (error, NETWORKS_FAILED);
  return NULL;
}
