/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/forwarding-flags.h"

#include "common/error.h"
#include "net/netlink-attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOPBACK "lo"

static const char *
name_of (int ifindex, char buf[IF_NAMESIZE])
{
  if (ifindex == NETCONFA_IFINDEX_ALL)
    return BG_FORWARDING_ALL;
  if (ifindex == NETCONFA_IFINDEX_DEFAULT)
    return BG_FORWARDING_DEFAULT;
  return if_indextoname ((guint) ifindex, buf);
}

static int
on_netconf (const struct nlmsghdr *nlh, void *data)
{
  const struct nlattr *at[NETCONFA_FORWARDING + 1] = { NULL };
  BgAttributes attributes = { at, NETCONFA_FORWARDING };
  char buf[IF_NAMESIZE];
  const char *name;

  if (nlh->nlmsg_type != RTM_NEWNETCONF)
    return MNL_CB_OK;
  mnl_attr_parse (nlh, sizeof (struct netconfmsg), bg_attributes_take, &attributes);
  name = name_of ((int) bg_attribute_u32 (at[NETCONFA_IFINDEX], 0), buf);
  if (name && !g_str_equal (name, LOOPBACK))
    g_hash_table_insert (
      data, g_strdup (name),
      GINT_TO_POINTER (bg_attribute_u32 (at[NETCONFA_FORWARDING], 0) != 0 ? 1 : 0));
  return MNL_CB_OK;
}

static void
forget (gpointer data)
{
  g_hash_table_remove_all (data);
}

GHashTable *
bg_ip_forwarding_flags_load (BgNetlink *netlink, int family, GError **error)
{
  g_autoptr (GHashTable) flags = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  char buf[BG_NETLINK_REQUEST_SIZE];
  struct nlmsghdr *request = bg_netlink_begin (buf, RTM_GETNETCONF, NLM_F_DUMP);
  struct netconfmsg *msg = mnl_nlmsg_put_extra_header (request, sizeof *msg);

  msg->ncm_family = (guint8) family;
  return bg_netlink_query (netlink, request, on_netconf, forget, flags, error)
           ? g_steal_pointer (&flags)
           : NULL;
}

int
bg_ip_forwarding_file_read (const char *conf, const char *name, const char *key)
{
  g_autofree char *path = g_build_filename (conf, name, key, NULL), *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? (int) strtol (text, NULL, 10) : -1;
}

gboolean
bg_ip_forwarding_file_write (const char *conf, const char *name, const char *key, int value,
                             GError **error)
{
  g_autofree char *path = g_build_filename (conf, name, key, NULL),
                  *text = g_strdup_printf ("%d\n", value);
  int fd = open (path, O_WRONLY | O_CLOEXEC), code = errno;
  gboolean ok = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text);

  if (fd >= 0)
    {
      code = errno;
      close (fd);
    }
  if (!ok)
    bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (code));
  return ok;
}
