/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two data planes: pings, sleep, peers that come and go, and what changes while they run. */
#include "data-pair.h"
#include "ip-packets.h"
#include "wg/wg-messages.h"

#include <string.h>
#include <sys/socket.h>

static const BgTransportKind DC = BG_TRANSPORT_DATA_CHANNEL, ICE = BG_TRANSPORT_ICE;

/* --- Pings --- */

static void
test_ping_bamgate (void)
{
  DataPair p;
  guint8 bytes[BIG];
  gsize len;

  data_pair_init_bamgates (&p);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 5000), >=, 0);
  /* Nothing of it is seen in the TUN. */
  g_assert_false (data_node_try_read (&p.b, bytes, &len, 0));
  fake_link_set_blackhole (p.ice, TRUE);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 100), ==, -1);
  data_pair_clear (&p);
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
  DataPair p;
  BgEvent event = { 0 };

  data_pair_init_bamgates (&p);
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
  data_pair_clear (&p);
}

static void
test_ping_foreign (void)
{
  DataPair p;
  BgEvent event;
  guint8 bytes[BIG];
  gsize len;

  data_pair_init_foreign (&p);
  g_assert_true (bg_dataplane_ping (p.a.plane, &p.b.public_key, 5000, 42));
  answer_echo (&p.b);
  data_node_wait (&p.a, BG_EVENT_PING, &event);
  g_assert_cmpuint (event.cookie, ==, 42);
  g_assert_cmpint (event.latency_us, >=, 0);
  g_assert_false (data_node_try_read (&p.a, bytes, &len, 0));
  g_assert_cmpint (data_node_stats (&p.a, NULL).latency_us, ==, event.latency_us);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 50), ==, -1);
  data_pair_clear (&p);
}

static void
test_ping_static (void)
{
  DataPair p;
  BgEvent event;

  data_pair_init_udp (&p);
  g_assert_true (bg_dataplane_ping (p.a.plane, &p.b.public_key, 5000, 7));
  answer_echo (&p.b);
  data_node_wait (&p.a, BG_EVENT_PING, &event);
  g_assert_cmpint (event.latency_us, >=, 0);
  data_pair_clear (&p);
}

static void
test_ping_unreachable (void)
{
  DataPair p;

  data_pair_init_mesh (&p, TRUE, TRUE);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 60000), ==, -1);
  g_assert_cmpint (data_node_ping (&p.a, &p.a, 60000), ==, -1);
  data_pair_clear (&p);
}

/* --- Sleep --- */

/* Asleep without keys; awake again there is a session as soon as there may be one, and with it the way that was live is
 * asked at once, long before anything of it would be due. */
static void
test_sleep (void)
{
  guint64 initiations, sent;
  BgEvent event;
  DataPair p;

  data_pair_init_bamgates (&p);
  data_pair_pass_both_ways (&p, AF_INET, 1000);
  initiations = data_pair_count_initiations (&p);
  bg_dataplane_sleep (p.a.plane);
  data_node_wait (&p.a, BG_EVENT_ASLEEP, &event);
  g_assert_false (data_node_stats (&p.a, NULL).has_session);
  g_assert_cmpint (data_node_stats (&p.a, NULL).kind, ==, ICE);
  g_assert_cmpuint (data_pair_count_initiations (&p), ==, initiations);

  sent = fake_link_count_sent (p.ice, 0, WG_MSG_DATA);
  bg_dataplane_wake (p.a.plane);
  data_node_wait (&p.a, BG_EVENT_SESSION, &event);
  while (fake_link_count_sent (p.ice, 0, WG_MSG_DATA) == sent)
    data_node_stats (&p.a, NULL);
  g_assert_cmpint (data_node_stats (&p.a, NULL).kind, ==, ICE);
  data_pair_pass_both_ways (&p, AF_INET, 1400);
  data_pair_clear (&p);
}

/* A static peer that had a session has one again, without a word from anybody; one that had none is left alone. */
static void
test_sleep_static (void)
{
  DataNode stranger = { .host = 9, .public_key = { { 3 } } };
  BgEvent event;
  DataPair p;

  data_pair_init_udp (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  data_node_add_peer (&p.b, &stranger, FALSE, bg_dataplane_udp_port (p.a.plane));
  bg_dataplane_wake (p.a.plane); /* of a sleep that nobody announced */
  data_node_wait (&p.a, BG_EVENT_SESSION, &event);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  data_pair_clear (&p);
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
  DataPair p;

  data_pair_init_udp (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  data_node_stats (&p.a, NULL);
  data_node_stats (&p.a, NULL);
  g_assert_cmpstr (clock_of_alarm (), ==, "boot time");
  data_pair_clear (&p);
}

/* --- Peers, life --- */

static void
test_remove_peer (void)
{
  DataPair p;
  BgEvent event;
  guint8 bytes[BIG];

  data_pair_init_bamgates (&p);
  fake_link_set_hold (p.ice, 0, TRUE);
  for (guint32 i = 0; i < 50; i++)
    data_node_write (&p.a, bytes, data_pair_build (&p.a, &p.b, AF_INET, 1000, i, bytes));
  g_assert_true (bg_dataplane_ping (p.a.plane, &p.b.public_key, 60000, 1));
  g_assert_true (bg_dataplane_remove_peer (p.a.plane, &p.b.public_key));
  data_node_wait (&p.a, BG_EVENT_PING, &event);
  g_assert_cmpint (event.latency_us, ==, -1);
  data_node_stats (&p.a, NULL);
  g_assert_true (fake_link_is_closed (p.dc, 0));
  g_assert_true (fake_link_is_closed (p.ice, 0));
  data_pair_clear (&p);
}

/* Settings change, the session lives on. */
static void
test_set_peer_again (void)
{
  guint64 initiations;
  DataPair p;

  data_pair_init_bamgates (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  initiations = data_pair_count_initiations (&p);
  data_node_add_peer (&p.a, &p.b, TRUE, 0);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  g_assert_true (data_node_stats (&p.a, NULL).has_session);
  g_assert_cmpuint (data_pair_count_initiations (&p), ==, initiations);
  data_pair_clear (&p);
}

static void
test_own_key_as_peer (void)
{
  DataPair p;

  data_pair_init_bamgates (&p);
  g_assert_true (bg_dataplane_set_private_key (p.a.plane, &p.b.private_key));
  g_assert_false (data_node_stats (&p.a, NULL).has_session);
  g_assert_true (fake_link_is_closed (p.ice, 0));
  data_pair_clear (&p);
}

/* Mail nobody read, packets staged, held, queued: all of it comes back. */
static void
test_abrupt_end (void)
{
  DataPair p;
  guint8 bytes[BIG];

  data_pair_init_mesh (&p, TRUE, TRUE);
  p.dc = data_pair_join (&p, DC);
  fake_link_set_blackhole (p.dc, TRUE);
  for (guint32 i = 0; i < 300; i++)
    data_node_write (&p.a, bytes, data_pair_build (&p.a, &p.b, AF_INET, 1000, i, bytes));
  for (guint i = 0; i < 50; i++)
    data_node_add_peer (&p.a, &p.b, i & 1, 0);
  p.ice = data_pair_join (&p, ICE);
  data_pair_clear (&p);
}

static void
test_tun_gone (void)
{
  DataPair p;
  BgEvent event;

  data_pair_init_foreign (&p);
  shutdown (p.a.tun, SHUT_RDWR);
  data_node_wait (&p.a, BG_EVENT_TUN_GONE, &event);
  g_assert_cmpint (event.error, !=, 0);
  data_pair_clear (&p);
}

/* --- What changes while it runs --- */

static void
test_tun_replaced (void)
{
  DataPair p;
  BgEvent event;
  gint64 handshake;

  data_pair_init_udp (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  handshake = data_node_stats (&p.a, NULL).last_handshake_us;
  for (guint64 number = 0; number < 3; number++)
    {
      shutdown (p.a.tun, SHUT_RDWR);
      data_node_wait (&p.a, BG_EVENT_TUN_GONE, &event);
      g_assert_cmpuint (event.cookie, ==, number);
      data_node_set_tun (&p.a, number + 1);
      data_pair_pass_both_ways (&p, AF_INET, 100);
      data_pair_pass_both_ways (&p, AF_INET6, 1380);
    }
  /* One that is still there is closed. */
  data_node_set_tun (&p.a, 4);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  g_assert_cmpint (ABS (data_node_stats (&p.a, NULL).last_handshake_us - handshake), <, 100000);
  data_pair_clear (&p);
}

static void
test_mtu_changes (void)
{
  DataPair p;
  guint8 bytes[BIG], answer[BIG];
  gsize len;

  data_pair_init_foreign (&p);
  g_assert_false (bg_dataplane_set_mtu (p.a.plane, 9000));
  g_assert_true (bg_dataplane_set_mtu (p.a.plane, 600));
  len = data_pair_build (&p.a, &p.b, AF_INET, 700, 0, bytes);
  data_node_write (&p.a, bytes, len);
  data_node_read (&p.a, answer);
  g_assert_cmpuint (answer[26] << 8 | answer[27], ==, 600);
  g_assert_true (bg_dataplane_set_mtu (p.a.plane, 1420));
  data_pair_pass (&p.a, &p.b, AF_INET, 700);
  data_pair_clear (&p);
}

static void
test_threads_change (void)
{
  DataPair p;

  data_pair_init_udp (&p);
  for (guint threads = 1; threads <= 4; threads++)
    {
      bg_dataplane_set_threads (p.a.plane, threads);
      for (guint i = 0; i < 50; i++)
        data_pair_pass_both_ways (&p, AF_INET, 1000);
    }
  bg_dataplane_set_threads (p.a.plane, 0);
  bg_dataplane_set_threads (p.a.plane, 1);
  data_pair_pass_both_ways (&p, AF_INET, 1000);
  data_pair_clear (&p);
}

static void
test_alive (void)
{
  DataPair p;

  data_pair_init_mesh (&p, TRUE, TRUE);
  for (int i = 0; i < 3; i++)
    while (!bg_dataplane_is_alive (p.a.plane))
      g_thread_yield ();
  data_pair_clear (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
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
  g_test_add_func ("/dataplane/alive", test_alive);
  return g_test_run ();
}
