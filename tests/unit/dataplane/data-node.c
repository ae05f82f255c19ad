/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "data-node.h"
#include "ip-packets.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  PATIENCE_MS = 10000,
  MTU = 1420,
  KEEPALIVE_S = 25,
};

static guint32
threads (void)
{
  const char *text = g_getenv ("BAMGATE_TEST_THREADS");

  return text ? (guint32) g_ascii_strtoull (text, NULL, 10) : 1;
}

static BgAllowedIp
address_of (guint16 host, int family)
{
  BgAllowedIp ip = { .family = family, .prefix = family == AF_INET ? 32 : 128 };

  test_ip_address (family, host, ip.addr);
  return ip;
}

/* Returns the data plane's end. */
static int
open_tun (DataNode *node)
{
  int pair[2], room = 4 << 20;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), ==,
                   0);
  for (int i = 0; i < 2; i++)
    setsockopt (pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  node->tun = pair[0];
  return pair[1];
}

void
data_node_set_tun (DataNode *node, guint64 number)
{
  close (node->tun);
  bg_dataplane_set_tun (node->plane, open_tun (node), false, false, number);
}

static void
start (DataNode *node, DataNodeFlags flags)
{
  const BgAllowedIp addresses[] = { address_of (node->host, AF_INET),
                                    address_of (node->host, AF_INET6) };
  BgDataplaneConfig config = {
    .tun_mtu = MTU,
    .addresses = addresses,
    .n_addresses = G_N_ELEMENTS (addresses),
    .udp = flags == NODE_UDP,
    .threads = threads (),
  };
  int error = 0;

  config.tun_fd = open_tun (node);
  node->plane = bg_dataplane_new (&config, &node->private_key, &error);
  g_assert_cmpint (error, ==, 0);
  g_assert_nonnull (node->plane);
}

void
data_node_init (DataNode *node, guint16 host, DataNodeFlags flags)
{
  memset (node, 0, sizeof *node);
  node->host = host;
  g_assert_true (wg_key_generate_private (&node->private_key));
  g_assert_true (wg_key_public (&node->private_key, &node->public_key));
  start (node, flags);
}

void
data_node_restart (DataNode *node)
{
  data_node_clear (node);
  start (node, NODE_PLAIN);
}

void
data_node_clear (DataNode *node)
{
  g_assert_true (bg_dataplane_free (node->plane));
  close (node->tun);
}

FakeEnd
data_node_end (DataNode *node, const DataNode *peer)
{
  return (FakeEnd){ 100 + peer->host, bg_dataplane_pool (node->plane),
                    bg_dataplane_sink (node->plane) };
}

static void
set_peer (DataNode *node, const DataNode *peer, BgPeerConfig *config)
{
  const BgAllowedIp ips[] = { address_of (peer->host, AF_INET), address_of (peer->host, AF_INET6) };

  config->key = peer->public_key;
  config->allowed_ips = ips;
  config->n_allowed_ips = G_N_ELEMENTS (ips);
  g_assert_true (bg_dataplane_set_peer (node->plane, config));
}

void
data_node_add_peer (DataNode *node, const DataNode *peer, gboolean control, guint16 endpoint_port)
{
  BgPeerConfig config = {
    .keepalive = endpoint_port ? 0 : KEEPALIVE_S,
    .path = endpoint_port ? 0 : 100 + peer->host,
    .control = control,
    .has_endpoint = endpoint_port > 0,
  };

  config.endpoint.addr.in4 =
    (struct sockaddr_in){ AF_INET, htons (endpoint_port), { htonl (INADDR_LOOPBACK) }, { 0 } };
  set_peer (node, peer, &config);
}

void
data_node_add_resting (DataNode *node, const DataNode *peer)
{
  BgPeerConfig config = { .path = 100 + peer->host, .control = TRUE, .on_demand = TRUE };

  set_peer (node, peer, &config);
}

void
data_node_attach (DataNode *node, const DataNode *peer, FakeLink *link, int end)
{
  BgTransport *transport = fake_link_dup_end (link, end);

  g_assert_true (bg_dataplane_attach (node->plane, &peer->public_key, transport));
  bg_transport_unref (transport);
}

void
data_node_write (DataNode *node, const guint8 *bytes, gsize len)
{
  while (send (node->tun, bytes, len, 0) < 0)
    {
      struct pollfd fd = { node->tun, POLLOUT, 0 };

      g_assert_cmpint (errno, ==, EAGAIN);
      g_assert_cmpint (poll (&fd, 1, PATIENCE_MS), ==, 1);
    }
}

gboolean
data_node_try_read (DataNode *node, guint8 *bytes, gsize *len, int timeout_ms)
{
  struct pollfd fd = { node->tun, POLLIN, 0 };
  ssize_t got;

  if (poll (&fd, 1, timeout_ms) != 1)
    return FALSE;
  got = recv (node->tun, bytes, 65536, 0);
  g_assert_cmpint (got, >, 0);
  *len = (gsize) got;
  return TRUE;
}

gsize
data_node_read (DataNode *node, guint8 *bytes)
{
  gsize len = 0;

  g_assert_true (data_node_try_read (node, bytes, &len, PATIENCE_MS));
  return len;
}

void
data_node_wait (DataNode *node, BgEventType type, BgEvent *out)
{
  struct pollfd fd = { bg_dataplane_event_fd (node->plane), POLLIN, 0 };

  for (;;)
    {
      while (bg_dataplane_pop_event (node->plane, out))
        {
          node->sessions += out->type == BG_EVENT_SESSION;
          if (out->type == type)
            return;
          bg_dataplane_event_clear (out);
        }
      g_assert_cmpint (poll (&fd, 1, PATIENCE_MS), ==, 1);
    }
}

guint32
data_node_wait_path (DataNode *node, BgTransportKind kind)
{
  BgEvent event;

  do
    data_node_wait (node, BG_EVENT_PATH, &event);
  while (event.kind != kind);
  return event.mtu;
}

BgPeerStats
data_node_stats (DataNode *node, guint64 *device_drops)
{
  BgPeerStats stats = { 0 };
  BgEvent event;

  g_assert_true (bg_dataplane_request_stats (node->plane, ++node->cookie));
  do
    data_node_wait (node, BG_EVENT_STATS, &event);
  while (event.cookie != node->cookie);
  if (event.n_stats > 0)
    stats = event.stats[0];
  if (device_drops)
    memcpy (device_drops, event.drops, sizeof event.drops);
  stats.allowed_ips = NULL;
  bg_dataplane_event_clear (&event);
  return stats;
}

void
data_node_wait_drops (DataNode *node, BgDrop why, guint64 n)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;
  guint64 drops[BG_DROP_REASONS];

  do
    {
      data_node_stats (node, drops);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
  while (drops[why] < n);
}

gint64
data_node_ping (DataNode *node, const DataNode *peer, guint timeout_ms)
{
  BgEvent event;

  g_assert_true (bg_dataplane_ping (node->plane, &peer->public_key, timeout_ms, ++node->cookie));
  data_node_wait (node, BG_EVENT_PING, &event);
  g_assert_cmpuint (event.cookie, ==, node->cookie);
  return event.latency_us;
}
