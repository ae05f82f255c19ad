/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "data-node.h"
#include "ip-packets.h"
#include "wg/wg-crypto.h"
#include "wg/wg-messages.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  DATA_CHANNEL_MTU = 1152,
  BIG = 65536
};

static const BgTransportKind DC = BG_TRANSPORT_DATA_CHANNEL, ICE = BG_TRANSPORT_ICE;

/* Two nodes, and the links between them. */
typedef struct
{
  DataNode a, b;
  FakeLink *dc, *ice;
} Pair;

static FakeLink *
join (Pair *p, BgTransportKind kind)
{
  FakeEnd a = data_node_end (&p->a, &p->b), b = data_node_end (&p->b, &p->a);
  FakeLink *link = fake_link_new (kind, &a, &b);

  data_node_attach (&p->a, &p->b, link, 0);
  data_node_attach (&p->b, &p->a, link, 1);
  return link;
}

static void
init_mesh (Pair *p, gboolean a_sees_bamgate, gboolean b_sees_bamgate)
{
  memset (p, 0, sizeof *p);
  data_node_init (&p->a, 1, NODE_PLAIN);
  data_node_init (&p->b, 2, NODE_PLAIN);
  data_node_add_peer (&p->a, &p->b, a_sees_bamgate, 0);
  data_node_add_peer (&p->b, &p->a, b_sees_bamgate, 0);
}

/* Both links, and both nodes on the better one. */
static void
init_bamgates (Pair *p)
{
  init_mesh (p, TRUE, TRUE);
  p->dc = join (p, DC);
  data_node_wait_path (&p->a, DC);
  data_node_wait_path (&p->b, DC);
  p->ice = join (p, ICE);
  g_assert_cmpuint (data_node_wait_path (&p->a, ICE), ==, 1420);
  g_assert_cmpuint (data_node_wait_path (&p->b, ICE), ==, 1420);
}

/* A data channel and nothing else, to a peer that is no bamgate. */
static void
init_foreign (Pair *p)
{
  init_mesh (p, FALSE, FALSE);
  p->dc = join (p, DC);
  g_assert_cmpuint (data_node_wait_path (&p->a, DC), ==, DATA_CHANNEL_MTU);
}

static void
clear (Pair *p)
{
  data_node_clear (&p->a);
  data_node_clear (&p->b);
  g_clear_pointer (&p->dc, fake_link_free);
  g_clear_pointer (&p->ice, fake_link_free);
}

static gsize
build (const DataNode *from, const DataNode *to, int family, gsize payload, guint32 tag,
       guint8 *bytes)
{
  return test_ip_build (&(TestPacket){ family, from->host, to->host, .payload = payload,
                                       .dont_fragment = TRUE, .tag = tag },
                        bytes);
}

/* What write_until_path() writes; some may be under way when it is done. */
static gsize
build_filler (const DataNode *from, const DataNode *to, guint8 *bytes)
{
  return build (from, to, AF_INET, 100, 0, bytes);
}

/* One packet through the tunnel, whole. */
static void
pass (DataNode *from, DataNode *to, int family, gsize payload)
{
  static guint32 tag;
  guint8 sent[BIG], got[BIG], filler[BIG];
  gsize len = build (from, to, family, payload, ++tag, sent), got_len;
  gsize filler_len = build_filler (from, to, filler);

  data_node_write (from, sent, len);
  do
    got_len = data_node_read (to, got);
  while (got_len == filler_len && memcmp (got, filler, filler_len) == 0);
  g_assert_cmpmem (got, got_len, sent, len);
}

static void
pass_both_ways (Pair *p, int family, gsize payload)
{
  pass (&p->a, &p->b, family, payload);
  pass (&p->b, &p->a, family, payload);
}

/* --- Plain UDP --- */

static void
init_udp (Pair *p)
{
  memset (p, 0, sizeof *p);
  data_node_init (&p->a, 1, NODE_UDP);
  data_node_init (&p->b, 2, NODE_UDP);
  data_node_add_peer (&p->a, &p->b, FALSE, bg_dataplane_udp_port (p->b.plane));
  data_node_add_peer (&p->b, &p->a, FALSE, bg_dataplane_udp_port (p->a.plane));
}

static void
test_udp (void)
{
  Pair p;
  BgPeerStats stats;

  init_udp (&p);
  for (gsize payload = 4; payload <= 1380; payload += 172)
    {
      pass_both_ways (&p, AF_INET, payload);
      pass_both_ways (&p, AF_INET6, payload);
    }
  pass_both_ways (&p, AF_INET, 1400);
  stats = data_node_stats (&p.a, NULL);
  g_assert_cmpint (stats.kind, ==, BG_TRANSPORT_UDP);
  g_assert_true (stats.has_session);
  g_assert_cmpuint (stats.tx_packets, ==, 19);
  g_assert_cmpuint (stats.rx_packets, ==, 19);
  g_assert_cmpint (stats.last_handshake_us, >, g_get_real_time () - 60 * G_USEC_PER_SEC);
  g_assert_cmpint (stats.last_handshake_us, <=, g_get_real_time ());
  clear (&p);
}

/* Only one side knows where the other is; the other learns it, and follows. */
static void
test_udp_roaming (void)
{
  Pair p;
  BgPeerStats stats;
  BgEvent event;

  memset (&p, 0, sizeof p);
  data_node_init (&p.a, 1, NODE_UDP);
  data_node_init (&p.b, 2, NODE_UDP);
  data_node_add_peer (&p.a, &p.b, FALSE, bg_dataplane_udp_port (p.b.plane));
  data_node_add_peer (&p.b, &p.a, FALSE, 1);
  pass_both_ways (&p, AF_INET, 100);
  data_node_wait (&p.b, BG_EVENT_SESSION, &event);
  g_assert_cmpuint (ntohs (event.endpoint.addr.in4.sin_port), ==,
                    bg_dataplane_udp_port (p.a.plane));
  stats = data_node_stats (&p.b, NULL);
  g_assert_cmpuint (ntohs (stats.endpoint.addr.in4.sin_port), ==,
                    bg_dataplane_udp_port (p.a.plane));
  clear (&p);
}

/* A peer that is told another address moves; one that is not there, or no more, does not come by that. */
static void
test_udp_endpoint (void)
{
  BgEndpoint endpoint = { .addr.in4 = { .sin_family = AF_INET } };
  BgPeerStats stats;
  Pair p;

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
  pass_both_ways (&p, AF_INET, 100);
  clear (&p);
}

static void
test_udp_burst (void)
{
  enum
  {
    N = 2000
  };
  Pair p;
  guint8 bytes[BIG];
  gsize len;
  guint got = 0;

  init_udp (&p);
  pass_both_ways (&p, AF_INET, 100);
  for (guint32 i = 0; i < N; i++)
    data_node_write (&p.a, bytes, build (&p.a, &p.b, AF_INET, 1300, i, bytes));
  for (; got < N && data_node_try_read (&p.b, bytes, &len, 2000); got++)
    g_assert_cmpuint (test_ip_tag (bytes), ==, got);
  g_assert_cmpuint (got, ==, N);
  clear (&p);
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
  Pair p;

  init_udp (&p);
  for (guint16 i = 0; i < SILENT; i++)
    {
      DataNode silent = { .host = 100 + i, .public_key = { { 1, (guint8) i } } };

      data_node_add_peer (&p.a, &silent, FALSE, 9);
      data_node_stats (&p.a, NULL);
      for (guint32 n = 0; n < EACH; n++)
        data_node_write (&p.a, bytes, build (&p.a, &silent, AF_INET, 100, n, bytes));
    }
  pass_both_ways (&p, AF_INET, 100);
  data_node_stats (&p.a, drops);
  g_assert_cmpuint (drops[BG_DROP_STAGED_FULL], >, SILENT * 90);
  g_assert_cmpuint (drops[BG_DROP_NO_BUFFER], ==, 0);
  clear (&p);
}

static void
test_port_in_use (void)
{
  Pair p;
  BgDataplaneConfig config = { .tun_fd = -1, .tun_mtu = 1420, .udp = true };
  int error = 0;

  init_udp (&p);
  config.udp_port = bg_dataplane_udp_port (p.a.plane);
  g_assert_null (bg_dataplane_new (&config, &p.a.private_key, &error));
  g_assert_cmpint (error, ==, EADDRINUSE);
  clear (&p);
}

/* --- Mesh paths --- */

static void
test_foreign (void)
{
  Pair p;

  init_foreign (&p);
  pass_both_ways (&p, AF_INET, DATA_CHANNEL_MTU - 20);
  g_assert_cmpuint (data_node_stats (&p.a, NULL).mtu, ==, DATA_CHANNEL_MTU);
  clear (&p);
}

static void
test_bamgates (void)
{
  Pair p;
  BgPeerStats stats;
  guint64 before;

  init_bamgates (&p);
  pass_both_ways (&p, AF_INET, 1400);
  pass_both_ways (&p, AF_INET6, 1380);
  stats = data_node_stats (&p.a, NULL);
  g_assert_cmpint (stats.kind, ==, ICE);
  g_assert_cmpint (stats.latency_us, >=, 0);
  g_assert_cmpuint (stats.mtu, ==, 1420);
  /* Handshakes keep to the data channel, traffic to the better one. */
  g_assert_cmpuint (fake_link_count_sent (p.ice, 0, 1) + fake_link_count_sent (p.ice, 1, 1), ==, 0);
  before = fake_link_count_sent (p.dc, 0, 4);
  for (guint i = 0; i < 50; i++)
    pass_both_ways (&p, AF_INET, 1000);
  g_assert_cmpuint (fake_link_count_sent (p.dc, 0, 4), ==, before);
  clear (&p);
}

static void
test_ice_alone (void)
{
  Pair p;

  init_mesh (&p, TRUE, TRUE);
  p.ice = join (&p, ICE);
  data_node_wait_path (&p.a, ICE);
  pass_both_ways (&p, AF_INET, 1400);
  clear (&p);
}

/* Without a way there is no round trip on it either. */
static void
test_no_latency_without_path (void)
{
  Pair p;

  init_bamgates (&p);
  g_assert_cmpint (data_node_stats (&p.a, NULL).latency_us, >, 0);
  fake_link_kill (p.ice, 0);
  fake_link_kill (p.dc, 0);
  data_node_wait_path (&p.a, BG_TRANSPORT_NONE);
  g_assert_cmpint (data_node_stats (&p.a, NULL).latency_us, ==, -1);
  clear (&p);
}

/* The data channel takes nothing: the retried handshake goes the other way. */
static void
test_handshake_over_ice (void)
{
  Pair p;

  init_mesh (&p, TRUE, TRUE);
  p.dc = join (&p, DC);
  fake_link_set_blackhole (p.dc, TRUE);
  p.ice = join (&p, ICE);
  data_node_wait_path (&p.a, ICE);
  pass_both_ways (&p, AF_INET, 1400);
  g_assert_cmpint (data_node_stats (&p.a, NULL).kind, ==, ICE);
  clear (&p);
}

/* Packets wait for the session and then for nothing more. */
static void
test_staged (void)
{
  Pair p;
  guint8 bytes[BIG];
  gsize len;

  init_mesh (&p, TRUE, TRUE);
  p.dc = join (&p, DC);
  for (guint32 i = 0; i < 20; i++)
    data_node_write (&p.a, bytes, build (&p.a, &p.b, AF_INET, 200, i, bytes));
  for (guint32 i = 0; i < 20; i++)
    {
      len = data_node_read (&p.b, bytes);
      g_assert_cmpuint (len, ==, 220);
      g_assert_cmpuint (test_ip_tag (bytes), ==, i);
    }
  clear (&p);
}

static void
write_until_path (DataNode *from, DataNode *to, BgTransportKind kind)
{
  struct pollfd fd = { bg_dataplane_event_fd (from->plane), POLLIN, 0 };
  guint8 bytes[BIG];
  BgEvent event = { 0 };

  while (event.type != BG_EVENT_PATH || event.kind != kind)
    {
      data_node_write (from, bytes, build_filler (from, to, bytes));
      if (poll (&fd, 1, 5) == 1 && bg_dataplane_pop_event (from->plane, &event))
        from->sessions += event.type == BG_EVENT_SESSION;
    }
}

static guint64
count_initiations (const Pair *p)
{
  guint64 n = 0;

  for (int end = 0; end < 2; end++)
    n += fake_link_count_sent (p->dc, end, WG_MSG_INITIATION)
         + fake_link_count_sent (p->ice, end, WG_MSG_INITIATION);
  return n;
}

static void
test_fallback (void)
{
  Pair p;
  guint64 initiations;
  gint64 start;

  init_bamgates (&p);
  initiations = count_initiations (&p);
  fake_link_set_blackhole (p.ice, TRUE);
  start = g_get_monotonic_time ();
  write_until_path (&p.a, &p.b, DC);
  g_assert_cmpint (g_get_monotonic_time () - start, <=, 3 * G_TIME_SPAN_SECOND);
  pass (&p.a, &p.b, AF_INET, 1000);

  fake_link_set_blackhole (p.ice, FALSE);
  write_until_path (&p.a, &p.b, ICE);
  pass (&p.a, &p.b, AF_INET, 1400);
  g_assert_cmpuint (count_initiations (&p), ==, initiations);
  clear (&p);
}

/* A transport dies and says so. */
static void
test_closed (void)
{
  Pair p;
  BgEvent event;

  init_bamgates (&p);
  fake_link_kill (p.ice, 0);
  data_node_wait (&p.a, BG_EVENT_TRANSPORT_CLOSED, &event);
  g_assert_cmpint (event.kind, ==, ICE);
  g_assert_true (wg_key_equal (&event.key, &p.b.public_key));
  g_assert_true (fake_link_is_closed (p.ice, 0));
  g_assert_cmpint (data_node_stats (&p.a, NULL).kind, ==, DC);
  pass (&p.a, &p.b, AF_INET, 1000);
  clear (&p);
}

static void
test_detach_and_replace (void)
{
  Pair p;
  BgTransport *transport;
  FakeLink *second;

  init_bamgates (&p);
  transport = fake_link_dup_end (p.ice, 0);
  g_assert_true (bg_dataplane_detach (p.a.plane, transport));
  bg_transport_unref (transport);
  data_node_wait_path (&p.a, DC);
  /* The move is announced first, then it is closed; an answer means that the mail before it is done. */
  data_node_stats (&p.a, NULL);
  g_assert_true (fake_link_is_closed (p.ice, 0));
  /* A new session beside the old one: its channel takes the other's place. */
  second = join (&p, DC);
  data_node_wait_path (&p.a, DC);
  data_node_stats (&p.a, NULL);
  g_assert_true (fake_link_is_closed (p.dc, 0));
  pass (&p.a, &p.b, AF_INET, 1000);
  fake_link_free (second);
  clear (&p);
}

static void
test_attach_for_stranger (void)
{
  Pair p;
  BgEvent event;
  FakeEnd end;

  init_mesh (&p, TRUE, TRUE);
  end = data_node_end (&p.a, &p.b);
  p.dc = fake_link_new (DC, &end, &end);
  data_node_attach (&p.a, &p.a, p.dc, 0);
  data_node_wait (&p.a, BG_EVENT_TRANSPORT_CLOSED, &event);
  g_assert_true (fake_link_is_closed (p.dc, 0));
  clear (&p);
}

/* The peer forgot the session; its new transports bring a new one at once. */
static void
test_peer_restarts (void)
{
  Pair p;
  FakeLink *old_dc, *old_ice;
  gint64 start;

  init_bamgates (&p);
  pass_both_ways (&p, AF_INET, 100);
  old_dc = p.dc;
  old_ice = p.ice;
  /* No daemon restarts faster than the engine takes initiations of one peer (50 a second, and the stamps are coarse). */
  g_usleep (100000);
  data_node_restart (&p.b);
  start = g_get_monotonic_time ();
  data_node_add_peer (&p.b, &p.a, TRUE, 0);
  p.dc = join (&p, DC);
  p.ice = join (&p, ICE);
  data_node_wait_path (&p.b, ICE);
  data_node_wait_path (&p.a, ICE);
  pass_both_ways (&p, AF_INET, 1400);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_TIME_SPAN_SECOND);
  clear (&p);
  fake_link_free (old_dc);
  fake_link_free (old_ice);
}

/* --- What a path can carry --- */

static void
test_too_big (void)
{
  Pair p;
  guint8 bytes[BIG], answer[BIG];
  gsize len;

  init_foreign (&p);
  len = build (&p.a, &p.b, AF_INET, 1300, 0, bytes);
  data_node_write (&p.a, bytes, len);
  len = data_node_read (&p.a, answer);
  test_ip_assert_checksums (answer, len);
  g_assert_cmpuint (answer[20], ==, 3);
  g_assert_cmpuint (answer[21], ==, 4);
  g_assert_cmpuint (answer[26] << 8 | answer[27], ==, DATA_CHANNEL_MTU);
  data_node_wait_drops (&p.a, BG_DROP_TOO_BIG, 1);
  g_assert_cmpuint (data_node_stats (&p.a, NULL).drops[BG_DROP_TOO_BIG], ==, 1);
  clear (&p);
}

static void
test_fragmented (void)
{
  const TestPacket packet = { AF_INET, 1, 2, .payload = 1400, .tag = 5 };
  Pair p;
  guint8 whole[BIG], piece[BIG];
  gsize len, seen = 0;

  init_foreign (&p);
  data_node_write (&p.a, whole, test_ip_build (&packet, whole));
  for (guint i = 0; i < 2; i++)
    {
      len = data_node_read (&p.b, piece);
      g_assert_cmpuint (len, <=, DATA_CHANNEL_MTU);
      test_ip_assert_checksums (piece, len);
      g_assert_cmpmem (piece + 20, len - 20, whole + 20 + seen, len - 20);
      seen += len - 20;
    }
  g_assert_cmpuint (seen, ==, 1400);
  clear (&p);
}

static void
test_ipv6_refused (void)
{
  Pair p;
  guint8 bytes[BIG], answer[BIG];
  gsize len;

  init_foreign (&p);
  len = build (&p.a, &p.b, AF_INET6, 100, 0, bytes);
  data_node_write (&p.a, bytes, len);
  len = data_node_read (&p.a, answer);
  test_ip_assert_checksums (answer, len);
  g_assert_cmpuint (answer[40], ==, 1);
  g_assert_cmpuint (answer[41], ==, 1);
  data_node_wait_drops (&p.a, BG_DROP_IPV6_DATA_CHANNEL, 1);
  pass (&p.a, &p.b, AF_INET, 100);
  clear (&p);
}

static guint
pass_syn (DataNode *from, DataNode *to)
{
  const guint8 mss[] = { 2, 4, 1460 >> 8, 1460 & 255 };
  guint8 bytes[BIG];
  gsize len = test_ip_build_syn (AF_INET, mss, sizeof mss, bytes);

  if (from->host != 1)
    {
      guint8 src[4];

      memcpy (src, bytes + 12, 4);
      memcpy (bytes + 12, bytes + 16, 4);
      memcpy (bytes + 16, src, 4);
    }
  data_node_write (from, bytes, len);
  len = data_node_read (to, bytes);
  test_ip_assert_checksums (bytes, len);
  return (guint) bytes[42] << 8 | bytes[43];
}

static void
test_mss_clamped (void)
{
  Pair p;

  init_foreign (&p);
  g_assert_cmpuint (pass_syn (&p.a, &p.b), ==, DATA_CHANNEL_MTU - 40);
  g_assert_cmpuint (pass_syn (&p.b, &p.a), ==, DATA_CHANNEL_MTU - 40);
  clear (&p);
  init_bamgates (&p);
  g_assert_cmpuint (pass_syn (&p.a, &p.b), ==, 1380);
  clear (&p);
}

static void
test_no_peer (void)
{
  Pair p;
  guint8 bytes[BIG];
  gsize len;

  init_foreign (&p);
  len = test_ip_build (&(TestPacket){ AF_INET, 1, 77, .payload = 20 }, bytes);
  data_node_write (&p.a, bytes, len);
  data_node_wait_drops (&p.a, BG_DROP_NO_PEER, 1);
  memset (bytes, 0xff, 40);
  data_node_write (&p.a, bytes, 40);
  data_node_wait_drops (&p.a, BG_DROP_BAD_INNER, 1);
  /* The peer may not speak for others. */
  len = test_ip_build (&(TestPacket){ AF_INET, 9, 2, .payload = 20 }, bytes);
  data_node_write (&p.a, bytes, len);
  data_node_wait_drops (&p.b, BG_DROP_SOURCE_NOT_ALLOWED, 1);
  clear (&p);
}

/* --- Queues --- */

/* With no credit coming back a data channel holds its window and not a byte more, and pings still pass. */
static void
test_credit_window (void)
{
  enum
  {
    N = 400,
    LEN = 1000
  };
  Pair p;
  guint8 bytes[BIG];
  gsize len;
  guint got = 0;
  guint32 last = 0;

  init_mesh (&p, TRUE, TRUE);
  p.dc = join (&p, DC);
  data_node_wait_path (&p.a, DC);
  data_node_wait_path (&p.b, DC);
  fake_link_set_hold (p.dc, 0, TRUE);
  for (guint32 i = 0; i < N; i++)
    data_node_write (&p.a, bytes, build (&p.a, &p.b, AF_INET, LEN - 20, i, bytes));
  data_node_wait_drops (&p.a, BG_DROP_SEND_QUEUE, N - 128 - 64 * 1024 / LEN);
  g_assert_cmpuint (fake_link_held_data (p.dc, 0), <=, 64 * 1024);
  g_assert_cmpuint (fake_link_held_data (p.dc, 0), >, 60 * 1024);

  fake_link_set_hold (p.dc, 0, FALSE);
  while (last < N - 1)
    {
      len = data_node_read (&p.b, bytes);
      g_assert_cmpuint (len, ==, LEN);
      g_assert_cmpuint (test_ip_tag (bytes), >=, last);
      last = test_ip_tag (bytes);
      got++;
    }
  g_assert_cmpuint (got, >=, 128 + 60);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 5000), >=, 0);
  clear (&p);
}

/* Loss takes away what was lost, not the window: traffic goes on in every round. */
static void
test_lossy_data_channel (void)
{
  enum
  {
    ROUNDS = 200,
    PER_ROUND = 20,
    GAP_MS = 500
  };
  Pair p;
  guint8 bytes[BIG];
  gsize len;
  guint got = 0;

  init_mesh (&p, TRUE, TRUE);
  p.dc = join (&p, DC);
  data_node_wait_path (&p.a, DC);
  data_node_wait_path (&p.b, DC);
  fake_link_set_loss (p.dc, 5);
  for (guint round = 0; round < ROUNDS; round++)
    {
      for (guint i = 0; i < PER_ROUND; i++)
        data_node_write (&p.a, bytes, build (&p.a, &p.b, AF_INET, 1000, 0, bytes));
      g_assert_true (data_node_try_read (&p.b, bytes, &len, GAP_MS));
      for (got++; data_node_try_read (&p.b, bytes, &len, 1); got++)
        ;
    }
  g_test_message ("%u of %u", got, ROUNDS * PER_ROUND);
  fake_link_set_loss (p.dc, 0);
  while (data_node_try_read (&p.b, bytes, &len, 50))
    ;
  pass (&p.a, &p.b, AF_INET, 100);
  clear (&p);
}

/* A foreign data channel without room: the queue keeps the newest 128, and sends them when there is room again. */
static void
test_full_channel (void)
{
  enum
  {
    N = 300
  };
  Pair p;
  guint8 bytes[BIG];

  init_foreign (&p);
  pass_both_ways (&p, AF_INET, 100);
  fake_link_set_room (p.dc, 0, 0);
  for (guint32 i = 0; i < N; i++)
    data_node_write (&p.a, bytes, build (&p.a, &p.b, AF_INET, 500, i, bytes));
  data_node_wait_drops (&p.a, BG_DROP_SEND_QUEUE, N - 128);
  g_assert_cmpuint (data_node_stats (&p.a, NULL).drops[BG_DROP_SEND_QUEUE], ==, N - 128);
  fake_link_set_room (p.dc, 0, -1);
  for (guint32 i = N - 128; i < N; i++)
    {
      data_node_read (&p.b, bytes);
      g_assert_cmpuint (test_ip_tag (bytes), ==, i);
    }
  clear (&p);
}

/* A hundred junk messages of each kind for every packet: the packets pass. */
static void
test_junk (void)
{
  Pair p;
  guint8 initiation[148] = { 1 }, data[120] = { 4, 0, 0, 0, 1, 2, 3, 4 }, rubbish[60] = { 9 };
  guint64 drops[BG_DROP_REASONS];

  init_bamgates (&p);
  for (guint round = 0; round < 30; round++)
    {
      for (guint i = 0; i < 100; i++)
        {
          fake_link_inject (p.dc, 1, initiation, sizeof initiation);
          fake_link_inject (p.dc, 1, data, sizeof data);
          fake_link_inject (p.dc, 1, rubbish, sizeof rubbish);
        }
      pass (&p.a, &p.b, AF_INET, 200);
    }
  data_node_stats (&p.b, drops);
  g_assert_cmpuint (drops[BG_DROP_MALFORMED], >=, 2000);
  g_assert_cmpuint (drops[BG_DROP_UNKNOWN_INDEX], >=, 2000);
  g_assert_cmpuint (drops[BG_DROP_UNAUTHENTIC] + drops[BG_DROP_HANDSHAKE_QUEUE]
                      + drops[BG_DROP_RATE_LIMITED],
                    >=, 100);
  clear (&p);
}

/* An initiation of somebody who knows only our key: a right mac1, and Diffie-Hellman for nothing. */
static gsize
build_stranger (DataNode *to, guint8 *bytes)
{
  WgMsgInitiation *msg = (WgMsgInitiation *) bytes;
  WgCrypto *crypto = wg_crypto_new ();
  guint8 key[WG_HASH_LEN];

  memset (msg, 0, sizeof *msg);
  wg_put_le32 (msg->type, WG_MSG_INITIATION);
  msg->ephemeral[0] = 9;
  g_assert_true (
    wg_hash (crypto, key, WG_LABEL_MAC1, strlen (WG_LABEL_MAC1), to->public_key.bytes, WG_KEY_LEN)
    && wg_mac (crypto, msg->macs.mac1, key, sizeof key, msg, offsetof (WgMsgInitiation, macs)));
  wg_crypto_free (crypto);
  return sizeof *msg;
}

static guint64
judged (DataNode *node)
{
  guint64 drops[BG_DROP_REASONS];

  data_node_stats (node, drops);
  return drops[BG_DROP_UNAUTHENTIC] + drops[BG_DROP_RATE_LIMITED];
}

/* Never many at once, but they take more time than is theirs: then they have to show a cookie. */
static void
test_steady_strangers (void)
{
  enum
  {
    AT_ONCE = 96,
    MOST = 100000
  };
  guint64 n = 0, drops[BG_DROP_REASONS] = { 0 };
  guint8 bytes[BIG];
  gsize len;
  Pair p;

  init_foreign (&p);
  len = build_stranger (&p.b, bytes);
  while (drops[BG_DROP_RATE_LIMITED] == 0 && n < MOST)
    {
      for (guint i = 0; i < AT_ONCE; i++, n++)
        fake_link_inject (p.dc, 1, bytes, len);
      while (judged (&p.b) < n)
        ;
      data_node_stats (&p.b, drops);
    }
  g_test_message ("a load after %" G_GUINT64_FORMAT, n);
  g_assert_cmpuint (drops[BG_DROP_RATE_LIMITED], >, 0);
  g_assert_cmpuint (drops[BG_DROP_UNAUTHENTIC], >, AT_ONCE);
  g_assert_cmpuint (drops[BG_DROP_HANDSHAKE_QUEUE], ==, 0);
  pass_both_ways (&p, AF_INET, 100);
  clear (&p);
}

static void
test_replay (void)
{
  Pair p;
  guint8 bytes[BIG];
  gsize len;

  init_foreign (&p);
  pass_both_ways (&p, AF_INET, 100);
  fake_link_set_double (p.dc, TRUE);
  for (guint i = 0; i < 20; i++)
    pass (&p.a, &p.b, AF_INET, 100);
  data_node_wait_drops (&p.b, BG_DROP_REPLAY, 20);
  g_assert_false (data_node_try_read (&p.b, bytes, &len, 0));
  g_assert_cmpuint (data_node_stats (&p.b, NULL).drops[BG_DROP_REPLAY], >=, 20);
  clear (&p);
}

/* --- Pings --- */

static void
test_ping_bamgate (void)
{
  Pair p;
  guint8 bytes[BIG];
  gsize len;

  init_bamgates (&p);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 5000), >=, 0);
  /* Nothing of it is seen in the TUN. */
  g_assert_false (data_node_try_read (&p.b, bytes, &len, 0));
  fake_link_set_blackhole (p.ice, TRUE);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 100), ==, -1);
  clear (&p);
}

static void
answer_echo (DataNode *node)
{
  guint8 bytes[BIG], src[4];
  gsize len = data_node_read (node, bytes);

  test_ip_assert_checksums (bytes, len);
  g_assert_cmpuint (bytes[20], ==, 8);
  memcpy (src, bytes + 12, 4);
  memcpy (bytes + 12, bytes + 16, 4);
  memcpy (bytes + 16, src, 4);
  bytes[20] = 0;
  data_node_write (node, bytes, len);
}

/* Each side knows then what its own ping took, whichever of them probes the way. */
static void
test_ping_is_latency (void)
{
  Pair p;
  BgEvent event = { 0 };

  init_bamgates (&p);
  for (int side = 0; side < 2; side++)
    {
      DataNode *own = side == 0 ? &p.a : &p.b, *other = side == 0 ? &p.b : &p.a;
      gint64 known = -1;

      event.latency_us = 0;
      for (int i = 0; i < 3 && known != event.latency_us; i++) /* a probe may come between */
        {
          g_assert_true (bg_dataplane_ping (own->plane, &other->public_key, 5000, 42));
          data_node_wait (own, BG_EVENT_PING, &event);
          g_assert_cmpint (event.latency_us, >=, 0);
          known = data_node_stats (own, NULL).latency_us;
        }
      g_assert_cmpint (known, ==, event.latency_us);
    }
  clear (&p);
}

static void
test_ping_foreign (void)
{
  Pair p;
  BgEvent event;
  guint8 bytes[BIG];
  gsize len;

  init_foreign (&p);
  g_assert_true (bg_dataplane_ping (p.a.plane, &p.b.public_key, 5000, 42));
  answer_echo (&p.b);
  data_node_wait (&p.a, BG_EVENT_PING, &event);
  g_assert_cmpuint (event.cookie, ==, 42);
  g_assert_cmpint (event.latency_us, >=, 0);
  g_assert_false (data_node_try_read (&p.a, bytes, &len, 0));
  g_assert_cmpint (data_node_stats (&p.a, NULL).latency_us, ==, event.latency_us);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 50), ==, -1);
  clear (&p);
}

static void
test_ping_static (void)
{
  Pair p;
  BgEvent event;

  init_udp (&p);
  g_assert_true (bg_dataplane_ping (p.a.plane, &p.b.public_key, 5000, 7));
  answer_echo (&p.b);
  data_node_wait (&p.a, BG_EVENT_PING, &event);
  g_assert_cmpint (event.latency_us, >=, 0);
  clear (&p);
}

static void
test_ping_unreachable (void)
{
  Pair p;

  init_mesh (&p, TRUE, TRUE);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 60000), ==, -1);
  g_assert_cmpint (data_node_ping (&p.a, &p.a, 60000), ==, -1);
  clear (&p);
}

/* --- Peers, life --- */

/* --- Sleep --- */

/* Asleep without keys; awake again there is a session as soon as there may be one, and with it the way that was live is
 * asked at once, long before anything of it would be due. */
static void
test_sleep (void)
{
  guint64 initiations, sent;
  BgEvent event;
  Pair p;

  init_bamgates (&p);
  pass_both_ways (&p, AF_INET, 1000);
  initiations = count_initiations (&p);
  bg_dataplane_sleep (p.a.plane);
  data_node_wait (&p.a, BG_EVENT_ASLEEP, &event);
  g_assert_false (data_node_stats (&p.a, NULL).has_session);
  g_assert_cmpint (data_node_stats (&p.a, NULL).kind, ==, ICE);
  g_assert_cmpuint (count_initiations (&p), ==, initiations);

  sent = fake_link_count_sent (p.ice, 0, WG_MSG_DATA);
  bg_dataplane_wake (p.a.plane);
  data_node_wait (&p.a, BG_EVENT_SESSION, &event);
  while (fake_link_count_sent (p.ice, 0, WG_MSG_DATA) == sent)
    data_node_stats (&p.a, NULL);
  g_assert_cmpint (data_node_stats (&p.a, NULL).kind, ==, ICE);
  pass_both_ways (&p, AF_INET, 1400);
  clear (&p);
}

/* A static peer that had a session has one again, without a word from anybody; one that had none is left alone. */
static void
test_sleep_static (void)
{
  DataNode stranger = { .host = 9, .public_key = { { 3 } } };
  BgEvent event;
  Pair p;

  init_udp (&p);
  pass_both_ways (&p, AF_INET, 100);
  data_node_add_peer (&p.b, &stranger, FALSE, bg_dataplane_udp_port (p.a.plane));
  bg_dataplane_wake (p.a.plane); /* of a sleep that nobody announced */
  data_node_wait (&p.a, BG_EVENT_SESSION, &event);
  pass_both_ways (&p, AF_INET, 100);
  clear (&p);
}

static const char *
clock_of_alarm (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fdinfo", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename ("/proc/self/fdinfo", name, NULL), *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL) && strstr (text, "clockid: 7\n")
          && !strstr (text, "it_value: (0, 0)"))
        return "boot time";
    }
  return "another";
}

/* Deadlines go on while the machine sleeps; so must what wakes us for them. */
static void
test_alarm_clock (void)
{
  Pair p;

  init_udp (&p);
  pass_both_ways (&p, AF_INET, 100);
  data_node_stats (&p.a, NULL);
  data_node_stats (&p.a, NULL);
  g_assert_cmpstr (clock_of_alarm (), ==, "boot time");
  clear (&p);
}

static void
test_remove_peer (void)
{
  Pair p;
  BgEvent event;
  guint8 bytes[BIG];

  init_bamgates (&p);
  fake_link_set_hold (p.ice, 0, TRUE);
  for (guint32 i = 0; i < 50; i++)
    data_node_write (&p.a, bytes, build (&p.a, &p.b, AF_INET, 1000, i, bytes));
  g_assert_true (bg_dataplane_ping (p.a.plane, &p.b.public_key, 60000, 1));
  g_assert_true (bg_dataplane_remove_peer (p.a.plane, &p.b.public_key));
  data_node_wait (&p.a, BG_EVENT_PING, &event);
  g_assert_cmpint (event.latency_us, ==, -1);
  data_node_stats (&p.a, NULL);
  g_assert_true (fake_link_is_closed (p.dc, 0));
  g_assert_true (fake_link_is_closed (p.ice, 0));
  clear (&p);
}

/* Settings change, the session lives on. */
static void
test_set_peer_again (void)
{
  guint64 initiations;
  Pair p;

  init_bamgates (&p);
  pass_both_ways (&p, AF_INET, 100);
  initiations = count_initiations (&p);
  data_node_add_peer (&p.a, &p.b, TRUE, 0);
  pass_both_ways (&p, AF_INET, 100);
  g_assert_true (data_node_stats (&p.a, NULL).has_session);
  g_assert_cmpuint (count_initiations (&p), ==, initiations);
  clear (&p);
}

static void
test_own_key_as_peer (void)
{
  Pair p;

  init_bamgates (&p);
  g_assert_true (bg_dataplane_set_private_key (p.a.plane, &p.b.private_key));
  g_assert_false (data_node_stats (&p.a, NULL).has_session);
  g_assert_true (fake_link_is_closed (p.ice, 0));
  clear (&p);
}

/* Mail nobody read, packets staged, held, queued: all of it comes back. */
static void
test_abrupt_end (void)
{
  Pair p;
  guint8 bytes[BIG];

  init_mesh (&p, TRUE, TRUE);
  p.dc = join (&p, DC);
  fake_link_set_blackhole (p.dc, TRUE);
  for (guint32 i = 0; i < 300; i++)
    data_node_write (&p.a, bytes, build (&p.a, &p.b, AF_INET, 1000, i, bytes));
  for (guint i = 0; i < 50; i++)
    data_node_add_peer (&p.a, &p.b, i & 1, 0);
  p.ice = join (&p, ICE);
  clear (&p);
}

static void
test_tun_gone (void)
{
  Pair p;
  BgEvent event;

  init_foreign (&p);
  shutdown (p.a.tun, SHUT_RDWR);
  data_node_wait (&p.a, BG_EVENT_TUN_GONE, &event);
  g_assert_cmpint (event.error, !=, 0);
  clear (&p);
}

/* --- What changes while it runs --- */

static void
test_tun_replaced (void)
{
  Pair p;
  BgEvent event;
  gint64 handshake;

  init_udp (&p);
  pass_both_ways (&p, AF_INET, 100);
  handshake = data_node_stats (&p.a, NULL).last_handshake_us;
  for (guint64 number = 0; number < 3; number++)
    {
      shutdown (p.a.tun, SHUT_RDWR);
      data_node_wait (&p.a, BG_EVENT_TUN_GONE, &event);
      g_assert_cmpuint (event.cookie, ==, number);
      data_node_set_tun (&p.a, number + 1);
      pass_both_ways (&p, AF_INET, 100);
      pass_both_ways (&p, AF_INET6, 1380);
    }
  /* One that is still there is closed. */
  data_node_set_tun (&p.a, 4);
  pass_both_ways (&p, AF_INET, 100);
  g_assert_cmpint (ABS (data_node_stats (&p.a, NULL).last_handshake_us - handshake), <, 100000);
  clear (&p);
}

static void
test_mtu_changes (void)
{
  Pair p;
  guint8 bytes[BIG], answer[BIG];
  gsize len;

  init_foreign (&p);
  g_assert_false (bg_dataplane_set_mtu (p.a.plane, 9000));
  g_assert_true (bg_dataplane_set_mtu (p.a.plane, 600));
  len = build (&p.a, &p.b, AF_INET, 700, 0, bytes);
  data_node_write (&p.a, bytes, len);
  data_node_read (&p.a, answer);
  g_assert_cmpuint (answer[26] << 8 | answer[27], ==, 600);
  g_assert_true (bg_dataplane_set_mtu (p.a.plane, 1420));
  pass (&p.a, &p.b, AF_INET, 700);
  clear (&p);
}

static void
test_threads_change (void)
{
  Pair p;

  init_udp (&p);
  for (guint threads = 1; threads <= 4; threads++)
    {
      bg_dataplane_set_threads (p.a.plane, threads);
      for (guint i = 0; i < 50; i++)
        pass_both_ways (&p, AF_INET, 1000);
    }
  bg_dataplane_set_threads (p.a.plane, 0);
  bg_dataplane_set_threads (p.a.plane, 1);
  pass_both_ways (&p, AF_INET, 1000);
  clear (&p);
}

static void
test_udp_port_changes (void)
{
  Pair p;
  guint16 before;

  init_udp (&p);
  pass_both_ways (&p, AF_INET, 100);
  before = bg_dataplane_udp_port (p.a.plane);
  g_assert_cmpint (bg_dataplane_set_udp_port (p.a.plane, bg_dataplane_udp_port (p.b.plane)), ==,
                   EADDRINUSE);
  g_assert_cmpuint (bg_dataplane_udp_port (p.a.plane), ==, before);
  for (guint16 port = (guint16) (before ^ 1); bg_dataplane_udp_port (p.a.plane) == before;
       port ^= 0x101)
    bg_dataplane_set_udp_port (p.a.plane, port);
  /* The peer follows. */
  pass_both_ways (&p, AF_INET, 100);
  g_assert_cmpuint (ntohs (data_node_stats (&p.b, NULL).endpoint.addr.in4.sin_port), ==,
                    bg_dataplane_udp_port (p.a.plane));
  g_assert_cmpint (bg_dataplane_set_udp_port (p.a.plane, 0), ==, 0);
  clear (&p);
}

static void
test_udp_later (void)
{
  Pair p;

  memset (&p, 0, sizeof p);
  data_node_init (&p.a, 1, NODE_PLAIN);
  data_node_init (&p.b, 2, NODE_UDP);
  g_assert_cmpuint (bg_dataplane_udp_port (p.a.plane), ==, 0);
  g_assert_cmpint (bg_dataplane_set_udp_port (p.a.plane, 0), ==, 0);
  g_assert_cmpuint (bg_dataplane_udp_port (p.a.plane), !=, 0);
  data_node_add_peer (&p.a, &p.b, FALSE, bg_dataplane_udp_port (p.b.plane));
  data_node_add_peer (&p.b, &p.a, FALSE, bg_dataplane_udp_port (p.a.plane));
  pass_both_ways (&p, AF_INET, 100);
  clear (&p);
}

static void
test_alive (void)
{
  Pair p;

  init_mesh (&p, TRUE, TRUE);
  for (int i = 0; i < 3; i++)
    while (!bg_dataplane_is_alive (p.a.plane))
      g_thread_yield ();
  clear (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dataplane/udp", test_udp);
  g_test_add_func ("/dataplane/udp-roaming", test_udp_roaming);
  g_test_add_func ("/dataplane/udp-endpoint", test_udp_endpoint);
  g_test_add_func ("/dataplane/udp-burst", test_udp_burst);
  g_test_add_func ("/dataplane/silent-crowd", test_silent_crowd);
  g_test_add_func ("/dataplane/port-in-use", test_port_in_use);
  g_test_add_func ("/dataplane/foreign", test_foreign);
  g_test_add_func ("/dataplane/bamgates", test_bamgates);
  g_test_add_func ("/dataplane/ice-alone", test_ice_alone);
  g_test_add_func ("/dataplane/no-latency-without-path", test_no_latency_without_path);
  g_test_add_func ("/dataplane/handshake-over-ice", test_handshake_over_ice);
  g_test_add_func ("/dataplane/staged", test_staged);
  g_test_add_func ("/dataplane/fallback", test_fallback);
  g_test_add_func ("/dataplane/closed", test_closed);
  g_test_add_func ("/dataplane/detach-and-replace", test_detach_and_replace);
  g_test_add_func ("/dataplane/attach-for-stranger", test_attach_for_stranger);
  g_test_add_func ("/dataplane/peer-restarts", test_peer_restarts);
  g_test_add_func ("/dataplane/too-big", test_too_big);
  g_test_add_func ("/dataplane/fragmented", test_fragmented);
  g_test_add_func ("/dataplane/ipv6-refused", test_ipv6_refused);
  g_test_add_func ("/dataplane/mss-clamped", test_mss_clamped);
  g_test_add_func ("/dataplane/no-peer", test_no_peer);
  g_test_add_func ("/dataplane/credit-window", test_credit_window);
  g_test_add_func ("/dataplane/lossy-data-channel", test_lossy_data_channel);
  g_test_add_func ("/dataplane/full-channel", test_full_channel);
  g_test_add_func ("/dataplane/junk", test_junk);
  g_test_add_func ("/dataplane/steady-strangers", test_steady_strangers);
  g_test_add_func ("/dataplane/replay", test_replay);
  g_test_add_func ("/dataplane/ping-bamgate", test_ping_bamgate);
  g_test_add_func ("/dataplane/ping-is-latency", test_ping_is_latency);
  g_test_add_func ("/dataplane/ping-foreign", test_ping_foreign);
  g_test_add_func ("/dataplane/ping-static", test_ping_static);
  g_test_add_func ("/dataplane/ping-unreachable", test_ping_unreachable);
  g_test_add_func ("/dataplane/sleep", test_sleep);
  g_test_add_func ("/dataplane/sleep-static", test_sleep_static);
  g_test_add_func ("/dataplane/alarm-clock", test_alarm_clock);
  g_test_add_func ("/dataplane/remove-peer", test_remove_peer);
  g_test_add_func ("/dataplane/set-peer-again", test_set_peer_again);
  g_test_add_func ("/dataplane/own-key-as-peer", test_own_key_as_peer);
  g_test_add_func ("/dataplane/abrupt-end", test_abrupt_end);
  g_test_add_func ("/dataplane/tun-gone", test_tun_gone);
  g_test_add_func ("/dataplane/tun-replaced", test_tun_replaced);
  g_test_add_func ("/dataplane/mtu-changes", test_mtu_changes);
  g_test_add_func ("/dataplane/threads-change", test_threads_change);
  g_test_add_func ("/dataplane/udp-port-changes", test_udp_port_changes);
  g_test_add_func ("/dataplane/udp-later", test_udp_later);
  g_test_add_func ("/dataplane/alive", test_alive);
  return g_test_run ();
}
