/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain UDP transport: static peers, roaming, bursts, crowds, and its port. */
#include "data-pair.h"
#include "ip-packets.h"
#include "wg/wg-crypto.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static void
test_udp (void)
{
  DataPair p;
  BgPeerStats stats;

  data_pair_init_udp (&p);
  for (gsize payload = 4; payload <= 1380; payload += 172)
    {
      data_pair_pass_both_ways (&p, AF_INET, payload);
      data_pair_pass_both_ways (&p, AF_INET6, payload);
    }
  data_pair_pass_both_ways (&p, AF_INET, 1400);
  stats = data_node_stats (&p.a, NULL);
  g_assert_cmpint (stats.kind, ==, BG_TRANSPORT_UDP);
  g_assert_true (stats.has_session);
  g_assert_cmpuint (stats.tx_packets, ==, 19);
  g_assert_cmpuint (stats.rx_packets, ==, 19);
  g_assert_cmpint (stats.last_handshake_us, >, g_get_real_time () - 60 * G_USEC_PER_SEC);
  g_assert_cmpint (stats.last_handshake_us, <=, g_get_real_time ());
  data_pair_clear (&p);
}

/* Only one side knows where the other is; the other learns it, and follows. */
static void
test_udp_roaming (void)
{
  DataPair p;
  BgPeerStats stats;
  BgEvent event;

  memset (&p, 0, sizeof p);
  data_node_init (&p.a, 1, NODE_UDP);
  data_node_init (&p.b, 2, NODE_UDP);
  data_node_add_peer (&p.a, &p.b, FALSE, bg_dataplane_udp_port (p.b.plane));
  data_node_add_peer (&p.b, &p.a, FALSE, 1);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  data_node_wait (&p.b, BG_EVENT_SESSION, &event);
  g_assert_cmpuint (ntohs (event.endpoint.addr.in4.sin_port), ==,
                    bg_dataplane_udp_port (p.a.plane));
  stats = data_node_stats (&p.b, NULL);
  g_assert_cmpuint (ntohs (stats.endpoint.addr.in4.sin_port), ==,
                    bg_dataplane_udp_port (p.a.plane));
  data_pair_clear (&p);
}

/* A peer that is told another address moves; one that is not there, or no more, does not come by that. */
static void
test_udp_endpoint (void)
{
  BgEndpoint endpoint = { .addr.in4 = { .sin_family = AF_INET } };
  BgPeerStats stats;
  DataPair p;

  memset (&p, 0, sizeof p);
  data_node_init (&p.a, 1, NODE_UDP);
  data_node_init (&p.b, 2, NODE_UDP);
  endpoint.addr.in4.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  endpoint.addr.in4.sin_port = htons (bg_dataplane_udp_port (p.b.plane));
  g_assert_true (bg_dataplane_set_endpoint (p.a.plane, &p.b.public_key, &endpoint));
  stats = data_node_stats (&p.a, NULL);
  g_assert_true (wg_key_is_zero (&stats.key));
  data_node_add_peer (&p.a, &p.b, FALSE, 1);
  data_node_add_peer (&p.b, &p.a, FALSE, bg_dataplane_udp_port (p.a.plane));
  g_assert_true (bg_dataplane_set_endpoint (p.a.plane, &p.b.public_key, &endpoint));
  data_pair_pass_both_ways (&p, AF_INET, 100);
  data_pair_clear (&p);
}

static void
test_udp_burst (void)
{
  enum
  {
    N = 2000
  };
  DataPair p;
  guint8 bytes[BIG];
  gsize len;
  guint got = 0;

  data_pair_init_udp (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  for (guint32 i = 0; i < N; i++)
    data_node_write (&p.a, bytes, data_pair_build (&p.a, &p.b, AF_INET, 1300, i, bytes));
  for (; got < N && data_node_try_read (&p.b, bytes, &len, 2000); got++)
    g_assert_cmpuint (test_ip_tag (bytes), ==, got);
  g_assert_cmpuint (got, ==, N);
  data_pair_clear (&p);
}

/* As many packets as there are buffers, for peers that do not answer: another one shakes hands all the same. */
static void
test_silent_crowd (void)
{
  enum
  {
    SILENT = 128,
    EACH = 130
  };
  guint64 drops[BG_DROP_REASONS];
  guint8 bytes[BIG];
  DataPair p;

  data_pair_init_udp (&p);
  for (guint16 i = 0; i < SILENT; i++)
    {
      DataNode silent = { .host = 100 + i, .public_key = { { 1, (guint8) i } } };

      data_node_add_peer (&p.a, &silent, FALSE, 9);
      data_node_stats (&p.a, NULL);
      for (guint32 n = 0; n < EACH; n++)
        data_node_write (&p.a, bytes, data_pair_build (&p.a, &silent, AF_INET, 100, n, bytes));
    }
  data_pair_pass_both_ways (&p, AF_INET, 100);
  data_node_stats (&p.a, drops);
  g_assert_cmpuint (drops[BG_DROP_STAGED_FULL], >, SILENT * 90);
  g_assert_cmpuint (drops[BG_DROP_NO_BUFFER], ==, 0);
  data_pair_clear (&p);
}

static void
test_port_in_use (void)
{
  DataPair p;
  BgDataplaneConfig config = { .tun_fd = -1, .tun_mtu = 1420, .udp = true };
  int error = 0;

  data_pair_init_udp (&p);
  config.udp_port = bg_dataplane_udp_port (p.a.plane);
  g_assert_null (bg_dataplane_new (&config, &p.a.private_key, &error));
  g_assert_cmpint (error, ==, EADDRINUSE);
  data_pair_clear (&p);
}

static void
test_udp_port_changes (void)
{
  DataPair p;
  guint16 before;

  data_pair_init_udp (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  before = bg_dataplane_udp_port (p.a.plane);
  g_assert_cmpint (bg_dataplane_set_udp_port (p.a.plane, bg_dataplane_udp_port (p.b.plane)), ==,
                   EADDRINUSE);
  g_assert_cmpuint (bg_dataplane_udp_port (p.a.plane), ==, before);
  for (guint16 port = (guint16) (before ^ 1); bg_dataplane_udp_port (p.a.plane) == before;
       port ^= 0x101)
    bg_dataplane_set_udp_port (p.a.plane, port);
  /* The peer follows. */
  data_pair_pass_both_ways (&p, AF_INET, 100);
  g_assert_cmpuint (ntohs (data_node_stats (&p.b, NULL).endpoint.addr.in4.sin_port), ==,
                    bg_dataplane_udp_port (p.a.plane));
  g_assert_cmpint (bg_dataplane_set_udp_port (p.a.plane, 0), ==, 0);
  data_pair_clear (&p);
}

static void
test_udp_later (void)
{
  DataPair p;

  memset (&p, 0, sizeof p);
  data_node_init (&p.a, 1, NODE_PLAIN);
  data_node_init (&p.b, 2, NODE_UDP);
  g_assert_cmpuint (bg_dataplane_udp_port (p.a.plane), ==, 0);
  g_assert_cmpint (bg_dataplane_set_udp_port (p.a.plane, 0), ==, 0);
  g_assert_cmpuint (bg_dataplane_udp_port (p.a.plane), !=, 0);
  data_node_add_peer (&p.a, &p.b, FALSE, bg_dataplane_udp_port (p.b.plane));
  data_node_add_peer (&p.b, &p.a, FALSE, bg_dataplane_udp_port (p.a.plane));
  data_pair_pass_both_ways (&p, AF_INET, 100);
  data_pair_clear (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dataplane-udp/udp", test_udp);
  g_test_add_func ("/dataplane-udp/udp-roaming", test_udp_roaming);
  g_test_add_func ("/dataplane-udp/udp-endpoint", test_udp_endpoint);
  g_test_add_func ("/dataplane-udp/udp-burst", test_udp_burst);
  g_test_add_func ("/dataplane-udp/silent-crowd", test_silent_crowd);
  g_test_add_func ("/dataplane-udp/port-in-use", test_port_in_use);
  g_test_add_func ("/dataplane-udp/udp-port-changes", test_udp_port_changes);
  g_test_add_func ("/dataplane-udp/udp-later", test_udp_later);
  return g_test_run ();
}
