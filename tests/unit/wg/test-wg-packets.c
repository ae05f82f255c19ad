/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verdicts of the phases, and packets whose session or peer goes away between two of them. */
#include "wg-test.h"

#include <string.h>

#define START (10 * WG_SECOND)

static TestPair pair;

static void
set_up_connected (void)
{
  test_pair_begin (&pair);
  wg_peer_start_handshake (pair.b_of_a, START);
  test_pair_settle (&pair, START);
}

static void
test_message_kind (void)
{
  static const guint8 sizes[] = { 0, 148, 92, 64 };
  guint8 bytes[200] = { 0 };

  for (guint8 type = 0; type < 8; type++)
    {
      bytes[0] = type;
      for (gsize len = 0; len <= sizeof bytes; len++)
        {
          gboolean fits = type == 4 ? len >= 32 : type >= 1 && type <= 3 && len == sizes[type];

          g_assert_cmpint (wg_message_kind (bytes, len), ==,
                           fits ? (WgMessageKind) type : WG_MSG_INVALID);
        }
    }
  bytes[0] = 4;
  bytes[1] = 1; /* reserved */
  g_assert_cmpint (wg_message_kind (bytes, 64), ==, WG_MSG_INVALID);
}

static WgVerdict
begin_and_free (BgPacket *pkt)
{
  WgVerdict verdict = wg_send_begin (pair.a, pkt, START);

  if (verdict == WG_OK)
    {
      wg_send_finish (pair.a, &pkt, 1, START);
      g_assert_null (pkt->keypair);
    }
  if (verdict != WG_STAGED)
    bg_packet_free (pkt);
  return verdict;
}

static void
test_send_verdicts (void)
{
  BgPacket *pkt;

  set_up_connected ();
  g_assert_cmpint (begin_and_free (test_inner (&pair, "10.0.0.1", "10.0.0.2", 20)), ==, WG_OK);
  g_assert_cmpint (begin_and_free (test_inner (&pair, "10.0.0.1", "10.9.9.9", 20)), ==, WG_NO_PEER);

  pkt = bg_packet_new (pair.pool);
  g_assert_cmpint (begin_and_free (pkt), ==, WG_BAD_INNER);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 20);
  pkt->len = 19;
  g_assert_cmpint (begin_and_free (pkt), ==, WG_BAD_INNER);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 39);
  pkt->data[0] = 0x60;
  g_assert_cmpint (begin_and_free (pkt), ==, WG_BAD_INNER);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 40);
  pkt->data[0] = 0xb0;
  g_assert_cmpint (begin_and_free (pkt), ==, WG_BAD_INNER);

  wg_peer_clear_endpoint (pair.b_of_a);
  g_assert_cmpint (begin_and_free (test_inner (&pair, "10.0.0.1", "10.0.0.2", 20)), ==, WG_EXPIRED);
  test_pair_end (&pair);
}

/* What comes out of an authentic message. */
static WgVerdict
deliver (BgPacket *pkt, guint32 *len)
{
  WgVerdict verdict;

  g_assert_cmpint (wg_send_begin_to (pair.b_of_a, pkt, START), ==, WG_OK);
  g_assert_true (wg_seal (pair.sealer, pkt, 0));
  wg_send_finish (pair.a, &pkt, 1, START);
  g_assert_cmpint (wg_receive_begin (pair.b, pkt, START), ==, WG_OK);
  g_assert_cmpint (wg_open (pair.sealer, pkt), ==, WG_OK);
  verdict = wg_receive_finish (pair.b, pkt, START);
  g_assert_true (pkt->peer == pair.a_of_b);
  *len = pkt->len;
  bg_packet_free (pkt);
  return verdict;
}

static void
test_inner_verdicts (void)
{
  BgPacket *pkt;
  guint32 len;

  set_up_connected ();
  g_assert_cmpint (deliver (test_inner (&pair, "10.0.0.1", "10.0.0.2", 77), &len), ==, WG_OK);
  g_assert_cmpuint (len, ==, 77);
  g_assert_cmpint (deliver (test_inner (&pair, "10.0.0.3", "10.0.0.2", 77), &len), ==,
                   WG_SOURCE_NOT_ALLOWED);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 77);
  pkt->data[3] = 97; /* longer than what is there */
  g_assert_cmpint (deliver (pkt, &len), ==, WG_BAD_INNER);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 77);
  pkt->data[3] = 19; /* shorter than its header */
  g_assert_cmpint (deliver (pkt, &len), ==, WG_BAD_INNER);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 77);
  pkt->data[0] = 0x44; /* a header of 16 bytes */
  g_assert_cmpint (deliver (pkt, &len), ==, WG_BAD_INNER);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 77);
  memset (pkt->data, 0, 40);
  pkt->data[0] = 0x60; /* an empty IPv6 packet from :: */
  g_assert_cmpint (deliver (pkt, &len), ==, WG_SOURCE_NOT_ALLOWED);
  g_assert_cmpuint (len, ==, 40);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 32);
  pkt->data[0] = 0x60;
  g_assert_cmpint (deliver (pkt, &len), ==, WG_BAD_INNER);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 20);
  pkt->data[0] = 0xb0;
  g_assert_cmpint (deliver (pkt, &len), ==, WG_CONTROL);
  g_assert_cmpuint (len, ==, 32); /* padding and all */
  pkt = bg_packet_new (pair.pool);
  g_assert_cmpint (deliver (pkt, &len), ==, WG_CONSUMED);
  test_pair_end (&pair);
}

static void
test_receive_verdicts (void)
{
  BgPacket *pkt, *copy = NULL;

  set_up_connected ();
  pkt = test_sealed (&pair, 40, START);
  pkt->data[4] ^= 0xff;
  g_assert_cmpint (test_receive (&pair, pair.b, pkt, START), ==, WG_UNKNOWN_INDEX);

  pkt = test_sealed (&pair, 40, START);
  pkt->len = 31;
  g_assert_cmpint (wg_receive_begin (pair.b, pkt, START), ==, WG_MALFORMED);
  bg_packet_free (pkt);

  pkt = test_sealed (&pair, 40, START);
  copy = bg_packet_new (pair.pool);
  memcpy (copy->data, pkt->data, pkt->len);
  copy->len = pkt->len;
  g_assert_cmpint (test_receive (&pair, pair.b, pkt, START), ==, WG_OK);
  g_assert_cmpint (test_receive (&pair, pair.b, copy, START), ==, WG_REPLAY);

  pkt = test_sealed (&pair, 40, START);
  memset (pkt->data + 8, 0xff, 8); /* the counter */
  g_assert_cmpint (test_receive (&pair, pair.b, pkt, START), ==, WG_EXPIRED);

  pkt = test_sealed (&pair, 40, START);
  g_assert_cmpint (test_receive (&pair, pair.b, pkt, START + WG_REJECT_AFTER_TIME), ==, WG_EXPIRED);

  pkt = test_sealed (&pair, 40, START);
  g_assert_cmpint (wg_receive_begin (pair.b, pkt, START), ==, WG_OK);
  g_assert_cmpint (wg_receive_finish (pair.b, pkt, START), ==,
                   WG_UNAUTHENTIC); /* phase 2 is missing */
  bg_packet_free (pkt);
  test_pair_end (&pair);
}

static void
test_gone_between_phases (void)
{
  BgPacket *out, *in;

  set_up_connected ();
  in = test_sealed (&pair, 40, START);
  g_assert_cmpint (wg_receive_begin (pair.b, in, START), ==, WG_OK);
  wg_peer_expire (pair.a_of_b);
  g_assert_cmpint (wg_open (pair.sealer, in), ==, WG_OK);
  g_assert_cmpint (wg_receive_finish (pair.b, in, START), ==, WG_EXPIRED);
  g_assert_null (in->peer);
  bg_packet_free (in);

  out = test_inner (&pair, "10.0.0.1", "10.0.0.2", 40);
  g_assert_cmpint (wg_send_begin (pair.a, out, START), ==, WG_OK);
  wg_peer_remove (pair.b_of_a);
  g_assert_true (wg_seal (pair.sealer, out, 0));
  wg_send_finish (pair.a, &out, 1, START);
  g_assert_null (out->peer);
  bg_packet_free (out);

  in = test_inner (&pair, "10.0.0.1", "10.0.0.2", 40);
  g_assert_cmpint (wg_send_begin (pair.a, in, START), ==, WG_NO_PEER);
  bg_packet_free (in);
  test_pair_end (&pair);
}

/* Both the engine and its peers may be gone when phase 2 comes. */
static void
test_device_gone (void)
{
  BgPacket *pkt;

  set_up_connected ();
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 40);
  g_assert_cmpint (wg_send_begin (pair.a, pkt, START), ==, WG_OK);
  wg_device_free (pair.a);
  pair.a = NULL;
  g_assert_true (wg_seal (pair.sealer, pkt, 0));
  wg_send_finish (pair.b, &pkt, 1, START); /* any engine gives the reference back */
  bg_packet_free (pkt);
  test_pair_end (&pair);
}

static void
test_staging (void)
{
  guint arrived = 0;
  WgPeerStats stats;
  BgPacket *pkt;

  test_pair_begin (&pair);
  for (guint i = 0; i < WG_STAGED_MAX + 10; i++)
    {
      pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 100 + i);
      g_assert_cmpint (wg_send_begin (pair.a, pkt, START), ==, WG_STAGED);
    }
  wg_peer_get_stats (pair.b_of_a, &stats);
  g_assert_cmpuint (stats.staged, ==, WG_STAGED_MAX);
  g_assert_false (stats.has_session);
  g_assert_cmpuint (wg_staged_dropped (pair.a), ==, 10);
  g_assert_cmpuint (wg_staged_dropped (pair.a), ==, 0);

  test_receive (&pair, pair.b, wg_pop_packet (pair.a), START);
  g_assert_null (wg_pop_packet (pair.a)); /* one initiation for all */
  test_receive (&pair, pair.a, wg_pop_packet (pair.b), START);
  while ((pkt = wg_pop_packet (pair.a)))
    {
      g_assert_cmpuint (pkt->len, ==,
                        110 + arrived);             /* the oldest ten are gone, the order is kept */
      g_assert_cmpuint (pkt->counter, ==, arrived); /* and no keepalive beside them */
      g_assert_true (wg_seal (pair.sealer, pkt, 0));
      wg_send_finish (pair.a, &pkt, 1, START);
      g_assert_cmpint (test_receive (&pair, pair.b, pkt, START), ==, WG_OK);
      arrived++;
    }
  g_assert_cmpuint (arrived, ==, WG_STAGED_MAX);
  wg_peer_get_stats (pair.a_of_b, &stats);
  g_assert_true (stats.has_session);
  g_assert_cmpuint (stats.sessions, ==, 1);
  g_assert_cmpuint (stats.last_handshake_ns, ==, START);
  test_pair_end (&pair);
}

/* The responder may not send before the initiator's first data message. */
static void
test_confirmation (void)
{
  BgPacket *pkt;

  test_pair_begin (&pair);
  wg_peer_start_handshake (pair.b_of_a, START);
  test_receive (&pair, pair.b, wg_pop_packet (pair.a), START);
  pkt = test_inner (&pair, "10.0.0.2", "10.0.0.1", 50);
  g_assert_cmpint (wg_send_begin (pair.b, pkt, START), ==, WG_STAGED);
  test_pair_settle (&pair, START);
  pkt = test_inner (&pair, "10.0.0.2", "10.0.0.1", 50);
  g_assert_cmpint (wg_send_begin (pair.b, pkt, START), ==, WG_OK);
  g_assert_cmpuint (pkt->counter, ==, 1); /* the staged one went first */
  wg_send_finish (pair.b, &pkt, 1, START);
  bg_packet_free (pkt);
  test_pair_end (&pair);
}

static void
test_peers (void)
{
  WgKey key = { { 9 } }, own, zero = { 0 };
  WgPeer *peer;

  set_up_connected ();
  g_assert_null (wg_peer_add (pair.a, &zero));
  g_assert_true (wg_device_get_public_key (pair.a, &own));
  g_assert_null (wg_peer_add (pair.a, &own));
  peer = wg_peer_add (pair.a, &key);
  g_assert_true (wg_peer_add (pair.a, &key) == peer);
  g_assert_true (wg_peer_find (pair.a, &key) == peer);
  wg_peer_set_data (peer, &pair);
  g_assert_true (wg_peer_data (peer) == &pair);
  wg_peer_remove (peer);
  g_assert_null (wg_peer_find (pair.a, &key));

  /* A new identity ends sessions, and removes the peer that we have become. */
  wg_peer_add (pair.a, &key);
  memset (&key, 1, sizeof key);
  g_assert_true (wg_key_public (&key, &own));
  wg_peer_add (pair.a, &own);
  g_assert_true (wg_device_set_private_key (pair.a, &key));
  g_assert_null (wg_peer_find (pair.a, &own));
  g_assert_cmpint (begin_and_free (test_inner (&pair, "10.0.0.1", "10.0.0.2", 20)), ==, WG_STAGED);

  /* A peer whose key is of low order can never shake hands. */
  memset (&key, 0, sizeof key);
  key.bytes[0] = 1;
  peer = wg_peer_add (pair.a, &key);
  g_assert_nonnull (peer);
  wg_peer_set_endpoint (peer, &pair.at_b, true);
  wg_peer_start_handshake (peer, START);
  g_assert_cmpuint (pair.a->peers.n, ==, 3);
  test_pair_end (&pair);
}

/* A data message of A as if it came from `port` of 192.0.2.1, to `local` of B. */
static void
receive_from (guint16 port, guint32 local, guint64 now)
{
  pair.at_a = test_endpoint ("192.0.2.1", port);
  pair.at_a.ifindex = local ? 3 : 0;
  pair.at_a.local.in4.s_addr = htonl (local);
  g_assert_cmpint (test_receive (&pair, pair.b, test_sealed (&pair, 60, now), now), ==, WG_OK);
}

static guint32
source_of (WgPeer *peer)
{
  WgPeerStats stats;

  wg_peer_get_stats (peer, &stats);
  return stats.endpoint.ifindex ? ntohl (stats.endpoint.local.in4.s_addr) : 0;
}

/* The local address of the last authentic message, which handshakes without an answer cast doubt on. */
static void
test_source (void)
{
  BgEndpoint stale = test_endpoint ("192.0.2.1", 7);
  BgPacket *pkt;

  set_up_connected ();
  receive_from (1000, 0xc0000205, START);
  g_assert_cmphex (source_of (pair.a_of_b), ==, 0xc0000205);
  receive_from (1000, 0xc0000206, START); /* the same place, and no event */
  g_assert_cmphex (source_of (pair.a_of_b), ==, 0xc0000206);
  pkt = test_inner (&pair, "10.0.0.2", "10.0.0.1", 40);
  g_assert_cmpint (wg_send_begin (pair.b, pkt, START), ==, WG_OK);
  g_assert_cmphex (pkt->endpoint.local.in4.s_addr, ==, htonl (0xc0000206));
  wg_send_finish (pair.b, &pkt, 1, START);
  bg_packet_free (pkt);

  stale.ifindex = 3;
  stale.local.in4.s_addr = htonl (0xc0000205); /* of an older packet */
  wg_peer_forget_source (pair.a_of_b, &stale);
  g_assert_cmphex (source_of (pair.a_of_b), ==, 0xc0000206);
  stale.local.in4.s_addr = htonl (0xc0000206);
  wg_peer_forget_source (pair.a_of_b, &stale);
  g_assert_cmphex (source_of (pair.a_of_b), ==, 0);

  receive_from (1000, 0xc0000205, START);
  wg_peer_start_handshake (pair.a_of_b, START + 10 * WG_SECOND);
  g_assert_cmphex (source_of (pair.a_of_b), ==, 0xc0000205);
  wg_run_timers (pair.b, START + 16 * WG_SECOND);
  g_assert_cmphex (source_of (pair.a_of_b), ==, 0);

  receive_from (1000, 0xc0000205, START + 17 * WG_SECOND);
  pair.at_a.ifindex = 0;
  wg_peer_set_endpoint (pair.a_of_b, &pair.at_a, true);
  g_assert_cmphex (source_of (pair.a_of_b), ==, 0);
  test_pair_end (&pair);
}

static bool
may_move (void *data, WgPeer *peer, const BgEndpoint *to)
{
  g_assert_true (peer == pair.a_of_b);
  ++*(guint *) data;
  return to->addr.in4.sin_port != htons (666);
}

static guint16
port_of (WgPeer *peer)
{
  WgPeerStats stats;

  wg_peer_get_stats (peer, &stats);
  return ntohs (stats.endpoint.addr.in4.sin_port);
}

/* The packet is accepted, its sender not followed; asked once a move, not once a packet. */
static void
test_may_move (void)
{
  guint asked = 0;

  set_up_connected ();
  wg_device_set_may_move (pair.b, may_move, &asked);
  receive_from (1000, 0, START);
  receive_from (1000, 0xc0000205, START);
  g_assert_cmpuint (asked, ==, 1);
  g_assert_cmpuint (port_of (pair.a_of_b), ==, 1000);
  receive_from (666, 0xc0000206, START);
  g_assert_cmpuint (asked, ==, 2);
  g_assert_cmpuint (port_of (pair.a_of_b), ==, 1000);
  g_assert_cmphex (source_of (pair.a_of_b), ==, 0xc0000205);
  receive_from (1001, 0, START);
  g_assert_cmpuint (port_of (pair.a_of_b), ==, 1001);
  test_pair_end (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wg/packets/message-kind", test_message_kind);
  g_test_add_func ("/wg/packets/send", test_send_verdicts);
  g_test_add_func ("/wg/packets/inner", test_inner_verdicts);
  g_test_add_func ("/wg/packets/receive", test_receive_verdicts);
  g_test_add_func ("/wg/packets/gone-between-phases", test_gone_between_phases);
  g_test_add_func ("/wg/packets/device-gone", test_device_gone);
  g_test_add_func ("/wg/packets/staging", test_staging);
  g_test_add_func ("/wg/packets/confirmation", test_confirmation);
  g_test_add_func ("/wg/packets/peers", test_peers);
  g_test_add_func ("/wg/packets/source", test_source);
  g_test_add_func ("/wg/packets/may-move", test_may_move);
  return g_test_run ();
}
