/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport-udp.h"
#include "packet/packet-queue.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  BgPacketPool *pool;
  BgTransport *a, *b;
  BgPacketQueue got; /* at b */
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

static BgTransport *
open_any (Fixture *f)
{
  BgTransportSink sink = { on_receive, on_closed, f };
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
  guint64 refused, no_buffer, oversized;

  for (int i = 0; i < 3; i++)
    pkts[i] = message_to (f, AF_INET, f->b, 50);
  pkts[1]->endpoint.addr.in4.sin_port = 0; /* the kernel says EINVAL */
  g_assert_cmpint (f->a->ops->send (f->a, pkts, 3), ==, 3);
  bg_packet_free_batch (pkts, 3);
  receive_until (f, 2);
  bg_transport_udp_take_losses (f->a, &refused, &no_buffer, &oversized);
  g_assert_cmpuint (refused, ==, 1);
  bg_transport_udp_take_losses (f->a, &refused, &no_buffer, &oversized);
  g_assert_cmpuint (refused, ==, 0);
}

static void
test_oversized (Fixture *f, gconstpointer data)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in to = {
    AF_INET, htons (bg_transport_udp_port (f->b)), { htonl (INADDR_LOOPBACK) }, { 0 }
  };
  guint8 bytes[4000] = { 4 };
  guint64 refused, no_buffer, oversized;

  g_assert_cmpint (sendto (fd, bytes, 4000, 0, (struct sockaddr *) &to, sizeof to), ==, 4000);
  g_assert_cmpint (sendto (fd, bytes, 40, 0, (struct sockaddr *) &to, sizeof to), ==, 40);
  receive_until (f, 1);
  g_assert_cmpuint (f->got.head->len, ==, 40);
  bg_transport_udp_take_losses (f->b, &refused, &no_buffer, &oversized);
  g_assert_cmpuint (oversized, ==, 1);
  close (fd);
}

/* No free packet: the socket is emptied all the same. */
static void
test_no_buffer (Fixture *f, gconstpointer data)
{
  BgPacket *pkts[4], *hoard[1024];
  struct pollfd poll_fd = { .events = POLLIN };
  guint64 refused, no_buffer, oversized;
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
  bg_transport_udp_take_losses (f->b, &refused, &no_buffer, &oversized);
  g_assert_cmpuint (no_buffer, ==, 4);
  bg_packet_free_batch (hoard, n);
}

static void
test_port_in_use (Fixture *f, gconstpointer data)
{
  BgTransportSink sink = { on_receive, on_closed, f };
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
  ADD ("no-buffer", test_no_buffer);
  ADD ("port-in-use", test_port_in_use);
  ADD ("kind-names", test_kind_names);
  return g_test_run ();
}
