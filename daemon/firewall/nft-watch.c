/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/nft-watch.h"

#include "common/error.h"
#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#define GROUP (1u << (NFNLGRP_NFTABLES - 1))
#define RECEIVE_SIZE (32 * 1024)
#define MAX_READS 64 /* in one turn of the loop */

struct _BgNftWatch
{
  BgNftChanged changed;
  gpointer data;
  struct mnl_socket *socket;
  GSource *readable;
  gboolean concerned; /* by what was just read */
};

static int
on_message (const struct nlmsghdr *nlh, void *data)
{
  BgNftWatch *self = data;

  if (NFNL_SUBSYS_ID (nlh->nlmsg_type) == NFNL_SUBSYS_NFTABLES)
    switch (NFNL_MSG_TYPE (nlh->nlmsg_type))
      {
      case NFT_MSG_NEWTABLE:
      case NFT_MSG_DELTABLE:
      case NFT_MSG_NEWCHAIN:
      case NFT_MSG_DELCHAIN:
      case NFT_MSG_NEWRULE:
      case NFT_MSG_DELRULE:
        self->concerned = TRUE;
        break;
      default:
        break;
      }
  return MNL_CB_OK;
}

/* FALSE where nothing more is there. What got lost (ENOBUFS) may have been news. */
static gboolean
read_some (BgNftWatch *self, char *buf)
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
  BgNftWatch *self = data;
  g_autofree char *buf = g_malloc (RECEIVE_SIZE);

  self->concerned = FALSE;
  for (int i = 0; i < MAX_READS && read_some (self, buf); i++)
    ;
  if (self->concerned)
    self->changed (self->data); /* last: it may free us */
  return G_SOURCE_CONTINUE;
}

BgNftWatch *
bg_nft_watch_new (BgNftChanged changed, gpointer data, GError **error)
{
  BgNftWatch *self = g_new0 (BgNftWatch, 1);

  self->changed = changed;
  self->data = data;
  self->socket = mnl_socket_open2 (NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (!self->socket || mnl_socket_bind (self->socket, GROUP, MNL_SOCKET_AUTOPID) < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, NFT_MISSING, bg_arg_errno (errno));
      bg_nft_watch_free (self);
      return NULL;
    }
  self->readable = g_unix_fd_source_new (mnl_socket_get_fd (self->socket), G_IO_IN | G_IO_ERR);
  bg_source_attach (self->readable, G_SOURCE_FUNC (on_readable), self);
  return self;
}

void
bg_nft_watch_free (BgNftWatch *self)
{
  if (!self)
    return;
  bg_source_drop (&self->readable);
  if (self->socket)
    mnl_socket_close (self->socket);
  g_free (self);
}
