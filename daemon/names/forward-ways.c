/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/forward-ways.h"

#include "names/dns-message.h"
#include "names/dns-stream.h"
#include "common/inner-socket.h"
#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  BgForwardWays *ways;
  guint64 number;
  int fd; /* -1: the stream has it */
  GSource *readable;
  BgDnsStream *stream; /* NULL: by UDP */
} Way;

struct _BgForwardWays
{
  char *interface;
  guint16 port;
  const BgForwardWaysEvents *events;
  gpointer owner;
  GHashTable *ways; /* guint64 → Way, owned */
  guint64 last;
};

static void
free_way (gpointer data)
{
  Way *way = data;

  bg_source_drop (&way->readable);
  bg_dns_stream_free (way->stream);
  if (way->fd >= 0)
    close (way->fd);
  g_free (way);
}

BgForwardWays *
bg_forward_ways_new (const char *interface, guint16 port, const BgForwardWaysEvents *events,
                     gpointer owner)
{
  BgForwardWays *self = g_new0 (BgForwardWays, 1);

  self->interface = g_strdup (interface);
  self->port = port;
  self->events = events;
  self->owner = owner;
  self->ways = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_way);
  return self;
}

void
bg_forward_ways_free (BgForwardWays *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->ways);
  g_free (self->interface);
  g_free (self);
}

/* --- What comes --- */

static gboolean
on_datagram (int fd, GIOCondition condition, gpointer data)
{
  Way *way = data;
  guint8 bytes[BG_DNS_UDP_MAX * 4];
  ssize_t n = recv (fd, bytes, sizeof bytes, 0);

  if (n >= 0)
    way->ways->events->message (way->ways->owner, way->number, bytes, (gsize) n);
  else if (errno != EAGAIN && errno != EINTR)
    way->ways->events->ended (way->ways->owner, way->number);
  return G_SOURCE_CONTINUE;
}

static void
on_stream_message (gpointer owner, const guint8 *data, gsize len)
{
  Way *way = owner;

  way->ways->events->message (way->ways->owner, way->number, data, len);
}

static void
on_stream_ended (gpointer owner)
{
  Way *way = owner;

  way->ways->events->ended (way->ways->owner, way->number);
}

static const BgDnsStreamEvents stream_events = { on_stream_message, on_stream_ended };

/* --- Opening --- */

static socklen_t
fill_address (const BgIpPrefix *server, guint16 port, struct sockaddr_storage *address)
{
  struct sockaddr_in *v4 = (struct sockaddr_in *) address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) address;

  memset (address, 0, sizeof *address);
  address->ss_family = (sa_family_t) server->family;
  if (server->family == AF_INET)
    {
      v4->sin_port = htons (port);
      memcpy (&v4->sin_addr, server->addr, 4);
      return sizeof *v4;
    }
  v6->sin6_port = htons (port);
  memcpy (&v6->sin6_addr, server->addr, 16);
  return sizeof *v6;
}

/* Whoever is not there is heard of at once. */
static void
ask_for_errors (int fd, int family)
{
  int yes = 1;

  if (family == AF_INET)
    setsockopt (fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes);
  else
    setsockopt (fd, IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof yes);
}

static gboolean
connect_to (BgForwardWays *self, int fd, const BgIpPrefix *server)
{
  struct sockaddr_storage address;
  socklen_t len = fill_address (server, self->port, &address);

  if (self->interface
      && setsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, self->interface,
                     (socklen_t) strlen (self->interface) + 1)
           != 0)
    return FALSE;
  ask_for_errors (fd, server->family);
  return connect (fd, (struct sockaddr *) &address, len) == 0 || errno == EINPROGRESS;
}

static int
open_socket (BgForwardWays *self, const BgIpPrefix *server, gboolean udp)
{
  int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  int fd = self->interface ? bg_inner_socket (server->family, type, 0)
                           : socket (server->family, type, 0);

  if (fd >= 0 && !connect_to (self, fd, server))
    {
      close (fd);
      return -1;
    }
  return fd;
}

/* A full buffer is no failure: it is sent again. */
static gboolean
send_datagram (int fd, GBytes *message)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (message, &len);

  return send (fd, data, len, MSG_NOSIGNAL) >= 0 || errno == EAGAIN || errno == ENOBUFS;
}

static void
listen_to (Way *way, int fd, gboolean udp)
{
  if (udp)
    {
      way->fd = fd;
      way->readable = bg_source_attach (g_unix_fd_source_new (fd, G_IO_IN),
                                        G_SOURCE_FUNC (on_datagram), way);
    }
  else
    way->stream = bg_dns_stream_new (fd, BG_DNS_MESSAGE_MAX, &stream_events, way);
}

guint64
bg_forward_ways_open (BgForwardWays *self, const BgIpPrefix *server, gboolean udp, GBytes *message)
{
  int fd = open_socket (self, server, udp);
  Way *way;

  if (fd < 0)
    return 0;
  if (udp && !send_datagram (fd, message))
    {
      close (fd);
      return 0;
    }
  way = g_new0 (Way, 1);
  way->ways = self;
  way->number = ++self->last;
  way->fd = -1;
  listen_to (way, fd, udp);
  if (way->stream)
    bg_dns_stream_send (way->stream, message);
  g_hash_table_insert (self->ways, &way->number, way);
  return way->number;
}

void
bg_forward_ways_send_again (BgForwardWays *self, guint64 number, GBytes *message)
{
  Way *way = g_hash_table_lookup (self->ways, &number);

  if (way && way->fd >= 0)
    send_datagram (way->fd, message);
}

void
bg_forward_ways_close (BgForwardWays *self, guint64 number)
{
  g_hash_table_remove (self->ways, &number);
}
