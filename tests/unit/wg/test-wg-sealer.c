/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-test.h"

#include <string.h>

#define START (10 * WG_SECOND)

static void
connect_pair (TestPair *pair)
{
  wg_peer_start_handshake (pair->b_of_a, START);
  test_pair_settle (pair, START);
}

static void
test_padding (void)
{
  static const struct
  {
    guint32 len, mtu, padded;
  } rows[] = {
    { 20, 0, 32 },        { 32, 0, 32 },        { 33, 0, 48 },        { 1420, 0, 1424 },
    { 1420, 1420, 1420 }, { 1413, 1420, 1420 }, { 1400, 1420, 1408 }, { 1430, 1420, 1430 },
    { 1152, 1152, 1152 }, { 1151, 1152, 1152 }, { 21, 22, 22 },
  };
  TestPair pair;

  test_pair_begin (&pair);
  connect_pair (&pair);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      BgPacket *pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", rows[i].len);

      g_assert_cmpint (wg_send_begin (pair.a, pkt, START), ==, WG_OK);
      g_assert_true (wg_seal (pair.sealer, pkt, rows[i].mtu));
      g_assert_cmpuint (pkt->len, ==, rows[i].padded + WG_DATA_OVERHEAD);
      wg_send_finish (pair.a, &pkt, 1, START);
      g_assert_cmpint (wg_receive_begin (pair.b, pkt, START), ==, WG_OK);
      g_assert_cmpint (wg_open (pair.sealer, pkt), ==, WG_OK);
      g_assert_cmpuint (pkt->len, ==, rows[i].padded);
      g_assert_cmpint (wg_receive_finish (pair.b, pkt, START), ==, WG_OK);
      g_assert_cmpuint (pkt->len, ==, rows[i].len); /* cut to the inner length */
      bg_packet_free (pkt);
    }
  test_pair_end (&pair);
}

static void
test_no_room (void)
{
  TestPair pair;
  BgPacket *pkt;

  test_pair_begin (&pair);
  connect_pair (&pair);
  pkt = test_inner (&pair, "10.0.0.1", "10.0.0.2", 100);
  g_assert_false (wg_seal (pair.sealer, pkt, 0)); /* phase 1 is missing */
  g_assert_cmpint (wg_send_begin (pair.a, pkt, START), ==, WG_OK);
  pkt->len += (guint32) bg_packet_tailroom (pkt) - 15;
  g_assert_false (wg_seal (pair.sealer, pkt, 0));
  wg_send_finish (pair.a, &pkt, 1, START);
  bg_packet_free (pkt);
  test_pair_end (&pair);
}

static void
test_forged (void)
{
  TestPair pair;
  BgPacket *pkt;

  test_pair_begin (&pair);
  connect_pair (&pair);
  for (guint32 at = 8; at < 32 + 48; at += 5)
    {
      pkt = test_sealed (&pair, 40, START);
      pkt->data[at] ^= 0x10;
      g_assert_cmpint (test_receive (&pair, pair.b, pkt, START), ==, WG_UNAUTHENTIC);
    }
  pkt = test_sealed (&pair, 40, START);
  pkt->len -= 16;
  g_assert_cmpint (test_receive (&pair, pair.b, pkt, START), ==, WG_UNAUTHENTIC);
  g_assert_cmpint (test_receive (&pair, pair.b, test_sealed (&pair, 40, START), START), ==, WG_OK);
  test_pair_end (&pair);
}

/* The cipher of a session that ended is wiped at the next packet of any session, or by a sweep. */
static void
test_stale_keys (void)
{
  TestPair pair;

  test_pair_begin (&pair);
  for (guint round = 0; round < 5; round++)
    {
      guint64 now = START + round * 10 * WG_SECOND;

      wg_peer_start_handshake (pair.b_of_a, now);
      test_pair_settle (&pair, now);
      g_assert_cmpint (test_receive (&pair, pair.b, test_sealed (&pair, 40, now), now), ==, WG_OK);
    }
  /* Of each side current and previous, sealed with by A, opened with by B, and the unused half. */
  g_assert_cmpuint (wg_sealer_count_keyed (pair.sealer), >, 0);
  g_assert_cmpuint (wg_sealer_count_keyed (pair.sealer), <=, 4);
  wg_peer_expire (pair.b_of_a);
  wg_peer_expire (pair.a_of_b);
  wg_sealer_sweep (pair.sealer);
  g_assert_cmpuint (wg_sealer_count_keyed (pair.sealer), ==, 0);
  test_pair_end (&pair);
}

/* More sessions than slots. */
static void
test_many_sessions (void)
{
  TestPair pair;

  test_pair_begin (&pair);
  for (guint round = 0; round < 150; round++)
    {
      guint64 now = START + round * 10 * WG_SECOND;
      BgPacket *held = round ? test_inner (&pair, "10.0.0.1", "10.0.0.2", 60) : NULL;

      if (held)
        g_assert_cmpint (wg_send_begin (pair.a, held, now), ==, WG_OK);
      wg_peer_start_handshake (pair.b_of_a, now);
      test_pair_settle (&pair, now);
      g_assert_cmpint (test_receive (&pair, pair.b, test_sealed (&pair, 40, now), now), ==, WG_OK);
      if (held)
        {
          /* Numbered in the session before, sealed after the rekey: still good. */
          g_assert_true (wg_seal (pair.sealer, held, 0));
          wg_send_finish (pair.a, &held, 1, now);
          g_assert_cmpint (test_receive (&pair, pair.b, held, now), ==, WG_OK);
        }
    }
  test_pair_end (&pair);
}

/* Many sessions in turn: each is keyed once, up to a bound. */
static void
test_many_live_sessions (void)
{
  enum
  {
    LIVE = 1200
  };
  static WgKeypair *keypairs[LIVE];
  TestPair pair;

  test_pair_begin (&pair);
  for (guint i = 0; i < LIVE; i++)
    keypairs[i] = wg_keypair_new ();
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < LIVE; i++)
      {
        BgPacket *pkt = bg_packet_new (pair.pool);

        pkt->len = 40;
        pkt->counter = round;
        pkt->keypair = keypairs[i];
        g_assert_true (wg_seal (pair.sealer, pkt, 0));
        bg_packet_free (pkt);
        if (round == 0)
          g_assert_cmpuint (wg_sealer_count_keyed (pair.sealer), ==, MIN (i + 1, 1024));
      }
  g_assert_cmpuint (wg_sealer_count_keyed (pair.sealer), ==, 1024);
  for (guint i = 0; i < LIVE; i++)
    wg_keypair_unref (keypairs[i]);
  wg_sealer_sweep (pair.sealer);
  g_assert_cmpuint (wg_sealer_count_keyed (pair.sealer), ==, 0);
  test_pair_end (&pair);
}

/* --- Phase 2 on threads, while sessions come and go on the engine's --- */

typedef struct
{
  BgPacket *pkts[64];
  gboolean open;
  gint failed;
} Work;

static gpointer
work (gpointer data)
{
  WgSealer *sealer = wg_sealer_new ();
  Work *w = data;

  for (gsize i = 0; i < G_N_ELEMENTS (w->pkts); i++)
    {
      if (w->open)
        w->failed += wg_open (sealer, w->pkts[i]) != WG_OK;
      else
        w->failed += !wg_seal (sealer, w->pkts[i], 0);
    }
  wg_sealer_free (sealer);
  return NULL;
}

static void
run_two (Work *works)
{
  GThread *threads[2];

  for (int i = 0; i < 2; i++)
    threads[i] = g_thread_new ("phase-2", work, &works[i]);
  for (int i = 0; i < 2; i++)
    g_thread_join (threads[i]);
}

static void
test_threads (void)
{
  Work works[2] = { 0 };
  TestPair pair;

  test_pair_begin (&pair);
  connect_pair (&pair);
  for (int i = 0; i < 2; i++)
    for (gsize j = 0; j < G_N_ELEMENTS (works[i].pkts); j++)
      {
        works[i].pkts[j] = test_inner (&pair, "10.0.0.1", "10.0.0.2", 20 + (guint32) j * 7);
        g_assert_cmpint (wg_send_begin (pair.a, works[i].pkts[j], START), ==, WG_OK);
      }
  run_two (works);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpint (works[i].failed, ==, 0);
      wg_send_finish (pair.a, works[i].pkts, G_N_ELEMENTS (works[i].pkts), START);
      for (gsize j = 0; j < G_N_ELEMENTS (works[i].pkts); j++)
        g_assert_cmpint (wg_receive_begin (pair.b, works[i].pkts[j], START), ==, WG_OK);
      works[i].open = TRUE;
    }
  wg_peer_remove (
    pair.b_of_a); /* the sender's peer is gone; the receiver's session still ends well */
  run_two (works);
  for (int i = 0; i < 2; i++)
    for (gsize j = 0; j < G_N_ELEMENTS (works[i].pkts); j++)
      {
        g_assert_cmpint (wg_receive_finish (pair.b, works[i].pkts[j], START), ==, WG_OK);
        bg_packet_free (works[i].pkts[j]);
      }
  test_pair_end (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wg/sealer/padding", test_padding);
  g_test_add_func ("/wg/sealer/no-room", test_no_room);
  g_test_add_func ("/wg/sealer/forged", test_forged);
  g_test_add_func ("/wg/sealer/stale-keys", test_stale_keys);
  g_test_add_func ("/wg/sealer/many-sessions", test_many_sessions);
  g_test_add_func ("/wg/sealer/many-live-sessions", test_many_live_sessions);
  g_test_add_func ("/wg/sealer/threads", test_threads);
  return g_test_run ();
}
