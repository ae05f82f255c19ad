/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/names-port.h"

#include "names/dns-message.h"
#include "common/inner-socket.h"
#include "common/socket-option.h"
#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* In one turn of the main loop. */
#define MAX_DATAGRAMS 16
#define MAX_ACCEPTS 8

#define BACKLOG 16

/* Of loopback, in every network namespace (net/flow.h). */
#define LOOPBACK_IFINDEX 1

/* Without descriptors nobody can be let in; the next try. */
#define ACCEPT_AGAIN_MS 1000

struct _BgNamesPort
{
  grefcount refs; /* of its askers and of its owner */
  BgIpPrefix address;
  guint16 port;
  const BgNamesPortEvents *events;
  gpointer owner;
  int udp, tcp, refusing; /* -1: none */
  int tcp_error;          /* why there is none; 0 */
  GSource *on_udp, *on_tcp, *on_refusing, *accept_again;
};

struct _BgNamesAsker
{
  BgNamesPort *port;
  struct sockaddr_storage from;
  socklen_t from_len;
};

/* --- Sockets --- */

static void
drop (int *fd, GSource **source)
{
  bg_source_drop (source);
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static gboolean
bind_to (int fd, const BgIpPrefix *address, guint16 port)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons (port) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons (port) };

  if (address->family == AF_INET)
    {
      memcpy (&v4.sin_addr, address->addr, 4);
      return bind (fd, (struct sockaddr *) &v4, sizeof v4) == 0;
    }
  memcpy (&v6.sin6_addr, address->addr, 16);
  return bind (fd, (struct sockaddr *) &v6, sizeof v6) == 0;
}

/* What is not on this device is not there. */
static gboolean
hear_only (int fd, guint ifindex)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, (guint32) (SKF_AD_OFF + SKF_AD_IFINDEX)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ifindex, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, G_MAXUINT32),
    BPF_STMT (BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = { G_N_ELEMENTS (code), code };

  return setsockopt (fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/* Of the sockets of the port the first gets what is on loopback, the second everything else. */
static gboolean
share_out (int fd)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, (guint32) (SKF_AD_OFF + SKF_AD_IFINDEX)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, LOOPBACK_IFINDEX, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, 0),
    BPF_STMT (BPF_RET | BPF_K, 1),
  };
  struct sock_fprog program = { G_N_ELEMENTS (code), code };

  return setsockopt (fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0;
}

static gboolean
set_up (int fd, const BgIpPrefix *address, guint16 port, gboolean udp, guint ifindex)
{
  /* Datagram sockets share with one of all addresses that does the same, as those of dnsmasq, named and unbound do. */
  return bg_socket_set_flag (fd, SOL_SOCKET, SO_REUSEADDR)
         && (!udp || bg_socket_set_flag (fd, SOL_SOCKET, SO_REUSEPORT)) && hear_only (fd, ifindex)
         && bg_socket_set_free (fd, address->family) && bind_to (fd, address, port);
}

static int
open_socket (const BgNamesPort *self, gboolean udp, guint ifindex)
{
  int fd = bg_inner_socket (self->address.family,
                            (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
      error;

  if (fd < 0)
    return -1;
  if (set_up (fd, &self->address, self->port, udp, ifindex)
      && (udp ? share_out (fd) : listen (fd, BACKLOG) == 0))
    return fd;
  error = errno;
  close (fd);
  errno = error;
  return -1;
}

/* --- Datagrams --- */

static void
unref_port (BgNamesPort *self)
{
  if (g_ref_count_dec (&self->refs))
    g_free (self);
}

static BgNamesAsker *
asker_new (BgNamesPort *port, const struct sockaddr_storage *from, socklen_t from_len)
{
  BgNamesAsker *asker = g_new0 (BgNamesAsker, 1);

  g_ref_count_inc (&port->refs);
  asker->port = port;
  asker->from = *from;
  asker->from_len = from_len;
  return asker;
}

static void
answer_from (int fd, GBytes *reply, const struct sockaddr_storage *to, socklen_t to_len)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (reply, &len);

  sendto (fd, data, len, MSG_NOSIGNAL, (const struct sockaddr *) to, to_len);
}

void
bg_names_asker_answer (BgNamesAsker *asker, GBytes *reply)
{
  if (reply && asker->port->udp >= 0)
    answer_from (asker->port->udp, reply, &asker->from, asker->from_len);
  unref_port (asker->port);
  g_free (asker);
}

static gssize
receive (int fd, guint8 *data, gsize max, struct sockaddr_storage *from, socklen_t *from_len)
{
  *from_len = sizeof *from;
  return recvfrom (fd, data, max, 0, (struct sockaddr *) from, from_len);
}

static gboolean
on_datagram (int fd, GIOCondition condition, gpointer data)
{
  BgNamesPort *self = data;
  guint8 bytes[BG_DNS_QUERY_MAX + 1];
  struct sockaddr_storage from;
  socklen_t from_len;

  g_ref_count_inc (&self->refs); /* whoever is asked may close it */
  for (guint i = 0; i < MAX_DATAGRAMS && self->udp >= 0; i++)
    {
      gssize n = receive (self->udp, bytes, sizeof bytes, &from, &from_len);

      if (n < 0)
        break;
      self->events->datagram (self->owner, asker_new (self, &from, from_len), bytes, (gsize) n);
    }
  unref_port (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_stranger (int fd, GIOCondition condition, gpointer data)
{
  BgNamesPort *self = data;
  guint8 bytes[BG_DNS_QUERY_MAX + 1];
  struct sockaddr_storage from;
  socklen_t from_len;

  for (guint i = 0; i < MAX_DATAGRAMS; i++)
    {
      gssize n = receive (fd, bytes, sizeof bytes, &from, &from_len);
      g_autoptr (GBytes) reply = NULL;

      if (n < 0)
        break;
      reply = self->events->stranger (self->owner, bytes, (gsize) n);
      if (reply)
        answer_from (fd, reply, &from, from_len);
    }
  return G_SOURCE_CONTINUE;
}

/* --- Connections --- */

static void listen_for_connections (BgNamesPort *self);

static gboolean
on_accept_again (gpointer data)
{
  BgNamesPort *self = data;

  bg_source_drop (&self->accept_again);
  listen_for_connections (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_connection (int fd, GIOCondition condition, gpointer data)
{
  BgNamesPort *self = data;

  for (guint i = 0; i < MAX_ACCEPTS; i++)
    {
      int client = accept4 (fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (client < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        {
          bg_source_drop (&self->on_tcp);
          bg_source_arm (&self->accept_again, ACCEPT_AGAIN_MS, on_accept_again, self);
        }
      if (client < 0)
        break;
      bg_socket_set_flag (client, IPPROTO_TCP, TCP_NODELAY);
      self->events->connection (self->owner, client);
    }
  return G_SOURCE_CONTINUE;
}

static void
listen_for_connections (BgNamesPort *self)
{
  self->on_tcp = bg_source_attach (g_unix_fd_source_new (self->tcp, G_IO_IN),
                                   G_SOURCE_FUNC (on_connection), self);
}

/* --- Life --- */

void
bg_names_port_take_connections (BgNamesPort *self)
{
  if (self->tcp >= 0)
    return;
  self->tcp = open_socket (self, FALSE, LOOPBACK_IFINDEX);
  self->tcp_error = self->tcp < 0 ? errno : 0;
  if (self->tcp >= 0)
    listen_for_connections (self);
}

static gboolean
open_all (BgNamesPort *self)
{
  self->udp = open_socket (self, TRUE, LOOPBACK_IFINDEX);
  if (self->udp < 0)
    return FALSE;
  self->on_udp = bg_source_attach (g_unix_fd_source_new (self->udp, G_IO_IN),
                                   G_SOURCE_FUNC (on_datagram), self);
  bg_names_port_take_connections (self);
  return TRUE;
}

BgNamesPort *
bg_names_port_new (const BgIpPrefix *address, guint16 port, const BgNamesPortEvents *events,
                   gpointer owner)
{
  BgNamesPort *self = g_new0 (BgNamesPort, 1);
  int error;

  g_ref_count_init (&self->refs);
  self->address = *address;
  self->port = port;
  self->events = events;
  self->owner = owner;
  self->udp = self->tcp = self->refusing = -1;
  if (open_all (self))
    return self;
  error = errno;
  bg_names_port_close (self);
  errno = error;
  return NULL;
}

void
bg_names_port_close (BgNamesPort *self)
{
  if (!self)
    return;
  bg_source_drop (&self->accept_again);
  drop (&self->udp, &self->on_udp);
  drop (&self->tcp, &self->on_tcp);
  drop (&self->refusing, &self->on_refusing);
  unref_port (self);
}

int
bg_names_port_get_tcp_error (const BgNamesPort *self)
{
  return self->tcp_error;
}

const BgIpPrefix *
bg_names_port_get_address (const BgNamesPort *self)
{
  return &self->address;
}

void
bg_names_port_refuse_from (BgNamesPort *self, guint ifindex)
{
  if (ifindex != 0 && self->refusing >= 0 && hear_only (self->refusing, ifindex))
    return;
  drop (&self->refusing, &self->on_refusing);
  if (ifindex != 0)
    self->refusing = open_socket (self, TRUE, ifindex);
  if (self->refusing >= 0)
    self->on_refusing = bg_source_attach (g_unix_fd_source_new (self->refusing, G_IO_IN),
                                          G_SOURCE_FUNC (on_stranger), self);
}
