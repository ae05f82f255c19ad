/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/link-watch.h"

#include "common/error.h"
#include "common/source.h"
#include "net/exit-routes.h"
#include "net/link-config.h"
#include "net/netlink-attributes.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define GROUP(name) (1u << (RTNLGRP_##name - 1))
#define GROUPS                                                                                     \
  (GROUP (LINK) | GROUP (IPV4_IFADDR) | GROUP (IPV6_IFADDR) | GROUP (IPV4_ROUTE)                   \
   | GROUP (IPV6_ROUTE) | GROUP (IPV4_RULE) | GROUP (IPV6_RULE))
#define RECEIVE_SIZE (32 * 1024)
#define MAX_READS 64 /* in one turn of the loop */

struct _BgLinkWatch
{
  int ifindex;
  BgLinkChanged changed;
  gpointer data;
  struct mnl_socket *socket;
  GSource *readable;
  gboolean concerned; /* by what was just read */
};

/* The link that a route leads to, or whose exit it is for. */
static int
owner_of (const struct nlmsghdr *nlh)
{
  const struct rtmsg *msg = mnl_nlmsg_get_payload (nlh);
  const struct nlattr *at[RTA_TABLE + 1] = { NULL };
  BgAttributes attributes = { at, RTA_TABLE };
  BgKernelRoute route = { .protocol = msg->rtm_protocol };
  int owner;

  mnl_attr_parse (nlh, sizeof *msg, bg_attributes_take, &attributes);
  route.table = bg_attribute_u32 (at[RTA_TABLE], msg->rtm_table);
  owner = bg_exit_routes_owner (&route);
  return owner ? owner : (int) bg_attribute_u32 (at[RTA_OIF], 0);
}

static gboolean
is_own_rule (const struct nlmsghdr *nlh)
{
  const struct nlattr *at[FRA_PROTOCOL + 1] = { NULL };
  BgAttributes attributes = { at, FRA_PROTOCOL };

  mnl_attr_parse (nlh, sizeof (struct fib_rule_hdr), bg_attributes_take, &attributes);
  return at[FRA_PROTOCOL] && mnl_attr_get_u8 (at[FRA_PROTOCOL]) == BG_RTPROT;
}

/* What comes is no news: only what changes or goes. */
static int
on_message (const struct nlmsghdr *nlh, void *data)
{
  BgLinkWatch *self = data;
  const void *payload = mnl_nlmsg_get_payload (nlh);
  int ifindex = 0;

  switch (nlh->nlmsg_type)
    {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      ifindex = ((const struct ifinfomsg *) payload)->ifi_index;
      break;
    case RTM_DELADDR:
      ifindex = (int) ((const struct ifaddrmsg *) payload)->ifa_index;
      break;
    case RTM_DELROUTE:
      ifindex = owner_of (nlh);
      break;
    case RTM_DELRULE:
      self->concerned |= is_own_rule (nlh);
      break;
    default:
      break;
    }
  self->concerned |= ifindex == self->ifindex;
  return MNL_CB_OK;
}

/* FALSE where nothing more is there. Messages that got lost (ENOBUFS) may have been about us. */
static gboolean
read_some (BgLinkWatch *self, char *buf)
{
  ssize_t n = recv (mnl_socket_get_fd (self->socket), buf, RECEIVE_SIZE, MSG_DONTWAIT);

  if (n >= 0)
    mnl_cb_run (buf, (size_t) n, 0, 0, on_message, self);
  else if (errno == ENOBUFS)
    self->concerned = TRUE;
  return n >= 0 || errno == ENOBUFS || errno == EINTR;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  BgLinkWatch *self = data;
  g_autofree char *buf = g_malloc (RECEIVE_SIZE);

  self->concerned = FALSE;
  for (int i = 0; i < MAX_READS && read_some (self, buf); i++)
    ;
  if (self->concerned)
    self->changed (self->data); /* last: it may free us */
  return G_SOURCE_CONTINUE;
}

BgLinkWatch *
bg_link_watch_new (int ifindex, BgLinkChanged changed, gpointer data, GError **error)
{
  BgLinkWatch *self = g_new0 (BgLinkWatch, 1);

  self->ifindex = ifindex;
  self->changed = changed;
  self->data = data;
  self->socket = bg_netlink_open_inner ();
  if (!self->socket || mnl_socket_bind (self->socket, GROUPS, MNL_SOCKET_AUTOPID) < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, WATCH_FAILED, bg_arg_errno (errno));
      bg_link_watch_free (self);
      return NULL;
    }
  self->readable = g_unix_fd_source_new (mnl_socket_get_fd (self->socket), G_IO_IN | G_IO_ERR);
  bg_source_attach (self->readable, G_SOURCE_FUNC (on_readable), self);
  return self;
}

void
bg_link_watch_free (BgLinkWatch *self)
{
  if (!self)
    return;
  bg_source_drop (&self->readable);
  if (self->socket)
    mnl_socket_close (self->socket);
  g_free (self);
}
