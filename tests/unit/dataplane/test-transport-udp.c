/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport-udp.h"
#include "packet/packet-queue.h"

#include <errno.h>
#include <glib.h>
#include <netinet/ip.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  BgPacketPool *pool;
  BgTransport *a, *b;
  BgPacketQueue got; /* at b */
  guint sources_lost;
} Fixture;

static void
on_receive (void *data, BgTransport *from, BgPacket **pkts, int n)
{
  Fixture *f = data;

  for (int i = 0; i < n; i++)
    bg_packet_queue_push (&f->got, pkts[i]);
}

static void
on_closed (void *data, BgTransport *from)
{
  g_assert_not_reached ();
}

static void
on_source_lost (void *data, BgTransport *from, const BgPacket *pkt)
{
  Fixture *f = data;

  g_assert_cmpuint (pkt->endpoint.ifindex, >, 0);
  f->sources_lost++;
}

static BgTransport *
open_any (Fixture *f)
{
  BgTransportSink sink = { on_receive, on_closed, f, on_source_lost };
  int error = 0;
  BgTransport *transport = bg_transport_udp_new (0, f->pool, &sink, &error);

  g_assert_nonnull (transport);
  g_assert_cmpuint (bg_transport_udp_port (transport), >, 0);
  return transport;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->pool = bg_packet_pool_new (2048, 1024);
  f->a = open_any (f);
  f->b = open_any (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_packet_queue_clear (&f->got);
  f->a->ops->close (f->a);
  bg_transport_unref (f->a);
  f->b->ops->close (f->b);
  bg_transport_unref (f->b);
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

static gboolean
has_v6 (BgTransport *transport)
{
  int fds[BG_UDP_SOCKETS];

  bg_transport_udp_fds (transport, fds);
  return fds[1] >= 0;
}

static BgPacket *
message_to (Fixture *f, int family, BgTransport *to, guint32 len)
{
  BgPacket *pkt = bg_packet_new (f->pool);

  memset (&pkt->endpoint, 0, sizeof pkt->endpoint);
  if (family == AF_INET)
    pkt->endpoint.addr.in4 = (struct sockaddr_in){
      AF_INET, htons (bg_transport_udp_port (to)), { htonl (INADDR_LOOPBACK) }, { 0 }
    };
  else
    pkt->endpoint.addr.in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
                                                    .sin6_port = htons (bg_transport_udp_port (to)),
                                                    .sin6_addr = in6addr_loopback };
  memset (pkt->data, (int) len & 0xff, len);
  pkt->len = len;
  return pkt;
}

static void
receive_until (Fixture *f, guint32 n)
{
  int fds[BG_UDP_SOCKETS];

  bg_transport_udp_fds (f->b, fds);
  while (f->got.len < n)
    {
      struct pollfd poll_fds[2] = { { fds[0], POLLIN, 0 }, { fds[1], POLLIN, 0 } };

      g_assert_cmpint (poll (poll_fds, 2, 5000), >, 0);
      for (int i = 0; i < 2; i++)
        if (poll_fds[i].revents)
          bg_transport_udp_receive (f->b, fds[i]);
    }
}

/* A vector of both families arrives whole, each message with its length and its source. */
static void
test_batch (Fixture *f, gconstpointer data)
{
  BgPacket *pkts[100];
  guint32 seen = 0, v6 = 0;
  BgPacket *pkt;

  for (guint32 i = 0; i < 100; i++)
    pkts[i] = message_to (f, has_v6 (f->a) && i % 10 >= 7 ? AF_INET6 : AF_INET, f->b, 100 + i);
  g_assert_cmpint (f->a->ops->send (f->a, pkts, 100), ==, 100);
  bg_packet_free_batch (pkts, 100);
  receive_until (f, 100);
  while ((pkt = bg_packet_queue_pop (&f->got)))
    {
      g_assert_cmpuint (pkt->data[0], ==, pkt->len & 0xff);
      if (pkt->endpoint.addr.sa.sa_family == AF_INET6)
        v6++;
      else
        g_assert_cmpuint (ntohs (pkt->endpoint.addr.in4.sin_port), ==,
                          bg_transport_udp_port (f->a));
      seen += pkt->len;
      bg_packet_free (pkt);
    }
  g_assert_cmpuint (seen, ==, 100 * 100 + 99 * 50);
  g_assert_cmpuint (v6, ==, has_v6 (f->a) ? 30 : 0);
}

static void
test_refused_message (Fixture *f, gconstpointer data)
{
  BgPacket *pkts[3];

  for (int i = 0; i < 3; i++)
    pkts[i] = message_to (f, AF_INET, f->b, 50);
  pkts[1]->endpoint.addr.in4.sin_port = 0; /* the kernel says EINVAL */
  g_assert_cmpint (f->a->ops->send (f->a, pkts, 3), ==, 3);
  bg_packet_free_batch (pkts, 3);
  receive_until (f, 2);
  g_assert_cmpuint (bg_transport_take_lost (&f->a->losses.refused), ==, 1);
  g_assert_cmpuint (bg_transport_take_lost (&f->a->losses.refused), ==, 0);
}

static void
test_oversized (Fixture *f, gconstpointer data)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in to = {
    AF_INET, htons (bg_transport_udp_port (f->b)), { htonl (INADDR_LOOPBACK) }, { 0 }
  };
  guint8 bytes[4000] = { 4 };

  g_assert_cmpint (sendto (fd, bytes, 4000, 0, (struct sockaddr *) &to, sizeof to), ==, 4000);
  g_assert_cmpint (sendto (fd, bytes, 40, 0, (struct sockaddr *) &to, sizeof to), ==, 40);
  receive_until (f, 1);
  g_assert_cmpuint (f->got.head->len, ==, 40);
  g_assert_cmpuint (bg_transport_take_lost (&f->b->losses.malformed), ==, 1);
  close (fd);
}

/* No free packet: the socket is emptied all the same. */
static void
test_no_buffer (Fixture *f, gconstpointer data)
{
  BgPacket *pkts[4], *hoard[1024];
  struct pollfd poll_fd = { .events = POLLIN };
  int fds[BG_UDP_SOCKETS], n;

  for (int i = 0; i < 4; i++)
    pkts[i] = message_to (f, AF_INET, f->b, 50);
  g_assert_cmpint (f->a->ops->send (f->a, pkts, 4), ==, 4);
  bg_packet_free_batch (pkts, 4);
  n = bg_packet_new_batch (f->pool, hoard, 1024);
  bg_transport_udp_fds (f->b, fds);
  poll_fd.fd = fds[0];
  g_assert_cmpint (poll (&poll_fd, 1, 5000), ==, 1);
  bg_transport_udp_receive (f->b, fds[0]);
  g_assert_cmpint (poll (&poll_fd, 1, 0), ==, 0);
  g_assert_cmpuint (bg_transport_take_lost (&f->b->losses.no_buffer), ==, 4);
  bg_packet_free_batch (hoard, n);
}

static BgPacket *
receive_one (Fixture *f)
{
  receive_until (f, 1);
  return bg_packet_queue_pop (&f->got);
}

/* What came to 127.0.0.2 says so, and what is sent with that leaves from there. */
static void
test_source (Fixture *f, gconstpointer data)
{
  BgPacket *pkt = message_to (f, AF_INET, f->b, 50), *got;

  pkt->endpoint.addr.in4.sin_addr.s_addr = htonl (INADDR_LOOPBACK + 1);
  g_assert_cmpint (f->a->ops->send (f->a, &pkt, 1), ==, 1);
  got = receive_one (f);
  g_assert_cmpuint (got->endpoint.ifindex, >, 0);
  g_assert_cmphex (got->endpoint.local.in4.s_addr, ==, htonl (INADDR_LOOPBACK + 1));

  pkt->endpoint = got->endpoint;
  pkt->endpoint.addr.in4.sin_port = htons (bg_transport_udp_port (f->b));
  bg_packet_free (got);
  g_assert_cmpint (f->a->ops->send (f->a, &pkt, 1), ==, 1);
  got = receive_one (f);
  g_assert_cmphex (got->endpoint.addr.in4.sin_addr.s_addr, ==, htonl (INADDR_LOOPBACK + 1));
  bg_packet_free (got);
  bg_packet_free (pkt);
  g_assert_cmpuint (f->sources_lost, ==, 0);
}

/* An address that is not ours is forgotten for all packets that had it, and they arrive all the same. */
static void
test_stale_source (Fixture *f, gconstpointer data)
{
  int family = GPOINTER_TO_INT (data);
  BgPacket *pkts[4];

  if (family == AF_INET6 && !has_v6 (f->a))
    {
      g_test_skip ("no IPv6 on this machine");
      return;
    }
  for (int i = 0; i < 4; i++)
    {
      pkts[i] = message_to (f, family, f->b, 50);
      if (i == 0)
        continue;
      pkts[i]->endpoint.ifindex = 1;
      if (family == AF_INET)
        pkts[i]->endpoint.local.in4.s_addr = htonl (0xc0000207); /* 192.0.2.7 */
      else
        memcpy (&pkts[i]->endpoint.local.in6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7", 16);
    }
  g_assert_cmpint (f->a->ops->send (f->a, pkts, 4), ==, 4);
  receive_until (f, 4);
  g_assert_cmpuint (f->sources_lost, ==, 3);
  g_assert_cmpuint (pkts[3]->endpoint.ifindex, ==, 0);
  g_assert_cmpuint (bg_transport_take_lost (&f->a->losses.refused), ==, 0);
  bg_packet_free_batch (pkts, 4);
}

static void
test_classes (Fixture *f, gconstpointer data)
{
  int family = GPOINTER_TO_INT (data);
  BgPacket *pkts[8], *got;

  if (family == AF_INET6 && !has_v6 (f->a))
    {
      g_test_skip ("no IPv6 on this machine");
      return;
    }
  for (guint8 i = 0; i < 8; i++)
    {
      pkts[i] = message_to (f, family, f->b, 50);
      pkts[i]->traffic_class = i % 4;
    }
  g_assert_cmpint (f->a->ops->send (f->a, pkts, 8), ==, 8);
  bg_packet_free_batch (pkts, 8);
  receive_until (f, 8);
  for (guint8 i = 0; i < 8; i++)
    {
      got = bg_packet_queue_pop (&f->got);
      g_assert_cmpuint (got->traffic_class, ==, i % 4);
      bg_packet_free (got);
    }
}

/* No DF in IPv4, and a message that is larger than the link leaves in fragments; in IPv6 too. */
static void
test_fragments (Fixture *f, gconstpointer data)
{
  int fds[BG_UDP_SOCKETS], value = -1;
  socklen_t len = sizeof value;

  bg_transport_udp_fds (f->a, fds);
  g_assert_cmpint (getsockopt (fds[0], IPPROTO_IP, IP_MTU_DISCOVER, &value, &len), ==, 0);
  g_assert_cmpint (value, ==, IP_PMTUDISC_OMIT);
  if (!has_v6 (f->a))
    return;
  g_assert_cmpint (getsockopt (fds[1], IPPROTO_IPV6, IPV6_MTU_DISCOVER, &value, &len), ==, 0);
  g_assert_cmpint (value, ==, IPV6_PMTUDISC_DONT);
}

static void
test_port_in_use (Fixture *f, gconstpointer data)
{
  BgTransportSink sink = { on_receive, on_closed, f, on_source_lost };
  int error = 0;

  g_assert_null (bg_transport_udp_new (bg_transport_udp_port (f->a), f->pool, &sink, &error));
  g_assert_cmpint (error, ==, EADDRINUSE);
}

static void
test_kind_names (Fixture *f, gconstpointer data)
{
  for (int kind = BG_TRANSPORT_NONE + 1; kind < BG_TRANSPORT_KINDS; kind++)
    g_assert_cmpint (bg_transport_kind_from_name (bg_transport_kind_name (kind)), ==, kind);
  g_assert_cmpint (bg_transport_kind_from_name ("carrier-pigeon"), ==, BG_TRANSPORT_NONE);
  g_assert_cmpint (bg_transport_kind_from_name (""), ==, BG_TRANSPORT_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/transport-udp/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("batch", test_batch);
  ADD ("refused-message", test_refused_message);
  ADD ("oversized", test_oversized);
  ADD ("source", test_source);
  ADD ("fragments", test_fragments);
#define ADD_BOTH(name, function)                                                                   \
  g_test_add ("/transport-udp/ipv4/" name, Fixture, GINT_TO_POINTER (AF_INET), set_up, function,   \
              tear_down);                                                                          \
  g_test_add ("/transport-udp/ipv6/" name, Fixture, GINT_TO_POINTER (AF_INET6), set_up, function,  \
              tear_down)
  ADD_BOTH ("stale-source", test_stale_source);
  ADD_BOTH ("classes", test_classes);
  ADD ("no-buffer", test_no_buffer);
  ADD ("port-in-use", test_port_in_use);
  ADD ("kind-names", test_kind_names);
  return g_test_run ();
}
