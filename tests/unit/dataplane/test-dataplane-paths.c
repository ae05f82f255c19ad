/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mesh paths, how they follow each other, and what each can carry. */
#include "data-pair.h"
#include "ip-packets.h"
#include "wg/wg-crypto.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define LOSS_US (2 * G_USEC_PER_SEC) /* at least, until a path counts as dead */

static const BgTransportKind DC = BG_TRANSPORT_DATA_CHANNEL, ICE = BG_TRANSPORT_ICE;

static void
test_foreign (void)
{
  DataPair p;

  data_pair_init_foreign (&p);
  data_pair_pass_both_ways (&p, AF_INET, DATA_CHANNEL_MTU - 20);
  g_assert_cmpuint (data_node_stats (&p.a, NULL).mtu, ==, DATA_CHANNEL_MTU);
  data_pair_clear (&p);
}

static void
test_bamgates (void)
{
  DataPair p;
  BgPeerStats stats;
  gint64 began = g_get_monotonic_time ();
  guint64 before;

  data_pair_init_bamgates (&p);
  data_pair_pass_both_ways (&p, AF_INET, 1400);
  data_pair_pass_both_ways (&p, AF_INET6, 1380);
  stats = data_node_stats (&p.a, NULL);
  g_assert_cmpint (stats.kind, ==, ICE);
  g_assert_cmpint (stats.latency_us, >=, 0);
  g_assert_cmpuint (stats.mtu, ==, 1420);
  g_assert_cmpint (stats.quiet_us, >=, 0);
  g_assert_cmpint (stats.quiet_us, <=, g_get_monotonic_time () - began);
  /* Handshakes keep to the data channel, traffic to the better one. */
  g_assert_cmpuint (fake_link_count_sent (p.ice, 0, 1) + fake_link_count_sent (p.ice, 1, 1), ==, 0);
  before = fake_link_count_sent (p.dc, 0, 4);
  for (guint i = 0; i < 50; i++)
    data_pair_pass_both_ways (&p, AF_INET, 1000);
  g_assert_cmpuint (fake_link_count_sent (p.dc, 0, 4), ==, before);
  data_pair_clear (&p);
}

static void
test_ice_alone (void)
{
  DataPair p;

  data_pair_init_mesh (&p, TRUE, TRUE);
  p.ice = data_pair_join (&p, ICE);
  data_node_wait_path (&p.a, ICE);
  data_pair_pass_both_ways (&p, AF_INET, 1400);
  data_pair_clear (&p);
}

/* Without a way there is no round trip on it either. */
static void
test_no_latency_without_path (void)
{
  DataPair p;

  data_pair_init_bamgates (&p);
  g_assert_cmpint (data_node_stats (&p.a, NULL).latency_us, >, 0);
  fake_link_kill (p.ice, 0);
  fake_link_kill (p.dc, 0);
  data_node_wait_path (&p.a, BG_TRANSPORT_NONE);
  g_assert_cmpint (data_node_stats (&p.a, NULL).latency_us, ==, -1);
  data_pair_clear (&p);
}

/* Told before the last path counts as dead. */
static void
test_doubt (void)
{
  DataPair p;
  BgEvent event;
  guint8 bytes[BIG];

  data_pair_init_bamgates (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  fake_link_set_blackhole (p.ice, TRUE);
  fake_link_set_blackhole (p.dc, TRUE);
  data_node_write (&p.a, bytes, data_pair_build (&p.a, &p.b, AF_INET, 100, 0, bytes));
  data_node_wait (&p.a, BG_EVENT_DOUBT, &event);
  g_assert_cmpint (event.kind, ==, ICE);
  data_node_wait_path (&p.a, BG_TRANSPORT_NONE);
  data_pair_clear (&p);
}

/* The data channel takes nothing: the retried handshake goes the other way. */
static void
test_handshake_over_ice (void)
{
  DataPair p;

  data_pair_init_mesh (&p, TRUE, TRUE);
  p.dc = data_pair_join (&p, DC);
  fake_link_set_blackhole (p.dc, TRUE);
  p.ice = data_pair_join (&p, ICE);
  data_node_wait_path (&p.a, ICE);
  data_pair_pass_both_ways (&p, AF_INET, 1400);
  g_assert_cmpint (data_node_stats (&p.a, NULL).kind, ==, ICE);
  data_pair_clear (&p);
}

/* Packets wait for the session and then for nothing more. */
static void
test_staged (void)
{
  DataPair p;
  guint8 bytes[BIG];
  gsize len;

  data_pair_init_mesh (&p, TRUE, TRUE);
  p.dc = data_pair_join (&p, DC);
  for (guint32 i = 0; i < 20; i++)
    data_node_write (&p.a, bytes, data_pair_build (&p.a, &p.b, AF_INET, 200, i, bytes));
  for (guint32 i = 0; i < 20; i++)
    {
      len = data_node_read (&p.b, bytes);
      g_assert_cmpuint (len, ==, 220);
      g_assert_cmpuint (test_ip_tag (bytes), ==, i);
    }
  data_pair_clear (&p);
}

static void
test_fallback (void)
{
  DataPair p;
  guint64 initiations;
  gint64 start;

  data_pair_init_bamgates (&p);
  initiations = data_pair_count_initiations (&p);
  fake_link_set_blackhole (p.ice, TRUE);
  start = g_get_monotonic_time ();
  data_pair_write_until_path (&p.a, &p.b, DC);
  g_assert_cmpint (g_get_monotonic_time () - start, <=, 3 * G_TIME_SPAN_SECOND);
  data_pair_pass (&p.a, &p.b, AF_INET, 1000);

  fake_link_set_blackhole (p.ice, FALSE);
  data_pair_write_until_path (&p.a, &p.b, ICE);
  data_pair_pass (&p.a, &p.b, AF_INET, 1400);
  g_assert_cmpuint (data_pair_count_initiations (&p), ==, initiations);
  data_pair_clear (&p);
}

/* A transport dies and says so. */
static void
test_closed (void)
{
  DataPair p;
  BgEvent event;

  data_pair_init_bamgates (&p);
  fake_link_kill (p.ice, 0);
  data_node_wait (&p.a, BG_EVENT_TRANSPORT_CLOSED, &event);
  g_assert_cmpint (event.kind, ==, ICE);
  g_assert_true (wg_key_equal (&event.key, &p.b.public_key));
  g_assert_true (fake_link_is_closed (p.ice, 0));
  g_assert_cmpint (data_node_stats (&p.a, NULL).kind, ==, DC);
  data_pair_pass (&p.a, &p.b, AF_INET, 1000);
  data_pair_clear (&p);
}

static void
test_detach_and_replace (void)
{
  DataPair p;
  BgTransport *transport;
  FakeLink *second;

  data_pair_init_bamgates (&p);
  transport = fake_link_dup_end (p.ice, 0);
  g_assert_true (bg_dataplane_detach (p.a.plane, transport));
  bg_transport_unref (transport);
  data_node_wait_path (&p.a, DC);
  /* The move is announced first, then it is closed; an answer means that the mail before it is done. */
  data_node_stats (&p.a, NULL);
  g_assert_true (fake_link_is_closed (p.ice, 0));
  /* A new session beside the old one: its channel takes the other's place. */
  second = data_pair_join (&p, DC);
  data_node_wait_path (&p.a, DC);
  data_node_stats (&p.a, NULL);
  g_assert_true (fake_link_is_closed (p.dc, 0));
  data_pair_pass (&p.a, &p.b, AF_INET, 1000);
  fake_link_free (second);
  data_pair_clear (&p);
}

static void
test_attach_for_stranger (void)
{
  DataPair p;
  BgEvent event;
  FakeEnd end;

  data_pair_init_mesh (&p, TRUE, TRUE);
  end = data_node_end (&p.a, &p.b);
  p.dc = fake_link_new (DC, &end, &end);
  data_node_attach (&p.a, &p.a, p.dc, 0);
  data_node_wait (&p.a, BG_EVENT_TRANSPORT_CLOSED, &event);
  g_assert_true (fake_link_is_closed (p.dc, 0));
  data_pair_clear (&p);
}

/* The peer forgot the session; its new transports bring a new one at once. */
static void
test_peer_restarts (void)
{
  DataPair p;
  FakeLink *old_dc, *old_ice;
  gint64 start;

  data_pair_init_bamgates (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  old_dc = p.dc;
  old_ice = p.ice;
  /* No daemon restarts faster than the engine takes initiations of one peer (50 a second, and the stamps are coarse). */
  g_usleep (100000);
  data_node_restart (&p.b);
  start = g_get_monotonic_time ();
  data_node_add_peer (&p.b, &p.a, TRUE, 0);
  p.dc = data_pair_join (&p, DC);
  p.ice = data_pair_join (&p, ICE);
  data_node_wait_path (&p.b, ICE);
  data_node_wait_path (&p.a, ICE);
  data_pair_pass_both_ways (&p, AF_INET, 1400);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_TIME_SPAN_SECOND);
  data_pair_clear (&p);
  fake_link_free (old_dc);
  fake_link_free (old_ice);
}

/* The same, and it has nothing to say, or nothing that counts, as its clock went back: what was asked by the dead ways is asked
 * again by the new ones, although we have a session still. */
static void
test_peer_restarts_and_waits (void)
{
  DataPair p;
  FakeLink *old_dc, *old_ice;
  gint64 start;

  data_pair_init_bamgates (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  old_dc = p.dc;
  old_ice = p.ice;
  g_usleep (
    5 * G_USEC_PER_SEC
    - LOSS_US); /* the engine may ask again as soon as the loss is known, so that it does so in vain */
  fake_link_set_blackhole (old_dc, TRUE);
  fake_link_set_blackhole (old_ice, TRUE);
  data_pair_write_until_path (&p.a, &p.b, BG_TRANSPORT_NONE);
  data_node_restart (&p.b);
  start = g_get_monotonic_time ();
  data_node_add_resting (&p.b, &p.a);
  p.dc = data_pair_join (&p, DC);
  p.ice = data_pair_join (&p, ICE);
  data_node_wait_path (&p.a, ICE);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 3 * G_TIME_SPAN_SECOND);
  data_pair_clear (&p);
  fake_link_free (old_dc);
  fake_link_free (old_ice);
}

static void
test_too_big (void)
{
  DataPair p;
  guint8 bytes[BIG], answer[BIG];
  gsize len;

  data_pair_init_foreign (&p);
  len = data_pair_build (&p.a, &p.b, AF_INET, 1300, 0, bytes);
  data_node_write (&p.a, bytes, len);
  len = data_node_read (&p.a, answer);
  test_ip_assert_checksums (answer, len);
  g_assert_cmpuint (answer[20], ==, 3);
  g_assert_cmpuint (answer[21], ==, 4);
  g_assert_cmpuint (answer[26] << 8 | answer[27], ==, DATA_CHANNEL_MTU);
  data_node_wait_drops (&p.a, BG_DROP_TOO_BIG, 1);
  g_assert_cmpuint (data_node_stats (&p.a, NULL).drops[BG_DROP_TOO_BIG], ==, 1);
  data_pair_clear (&p);
}

static void
test_fragmented (void)
{
  const TestPacket packet = { AF_INET, 1, 2, .payload = 1400, .tag = 5 };
  DataPair p;
  guint8 whole[BIG], piece[BIG];
  gsize len, seen = 0;

  data_pair_init_foreign (&p);
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
  data_pair_clear (&p);
}

static void
test_ipv6_refused (void)
{
  DataPair p;
  guint8 bytes[BIG], answer[BIG];
  gsize len;

  data_pair_init_foreign (&p);
  len = data_pair_build (&p.a, &p.b, AF_INET6, 100, 0, bytes);
  data_node_write (&p.a, bytes, len);
  len = data_node_read (&p.a, answer);
  test_ip_assert_checksums (answer, len);
  g_assert_cmpuint (answer[40], ==, 1);
  g_assert_cmpuint (answer[41], ==, 1);
  data_node_wait_drops (&p.a, BG_DROP_IPV6_DATA_CHANNEL, 1);
  data_pair_pass (&p.a, &p.b, AF_INET, 100);
  data_pair_clear (&p);
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
  DataPair p;

  data_pair_init_foreign (&p);
  g_assert_cmpuint (pass_syn (&p.a, &p.b), ==, DATA_CHANNEL_MTU - 40);
  g_assert_cmpuint (pass_syn (&p.b, &p.a), ==, DATA_CHANNEL_MTU - 40);
  data_pair_clear (&p);
  data_pair_init_bamgates (&p);
  g_assert_cmpuint (pass_syn (&p.a, &p.b), ==, 1380);
  data_pair_clear (&p);
}

static void
test_no_peer (void)
{
  DataPair p;
  guint8 bytes[BIG];
  gsize len;

  data_pair_init_foreign (&p);
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
  data_pair_clear (&p);
}

/* Pops what `node` has to say: was a session among it? The number of events in `n`. */
static gboolean
said_session (DataNode *node, guint *n, int wait_ms)
{
  struct pollfd fd = { .fd = bg_dataplane_event_fd (node->plane), .events = POLLIN };
  gboolean found = FALSE;
  BgEvent event;

  for (*n = 0; poll (&fd, 1, *n == 0 ? wait_ms : 0) == 1; ++*n)
    {
      g_assert_true (bg_dataplane_pop_event (node->plane, &event));
      if (event.type == BG_EVENT_SESSION)
        {
          found = TRUE;
          g_assert_cmpint (ABS (g_get_real_time () - event.session_us), <, 30 * G_USEC_PER_SEC);
        }
      bg_dataplane_event_clear (&event);
    }
  return found;
}

/* New keys of a session that goes on are told with whatever comes next, and never alone. */
static void
test_rekey_wakes_nobody (void)
{
  gboolean found;
  DataPair p;
  guint n;

  data_pair_init_bamgates (&p);
  data_node_stats (&p.a, NULL);
  do
    {
      g_usleep (G_USEC_PER_SEC / 10);
      g_assert_true (
        bg_dataplane_handshake (p.b.plane, &p.a.public_key)); /* not heard for 5 s after one */
      g_assert_cmpint (data_node_ping (&p.b, &p.a, 5000), >=, 0);
      found = said_session (&p.a, &n, 0);
      if (!found)
        {
          g_assert_true (bg_dataplane_request_stats (p.a.plane, 1));
          found = said_session (&p.a, &n, 10000);
        }
      g_assert_true (!found || n > 1);
    }
  while (!found);
  data_pair_clear (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dataplane-paths/foreign", test_foreign);
  g_test_add_func ("/dataplane-paths/bamgates", test_bamgates);
  g_test_add_func ("/dataplane-paths/ice-alone", test_ice_alone);
  g_test_add_func ("/dataplane-paths/no-latency-without-path", test_no_latency_without_path);
  g_test_add_func ("/dataplane-paths/doubt", test_doubt);
  g_test_add_func ("/dataplane-paths/handshake-over-ice", test_handshake_over_ice);
  g_test_add_func ("/dataplane-paths/staged", test_staged);
  g_test_add_func ("/dataplane-paths/fallback", test_fallback);
  g_test_add_func ("/dataplane-paths/closed", test_closed);
  g_test_add_func ("/dataplane-paths/detach-and-replace", test_detach_and_replace);
  g_test_add_func ("/dataplane-paths/attach-for-stranger", test_attach_for_stranger);
  g_test_add_func ("/dataplane-paths/peer-restarts", test_peer_restarts);
  g_test_add_func ("/dataplane-paths/peer-restarts-and-waits", test_peer_restarts_and_waits);
  g_test_add_func ("/dataplane-paths/too-big", test_too_big);
  g_test_add_func ("/dataplane-paths/fragmented", test_fragmented);
  g_test_add_func ("/dataplane-paths/ipv6-refused", test_ipv6_refused);
  g_test_add_func ("/dataplane-paths/mss-clamped", test_mss_clamped);
  g_test_add_func ("/dataplane-paths/no-peer", test_no_peer);
  g_test_add_func ("/dataplane-paths/rekey-wakes-nobody", test_rekey_wakes_nobody);
  return g_test_run ();
}
