/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Somebody on the path: replays, floods, forged and moved packets. */
#include "sim-link.h"

#include <string.h>

static Sim *sim;
static SimHost *a, *b;
static GPtrArray *taped; /* GBytes of what passed */

static gboolean
tape (SimHost *from, const guint8 *bytes, gsize len, gpointer data)
{
  g_ptr_array_add (taped, g_bytes_new (bytes, len));
  return TRUE;
}

static void
begin (void)
{
  sim = sim_new (1);
  sim_pair (sim, &a, &b);
  taped = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  sim->filter = tape;
}

static void
end (void)
{
  sim_free (sim);
  g_ptr_array_unref (taped);
}

static WgVerdict
play (SimHost *to, guint number, const BgEndpoint *source)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (taped->pdata[number], &len);

  return sim_inject (to, bytes, len, source);
}

/* Everything that ever passed, again, at both ends, from elsewhere: nothing comes of it. */
static void
test_replay_all (void)
{
  BgEndpoint elsewhere = {
    .addr.in4 = { .sin_family = AF_INET, .sin_port = 1, .sin_addr.s_addr = 0x01010101 }
  };
  guint64 received_a, received_b, sessions;
  WgPeerStats stats;
  guint n;

  begin ();
  sim_traffic (a, b, SIM_SECOND, 10 * SIM_MINUTE, TRUE);
  sim_run (sim, SIM_SECOND);
  received_a = a->received;
  received_b = b->received;
  sessions = sim_sessions (a, b);
  n = taped->len;
  sim->filter = NULL;
  g_assert_cmpuint (n, >, 1200);
  for (guint i = 0; i < n; i++)
    {
      WgVerdict at_a = play (a, i, &elsewhere), at_b = play (b, i, &elsewhere);

      g_assert_true (at_a == WG_REPLAY || at_a == WG_UNKNOWN_INDEX || at_a == WG_UNAUTHENTIC
                     || at_a == WG_EXPIRED);
      g_assert_true (at_b == WG_REPLAY || at_b == WG_UNKNOWN_INDEX || at_b == WG_UNAUTHENTIC
                     || at_b == WG_EXPIRED);
    }
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, received_a);
  g_assert_cmpuint (b->received, ==, received_b);
  g_assert_cmpuint (sim_sessions (a, b), ==, sessions);
  wg_peer_get_stats (sim_peer (b, a), &stats);
  g_assert_cmpuint (stats.endpoint.addr.in4.sin_addr.s_addr, ==, a->at.addr.in4.sin_addr.s_addr);
  g_assert_cmpuint (a->events[WG_EVENT_ENDPOINT] + b->events[WG_EVENT_ENDPOINT], ==, 0);
  end ();
}

/* An old initiation against a running session: it is not disturbed. */
static void
test_replayed_initiation (void)
{
  begin ();
  sim_send (a, b);
  sim_run (sim, SIM_MINUTE);
  g_assert_cmpint (play (b, 0, &a->at), ==, WG_REPLAY);
  g_assert_cmpint (sim_send (b, a), ==, WG_OK);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  g_assert_cmpuint (b->wire_handshakes, ==, 1);
  end ();
}

/* Fresh initiations of one peer, faster than anybody needs. */
static void
test_initiation_flood (void)
{
  guint answered;

  begin ();
  for (guint i = 0; i < 50; i++)
    {
      a->dev->peers.first->next_handshake_ns = 0;
      wg_timers_stop (a->dev->peers.first);
      wg_peer_start_handshake (sim_peer (a, b), sim->now);
      sim_pump (a);
      sim_run (sim, 10 * SIM_MS);
    }
  sim_run (sim, SIM_SECOND);
  answered = (guint) b->wire_handshakes;
  g_assert_cmpuint (b->verdicts[WG_RATE_LIMITED], >, 0);
  g_assert_cmpuint (answered, <=, 500 / 50 + 1);
  g_assert_cmpuint (answered + b->verdicts[WG_RATE_LIMITED] + b->verdicts[WG_REPLAY], ==, 50);
  end ();
}

/* Every bit of every handshake message counts. */
static void
test_forged_handshakes (void)
{
  begin ();
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  for (guint message = 0; message < 2; message++)
    {
      gsize len;
      const guint8 *bytes = g_bytes_get_data (taped->pdata[message], &len);
      g_autofree guint8 *forged = g_memdup2 (bytes, len);
      SimHost *to = message == 0 ? b : a;

      for (gsize bit = 0; bit < (len - 16) * 8; bit++)
        {
          WgVerdict verdict;

          forged[bit / 8] ^= (guint8) (1u << bit % 8);
          verdict = sim_inject (to, forged, len, &a->at);
          g_assert_cmpint (verdict, ==, bit < 32 ? WG_MALFORMED : WG_UNAUTHENTIC);
          forged[bit / 8] ^= (guint8) (1u << bit % 8);
        }
    }
  g_assert_cmpuint (bg_packet_pool_in_use (sim->pool), ==, 0);
  end ();
}

/* Under load strangers get a cookie and no work; who comes back with it gets in. */
static void
test_cookie (void)
{
  begin ();
  wg_device_set_under_load (b->dev, sim->now);
  sim_send (a, b);
  sim_run (sim, 500 * SIM_MS);
  g_assert_cmpuint (b->verdicts[WG_UNDER_LOAD], ==, 1);
  g_assert_cmpuint (b->wire_cookies, ==, 1);
  g_assert_cmpuint (b->wire_handshakes, ==, 0);
  g_assert_cmpuint (a->verdicts[WG_CONSUMED], ==, 1); /* the cookie */
  g_assert_true (sim_peer (a, b)->cookies.has_cookie);
  g_assert_cmpint (play (a, 1, &b->at), ==, WG_UNAUTHENTIC); /* one cookie a message */

  for (int i = 0; i < 60; i++)
    {
      wg_device_set_under_load (b->dev, sim->now);
      sim_run (sim, 100 * SIM_MS);
    }
  g_assert_cmpuint (b->received, ==, 1);
  g_assert_cmpuint (b->wire_cookies, ==, 1);
  end ();
}

/* The responder's own cookie demand, of a response. */
static void
test_cookie_for_response (void)
{
  begin ();
  wg_device_set_under_load (a->dev, sim->now);
  sim_send (a, b);
  sim_run (sim, 500 * SIM_MS);
  g_assert_cmpuint (a->verdicts[WG_UNDER_LOAD], ==, 1);
  g_assert_true (sim_peer (b, a)->cookies.has_cookie);
  sim_run (sim, 6 * SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 1);
  end ();
}

/* A source with a good cookie, and still too much of it. */
static void
test_source_rate (void)
{
  gsize len;
  const guint8 *bytes;

  begin ();
  wg_device_set_under_load (b->dev, sim->now);
  sim_send (a, b);
  sim_run (sim, 4900 * SIM_MS);
  g_ptr_array_set_size (taped, 0);
  for (int i = 0; i < 6; i++)
    {
      wg_device_set_under_load (b->dev, sim->now);
      sim_run (sim, 100 * SIM_MS);
    }
  bytes = g_bytes_get_data (taped->pdata[0], &len);
  g_assert_cmpuint (bytes[0], ==, WG_MSG_INITIATION);
  wg_device_set_under_load (b->dev, sim->now);
  for (int i = 0; i < 20; i++)
    sim_inject (b, bytes, len, &a->at);
  g_assert_cmpuint (b->verdicts[WG_REPLAY], ==, 5);
  g_assert_cmpuint (b->verdicts[WG_RATE_LIMITED], ==, 15);
  end ();
}

static void
test_roaming (void)
{
  BgEndpoint path = { .path = 7 };
  WgPeerStats stats;

  begin ();
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  sim_move (a, 77);
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->events[WG_EVENT_ENDPOINT], ==, 1);
  sim_send (b, a);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (a->received, ==, 1);
  g_assert_cmpuint (a->events[WG_EVENT_ENDPOINT], ==, 0);

  /* Not where the owner keeps the addresses. */
  wg_peer_set_endpoint (sim_peer (b, a), &a->at, false);
  sim_move (a, 78);
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  g_assert_cmpuint (b->received, ==, 3);
  g_assert_cmpuint (b->events[WG_EVENT_ENDPOINT], ==, 1);

  /* And never to the path of a mesh peer. */
  wg_peer_set_endpoint (sim_peer (b, a), &a->at, true);
  g_ptr_array_set_size (taped, 0);
  sim->loss_permille = 1000;
  sim_send (a, b);
  g_assert_cmpint (play (b, 0, &path), ==, WG_OK);
  wg_peer_get_stats (sim_peer (b, a), &stats);
  g_assert_cmpuint (stats.endpoint.path, ==, 0);
  g_assert_cmpuint (b->events[WG_EVENT_ENDPOINT], ==, 1);
  end ();
}

/* A mesh peer: packets and answers go by its path, whatever the source says. */
static void
test_mesh_path (void)
{
  BgEndpoint path_a = { .path = 3 }, path_b = { .path = 4 };
  BgPacket *pkt;

  begin ();
  wg_peer_set_endpoint (sim_peer (a, b), &path_b, false);
  wg_peer_set_endpoint (sim_peer (b, a), &path_a, false);
  wg_peer_start_handshake (sim_peer (a, b), sim->now);
  pkt = wg_pop_packet (a->dev);
  g_assert_cmpuint (pkt->endpoint.path, ==, 4);
  pkt->endpoint = path_a;
  g_assert_cmpint (wg_receive_handshake (b->dev, pkt, sim->now), ==, WG_CONSUMED);
  bg_packet_free (pkt);
  pkt = wg_pop_packet (b->dev);
  g_assert_cmpuint (pkt->endpoint.path, ==, 3);
  g_assert_true (pkt->peer == sim_peer (b, a));
  bg_packet_free (pkt);
  g_assert_cmpuint (b->events[WG_EVENT_ENDPOINT], ==, 0);
  end ();
}

/* Junk with valid framing is told apart by one hash or one look-up, and moves nothing. */
static void
test_junk (void)
{
  static const gsize sizes[] = { 148, 92, 64, 32, 100, 1452 };
  WgPeerStats before, after;

  begin ();
  sim_send (a, b);
  sim_run (sim, SIM_SECOND);
  wg_peer_get_stats (sim_peer (b, a), &before);
  for (guint i = 0; i < 5000; i++)
    {
      gsize len = sizes[i % G_N_ELEMENTS (sizes)];
      guint8 bytes[1452];
      WgVerdict verdict;

      for (gsize j = 0; j < len; j++)
        bytes[j] = (guint8) g_test_rand_int ();
      wg_put_le32 (bytes, i % G_N_ELEMENTS (sizes) < 3 ? (guint32) (i % G_N_ELEMENTS (sizes)) + 1
                                                       : WG_MSG_DATA);
      verdict = sim_inject (b, bytes, len, &a->at);
      g_assert_true (verdict == WG_UNAUTHENTIC || verdict == WG_UNKNOWN_INDEX);
    }
  wg_peer_get_stats (sim_peer (b, a), &after);
  g_assert_cmpuint (after.rx_bytes, ==, before.rx_bytes);
  g_assert_cmpuint (after.tx_bytes, ==, before.tx_bytes);
  end ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/hostile/replay-all", test_replay_all);
  g_test_add_func ("/sim/hostile/replayed-initiation", test_replayed_initiation);
  g_test_add_func ("/sim/hostile/initiation-flood", test_initiation_flood);
  g_test_add_func ("/sim/hostile/forged-handshakes", test_forged_handshakes);
  g_test_add_func ("/sim/hostile/cookie", test_cookie);
  g_test_add_func ("/sim/hostile/cookie-for-response", test_cookie_for_response);
  g_test_add_func ("/sim/hostile/source-rate", test_source_rate);
  g_test_add_func ("/sim/hostile/roaming", test_roaming);
  g_test_add_func ("/sim/hostile/mesh-path", test_mesh_path);
  g_test_add_func ("/sim/hostile/junk", test_junk);
  return g_test_run ();
}
