/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport-direct.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* Two hosts on loopback, each with a socket that stands for libnice's and a direct transport beside it. */
typedef struct
{
  int ice;
  struct sockaddr_storage addr;
  BgDirectGroup *group;
  BgTransport *direct;
  bool more;
} Side;

typedef struct
{
  BgPacketPool *pool;
  BgReceiveScratch *scratch; /* of both */
  Side a, b;
} Fixture;

static BgReceiveScratch *scratch;

static void
open_ice (Side *side, int family)
{
  socklen_t len = sizeof side->addr;
  struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
  int bytes = 4 << 20;

  side->ice = socket (family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_cmpint (side->ice, >=, 0);
  g_assert_cmpint (bind (side->ice, family == AF_INET ? (void *) &in4 : (void *) &in6,
                         family == AF_INET ? sizeof in4 : sizeof in6),
                   ==, 0);
  g_assert_cmpint (getsockname (side->ice, (void *) &side->addr, &len), ==, 0);
  setsockopt (side->ice, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
}

static void
open_direct (Fixture *f, Side *side, const Side *other)
{
  BgTransportDirectConfig config = { .remote = (const void *) &other->addr,
                                     .path = 7,
                                     .pool = f->pool };
  int error = 0;

  if (!side->group)
    side->group = bg_direct_group_new (side->ice, &error);
  side->direct = side->group ? bg_transport_direct_new (side->group, &config, &error) : NULL;
  if (!side->direct)
    g_error ("direct: %s", g_strerror (error));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  int family = GPOINTER_TO_INT (data);

  f->pool = bg_packet_pool_new (2048, 4096);
  f->scratch = scratch = bg_receive_scratch_new ();
  open_ice (&f->a, family);
  open_ice (&f->b, family);
  open_direct (f, &f->a, &f->b);
  open_direct (f, &f->b, &f->a);
}

static void
close_side (Side *side)
{
  if (side->direct)
    {
      side->direct->ops->close (side->direct);
      bg_transport_unref (side->direct);
    }
  bg_direct_group_free (side->group);
  close (side->ice);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_side (&f->a);
  close_side (&f->b);
  bg_receive_scratch_free (f->scratch);
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

static int
make (Fixture *f, BgPacket **pkts, int n, uint32_t size, uint8_t mark)
{
  g_assert_cmpint (bg_packet_new_batch (f->pool, pkts, n), ==, n);
  for (int i = 0; i < n; i++)
    {
      memset (pkts[i]->data, mark, size);
      pkts[i]->data[0] = 4;
      pkts[i]->data[1] = (uint8_t) i;
      pkts[i]->len = size;
    }
  return n;
}

/* All that is there, though the first may be nothing for us. */
static int
receive_now (Side *side, BgPacket **pkts, int max)
{
  struct pollfd pfd = { .fd = side->direct->fd, .events = POLLIN };
  int n;

  do
    n = side->direct->ops->receive (side->direct, scratch, pkts, max, &side->more);
  while (n == 0 && (side->more || poll (&pfd, 1, 0) == 1));
  return n;
}

static int
receive (Side *side, BgPacket **pkts, int max)
{
  struct pollfd pfd = { .fd = side->direct->fd, .events = POLLIN };
  int n = receive_now (side, pkts, max);

  while (n == 0 && poll (&pfd, 1, 2000) == 1)
    n = receive_now (side, pkts, max);
  return n;
}

static void
test_batch (Fixture *f, gconstpointer data)
{
  static const uint32_t sizes[] = { 32, 200, 1452 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      BgPacket *out[100], *in[128];
      int n = make (f, out, 100, sizes[s], 0x55), got = 0;
      BgTransportDirectStats stats;

      out[99]->len = 31; /* a shorter last one ends the train */
      g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, n), ==, n);
      while (got < n)
        {
          int r = receive (&f->b, in, 128);

          g_assert_cmpint (r, >, 0);
          for (int i = 0; i < r; i++, got++)
            {
              g_assert_cmpuint (in[i]->endpoint.path, ==, 7);
              g_assert_cmpmem (in[i]->data, in[i]->len, out[got]->data, out[got]->len);
            }
          bg_packet_free_batch (in, r);
        }
      bg_transport_direct_get_stats (f->a.direct, &stats);
      g_assert_cmpuint (stats.sends * 10, <=, stats.sent); /* trains, not singles */
      bg_packet_free_batch (out, n);
    }
}

/* The peer sends from another port: that is said of what comes from there, and the transport follows when it is told. */
static void
test_follow (Fixture *f, gconstpointer data)
{
  BgPacket *out[3], *in[128];
  int n = make (f, out, 3, 200, 0x22);
  Side moved = { .ice = -1 };

  open_ice (&moved, GPOINTER_TO_INT (data));
  open_direct (f, &moved, &f->b);
  g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, 1), ==, 1);
  g_assert_cmpint (receive (&f->b, in, 128), ==, 1);
  g_assert_false (in[0]->strayed);
  bg_packet_free (in[0]);

  g_assert_cmpint (moved.direct->ops->send (moved.direct, out, n), ==, n);
  g_assert_cmpint (receive (&f->b, in, 128), ==, n);
  g_assert_true (in[0]->strayed && in[n - 1]->strayed);
  g_assert_cmpuint (in[0]->endpoint.path, ==, 7);
  g_assert_cmpint (f->b.direct->ops->send (f->b.direct, out, 1), ==, 1);
  g_assert_cmpint (receive (&f->a, in + n, 1), ==, 1);
  f->b.direct->ops->follow (f->b.direct, &in[0]->endpoint);
  bg_packet_free_batch (in, n + 1);
  g_assert_cmpint (f->b.direct->ops->send (f->b.direct, out, 1), ==, 1);
  g_assert_cmpint (receive (&moved, in, 128), ==, 1);
  g_assert_false (in[0]->strayed);
  bg_packet_free (in[0]);
  bg_packet_free_batch (out, n);
  close_side (&moved);
}

static void
test_mixed_sizes (Fixture *f, gconstpointer data)
{
  BgPacket *out[60], *in[128];
  int n = make (f, out, 60, 1400, 0x11), got = 0;

  for (int i = 0; i < n; i++)
    out[i]->len = (uint32_t) g_test_rand_int_range (32, 1452);
  g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, n), ==, n);
  while (got < n)
    {
      int r = receive (&f->b, in, 7); /* less than a train at a time */

      g_assert_cmpint (r, >, 0);
      for (int i = 0; i < r; i++, got++)
        g_assert_cmpmem (in[i]->data, in[i]->len, out[got]->data, out[got]->len);
      bg_packet_free_batch (in, r);
    }
  bg_packet_free_batch (out, n);
}

/* STUN, DTLS, TURN channels and all else stays libnice's, also in the middle of a flood of data. */
static void
test_ice_sees_its_own (Fixture *f, gconstpointer data)
{
  guint expected = 0, seen = 0;
  uint8_t byte[64];

  for (int round = 0; round < 256; round++)
    {
      BgPacket *out[44], *in[128];
      int n = make (f, out, 44, 1452, 0x77), got = 0;

      memset (byte, round, sizeof byte);
      g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, n), ==, n);
      g_assert_cmpint (
        sendto (f->a.ice, byte, sizeof byte, 0, (void *) &f->b.addr, sizeof f->b.addr), ==,
        sizeof byte);
      expected += round != 4;
      n += round == 4;
      while (got < n)
        {
          int r = receive (&f->b, in, 128);

          g_assert_cmpint (r, >, 0);
          for (int i = 0; i < r; i++)
            g_assert_cmphex (in[i]->data[0], ==, 4);
          got += r;
          bg_packet_free_batch (in, r);
        }
      while (recv (f->b.ice, byte, sizeof byte, MSG_DONTWAIT) > 0)
        {
          g_assert_cmphex (byte[0], !=, 4);
          seen++;
        }
      bg_packet_free_batch (out, 44);
    }
  g_assert_cmpuint (seen, ==, expected);
}

/* What the kernel's GRO would make of `n` datagrams of one flow: one train, begun by the first. */
static void
send_train_raw (Fixture *f, const uint8_t *first_bytes, int n, uint16_t size)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (uint16_t))];
    struct cmsghdr align;
  } control = { 0 };
  g_autofree uint8_t *bytes = g_malloc0 ((gsize) n * size);
  struct iovec iov = { bytes, (gsize) n * size };
  struct msghdr msg = { .msg_name = &f->b.addr,
                        .msg_namelen = sizeof f->b.addr,
                        .msg_iov = &iov,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof control.bytes };

  for (int i = 0; i < n; i++)
    memset (bytes + (gsize) i * size, first_bytes[i], size);
  control.align.cmsg_level = IPPROTO_UDP;
  control.align.cmsg_type = UDP_SEGMENT;
  control.align.cmsg_len = CMSG_LEN (sizeof size);
  memcpy (CMSG_DATA (&control.align), &size, sizeof size);
  g_assert_cmpint (sendmsg (f->a.ice, &msg, 0), ==, (gssize) iov.iov_len);
}

/* GRO that joined libnice's datagrams to ours, or ours to its: we deliver nothing that does not begin with 4, and say
 * how much went astray; libnice misses nothing of a train that its own datagram began. */
static void
test_mixed_trains (Fixture *f, gconstpointer data)
{
  static const uint8_t ours_first[] = { 4, 4, 20, 4, 0, 1, 4, 255, 64, 4 };
  static const uint8_t theirs_first[] = { 20, 4, 4, 0, 20, 4 };
  struct pollfd pfd = { .fd = f->b.ice, .events = POLLIN };
  BgTransportDirectStats stats;
  BgPacket *in[128];
  uint8_t bytes[2048];
  guint seen = 0;
  int got = 0;

  send_train_raw (f, ours_first, G_N_ELEMENTS (ours_first), 300);
  while (got < 5)
    {
      int r = receive (&f->b, in, 3);

      g_assert_cmpint (r, >, 0);
      for (int i = 0; i < r; i++)
        {
          g_assert_cmphex (in[i]->data[0], ==, 4);
          g_assert_cmpuint (in[i]->len, ==, 300);
        }
      got += r;
      bg_packet_free_batch (in, r);
    }
  g_assert_cmpint (got, ==, 5);

  send_train_raw (f, theirs_first, G_N_ELEMENTS (theirs_first), 200);
  while (seen < G_N_ELEMENTS (theirs_first))
    {
      g_assert_cmpint (poll (&pfd, 1, 2000), ==, 1);
      g_assert_cmpint (recv (f->b.ice, bytes, sizeof bytes, MSG_DONTWAIT), ==, 200);
      g_assert_cmphex (bytes[0], ==, theirs_first[seen++]);
    }
  g_assert_cmpint (receive_now (&f->b, in, 128), ==, 0);
  bg_transport_direct_get_stats (f->b.direct, &stats);
  g_assert_cmpuint (stats.strays, ==, 5);
  g_assert_cmpuint (bg_transport_take_lost (&f->b.direct->losses.malformed), ==, 5);
}

/* From an empty datagram up, and from whatever sender. */
static void
test_odd_datagrams (Fixture *f, gconstpointer data)
{
  struct pollfd pfd = { .fd = f->b.ice, .events = POLLIN };
  int stranger = socket (f->b.addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  uint8_t bytes[9000] = { 4 }, answer[9000];
  BgPacket *in[1];

  g_assert_cmpint (sendto (stranger, bytes, 0, 0, (void *) &f->b.addr, sizeof f->b.addr), ==, 0);
  g_assert_cmpint (poll (&pfd, 1, 2000), ==, 1);
  g_assert_cmpint (recv (f->b.ice, answer, sizeof answer, MSG_DONTWAIT), ==, 0);

  /* Larger than any message of ours: dropped, and what follows arrives. */
  g_assert_cmpint (sendto (stranger, bytes, sizeof bytes, 0, (void *) &f->b.addr, sizeof f->b.addr),
                   ==, sizeof bytes);
  g_assert_cmpint (sendto (stranger, bytes, 1, 0, (void *) &f->b.addr, sizeof f->b.addr), ==, 1);
  g_assert_cmpint (receive (&f->b, in, 1), ==, 1);
  g_assert_cmpuint (in[0]->len, ==, 1);
  bg_packet_free (in[0]);
  close (stranger);
}

static void
test_close_gives_back (Fixture *f, gconstpointer data)
{
  struct pollfd pfd = { .fd = f->b.ice, .events = POLLIN };
  uint8_t byte[64] = { 4 };
  BgPacket *pkt[1];
  bool more = false;

  f->b.direct->ops->close (f->b.direct);
  g_assert_cmpint (f->b.direct->ops->receive (f->b.direct, f->scratch, pkt, 1, &more), ==, 0);
  g_assert_cmpint (make (f, pkt, 1, 100, 1), ==, 1);
  g_assert_cmpint (f->b.direct->ops->send (f->b.direct, pkt, 1), ==, -ENOTCONN);
  bg_packet_free (pkt[0]);

  /* Another pair of the same socket: a new transport on the old group. */
  bg_transport_unref (f->b.direct);
  open_direct (f, &f->b, &f->a);
  test_batch (f, data);

  /* Without the group everything reaches libnice again, and a new group can form. */
  f->b.direct->ops->close (f->b.direct);
  bg_transport_unref (f->b.direct);
  g_clear_pointer (&f->b.group, bg_direct_group_free);
  sendto (f->a.ice, byte, sizeof byte, 0, (void *) &f->b.addr, sizeof f->b.addr);
  g_assert_cmpint (poll (&pfd, 1, 2000), ==, 1);
  g_assert_cmpint (recv (f->b.ice, byte, sizeof byte, MSG_DONTWAIT), ==, sizeof byte);
  open_direct (f, &f->b, &f->a);
  test_batch (f, data);
}

/* Also what the peer's ICE transport sends: it goes to the same address, and the selector sees its first byte. */
static void
test_handshakes (Fixture *f, gconstpointer data)
{
  static const uint32_t lengths[] = { 148, 92, 64 };
  BgPacket *out[4], *in[8];
  int n = make (f, out, 4, 100, 0x66), got = 0;
  uint8_t byte[256];

  for (int i = 0; i < 3; i++)
    {
      memset (out[i]->data, 0, 4);
      out[i]->data[0] = (uint8_t) (i + 1);
      out[i]->len = lengths[i];
    }
  g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, n), ==, n);
  while (got < n)
    {
      int r = receive (&f->b, in, 8);

      g_assert_cmpint (r, >, 0);
      for (int i = 0; i < r; i++, got++)
        g_assert_cmpmem (in[i]->data, in[i]->len, out[got]->data, out[got]->len);
      bg_packet_free_batch (in, r);
    }
  g_assert_cmpint (recv (f->b.ice, byte, sizeof byte, MSG_DONTWAIT), ==, -1);
  bg_packet_free_batch (out, n);
}

static void
test_pool_dry (Fixture *f, gconstpointer data)
{
  BgPacket *out[10], *in[8], *hoard[5000];
  int n = make (f, out, 10, 1000, 3), held, got = 0;
  uint64_t lost;
  bool more = false;

  g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, n), ==, n);
  held = bg_packet_new_batch (f->pool, hoard, G_N_ELEMENTS (hoard));
  g_assert_cmpint (f->b.direct->ops->receive (f->b.direct, f->scratch, in, 8, &more), ==, 0);
  bg_packet_free_batch (hoard, held);
  g_assert_false (more);
  lost = bg_transport_take_lost (&f->b.direct->losses.no_buffer);
  g_assert_cmpuint (lost, >, 0);

  /* What comes later arrives. */
  g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, n), ==, n);
  while ((held = receive (&f->b, in, 8)) > 0)
    {
      got += held;
      bg_packet_free_batch (in, held);
      if ((uint64_t) got + lost == 2 * (uint64_t) n)
        break;
    }
  g_assert_cmpuint ((uint64_t) got + lost, ==, 2 * (uint64_t) n);
  bg_packet_free_batch (out, n);
}

/* A message that no datagram can hold is refused alone, and what goes with it is not. */
static void
test_too_big (Fixture *f, gconstpointer data)
{
  enum
  {
    HUGE_SIZE = 66000
  };
  BgPacketPool *pool = bg_packet_pool_new (HUGE_SIZE, 8);
  BgPacket *out[3], *in[8];

  for (gsize i = 0; i < G_N_ELEMENTS (out); i++)
    {
      out[i] = bg_packet_new (pool);
      out[i]->len = i == 1 ? HUGE_SIZE : 1000;
      memset (out[i]->data, 4, out[i]->len);
    }
  g_assert_cmpuint (f->a.direct->too_big, ==, 0);
  g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, 3), ==, 3);
  g_assert_cmpuint (f->a.direct->too_big, ==, HUGE_SIZE);
  g_assert_cmpuint (f->a.direct->too_big_n, ==, 1);
  for (int got = 0; got < 2;)
    {
      int r = receive (&f->b, in, 8);

      g_assert_cmpint (r, >, 0);
      got += r;
      bg_packet_free_batch (in, r);
    }
  bg_packet_free_batch (out, 3);
  g_assert_true (bg_packet_pool_destroy (pool));
}

/* Two probes of the sizes of a train, and the datagram behind them. */
static void
test_probes_go_alone (Fixture *f, gconstpointer data)
{
  BgPacket *out[3], *in[8];
  BgTransportDirectStats stats;

  make (f, out, 3, 1400, 1);
  out[0]->urgent = out[1]->urgent = true;
  g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, 3), ==, 3);
  bg_transport_direct_get_stats (f->a.direct, &stats);
  g_assert_cmpuint (stats.sends, ==, 3);
  for (int got = 0; got < 3;)
    {
      int r = receive (&f->b, in, 8);

      g_assert_cmpint (r, >, 0);
      got += r;
      bg_packet_free_batch (in, r);
    }
  bg_packet_free_batch (out, 3);
}

/* Each class leaves in trains of its own, in order, and arrives with its packets. */
static void
test_classes (Fixture *f, gconstpointer data)
{
  static const uint8_t classes[] = { 0, 0, 1, 1, 1, 2, 3, 3, 0, 2 };
  BgPacket *out[G_N_ELEMENTS (classes)], *in[8];
  int n = make (f, out, G_N_ELEMENTS (classes), 700, 1), got = 0;
  BgTransportDirectStats stats;

  for (int i = 0; i < n; i++)
    out[i]->traffic_class = classes[i];
  g_assert_cmpint (f->a.direct->ops->send (f->a.direct, out, n), ==, n);
  bg_packet_free_batch (out, n);
  bg_transport_direct_get_stats (f->a.direct, &stats);
  g_assert_cmpuint (stats.sends, ==, 6);
  while (got < n)
    {
      int r = receive (&f->b, in, 8);

      g_assert_cmpint (r, >, 0);
      for (int i = 0; i < r; i++, got++)
        {
          g_assert_cmpuint (in[i]->data[1], ==, got);
          g_assert_cmpuint (in[i]->traffic_class, ==, classes[got]);
        }
      bg_packet_free_batch (in, r);
    }
}

/* Many groups share the idle members; none goes without while there are fewer groups than those. */
/* The link that libnice's socket prefers is preferred by ours. */
static void
test_follows_link (Fixture *f, gconstpointer data)
{
  int family = GPOINTER_TO_INT (data), error = 0, link = 0;
  int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
  int option = family == AF_INET ? IP_UNICAST_IF : IPV6_UNICAST_IF;
  int loopback = (int) htonl (if_nametoindex ("lo"));
  socklen_t len = sizeof link;
  Side side = { 0 };

  open_ice (&side, family);
  g_assert_cmpint (setsockopt (side.ice, level, option, &loopback, sizeof loopback), ==, 0);
  side.group = bg_direct_group_new (side.ice, &error);
  g_assert_nonnull (side.group);
  g_assert_cmpint (getsockopt (bg_direct_group_fd (side.group), level, option, &link, &len), ==, 0);
  g_assert_cmpint (link, ==, loopback);
  close_side (&side);
}

static void
say_to_ice (Fixture *f, const guint8 *bytes, gsize len)
{
  g_assert_cmpint (sendto (f->b.ice, bytes, len, 0, (const void *) &f->a.addr, sizeof f->a.addr),
                   ==, (gssize) len);
}

/* What libnice says only to keep NATs awake wakes nobody; questions, and what is no STUN, come through. */
static void
test_indications_wake_nobody (Fixture *f, gconstpointer data)
{
  guint8 stun[20] = { 0x00, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42 }, other[20] = { 0x00, 0x11 };
  guint8 bytes[64];
  const guint8 one = 0;
  struct pollfd pfd = { .fd = f->a.ice, .events = POLLIN };

  say_to_ice (f, stun, sizeof stun);
  say_to_ice (f, other, sizeof other);
  stun[1] = 0x01;
  say_to_ice (f, stun, sizeof stun);
  say_to_ice (f, &one, 1);
  g_assert_cmpint (poll (&pfd, 1, 2000), ==, 1);
  g_assert_cmpint (recv (f->a.ice, bytes, sizeof bytes, 0), ==, sizeof other);
  g_assert_cmpmem (bytes, sizeof other, other, sizeof other);
  g_assert_cmpint (recv (f->a.ice, bytes, sizeof bytes, 0), ==, sizeof stun);
  g_assert_cmpmem (bytes, sizeof stun, stun, sizeof stun);
  g_assert_cmpint (recv (f->a.ice, bytes, sizeof bytes, 0), ==, 1);
  g_assert_cmpint (recv (f->a.ice, bytes, sizeof bytes, 0), ==, -1);
}

static void
test_idle_members_are_bounded (void)
{
  enum
  {
    GROUPS = 60
  };
  BgDirectGroup *groups[GROUPS];
  Side sides[GROUPS] = { 0 };
  int total = 0, least = G_MAXINT, most = 0, error = 0;

  for (int i = 0; i < GROUPS; i++)
    {
      open_ice (&sides[i], AF_INET);
      groups[i] = bg_direct_group_new (sides[i].ice, &error);
      g_assert_nonnull (groups[i]);
      if (i == 0)
        g_assert_cmpint (bg_direct_group_idle (groups[0]), ==, BG_DIRECT_IDLE_MAX);
    }
  for (int i = 0; i < GROUPS; i++)
    {
      int n = bg_direct_group_idle (groups[i]);

      total += n;
      least = MIN (least, n);
      most = MAX (most, n);
    }
  g_assert_cmpint (total, <=, BG_DIRECT_IDLE_ALL);
  g_assert_cmpint (total, >, BG_DIRECT_IDLE_ALL - GROUPS);
  g_assert_cmpint (most - least, <=, 1);
  for (int i = 0; i < GROUPS; i++)
    {
      bg_direct_group_free (groups[i]);
      close (sides[i].ice);
    }
}

/* The selector finds its two whoever else comes and goes. */
static void
test_members_leave (Fixture *f, gconstpointer data)
{
  enum
  {
    GROUPS = 40
  };
  BgDirectGroup *groups[GROUPS];
  Side sides[GROUPS] = { 0 };
  int before = bg_direct_group_idle (f->b.group), error = 0;

  for (int i = 0; i < GROUPS; i++)
    {
      open_ice (&sides[i], AF_INET);
      groups[i] = bg_direct_group_new (sides[i].ice, &error);
    }
  g_assert_cmpint (bg_direct_group_idle (f->b.group), <, before);
  test_batch (f, data);
  test_ice_sees_its_own (f, data);
  for (int i = 0; i < GROUPS; i++)
    {
      bg_direct_group_free (groups[i]);
      close (sides[i].ice);
    }
}

/* --- Sockets beside which there is no place --- */

static int
refusal_of (int fd)
{
  int error = 0;

  g_assert_null (bg_direct_group_new (fd, &error));
  return error;
}

static void
test_refused (void)
{
  struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int pair[2], stream, unbound;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (refusal_of (pair[0]), ==, EAFNOSUPPORT);
  close (pair[0]);
  close (pair[1]);
  g_assert_cmpint (refusal_of (pair[1]), ==, EBADF);

  stream = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (stream, (void *) &any, sizeof any), ==, 0);
  g_assert_cmpint (refusal_of (stream), ==, EPROTOTYPE);
  close (stream);

  unbound = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (refusal_of (unbound), ==, EINVAL);
  close (unbound);
}

/* A group is of one user's sockets alone. */
static void
test_refused_to_others (void)
{
  struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd;

  if (geteuid () != 0 || seteuid (65534) != 0)
    {
      g_test_skip ("needs root, and a second user");
      return;
    }
  fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fd, (void *) &any, sizeof any), ==, 0);
  g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_cmpint (refusal_of (fd), ==, EADDRINUSE);
  close (fd);
}

static void
test_other_family (Fixture *f, gconstpointer data)
{
  struct sockaddr_in in4 = { .sin_family = AF_INET };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
  bool is4 = GPOINTER_TO_INT (data) == AF_INET;
  BgTransportDirectConfig config = { .remote = is4 ? (void *) &in6 : (void *) &in4,
                                     .path = 7,
                                     .pool = f->pool };
  int error = 0;

  g_assert_null (bg_transport_direct_new (f->a.group, &config, &error));
  g_assert_cmpint (error, ==, EAFNOSUPPORT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/direct/ipv4/" name, Fixture, GINT_TO_POINTER (AF_INET), set_up, func, tear_down);  \
  g_test_add ("/direct/ipv6/" name, Fixture, GINT_TO_POINTER (AF_INET6), set_up, func, tear_down)
  ADD ("batch", test_batch);
  ADD ("follow", test_follow);
  ADD ("mixed-sizes", test_mixed_sizes);
  ADD ("ice-sees-its-own", test_ice_sees_its_own);
  ADD ("mixed-trains", test_mixed_trains);
  ADD ("odd-datagrams", test_odd_datagrams);
  ADD ("close-gives-back", test_close_gives_back);
  ADD ("handshakes", test_handshakes);
  ADD ("pool-dry", test_pool_dry);
  ADD ("too-big", test_too_big);
  ADD ("probes-go-alone", test_probes_go_alone);
  ADD ("other-family", test_other_family);
  ADD ("classes", test_classes);
  ADD ("members-leave", test_members_leave);
  ADD ("follows-link", test_follows_link);
  ADD ("indications-wake-nobody", test_indications_wake_nobody);
  g_test_add_func ("/direct/idle-members-are-bounded", test_idle_members_are_bounded);
  g_test_add_func ("/direct/refused", test_refused);
  g_test_add_func ("/direct/refused-to-others", test_refused_to_others);
  return g_test_run ();
}
