/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet/packet-pool.h"

#include <glib.h>

static void
test_bound (void)
{
  BgPacketPool *pool = bg_packet_pool_new (1500, 100);
  BgPacket *pkts[150];

  g_assert_cmpint (bg_packet_new_batch (pool, pkts, 150), ==, 100);
  g_assert_null (bg_packet_new (pool));
  g_assert_cmpuint (bg_packet_pool_in_use (pool), ==, 100);
  bg_packet_free (pkts[0]);
  pkts[0] = bg_packet_new (pool);
  g_assert_nonnull (pkts[0]);
  bg_packet_free_batch (pkts, 100);
  g_assert_cmpuint (bg_packet_pool_in_use (pool), ==, 0);
  g_assert_true (bg_packet_pool_destroy (pool));
}

/* What may wait for long leaves some to what comes in, and that some to us. */
static void
test_uses (void)
{
  BgPacketPool *pool = bg_packet_pool_new (1500, 160);
  BgPacket *pkts[160];
  int n;

  n = bg_packet_new_batch_for (pool, BG_PACKET_OUTBOUND, pkts, 160);
  g_assert_cmpint (n, ==, 120);
  g_assert_null (bg_packet_new_for (pool, BG_PACKET_OUTBOUND));
  n += bg_packet_new_batch_for (pool, BG_PACKET_INBOUND, pkts + n, 160 - n);
  g_assert_cmpint (n, ==, 150);
  g_assert_null (bg_packet_new_for (pool, BG_PACKET_INBOUND));
  n += bg_packet_new_batch (pool, pkts + n, 160 - n);
  g_assert_cmpint (n, ==, 160);
  bg_packet_free_batch (pkts, 41);
  pkts[0] = bg_packet_new_for (pool, BG_PACKET_OUTBOUND);
  g_assert_nonnull (pkts[0]);
  g_assert_null (bg_packet_new_for (pool, BG_PACKET_OUTBOUND));
  bg_packet_free (pkts[0]);
  bg_packet_free_batch (pkts + 41, 119);
  g_assert_true (bg_packet_pool_destroy (pool));
}

static void
test_room (void)
{
  BgPacketPool *pool = bg_packet_pool_new (1452, 4);
  BgPacket *pkt = bg_packet_new (pool);

  g_assert_cmpuint ((guintptr) pkt->data % 64, ==, 0);
  g_assert_cmpuint (bg_packet_headroom (pkt), ==, BG_PACKET_HEADROOM);
  g_assert_cmpuint (bg_packet_tailroom (pkt), >=, 1452 + BG_PACKET_TAILROOM);
  g_assert_cmpuint (bg_packet_pool_max_message (pool), ==, 1452);
  bg_packet_free (pkt);
  g_assert_true (bg_packet_pool_destroy (pool));
}

/* What one owner wrote is gone for the next. */
static void
test_reset (void)
{
  BgPacketPool *pool = bg_packet_pool_new (100, 1);
  BgPacket *pkt = bg_packet_new (pool);

  pkt->data += 20;
  pkt->len = 7;
  pkt->urgent = true;
  pkt->transport = 3;
  pkt->endpoint.path = 9;
  bg_packet_free (pkt);
  pkt = bg_packet_new (pool);
  g_assert_cmpuint (bg_packet_headroom (pkt), ==, BG_PACKET_HEADROOM);
  g_assert_cmpuint (pkt->len, ==, 0);
  g_assert_false (pkt->urgent);
  g_assert_cmpuint (pkt->transport, ==, 0);
  g_assert_cmpuint (pkt->endpoint.path, ==, 0);
  bg_packet_free (pkt);
  g_assert_true (bg_packet_pool_destroy (pool));
}

static void
test_mixed_batch (void)
{
  BgPacketPool *a = bg_packet_pool_new (100, 4), *b = bg_packet_pool_new (200, 4);
  BgPacket *pkts[6] = { bg_packet_new (a), NULL, bg_packet_new (b),
                        bg_packet_new (a), NULL, bg_packet_new (b) };

  bg_packet_free_batch (pkts, 6);
  bg_packet_free (NULL);
  g_assert_true (bg_packet_pool_destroy (a));
  g_assert_true (bg_packet_pool_destroy (b));
}

static void
test_missing (void)
{
  BgPacketPool *pool = bg_packet_pool_new (100, 4);
  BgPacket *pkt = bg_packet_new (pool);

  g_assert_false (bg_packet_pool_destroy (pool));
  bg_packet_free (pkt);
  g_assert_true (bg_packet_pool_destroy (pool));
}

static gpointer
churn (gpointer data)
{
  BgPacketPool *pool = data;
  BgPacket *pkts[16];

  for (int i = 0; i < 5000; i++)
    bg_packet_free_batch (pkts, bg_packet_new_batch (pool, pkts, 1 + i % 16));
  return NULL;
}

static void
test_threads (void)
{
  BgPacketPool *pool = bg_packet_pool_new (100, 40);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("churn", churn, pool);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (bg_packet_pool_destroy (pool));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packet-pool/bound", test_bound);
  g_test_add_func ("/packet-pool/uses", test_uses);
  g_test_add_func ("/packet-pool/room", test_room);
  g_test_add_func ("/packet-pool/reset", test_reset);
  g_test_add_func ("/packet-pool/mixed-batch", test_mixed_batch);
  g_test_add_func ("/packet-pool/missing", test_missing);
  g_test_add_func ("/packet-pool/threads", test_threads);
  return g_test_run ();
}
