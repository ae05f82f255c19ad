/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport-udp.h"
#include "transport/packet-info.h"

#include <errno.h>
#include <netinet/ip.h>
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

  /* receiving: packets that wait to be filled, and the vectors for a batch */
  BgPacket *spare[BG_BATCH_MAX];
  int n_spare;
  struct mmsghdr messages[BG_BATCH_MAX];
  struct iovec vectors[BG_BATCH_MAX];
  BgPacketInfo infos[BG_BATCH_MAX];
} UdpTransport;

/* --- Sockets --- */

static void
raise_buffer (int fd, int forced, int plain)
{
  int bytes = SOCKET_BUFFER;

  if (setsockopt (fd, SOL_SOCKET, forced, &bytes, sizeof bytes) < 0)
    setsockopt (fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

/* As in the kernel's module: a message that is too large for a link leaves in fragments, because nobody here knows how
 * large one may be. No DF, so that the routers of IPv4 can fragment it too, and what their ICMP says of a path's MTU, which
 * anybody can forge, is not believed. In IPv6 routers do not fragment: there the kernel has only their word, and where it
 * is a lie all it brings about is fragments of 1280 bytes. */
static void
let_fragment (int fd, int family)
{
  int omit = IP_PMTUDISC_OMIT, dont6 = IPV6_PMTUDISC_DONT;

  if (family == AF_INET)
    setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof omit);
  else
    setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &dont6, sizeof dont6);
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
  let_fragment (fd, family);
  bg_packet_info_enable (fd, family, true);
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

/* The vectors of one call. */
typedef struct
{
  struct mmsghdr messages[BG_BATCH_MAX];
  struct iovec vectors[BG_BATCH_MAX];
  BgPacketInfo infos[BG_BATCH_MAX];
} Run;

static void
describe (const BgPacket *pkt, struct mmsghdr *message, struct iovec *vector, BgPacketInfo *info)
{
  int family = pkt->endpoint.addr.sa.sa_family == AF_INET6 ? AF_INET6 : AF_INET;
  struct msghdr *msg = &message->msg_hdr;

  *vector = (struct iovec){ pkt->data, pkt->len };
  *msg = (struct msghdr){
    .msg_name = (void *) &pkt->endpoint.addr,
    .msg_namelen = family == AF_INET ? sizeof (struct sockaddr_in) : sizeof (struct sockaddr_in6),
    .msg_iov = vector,
    .msg_iovlen = 1,
  };
  bg_packet_info_send (msg, info);
  bg_packet_info_put_source (msg, &pkt->endpoint);
  bg_packet_info_put_class (msg, family, pkt->traffic_class);
}

/* Describes packets from the first on that leave by the same socket; returns how many. */
static int
describe_run (BgPacket **pkts, int n, Run *run)
{
  int family = family_of (pkts[0]), i;

  for (i = 0; i < n && i < BG_BATCH_MAX && family_of (pkts[i]) == family && !pkts[i]->whole; i++)
    describe (pkts[i], &run->messages[i], &run->vectors[i], &run->infos[i]);
  return i;
}

/* What the kernel says of a source address that is not ours any more, or has no way to there. */
static bool
may_be_source (int error)
{
  switch (error)
    {
    case EINVAL:
    case EADDRNOTAVAIL:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENODEV:
      return true;
    default:
      return false;
    }
}

/* Packets from `at` on with the source of that one leave from whichever the kernel chooses. */
static void
forget_source (UdpTransport *self, BgPacket **pkts, Run *run, int at, int n)
{
  const BgEndpoint stale = pkts[at]->endpoint;

  for (int i = at; i < n; i++)
    {
      if (!bg_endpoint_has_same_source (&pkts[i]->endpoint, &stale))
        continue;
      if (self->base.sink.source_lost)
        self->base.sink.source_lost (self->base.sink.data, &self->base, pkts[i]);
      pkts[i]->endpoint.ifindex = 0;
      describe (pkts[i], &run->messages[i], &run->vectors[i], &run->infos[i]);
    }
}

/* Sends a run; fewer than `n` where the socket is full. A message that the kernel refuses is lost, as on the wire. */
static int
send_run (UdpTransport *self, int fd, BgPacket **pkts, Run *run, int n)
{
  int done = 0;

  while (done < n)
    {
      int sent = sendmmsg (fd, run->messages + done, (unsigned) (n - done), 0);

      if (sent > 0)
        done += sent;
      else if (errno == EAGAIN || errno == ENOBUFS)
        break;
      else if (pkts[done]->endpoint.ifindex && may_be_source (errno))
        forget_source (self, pkts, run, done, n);
      else if (errno != EINTR)
        {
          bg_transport_lose (&self->base.losses.refused, 1);
          done++;
        }
    }
  return done;
}

/* The option is of the socket, and the socket is this thread's. */
static void
set_whole (int fd, int family, bool whole)
{
  int probe = IP_PMTUDISC_PROBE, probe6 = IPV6_PMTUDISC_PROBE;

  if (!whole)
    let_fragment (fd, family);
  else if (family == AF_INET)
    setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe);
  else
    setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe6, sizeof probe6);
}

/* A probe of what passes whole: with DF, alone. That the link's own size refuses it is an answer too, and no loss. */
static int
send_whole (UdpTransport *self, int fd, const BgPacket *pkt)
{
  int family = pkt->endpoint.addr.sa.sa_family == AF_INET6 ? AF_INET6 : AF_INET;
  struct mmsghdr message;
  struct iovec vector;
  BgPacketInfo info;
  bool full;

  describe (pkt, &message, &vector, &info);
  set_whole (fd, family, true);
  full = sendmsg (fd, &message.msg_hdr, 0) < 0 && (errno == EAGAIN || errno == ENOBUFS);
  set_whole (fd, family, false);
  return full ? 0 : 1;
}

static int
udp_send (BgTransport *base, BgPacket **pkts, int n)
{
  UdpTransport *self = (UdpTransport *) base;
  Run run;
  int done = 0;

  while (done < n)
    {
      int fd = self->fds[family_of (pkts[done])];
      int len = pkts[done]->whole ? 1 : describe_run (pkts + done, n - done, &run);
      int sent = len;

      if (fd < 0)
        bg_transport_lose (&base->losses.refused, (uint64_t) len);
      else if (pkts[done]->whole)
        sent = send_whole (self, fd, pkts[done]);
      else
        sent = send_run (self, fd, pkts + done, &run, len);
      done += sent;
      if (sent < len)
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
      bg_packet_info_receive (&self->messages[i].msg_hdr, &self->infos[i]);
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
      bg_transport_lose (&self->base.losses.no_buffer, 1);
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
      struct msghdr *msg = &self->messages[i].msg_hdr;

      if (msg->msg_flags & MSG_TRUNC)
        {
          bg_transport_lose (&base->losses.malformed, 1);
          bg_packet_free (pkt);
          continue;
        }
      bg_packet_info_get_source (msg, &pkt->endpoint);
      pkt->traffic_class = bg_packet_info_get_class (msg);
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
