/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-fixture.h"

#include <string.h>

/* Peers that are connected when there is traffic for them. */

#define SUITE "peer-demand"

/* Its tunnel has carried `packets` so far. */
static void
say_packets (Fixture *f, guint8 key, guint64 packets)
{
  BgPeerStats stats = { .key = fake_key (key), .rx_packets = packets, .latency_us = -1 };
  BgEvent event = { .type = BG_EVENT_STATS, .stats = &stats, .n_stats = 1 };

  bg_peer_set_take_event (f->set, &event);
}

/* The request for figures that was made last. */
static guint64
last_request (void)
{
  for (guint i = world.commands->len; i-- > 0;)
    if (g_str_has_prefix (world.commands->pdata[i], "stats "))
      return g_ascii_strtoull ((char *) world.commands->pdata[i] + strlen ("stats "), NULL, 10);
  g_assert_not_reached ();
}

/* What our own look at its use is answered; nobody else hears of it. */
static void
say_packets_to_look (Fixture *f, guint8 key, guint64 packets)
{
  BgPeerStats stats = { .key = fake_key (key), .rx_packets = packets, .rx_bytes = 9999 };
  BgEvent event = {
    .type = BG_EVENT_STATS, .cookie = last_request (), .stats = &stats, .n_stats = 1
  };

  bg_peer_set_take_event (f->set, &event);
}

/* "z" was here, and is known to know rest; it is away, and we begin anew. */
static void
know_z (Fixture *f)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", RESTS);
  close_set (f);
  g_ptr_array_set_size (world.commands, 0);
  f->connect = BG_CONNECT_ON_DEMAND;
  open_set (f, 1u << BG_TRANSPORT_ICE);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
}

static void
answer_and_open (Fixture *f)
{
  fake_session_describe (fake_last_session (), "fp=M ufrag=m2");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z2", RESTS);
  open_session (f, 0x22);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
}

static void
test_rests_until_there_is_traffic (Fixture *f, gconstpointer data)
{
  guint sessions;

  know_z (f);
  sessions = world.sessions->len;
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_IDLE);
  fake_clock_advance (600 * 1000);
  g_assert_cmpuint (world.sessions->len, ==, sessions);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 on-demand 0"));
  g_assert_true (fake_has_command ("rest 22"));

  say_event (f, BG_EVENT_WANTED, 0x22, BG_TRANSPORT_NONE);
  g_assert_cmpuint (world.sessions->len, ==, sessions + 1);
  answer_and_open (f);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 control on-demand 25"));
}

static void
test_is_let_go (Fixture *f, gconstpointer data)
{
  know_z (f);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  say_event (f, BG_EVENT_WANTED, 0x22, BG_TRANSPORT_NONE);
  answer_and_open (f);
  fake_clock_advance (299 * 1000);
  say_packets (f, 0x22, 5); /* it is used */
  fake_clock_advance (299 * 1000);
  say_packets (f, 0x22, 5);
  g_assert_cmpuint (fake_count_commands ("rest"), ==, 1);
  g_assert_cmpuint (fake_count_commands ("stats"), >, 3);
  fake_clock_advance (2 * 1000);
  say_packets_to_look (f, 0x22, 5);
  g_assert_cmpuint (info (f, "z")->rx_bytes, ==, 0);
  g_assert_cmpuint (fake_count_commands ("rest"), ==, 2);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  assert_state (f, "z", BG_PEER_PUBLIC_IDLE);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
  g_assert_cmpuint (fake_count_commands ("rest"), ==, 2); /* what came since waits */
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (fake_clock_pending (), ==, 0); /* it costs nothing */
}

static void
test_peer_lets_go (Fixture *f, gconstpointer data)
{
  know_z (f);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  say_event (f, BG_EVENT_WANTED, 0x22, BG_TRANSPORT_NONE);
  answer_and_open (f);
  say_event (f, BG_EVENT_RESTED, 0x22, BG_TRANSPORT_NONE);
  assert_state (f, "z", BG_PEER_PUBLIC_IDLE);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
}

/* Its settings are others: it is not let go for ever. */
static void
test_peer_comes_back (Fixture *f, gconstpointer data)
{
  know_z (f);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *sdp = g_strdup_printf ("fp=Z ufrag=b%d", i);

      assert_state (f, "z", BG_PEER_PUBLIC_IDLE);
      say_description (BG_SIGNAL_OFFER, "z", 0x22, sdp, RESTS);
      fake_session_describe (fake_last_session (), "fp=M ufrag=m3");
      open_session (f, 0x22);
      fake_clock_advance (301 * 1000);
      say_packets (f, 0x22, 0);
      if (i < 2)
        say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
    }
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
}

/* Attempts for traffic go on for half a minute; what waits is dropped then, and the next packet tries again. */
static void
test_nobody_there (Fixture *f, gconstpointer data)
{
  know_z (f);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  say_event (f, BG_EVENT_WANTED, 0x22, BG_TRANSPORT_NONE);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m2");
  fake_clock_advance (80 * 1000);
  assert_state (f, "z", BG_PEER_PUBLIC_IDLE);
  g_assert_cmpuint (fake_count_commands ("rest"), ==, 2);
  say_event (f, BG_EVENT_WANTED, 0x22, BG_TRANSPORT_NONE);
  answer_and_open (f);
}

static void
test_few_are_always_connected (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", RESTS);
  fake_clock_advance (3600 * 1000);
  say_packets (f, 0x22, 0);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpuint (fake_count_commands ("rest"), ==, 0);
}

/* The ninth makes the difference. */
static void
test_many_are_on_demand (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", RESTS);
  for (guint8 i = 0; i < BG_PEER_ALWAYS_UP_TO; i++)
    {
      g_autofree char *id = g_strdup_printf ("a%u", i);
      g_autofree char *address = g_strdup_printf ("10.0.0.%u/24", 100 + i);

      say_entry (id, (guint8) (0x40 + i), address, NULL);
    }
  fake_clock_advance (301 * 1000);
  say_packets (f, 0x22, 0);
  g_assert_true (fake_has_command ("rest 22"));
}

/* From its first session on. */
static void
test_newcomer (Fixture *f, gconstpointer data)
{
  close_set (f);
  f->connect = BG_CONNECT_ON_DEMAND;
  open_set (f, 1u << BG_TRANSPORT_ICE);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", RESTS);
  fake_clock_advance (301 * 1000);
  g_assert_cmpuint (fake_count_commands ("stats"), >, 3);
  say_packets (f, 0x22, 0);
  g_assert_true (fake_has_command ("rest 22"));
}

static void
test_strangers_do_not_rest (Fixture *f, gconstpointer data)
{
  f->connect = BG_CONNECT_ON_DEMAND;
  close_set (f);
  open_set (f, 1u << BG_TRANSPORT_DATA_CHANNEL | 1u << BG_TRANSPORT_ICE);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  connect_larger (f, "z", 0x33, "10.0.0.3/24", OURS); /* older than rest */
  fake_clock_advance (3600 * 1000);
  say_packets (f, 0x22, 0);
  say_packets (f, 0x33, 0);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rests-until-there-is-traffic", test_rests_until_there_is_traffic);
  ADD ("is-let-go", test_is_let_go);
  ADD ("peer-lets-go", test_peer_lets_go);
  ADD ("comes-back", test_peer_comes_back);
  ADD ("nobody-there", test_nobody_there);
  ADD ("few", test_few_are_always_connected);
  ADD ("many", test_many_are_on_demand);
  ADD ("newcomer", test_newcomer);
  ADD ("strangers", test_strangers_do_not_rest);
  return g_test_run ();
}
