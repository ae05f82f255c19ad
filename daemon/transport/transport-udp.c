/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport-udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  V4,
  V6,
  SOCKET_BUFFER = 4 << 20,
  FREE_PORT_TRIES = 16, /* a port that is free with IPv4 may be taken with IPv6 */
  MAX_MESSAGE = 65535 - 28,
};

typedef struct
{
  BgTransport base;
  BgPacketPool *pool;
  int fds[BG_UDP_SOCKETS];
  uint16_t port;
  uint64_t refused, no_buffer, oversized;

  /* receiving: packets that wait to be filled, and the vectors for a batch */
  BgPacket *spare[BG_BATCH_MAX];
  int n_spare;
  struct mmsghdr messages[BG_BATCH_MAX];
  struct iovec vectors[BG_BATCH_MAX];
} UdpTransport;

/* --- Sockets --- */

static void
raise_buffer (int fd, int forced, int plain)
{
  int bytes = SOCKET_BUFFER;

  if (setsockopt (fd, SOL_SOCKET, forced, &bytes, sizeof bytes) < 0)
    setsockopt (fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

static int
bind_socket (int family, uint16_t port)
{
  BgEndpoint any = { 0 };
  socklen_t len = family == AF_INET ? sizeof any.addr.in4 : sizeof any.addr.in6;
  int one = 1, saved;
  int fd = socket (family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return -errno;
  any.addr.sa.sa_family = (sa_family_t) family;
  if (family == AF_INET)
    any.addr.in4.sin_port = htons (port);
  else
    any.addr.in6.sin6_port = htons (port);
  if ((family == AF_INET6 && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0)
      || bind (fd, &any.addr.sa, len) < 0)
    {
      saved = errno;
      close (fd);
      return -saved;
    }
  raise_buffer (fd, SO_RCVBUFFORCE, SO_RCVBUF);
  raise_buffer (fd, SO_SNDBUFFORCE, SO_SNDBUF);
  return fd;
}

static uint16_t
port_of (int fd)
{
  struct sockaddr_in addr = { 0 };
  socklen_t len = sizeof addr;

  return getsockname (fd, (struct sockaddr *) &addr, &len) == 0 ? ntohs (addr.sin_port) : 0;
}

static void
close_sockets (UdpTransport *self)
{
  for (int i = 0; i < BG_UDP_SOCKETS; i++)
    {
      if (self->fds[i] >= 0)
        close (self->fds[i]);
      self->fds[i] = -1;
    }
}

/* 0 or -errno. */
static int
open_sockets (UdpTransport *self, uint16_t port)
{
  self->fds[V4] = bind_socket (AF_INET, port);
  if (self->fds[V4] < 0)
    return self->fds[V4];
  self->port = port_of (self->fds[V4]);
  self->fds[V6] = bind_socket (AF_INET6, self->port);
  if (self->fds[V6] >= 0 || self->fds[V6] == -EAFNOSUPPORT || self->fds[V6] == -EADDRNOTAVAIL)
    return 0;
  return self->fds[V6];
}

static int
open_free_port (UdpTransport *self)
{
  int error = -EADDRINUSE;

  for (int i = 0; i < FREE_PORT_TRIES && error == -EADDRINUSE; i++)
    {
      error = open_sockets (self, 0);
      if (error < 0)
        close_sockets (self);
    }
  return error;
}

/* --- Sending --- */

static int
family_of (const BgPacket *pkt)
{
  return pkt->endpoint.addr.sa.sa_family == AF_INET6 ? V6 : V4;
}

/* Describes packets from the first on that leave by the same socket; returns how many. */
static int
describe_run (BgPacket **pkts, int n, struct mmsghdr *messages, struct iovec *vectors)
{
  int family = family_of (pkts[0]), i;

  for (i = 0; i < n && i < BG_BATCH_MAX && family_of (pkts[i]) == family; i++)
    {
      vectors[i] = (struct iovec){ pkts[i]->data, pkts[i]->len };
      messages[i].msg_hdr = (struct msghdr){
        .msg_name = &pkts[i]->endpoint.addr,
        .msg_namelen = family == V4 ? sizeof (struct sockaddr_in) : sizeof (struct sockaddr_in6),
        .msg_iov = &vectors[i],
        .msg_iovlen = 1,
      };
    }
  return i;
}

/* Sends a run; fewer than `n` where the socket is full. A message that the kernel refuses is lost, as on the wire. */
static int
send_run (UdpTransport *self, int fd, struct mmsghdr *messages, int n)
{
  int done = 0;

  while (done < n)
    {
      int sent = sendmmsg (fd, messages + done, (unsigned) (n - done), 0);

      if (sent > 0)
        done += sent;
      else if (errno == EAGAIN || errno == ENOBUFS)
        break;
      else if (errno != EINTR)
        {
          self->refused++;
          done++;
        }
    }
  return done;
}

static int
udp_send (BgTransport *base, BgPacket **pkts, int n)
{
  UdpTransport *self = (UdpTransport *) base;
  struct mmsghdr messages[BG_BATCH_MAX];
  struct iovec vectors[BG_BATCH_MAX];
  int done = 0;

  while (done < n)
    {
      int fd = self->fds[family_of (pkts[done])];
      int run = describe_run (pkts + done, n - done, messages, vectors);
      int sent = run;

      if (fd < 0)
        self->refused += (uint64_t) run;
      else
        sent = send_run (self, fd, messages, run);
      done += sent;
      if (sent < run)
        break;
    }
  return done;
}

/* --- Receiving --- */

static void
prepare (UdpTransport *self)
{
  uint32_t room = bg_packet_pool_max_message (self->pool);

  self->n_spare += bg_packet_new_batch_for (
    self->pool, BG_PACKET_INBOUND, self->spare + self->n_spare, BG_BATCH_MAX - self->n_spare);
  for (int i = 0; i < self->n_spare; i++)
    {
      self->vectors[i] = (struct iovec){ self->spare[i]->data, room };
      self->messages[i].msg_hdr = (struct msghdr){
        .msg_name = &self->spare[i]->endpoint.addr,
        .msg_namelen = sizeof self->spare[i]->endpoint.addr,
        .msg_iov = &self->vectors[i],
        .msg_iovlen = 1,
      };
    }
}

/* Without packets the socket must be emptied all the same, or it stays readable for ever. */
static bool
discard (UdpTransport *self, int fd)
{
  uint8_t byte;

  for (int i = 0; i < BG_BATCH_MAX; i++)
    {
      if (recv (fd, &byte, sizeof byte, MSG_TRUNC) < 0)
        return false;
      self->no_buffer++;
    }
  return true;
}

bool
bg_transport_udp_receive (BgTransport *base, int fd)
{
  UdpTransport *self = (UdpTransport *) base;
  BgPacket *pkts[BG_BATCH_MAX];
  int n, n_pkts = 0, asked;

  prepare (self);
  asked = self->n_spare;
  if (asked == 0)
    return discard (self, fd);
  n = recvmmsg (fd, self->messages, (unsigned) asked, MSG_DONTWAIT, NULL);
  if (n <= 0)
    return false;
  for (int i = 0; i < n; i++)
    {
      BgPacket *pkt = self->spare[i];

      if (self->messages[i].msg_hdr.msg_flags & MSG_TRUNC)
        {
          self->oversized++;
          bg_packet_free (pkt);
          continue;
        }
      pkt->len = self->messages[i].msg_len;
      pkts[n_pkts++] = pkt;
    }
  self->n_spare -= n;
  memmove (self->spare, self->spare + n, (size_t) self->n_spare * sizeof self->spare[0]);
  if (n_pkts > 0)
    base->sink.receive (base->sink.data, base, pkts, n_pkts);
  return n == asked;
}

/* --- Life --- */

static void
udp_close (BgTransport *base)
{
  UdpTransport *self = (UdpTransport *) base;

  close_sockets (self);
  bg_packet_free_batch (self->spare, self->n_spare);
  self->n_spare = 0;
}

static void
udp_free (BgTransport *base)
{
  udp_close (base);
  free (base);
}

static const BgTransportOps udp_ops = { .send = udp_send, .close = udp_close, .free = udp_free };

BgTransport *
bg_transport_udp_new (uint16_t port, BgPacketPool *pool, const BgTransportSink *sink, int *error)
{
  UdpTransport *self = calloc (1, sizeof *self);
  int opened;

  if (!self)
    abort ();
  self->base = (BgTransport){
    .ops = &udp_ops,
    .kind = BG_TRANSPORT_UDP,
    .refs = 1,
    .max_message = MAX_MESSAGE,
    .sink = *sink,
  };
  self->pool = pool;
  self->fds[V4] = self->fds[V6] = -1;
  opened = port ? open_sockets (self, port) : open_free_port (self);
  if (opened < 0)
    {
      *error = -opened;
      udp_free (&self->base);
      return NULL;
    }
  return &self->base;
}

uint16_t
bg_transport_udp_port (const BgTransport *transport)
{
  return ((const UdpTransport *) transport)->port;
}

void
bg_transport_udp_fds (const BgTransport *transport, int fds[BG_UDP_SOCKETS])
{
  const UdpTransport *self = (const UdpTransport *) transport;

  for (int i = 0; i < BG_UDP_SOCKETS; i++)
    fds[i] = self->fds[i] >= 0 ? self->fds[i] : -1;
}

void
bg_transport_udp_take_losses (BgTransport *transport, uint64_t *refused, uint64_t *no_buffer,
                              uint64_t *oversized)
{
  UdpTransport *self = (UdpTransport *) transport;

  *refused = self->refused;
  *no_buffer = self->no_buffer;
  *oversized = self->oversized;
  self->refused = self->no_buffer = self->oversized = 0;
}
