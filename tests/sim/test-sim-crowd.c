/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many peers that do not answer, with steady traffic to all of them, and one that does. */
#include "sim-link.h"

#include <arpa/inet.h>
#include <string.h>

static Sim *sim;
static SimHost *a, *b;

static guint32
silent_address (guint n)
{
  return htonl (0x0b000000 + n);
}

/* Its endpoint is nobody's. */
static void
add_silent (guint n)
{
  BgEndpoint nowhere = {
    .addr.in4 = { .sin_family = AF_INET, .sin_port = 1, .sin_addr.s_addr = silent_address (n) }
  };
  guint32 addr = silent_address (n);
  WgKey key = { { 9, (guint8) n, (guint8) (n >> 8) } };
  WgPeer *peer = wg_peer_add (a->dev, &key);

  g_assert_nonnull (peer);
  wg_peer_set_endpoint (peer, &nowhere, true);
  g_assert_true (wg_allowed_ips_insert (a->dev, peer, AF_INET, &addr, 32));
}

static void
begin (guint silent)
{
  sim = sim_new (1);
  sim_pair (sim, &a, &b);
  for (guint n = 1; n <= silent; n++)
    add_silent (n);
}

/* A packet as from the TUN; one that finds no buffer is lost, as there. */
static void
send_to_silent (guint n)
{
  BgPacket *pkt = bg_packet_new_for (sim->pool, BG_PACKET_OUTBOUND);
  guint32 destination = silent_address (n);

  if (!pkt)
    return;
  memset (pkt->data, 0, 20);
  pkt->data[0] = 0x45;
  pkt->data[3] = 20;
  memcpy (pkt->data + 16, &destination, 4);
  pkt->len = 20;
  g_assert_cmpint (wg_send_begin (a->dev, pkt, sim->now), ==, WG_STAGED);
}

static void
send_to_all (guint silent, guint each)
{
  for (guint i = 0; i < each; i++)
    for (guint n = 1; n <= silent; n++)
      send_to_silent (n);
  sim_pump (a);
}

static guint32
most_staged (void)
{
  return bg_packet_pool_max_packets (sim->pool) / WG_STAGED_SHARE;
}

static void
assert_room (void)
{
  g_assert_cmpuint (a->dev->staging.n, <=, most_staged ());
  g_assert_cmpuint (bg_packet_pool_in_use (sim->pool), <=, most_staged ());
}

/* The healthy peer has its session, loses no packet and rekeys, as if it were alone. */
static void
crowd (guint silent, guint each)
{
  begin (silent);
  send_to_all (silent, each);
  for (guint step = 0; step < 26; step++)
    {
      send_to_all (silent, each);
      sim_send (a, b);
      sim_send (b, a);
      sim_run (sim, 5 * SIM_SECOND);
      assert_room ();
    }
  g_assert_cmpuint (a->received, ==, b->sent);
  g_assert_cmpuint (b->received, ==, a->sent);
  g_assert_cmpuint (sim_sessions (a, b), >=, 2);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT], >=, silent); /* they expire all the same */
  sim_free (sim);
}

static void
test_hundred (void)
{
  crowd (128, 40);
}

static void
test_thousand (void)
{
  crowd (1000, 2);
}

/* Who has the most loses first, and of that the oldest. */
static void
test_greediest_loses (void)
{
  guint modest = 3;

  begin (40);
  send_to_silent (modest);
  for (guint i = 0; i < 2 * WG_STAGED_MAX; i++)
    for (guint n = 10; n <= 40; n++)
      send_to_silent (n);
  sim_pump (a);
  g_assert_cmpuint (a->dev->staging.n, ==, most_staged ());
  g_assert_cmpuint (a->dev->staging.longest, <=, (most_staged () - 1) / 31 + 1);
  for (WgPeer *peer = a->dev->peers.first; peer; peer = peer->next)
    if (peer->public_key.bytes[1] == modest && peer->public_key.bytes[0] == 9)
      g_assert_cmpuint (peer->staged.queue.len, ==, 1);
  while (a->dev->peers.first)
    wg_peer_remove (a->dev->peers.first);
  g_assert_cmpuint (a->dev->staging.n, ==, 0);
  g_assert_cmpuint (a->dev->staging.longest, ==, 0);
  sim_free (sim);
}

/* Steady traffic keeps nothing alive: what waited goes with the attempts that it waited for. */
static void
test_nothing_stale (void)
{
  guint64 first_oldest = 0;

  begin (1);
  for (guint second = 0; second < 300; second++)
    {
      send_to_silent (1);
      sim_pump (a);
      sim_run (sim, SIM_SECOND);
      g_assert_cmpuint (a->dev->staging.n, <=, 97);
      first_oldest = MAX (first_oldest, a->dev->staging.n);
    }
  g_assert_cmpuint (first_oldest, >=, 89);
  g_assert_cmpuint (a->events[WG_EVENT_SILENT], ==, 3);
  sim_free (sim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/crowd/hundred", test_hundred);
  g_test_add_func ("/sim/crowd/thousand", test_thousand);
  g_test_add_func ("/sim/crowd/greediest-loses", test_greediest_loses);
  g_test_add_func ("/sim/crowd/nothing-stale", test_nothing_stale);
  return g_test_run ();
}
