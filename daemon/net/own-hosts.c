/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/own-hosts.h"

#include "common/error.h"
#include "net/netlink-attributes.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

static gsize
bytes_of (const BgIpPrefix *host)
{
  return host->family == AF_INET ? 4 : 16;
}

static void
put_tag (struct nlmsghdr *request, const BgIpPrefix *host)
{
  mnl_attr_put_u8 (request, IFA_PROTO, BG_OWN_HOSTS_PROTOCOL);
  if (host->family == AF_INET)
    mnl_attr_put_strz (request, IFA_LABEL, BG_OWN_HOSTS_LABEL);
  else
    mnl_attr_put_u32 (request, IFA_FLAGS, IFA_F_NODAD);
}

static gboolean
change (BgNetlink *netlink, guint16 type, guint16 flags, const BgIpPrefix *host, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct nlmsghdr *request = bg_netlink_begin (buf, type, flags);
  struct ifaddrmsg *msg = mnl_nlmsg_put_extra_header (request, sizeof *msg);

  msg->ifa_family = (guint8) host->family;
  msg->ifa_prefixlen = host->family == AF_INET ? 32 : 128;
  msg->ifa_index = if_nametoindex (BG_OWN_HOSTS_LINK);
  msg->ifa_scope = RT_SCOPE_HOST;
  mnl_attr_put (request, IFA_LOCAL, bytes_of (host), host->addr);
  mnl_attr_put (request, IFA_ADDRESS, bytes_of (host), host->addr);
  if (type == RTM_NEWADDR)
    put_tag (request, host);
  return bg_netlink_change (netlink, request, error);
}

static gboolean
fail (GError **error, GError *take, const BgIpPrefix *host)
{
  char text[BG_IP_PREFIX_TEXT];

  g_propagate_error (error, take);
  bg_ip_prefix_format_address (host, text);
  bg_error_wrap (error, ADDRESS_FAILED, text);
  return FALSE;
}

gboolean
bg_own_hosts_add (BgNetlink *netlink, const BgIpPrefix *host, gboolean *added, GError **error)
{
  GError *local = NULL;

  *added = change (netlink, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, host, &local);
  if (*added)
    return TRUE;
  if (!g_error_matches (local, BG_ERROR, BG_ERROR_EXISTS))
    return fail (error, local, host);
  g_error_free (local);
  return TRUE;
}

gboolean
bg_own_hosts_remove (BgNetlink *netlink, const BgIpPrefix *host, GError **error)
{
  GError *local = NULL;

  if (change (netlink, RTM_DELADDR, 0, host, &local))
    return TRUE;
  if (!g_error_matches (local, BG_ERROR, BG_ERROR_NOT_FOUND))
    return fail (error, local, host);
  g_error_free (local);
  return TRUE;
}

gboolean
bg_own_hosts_is_tagged (const struct nlattr **at)
{
  return (at[IFA_PROTO] && mnl_attr_get_u8 (at[IFA_PROTO]) == BG_OWN_HOSTS_PROTOCOL)
         || (at[IFA_LABEL] && g_str_equal (mnl_attr_get_str (at[IFA_LABEL]), BG_OWN_HOSTS_LABEL));
}

static int
on_address (const struct nlmsghdr *nlh, void *data)
{
  const struct ifaddrmsg *msg = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[IFA_PROTO + 1] = { NULL };
  BgAttributes attributes = { at, IFA_PROTO };
  BgIpPrefix host = { .family = msg->ifa_family, .len = msg->ifa_prefixlen };

  if (nlh->nlmsg_type != RTM_NEWADDR)
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof *msg, bg_attributes_take, &attributes);
  if (bg_own_hosts_is_tagged (at)
      && bg_attribute_address (at[IFA_LOCAL] ? at[IFA_LOCAL] : at[IFA_ADDRESS], msg->ifa_family,
                               &host))
    g_array_append_val ((GArray *) data, host);
  return MNL_CB_OK;
}

static void
forget (gpointer data)
{
  g_array_set_size (data, 0);
}

guint
bg_own_hosts_remove_all (BgNetlink *netlink, GError **error)
{
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct nlmsghdr *request = bg_netlink_begin (buf, RTM_GETADDR, NLM_F_DUMP);
  struct ifaddrmsg *msg = mnl_nlmsg_put_extra_header (request, sizeof *msg);
  g_autoptr (GArray) hosts = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  guint n = 0;

  msg->ifa_family = AF_UNSPEC;
  if (!bg_netlink_query (netlink, request, on_address, forget, hosts, error))
    return 0;
  for (guint i = 0; i < hosts->len; i++)
    if (bg_own_hosts_remove (netlink, &g_array_index (hosts, BgIpPrefix, i), NULL))
      n++;
  return n;
}
