/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport-direct.h"
#include "transport/own-address.h"
#include "transport/packet-info.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  /* The kernel's limits of one segmented send, and a train that stays in the cache. */
  SEGMENTS_MAX = 44,
  TRAIN_MAX_BYTES = 65000,
  RECEIVE_BYTES = 65536,
  /* Asked for in one call: few while trains come, which are long, else many. */
  RECEIVE_TRAINS = 4,
  RECEIVE_MESSAGES = 16,
  MAX_MESSAGE = 65507,
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

/* --- Sending --- */

static int
run_length (BgPacket **pkts, int n)
{
  uint32_t size = pkts[0]->len, total = size;
  int i = 1;

  /* A probe is to meet the way as it is, also where trains pass in one piece. */
  if (pkts[0]->urgent || pkts[0]->data[0] != BG_DIRECT_FIRST_BYTE)
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
  if (pkts[0]->data[0]
      != BG_DIRECT_FIRST_BYTE) /* a handshake message, which is urgent and so alone */
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
  return bg_own_address_check ((const struct sockaddr *) &self->local) != BG_OWN_ADDRESS_NO;
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
  if (bytes[0] != BG_DIRECT_FIRST_BYTE || size > bg_packet_pool_max_message (self->pool))
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

BgTransport *
bg_transport_direct_new (BgDirectGroup *group, const BgTransportDirectConfig *config, int *error)
{
  socklen_t local_len = sizeof (struct sockaddr_storage);
  Direct *self;
  int fd;

  if (config->remote->sa_family != bg_direct_group_family (group))
    {
      *error = EAFNOSUPPORT;
      return NULL;
    }
  fd = fcntl (bg_direct_group_fd (group), F_DUPFD_CLOEXEC, 0);
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
  self->remote_len = bg_direct_group_family (group) == AF_INET ? sizeof self->remote.addr.in4
                                                               : sizeof self->remote.addr.in6;
  memcpy (&self->remote.addr, config->remote, self->remote_len);
  getsockname (fd, (struct sockaddr *) &self->local, &local_len);
  return &self->base;
}

void
bg_transport_direct_get_stats (BgTransport *base, BgTransportDirectStats *out)
{
  *out = ((Direct *) base)->stats;
}
