/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport-direct.h"
#include "transport/packet-info.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum
{
  FIRST_BYTE = 4, /* WireGuard transport data */
  /* The kernel's limits of one segmented send, and a train that stays in the cache. */
  SEGMENTS_MAX = 44,
  TRAIN_MAX_BYTES = 65000,
  /* Members of the group that only raise the odds: the kernel looks up a socket for GRO before it has the packet that the
   * selector wants to see, and picks any member by hash. Where that one has no UDP_GRO, the flow goes without. */
  IDLE_SOCKETS = 31,
  BUFFER_BYTES = 7 * 1024 * 1024,
  RECEIVE_BYTES = 65536,
  /* Asked for in one call: few while trains come, which are long, else many. */
  RECEIVE_TRAINS = 4,
  RECEIVE_MESSAGES = 16,
  MAX_MESSAGE = 65507,
};

struct BgDirectGroup
{
  int fd;
  int family;
  int idle[IDLE_SOCKETS];
};

/* One received message, perhaps a train of datagrams of `size`. */
typedef struct
{
  uint32_t len, size, done;
  uint8_t traffic_class;
  bool strayed;
  BgEndpoint source;
} Train;

struct BgReceiveScratch
{
  int n, next; /* of the trains; next .. n - 1 are not yet cut up */
  Train trains[RECEIVE_MESSAGES];
  uint8_t buffers[RECEIVE_MESSAGES][RECEIVE_BYTES];
};

typedef struct
{
  BgTransport base;
  BgPacketPool *pool;
  BgEndpoint remote;
  socklen_t remote_len;
  struct sockaddr_storage local;
  socklen_t local_len;
  bool segment; /* UDP_SEGMENT works here */
  int ask;      /* messages in one receive */
  BgTransportDirectStats stats;
} Direct;

BgReceiveScratch *
bg_receive_scratch_new (void)
{
  BgReceiveScratch *scratch = malloc (sizeof *scratch);

  if (!scratch)
    abort ();
  scratch->n = scratch->next = 0;
  return scratch;
}

void
bg_receive_scratch_free (BgReceiveScratch *scratch)
{
  free (scratch);
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static int
attach_selector (int fd)
{
  /* The group's first member is libnice's socket, the second is ours. */
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_B | BPF_ABS, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, FIRST_BYTE, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, 1),
    BPF_STMT (BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };

  return setsockopt (fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

static void
raise_buffer (int fd, int force, int option)
{
  int bytes = BUFFER_BYTES;

  if (setsockopt (fd, SOL_SOCKET, force, &bytes, sizeof bytes) < 0)
    setsockopt (fd, SOL_SOCKET, option, &bytes, sizeof bytes);
}

static int
join_group (const struct sockaddr *local, socklen_t len, int *error)
{
  const int on = 1;
  int fd = socket (local->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0
      || (local->sa_family == AF_INET6
          && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
      || bind (fd, local, len) < 0)
    {
      *error = errno;
      close_fd (&fd);
      return -1;
    }
  bg_packet_info_enable (fd, local->sa_family, false);
  /* Every member, so that the early lookup finds a GRO socket whichever it picks. */
  setsockopt (fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  return fd;
}

/* No message of ours is ever fragmented, and how much a way carries is found by probes (path-mtu.h). So PROBE and not DO:
 * DO would refuse what the kernel's cached path MTU forbids, and that comes from ICMP, which anyone can forge and which
 * would stay in the way of larger probes for ten minutes. With PROBE only the device's own MTU refuses.
 *
 * GRO joins datagrams of one flow by their sizes alone. A different traffic class (ECN is a part of it), and for IPv4 a different DF bit (which
 * no router on the way rewrites), keeps libnice's datagrams out of our trains. */
static void
set_apart (int ice_fd, int fd, int family)
{
  int probe = IP_PMTUDISC_PROBE, probe6 = IPV6_PMTUDISC_PROBE, dont = IP_PMTUDISC_DONT;
  int af11 = 0x28;

  if (family == AF_INET)
    {
      setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe);
      setsockopt (ice_fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof dont);
      setsockopt (ice_fd, IPPROTO_IP, IP_TOS, &af11, sizeof af11);
    }
  else
    {
      setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe6, sizeof probe6);
      setsockopt (ice_fd, IPPROTO_IPV6, IPV6_TCLASS, &af11, sizeof af11);
    }
}

/* --- Sending --- */

static int
run_length (BgPacket **pkts, int n)
{
  uint32_t size = pkts[0]->len, total = size;
  int i = 1;

  /* A probe is to meet the way as it is, also where trains pass in one piece. */
  if (pkts[0]->urgent || pkts[0]->data[0] != FIRST_BYTE)
    return 1;
  while (i < n && i < SEGMENTS_MAX && pkts[i]->len <= size
         && pkts[i]->traffic_class == pkts[0]->traffic_class
         && total + pkts[i]->len <= TRAIN_MAX_BYTES)
    {
      total += pkts[i]->len;
      if (pkts[i++]->len < size)
        break; /* only the last may be shorter */
    }
  return i;
}

/* What goes with a train. A source that the socket is bound to need not be named, but IPv6 asks whether it is still ours
 * only where it is. */
static void
put_info (const Direct *self, struct msghdr *msg, BgPacketInfo *info, BgPacket **pkts, int n)
{
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) &self->local;

  bg_packet_info_send (msg, info);
  if (self->local.ss_family == AF_INET6)
    bg_packet_info_put_source6 (msg, &in6->sin6_addr, in6->sin6_scope_id);
  bg_packet_info_put_class (msg, self->local.ss_family, pkts[0]->traffic_class);
  if (n > 1)
    bg_packet_info_put_segment (msg, (uint16_t) pkts[0]->len);
}

static int
send_train (Direct *self, BgPacket **pkts, int n)
{
  BgPacketInfo info;
  struct iovec iov[SEGMENTS_MAX];
  struct msghdr msg = { .msg_name = &self->remote.addr,
                        .msg_namelen = self->remote_len,
                        .msg_iov = iov,
                        .msg_iovlen = (size_t) n };

  iov[0] = (struct iovec){ pkts[0]->data, pkts[0]->len };
  for (int i = 1; i < n; i++)
    iov[i] = (struct iovec){ pkts[i]->data, pkts[i]->len };
  if (pkts[0]->data[0] != FIRST_BYTE) /* a handshake message, which is urgent and so alone */
    {
      iov[1] = iov[0];
      iov[0] = (struct iovec){ (void *) bg_transport_wrapper, BG_WRAPPER_LEN };
      msg.msg_iovlen = 2;
    }
  put_info (self, &msg, &info, pkts, n);
  self->stats.sends++;
  return sendmsg (self->base.fd, &msg, MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* The address that the socket is bound to may have been taken from the machine: nothing else says so in every case. */
static bool
has_own_address (const Direct *self)
{
  struct sockaddr_storage local = self->local;
  int fd = socket (local.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool gone;

  if (fd < 0)
    return true;
  if (local.ss_family == AF_INET)
    ((struct sockaddr_in *) &local)->sin_port = 0;
  else
    ((struct sockaddr_in6 *) &local)->sin6_port = 0;
  gone = bind (fd, (struct sockaddr *) &local, self->local_len) < 0
         && (errno == EADDRNOTAVAIL || errno == ENODEV);
  close (fd);
  return !gone;
}

/* What one refusal says of the path: 0, a message was lost; -ENETUNREACH, all would be; else the socket is dead. */
static int
judge (const Direct *self, int error)
{
  switch (error)
    {
    case EBADF:
    case ENOTSOCK:
      return -error;
    case EINVAL:
    case EADDRNOTAVAIL:
    case ENODEV:
      return has_own_address (self) ? 0 : -EADDRNOTAVAIL;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
      return has_own_address (self) ? -ENETUNREACH : -EADDRNOTAVAIL;
    default:
      return 0;
    }
}

static void
refuse (Direct *self, uint32_t size)
{
  self->base.too_big_n++;
  if (self->base.too_big == 0 || size < self->base.too_big)
    self->base.too_big = size;
}

/* Each message has its own verdict: one of a train was too large. */
static int
send_one_by_one (Direct *self, BgPacket **pkts, int n)
{
  for (int i = 0; i < n; i++)
    {
      int r = send_train (self, pkts + i, 1), verdict = 0;

      if (r == -EAGAIN || r == -ENOBUFS)
        return i;
      if (r == -EMSGSIZE)
        refuse (self, pkts[i]->len);
      else if (r < 0 && (verdict = judge (self, -r)) < 0)
        return i > 0 ? i : verdict;
      else if (r < 0)
        bg_transport_lose (&self->base.losses.refused, 1);
      else
        self->stats.sent++;
    }
  return n;
}

/* How many of the train were taken, sent or lost. */
static int
offer_train (Direct *self, BgPacket **pkts, int n)
{
  int r = send_train (self, pkts, n);

  switch (-r)
    {
    case 0:
      self->stats.sent += (uint64_t) n;
      return n;
    case EAGAIN:
    case ENOBUFS:
      return 0;
    case EIO:
      /* A device that cannot checksum what it would have to segment. */
      self->segment = false;
      break;
    default: /* EMSGSIZE; EINVAL of a train that is too long for the link, before Linux 6.14; or the same for each */
      break;
    }
  return send_one_by_one (self, pkts, n);
}

static int
direct_send (BgTransport *base, BgPacket **pkts, int n)
{
  Direct *self = (Direct *) base;
  int done = 0;

  if (self->base.fd < 0)
    return -ENOTCONN;
  while (done < n)
    {
      int run = self->segment ? run_length (pkts + done, n - done) : 1;
      int taken = run > 1 ? offer_train (self, pkts + done, run)
                          : send_one_by_one (self, pkts + done, run);

      if (taken < 0)
        return taken;
      done += taken;
      if (taken < run)
        break;
    }
  return done;
}

/* --- Receiving --- */

static bool
is_remote (const Direct *self, const BgEndpoint *source)
{
  const struct sockaddr_in6 *a6 = &self->remote.addr.in6, *b6 = &source->addr.in6;
  const struct sockaddr_in *a4 = &self->remote.addr.in4, *b4 = &source->addr.in4;

  if (a4->sin_family == AF_INET)
    return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
  return a6->sin6_port == b6->sin6_port && a6->sin6_scope_id == b6->sin6_scope_id
         && memcmp (&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0;
}

static void
describe_train (Direct *self, Train *train, struct mmsghdr *message)
{
  uint32_t size = bg_packet_info_get_segment (&message->msg_hdr);

  train->strayed = !is_remote (self, &train->source); /* from whatever address: the seal decides */
  train->source.path = train->source.ifindex = 0;
  train->len = message->msg_len;
  train->size = size > 0 ? size : train->len;
  train->traffic_class = bg_packet_info_get_class (&message->msg_hdr);
  train->done = 0;
  if (train->size < train->len)
    self->ask = RECEIVE_TRAINS;
}

static int
fetch (Direct *self, BgReceiveScratch *scratch)
{
  struct mmsghdr msgs[RECEIVE_MESSAGES] = { 0 };
  struct iovec iov[RECEIVE_MESSAGES];
  BgPacketInfo infos[RECEIVE_MESSAGES];
  int n;

  for (int i = 0; i < self->ask; i++)
    {
      iov[i] = (struct iovec){ scratch->buffers[i], RECEIVE_BYTES };
      msgs[i].msg_hdr = (struct msghdr){ .msg_name = &scratch->trains[i].source.addr,
                                         .msg_namelen = sizeof scratch->trains[i].source.addr,
                                         .msg_iov = &iov[i],
                                         .msg_iovlen = 1 };
      bg_packet_info_receive (&msgs[i].msg_hdr, &infos[i]);
    }
  n = recvmmsg (self->base.fd, msgs, (unsigned) self->ask, MSG_DONTWAIT, NULL);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED ? 0 : -errno;
  self->stats.receives++;
  self->ask = RECEIVE_MESSAGES;
  for (int i = 0; i < n; i++)
    describe_train (self, &scratch->trains[i], &msgs[i]);
  scratch->n = n;
  scratch->next = 0;
  return n;
}

/* Without packets to put them into, what was received is lost, as in a network card without descriptors. */
static void
discard (Direct *self, BgReceiveScratch *scratch)
{
  for (; scratch->next < scratch->n; scratch->next++)
    {
      const Train *train = &scratch->trains[scratch->next];
      uint32_t left = train->len - train->done;

      if (left > 0) /* an empty datagram has no size */
        bg_transport_lose (&self->base.losses.no_buffer, (left + train->size - 1) / train->size);
    }
}

/* The next datagram of the train; false where it is not ours. */
static bool
cut (Direct *self, Train *train, const uint8_t *buffer, BgPacket *pkt)
{
  const uint8_t *bytes = buffer + train->done;
  uint32_t left = train->len - train->done, skip;
  uint32_t size = left < train->size ? left : train->size;

  train->done += size;
  if (bytes[0] != FIRST_BYTE || size > bg_packet_pool_max_message (self->pool))
    {
      self->stats.strays++;
      bg_transport_lose (&self->base.losses.malformed, 1);
      return false;
    }
  skip = bg_transport_is_wrapped (bytes, size) ? BG_WRAPPER_LEN : 0;
  memcpy (pkt->data, bytes + skip, size - skip);
  pkt->len = size - skip;
  pkt->traffic_class = train->traffic_class;
  if (train->strayed)
    {
      pkt->strayed = true;
      pkt->endpoint = train->source;
    }
  pkt->endpoint.path = self->base.path;
  return true;
}

static int
direct_receive (BgTransport *base, BgReceiveScratch *scratch, BgPacket **pkts, int max, bool *more)
{
  Direct *self = (Direct *) base;
  int n = 0, got;

  if (base->fd < 0)
    {
      *more = false;
      return 0;
    }
  if (!*more && (got = fetch (self, scratch)) <= 0)
    return got;
  *more = false;
  got = bg_packet_new_batch_for (self->pool, BG_PACKET_INBOUND, pkts, max);
  if (got == 0)
    {
      discard (self, scratch);
      return 0;
    }
  while (scratch->next < scratch->n)
    {
      Train *train = &scratch->trains[scratch->next];

      if (train->done == train->len)
        scratch->next++;
      else if (n == got)
        break;
      else
        n += cut (self, train, scratch->buffers[scratch->next], pkts[n]);
    }
  *more = scratch->next < scratch->n;
  self->stats.received += (uint64_t) n;
  bg_packet_free_batch (pkts + n, got - n);
  return n;
}

static void
direct_follow (BgTransport *base, const BgEndpoint *to)
{
  Direct *self = (Direct *) base;

  self->remote.addr = to->addr;
}

static void
direct_close (BgTransport *base)
{
  close_fd (&base->fd);
}

static void
direct_free (BgTransport *base)
{
  Direct *self = (Direct *) base;

  direct_close (base);
  free (self);
}

static const BgTransportOps direct_ops = {
  .send = direct_send,
  .receive = direct_receive,
  .follow = direct_follow,
  .close = direct_close,
  .free = direct_free,
};

/* --- The group --- */

/* 0, or why there can be no group beside the socket. */
static int
read_local (int fd, struct sockaddr_storage *local, socklen_t *len)
{
  in_port_t port;
  int type;
  socklen_t type_len = sizeof type;

  if (getsockname (fd, (struct sockaddr *) local, len) < 0
      || getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0)
    return errno;
  if (local->ss_family != AF_INET && local->ss_family != AF_INET6)
    return EAFNOSUPPORT;
  if (type != SOCK_DGRAM)
    return EPROTOTYPE;
  port = local->ss_family == AF_INET ? ((struct sockaddr_in *) local)->sin_port
                                     : ((struct sockaddr_in6 *) local)->sin6_port;
  return port == 0 ? EINVAL : 0;
}

static bool
open_group (BgDirectGroup *group, int ice_fd, int *error)
{
  struct sockaddr_storage local;
  socklen_t len = sizeof local;
  const int on = 1;

  *error = read_local (ice_fd, &local, &len);
  if (*error != 0)
    return false;
  if (setsockopt (ice_fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
    {
      *error = errno;
      return false;
    }
  group->family = local.ss_family;
  group->fd = join_group ((struct sockaddr *) &local, len, error);
  if (group->fd < 0)
    return false;
  if (attach_selector (group->fd) < 0)
    {
      *error = errno;
      return false;
    }
  raise_buffer (group->fd, SO_RCVBUFFORCE, SO_RCVBUF);
  raise_buffer (group->fd, SO_SNDBUFFORCE, SO_SNDBUF);
  set_apart (ice_fd, group->fd, local.ss_family);
  /* Without some of these the path still works, only slower. */
  for (int i = 0; i < IDLE_SOCKETS; i++)
    {
      int ignored;

      group->idle[i] = join_group ((struct sockaddr *) &local, len, &ignored);
    }
  return true;
}

BgDirectGroup *
bg_direct_group_new (int ice_fd, int *error)
{
  BgDirectGroup *group = calloc (1, sizeof *group);

  if (!group)
    abort ();
  group->fd = -1;
  memset (group->idle, 0xff, sizeof group->idle);
  if (open_group (group, ice_fd, error))
    return group;
  bg_direct_group_free (group);
  return NULL;
}

void
bg_direct_group_free (BgDirectGroup *group)
{
  if (!group)
    return;
  for (int i = 0; i < IDLE_SOCKETS; i++)
    close_fd (&group->idle[i]);
  close_fd (&group->fd);
  free (group);
}

BgTransport *
bg_transport_direct_new (BgDirectGroup *group, const BgTransportDirectConfig *config, int *error)
{
  Direct *self;
  int fd;

  if (config->remote->sa_family != group->family)
    {
      *error = EAFNOSUPPORT;
      return NULL;
    }
  fd = fcntl (group->fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    {
      *error = errno;
      return NULL;
    }
  self = calloc (1, sizeof *self);
  if (!self)
    abort ();
  self->base.ops = &direct_ops;
  self->base.kind = BG_TRANSPORT_DIRECT;
  atomic_init (&self->base.refs, 1);
  self->base.path = config->path;
  self->base.max_message = MAX_MESSAGE;
  self->base.sink = config->sink;
  self->base.fd = fd;
  self->pool = config->pool;
  self->segment = true;
  self->ask = RECEIVE_MESSAGES;
  self->remote_len = group->family == AF_INET ? sizeof self->remote.addr.in4
                                              : sizeof self->remote.addr.in6;
  memcpy (&self->remote.addr, config->remote, self->remote_len);
  self->local_len = sizeof self->local;
  getsockname (fd, (struct sockaddr *) &self->local, &self->local_len);
  return &self->base;
}

void
bg_transport_direct_get_stats (BgTransport *base, BgTransportDirectStats *out)
{
  *out = ((Direct *) base)->stats;
}
