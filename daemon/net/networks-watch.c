/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/networks-watch.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

/* Changes come in crowds. The pause grows with what reading all costs, so that a machine whose routes never rest is not
 * busy with reading them. */
#define PAUSE_MS 20
#define PAUSE_FACTOR 10
#define MAX_READS 64

#define GROUP(name) (1u << (RTNLGRP_##name - 1))
#define GROUPS                                                                                     \
  (GROUP (LINK) | GROUP (IPV4_IFADDR) | GROUP (IPV6_IFADDR) | GROUP (IPV4_ROUTE)                   \
   | GROUP (IPV6_ROUTE) | GROUP (IPV4_RULE) | GROUP (IPV6_RULE))

struct _BgNetworksWatch
{
  char *own_interface;
  BgNetworksChanged changed;
  gpointer data;
  BgLocalNetworks *networks;
  struct mnl_socket *socket;
  GSource *readable, *pause;
  gint64 cost_us; /* of the last reading */
};

static BgLocalNetworks *
load (BgNetworksWatch *self, GError **error)
{
  gint64 before = g_get_monotonic_time ();
  BgLocalNetworks *networks = bg_local_networks_load (self->own_interface, error);

  self->cost_us = g_get_monotonic_time () - before;
  return networks;
}

static gboolean on_pause_over (gpointer data);

static void
arm (BgNetworksWatch *self)
{
  guint pause_ms = MAX (PAUSE_MS, (guint) (self->cost_us * PAUSE_FACTOR / 1000));

  if (!self->pause)
    bg_source_arm (&self->pause, pause_ms, on_pause_over, self);
}

static gboolean
on_pause_over (gpointer data)
{
  BgNetworksWatch *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BgLocalNetworks) now = NULL;
  gboolean changed;

  bg_source_drop (&self->pause);
  now = load (self, &error);
  if (!now)
    {
      bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
      arm (self);
      return G_SOURCE_REMOVE;
    }
  changed = !bg_local_networks_equal (now, self->networks);
  bg_local_networks_unref (self->networks);
  self->networks = g_steal_pointer (&now);
  self->changed (self->data, changed);
  return G_SOURCE_REMOVE;
}

/* What is said does not matter: all is read anew. Too much of it (ENOBUFS) says the same. */
static gboolean
on_socket_readable (int fd, GIOCondition condition, gpointer data)
{
  BgNetworksWatch *self = data;
  char buf[8192];

  for (int i = 0; i < MAX_READS; i++)
    if (recv (fd, buf, sizeof buf, MSG_DONTWAIT | MSG_TRUNC) < 0 && errno != ENOBUFS
        && errno != EINTR)
      break;
  arm (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
listen_to_kernel (BgNetworksWatch *self, GError **error)
{
  self->socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC);
  if (!self->socket || mnl_socket_bind (self->socket, GROUPS, MNL_SOCKET_AUTOPID) < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, NETWORKS_UNWATCHED, bg_arg_errno (errno));
      return FALSE;
    }
  self->readable = g_unix_fd_source_new (mnl_socket_get_fd (self->socket), G_IO_IN | G_IO_ERR);
  bg_source_attach (self->readable, G_SOURCE_FUNC (on_socket_readable), self);
  return TRUE;
}

BgNetworksWatch *
bg_networks_watch_new (const char *own_interface, BgNetworksChanged changed, gpointer data,
                       GError **error)
{
  BgNetworksWatch *self = g_new0 (BgNetworksWatch, 1);

  self->own_interface = g_strdup (own_interface);
  self->changed = changed;
  self->data = data;
  /* First listen, then read: nothing falls between. */
  if (listen_to_kernel (self, error) && (self->networks = load (self, error)) != NULL)
    return self;
  bg_networks_watch_free (self);
  return NULL;
}

void
bg_networks_watch_free (BgNetworksWatch *self)
{
  if (!self)
    return;
  bg_source_drop (&self->readable);
  bg_source_drop (&self->pause);
  if (self->socket)
    mnl_socket_close (self->socket);
  bg_local_networks_unref (self->networks);
  g_free (self->own_interface);
  g_free (self);
}

BgLocalNetworks *
bg_networks_watch_get (BgNetworksWatch *self)
{
  return self->networks;
}
