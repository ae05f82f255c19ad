/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport-direct.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
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

typedef struct
{
  BgTransport base;
  BgPacketPool *pool;
  BgEndpoint remote;
  socklen_t remote_len;
  bool segment; /* UDP_SEGMENT works here */
  BgTransportDirectStats stats;
  int pending, pending_next; /* received trains not yet cut up */
  int ask;                   /* for how many */
  struct
  {
    uint32_t len, size, done;
    bool strayed;
    BgEndpoint source;
  } trains[RECEIVE_MESSAGES];
  uint8_t *buffers; /* RECEIVE_MESSAGES * RECEIVE_BYTES */
} Direct;

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
  /* Every member, so that the early lookup finds a GRO socket whichever it picks. */
  setsockopt (fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  return fd;
}

/* No message of ours is ever fragmented, and how much a way carries is found by probes (path-mtu.h). So PROBE and not DO:
 * DO would refuse what the kernel's cached path MTU forbids, and that comes from ICMP, which anyone can forge and which
 * would stay in the way of larger probes for ten minutes. With PROBE only the device's own MTU refuses.
 *
 * GRO joins datagrams of one flow by their sizes alone. A different traffic class, and for IPv4 a different DF bit (which
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
         && total + pkts[i]->len <= TRAIN_MAX_BYTES)
    {
      total += pkts[i]->len;
      if (pkts[i++]->len < size)
        break; /* only the last may be shorter */
    }
  return i;
}

static int
send_train (Direct *self, BgPacket **pkts, int n)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (uint16_t))];
    struct cmsghdr align;
  } control = { 0 };
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
  if (n > 1)
    {
      uint16_t size = (uint16_t) pkts[0]->len;
      struct cmsghdr *cmsg = &control.align;

      msg.msg_control = control.bytes;
      msg.msg_controllen = sizeof control.bytes;
      cmsg->cmsg_level = IPPROTO_UDP;
      cmsg->cmsg_type = UDP_SEGMENT;
      cmsg->cmsg_len = CMSG_LEN (sizeof size);
      memcpy (CMSG_DATA (cmsg), &size, sizeof size);
    }
  self->stats.sends++;
  return sendmsg (self->base.fd, &msg, MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* What is lost on the way is nobody's fault that we could mend; what says that the socket is dead ends the path. */
static bool
is_dead (int error)
{
  return error == EBADF || error == ENOTSOCK || error == EADDRNOTAVAIL || error == ENODEV;
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
      int r = send_train (self, pkts + i, 1);

      if (r == -EAGAIN || r == -ENOBUFS)
        return i;
      if (r == -EMSGSIZE)
        refuse (self, pkts[i]->len);
      else if (r < 0 && is_dead (-r))
        return r;
      else if (r == 0)
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
      return send_one_by_one (self, pkts, n);
    case EMSGSIZE:
    case EINVAL: /* of a train, before Linux 6.14 */
      return send_one_by_one (self, pkts, n);
    default:
      return is_dead (-r) ? r : n;
    }
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

static uint32_t
train_size (struct msghdr *msg, uint32_t len)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (msg); c; c = CMSG_NXTHDR (msg, c))
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
      {
        int size;

        memcpy (&size, CMSG_DATA (c), sizeof size);
        return size > 0 ? (uint32_t) size : len;
      }
  return len;
}

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

static int
fetch (Direct *self)
{
  struct mmsghdr msgs[RECEIVE_MESSAGES] = { 0 };
  struct iovec iov[RECEIVE_MESSAGES];
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control[RECEIVE_MESSAGES] = { 0 };
  int n;

  for (int i = 0; i < self->ask; i++)
    {
      iov[i] = (struct iovec){ self->buffers + (size_t) i * RECEIVE_BYTES, RECEIVE_BYTES };
      msgs[i].msg_hdr = (struct msghdr){ .msg_name = &self->trains[i].source.addr,
                                         .msg_namelen = sizeof self->trains[i].source.addr,
                                         .msg_iov = &iov[i],
                                         .msg_iovlen = 1,
                                         .msg_control = control[i].bytes,
                                         .msg_controllen = sizeof control[i].bytes };
    }
  n = recvmmsg (self->base.fd, msgs, (unsigned) self->ask, MSG_DONTWAIT, NULL);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED ? 0 : -errno;
  self->stats.receives++;
  self->pending = n;
  self->pending_next = 0;
  self->ask = RECEIVE_MESSAGES;
  for (int i = 0; i < n; i++)
    {
      uint32_t len = msgs[i].msg_len;

      /* From whatever address: the seal decides. */
      self->trains[i].strayed = !is_remote (self, &self->trains[i].source);
      self->trains[i].len = len;
      self->trains[i].size = train_size (&msgs[i].msg_hdr, len);
      self->trains[i].done = 0;
      if (self->trains[i].size < len)
        self->ask = RECEIVE_TRAINS;
    }
  return n;
}

/* Without packets to put them into, what was received is lost, as in a network card without descriptors. */
static void
discard (Direct *self)
{
  for (; self->pending_next < self->pending; self->pending_next++)
    {
      uint32_t left = self->trains[self->pending_next].len - self->trains[self->pending_next].done;
      uint32_t size = self->trains[self->pending_next].size;

      if (left > 0) /* an empty datagram has no size */
        self->stats.no_buffer += (left + size - 1) / size;
    }
}

static int
direct_receive (BgTransport *base, BgPacket **pkts, int max, bool *more)
{
  Direct *self = (Direct *) base;
  int n = 0, got;

  *more = false;
  if (base->fd < 0)
    return 0;
  if (self->pending_next == self->pending && (got = fetch (self)) <= 0)
    return got;
  got = bg_packet_new_batch_for (self->pool, BG_PACKET_INBOUND, pkts, max);
  if (got == 0)
    {
      discard (self);
      return 0;
    }
  max = got;
  while (self->pending_next < self->pending)
    {
      int i = self->pending_next;
      const uint8_t *bytes = self->buffers + (size_t) i * RECEIVE_BYTES + self->trains[i].done;
      uint32_t left = self->trains[i].len - self->trains[i].done;
      uint32_t size = left < self->trains[i].size ? left : self->trains[i].size, skip;

      if (left == 0)
        {
          self->pending_next++;
          continue;
        }
      if (n == max)
        break;
      self->trains[i].done += size;
      if (bytes[0] != FIRST_BYTE || size > bg_packet_pool_max_message (self->pool))
        {
          self->stats.strays++;
          continue;
        }
      skip = bg_transport_is_wrapped (bytes, size) ? BG_WRAPPER_LEN : 0;
      memcpy (pkts[n]->data, bytes + skip, size - skip);
      pkts[n]->len = size - skip;
      if (self->trains[i].strayed)
        {
          pkts[n]->strayed = true;
          pkts[n]->endpoint = self->trains[i].source;
        }
      pkts[n++]->endpoint.path = base->path;
    }
  *more = self->pending_next < self->pending;
  self->stats.received += (uint64_t) n;
  bg_packet_free_batch (pkts + n, max - n);
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
  free (self->buffers);
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
  self->buffers = malloc ((size_t) RECEIVE_MESSAGES * RECEIVE_BYTES);
  if (!self->buffers)
    abort ();
  return &self->base;
}

void
bg_transport_direct_get_stats (BgTransport *base, BgTransportDirectStats *out)
{
  *out = ((Direct *) base)->stats;
}
