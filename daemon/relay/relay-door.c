/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/relay-door.h"
#include "relay/socket-owner.h"
#include "common/error.h"
#include "common/log.h"
#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  BACKLOG = 16,
  /* What stands between libnice and the hub delays what comes after it. Segments as of Ethernet, because the kernel lets
   * an amount of them wait at the sender. */
  RECEIVE_BYTES = 64 * 1024,
  SEGMENT_BYTES = 1460,
  MAX_COMPLAINTS = 3,
};

struct _BgRelayDoor
{
  BgRelayPorts ports;
  GSource *sources[2], *limit;
  guint complaints;
  BgRelayDoorDone done;
  gpointer owner;
};

typedef union
{
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} Address;

static Address
loopback (int family, socklen_t *len)
{
  Address address = { 0 };

  address.any.sa_family = (sa_family_t) family;
  if (family == AF_INET)
    address.v4.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  else
    address.v6.sin6_addr = in6addr_loopback;
  *len = family == AF_INET ? sizeof address.v4 : sizeof address.v6;
  return address;
}

static void
set_option (int fd, int level, int option, int value)
{
  if (setsockopt (fd, level, option, &value, sizeof value) != 0)
    bg_log (BG_TOPIC_ICE, DEBUG, NULL, "relay: option %d of a socket: %s", option,
            g_strerror (errno));
}

static int
listen_at (int family, guint16 *port)
{
  socklen_t len;
  Address address = loopback (family, &len);
  int fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

  if (fd < 0)
    return -1;
  set_option (fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES);
  set_option (fd, IPPROTO_TCP, TCP_MAXSEG, SEGMENT_BYTES);
  if (bind (fd, &address.any, len) == 0 && listen (fd, BACKLOG) == 0
      && getsockname (fd, &address.any, &len) == 0)
    {
      *port = ntohs (family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
      return fd;
    }
  close (fd);
  return -1;
}

gboolean
bg_relay_ports_open (BgRelayPorts *ports, GError **error)
{
  ports->fds[0] = listen_at (AF_INET, &ports->ports[0]);
  ports->fds[1] = listen_at (AF_INET6, &ports->ports[1]);
  if (ports->fds[0] >= 0 || ports->fds[1] >= 0)
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, ABOUT, "127.0.0.1", bg_arg_errno (errno));
  return FALSE;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

void
bg_relay_ports_close (BgRelayPorts *ports)
{
  close_fd (&ports->fds[0]);
  close_fd (&ports->fds[1]);
}

static void
finish (BgRelayDoor *self, int fd)
{
  self->done (self->owner, self, fd);
  bg_relay_door_free (self);
}

static gboolean
on_limit (gpointer data)
{
  finish (data, -1);
  return G_SOURCE_REMOVE;
}

static void
turn_away (BgRelayDoor *self, int fd)
{
  if (self->complaints++ < MAX_COMPLAINTS)
    bg_log (BG_TOPIC_ICE, WARNING, NULL, "relay: another program of this machine was turned away");
  close (fd);
}

static gboolean
is_passing (int failure)
{
  return failure == EAGAIN || failure == ECONNABORTED || failure == EINTR;
}

static gboolean
on_readable (int listener, GIOCondition condition, gpointer data)
{
  BgRelayDoor *self = data;
  int fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (fd < 0 && is_passing (errno))
    return G_SOURCE_CONTINUE;
  if (fd < 0)
    {
      finish (self, -1);
      return G_SOURCE_REMOVE;
    }
  if (bg_socket_owner (fd) == BG_SOCKET_FOREIGN)
    {
      turn_away (self, fd);
      return G_SOURCE_CONTINUE;
    }
  set_option (fd, IPPROTO_TCP, TCP_NODELAY, 1);
  finish (self, fd);
  return G_SOURCE_REMOVE;
}

static GSource *
watch (BgRelayDoor *self, int fd)
{
  if (fd < 0)
    return NULL;
  return bg_source_attach (g_unix_fd_source_new (fd, G_IO_IN), G_SOURCE_FUNC (on_readable), self);
}

BgRelayDoor *
bg_relay_door_new (const BgRelayPorts *ports, BgRelayDoorDone done, gpointer owner)
{
  BgRelayDoor *self = g_new0 (BgRelayDoor, 1);

  self->ports = *ports;
  self->done = done;
  self->owner = owner;
  for (guint i = 0; i < G_N_ELEMENTS (self->sources); i++)
    self->sources[i] = watch (self, ports->fds[i]);
  self->limit = bg_source_attach (g_timeout_source_new_seconds (BG_RELAY_DOOR_S), on_limit, self);
  return self;
}

void
bg_relay_door_free (BgRelayDoor *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->sources); i++)
    bg_source_drop (&self->sources[i]);
  bg_source_drop (&self->limit);
  bg_relay_ports_close (&self->ports);
  g_free (self);
}
