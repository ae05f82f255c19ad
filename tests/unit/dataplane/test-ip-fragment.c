/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/checksum.h"
#include "dataplane/ip-fragment.h"
#include "dataplane/ip-header.h"
#include "ip-packets.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  MORE = 0x2000,
  OFFSET = 0x1fff
};

static BgPacket *
make (BgPacketPool *pool, gsize payload)
{
  BgPacket *pkt = bg_packet_new (pool);

  pkt->len = (guint32) test_ip_build (&(TestPacket){ AF_INET, 1, 2, .payload = payload, .tag = 77 },
                                      pkt->data);
  return pkt;
}

/* Puts the payloads of the pieces together, checking each; the last says so unless `more`. */
static gsize
reassemble (BgPacketQueue *pieces, guint32 mtu, gboolean more, gsize start, guint8 *payload)
{
  BgPacket *pkt;
  gsize at = start;

  while ((pkt = bg_packet_queue_pop (pieces)))
    {
      guint32 header = (pkt->data[0] & 15u) * 4;
      guint16 fragment = bg_get_be16 (pkt->data + 6);

      g_assert_cmpuint (pkt->len, <=, mtu);
      test_ip_assert_checksums (pkt->data, pkt->len);
      g_assert_cmpuint (bg_get_be16 (pkt->data + 4), ==, 0x1234);
      g_assert_cmpuint ((fragment & OFFSET) * 8u, ==, at);
      g_assert_cmpint (!!(fragment & MORE), ==, pieces->len > 0 || more);
      memcpy (payload + at - start, pkt->data + header, pkt->len - header);
      at += pkt->len - header;
      bg_packet_free (pkt);
    }
  return at - start;
}

static void
test_sizes (void)
{
  for (guint32 mtu = 68; mtu <= 1300; mtu += 37)
    for (gsize len = 0; len <= 1400; len += 89)
      {
        BgPacketPool *pool = bg_packet_pool_new (1500, 64);
        BgPacketQueue out = { 0 };
        guint8 before[1500], after[1500];
        BgPacket *pkt = make (pool, len);

        memcpy (before, pkt->data + 20, len);
        g_assert_true (bg_ip_fragment (pkt, mtu, &out));
        if (len + 20 <= mtu)
          g_assert_cmpuint (out.len, ==, 1);
        g_assert_cmpuint (reassemble (&out, mtu, FALSE, 0, after), ==, len);
        g_assert_cmpmem (before, len, after, len);
        g_assert_true (bg_packet_pool_destroy (pool));
      }
}

/* A fragment of a packet, cut again: offsets go on, and the last piece still announces more. */
static void
test_fragment_of_fragment (void)
{
  BgPacketPool *pool = bg_packet_pool_new (1500, 8);
  BgPacketQueue out = { 0 };
  guint8 after[1500];
  BgPacket *pkt = make (pool, 800);

  bg_put_be16 (pkt->data + 6, MORE | 100);
  bg_ipv4_set_checksum (pkt->data, 20);
  g_assert_true (bg_ip_fragment (pkt, 300, &out));
  g_assert_cmpuint (reassemble (&out, 300, TRUE, 800, after), ==, 800);
  g_assert_true (bg_packet_pool_destroy (pool));
}

/* Record route stays with the first piece, a security label goes with all. */
static void
test_options (void)
{
  const guint8 options[] = { 7, 7, 4, 0, 0, 0, 0, 1, 0x82, 4, 9, 9 };
  BgPacketPool *pool = bg_packet_pool_new (1500, 8);
  BgPacketQueue out = { 0 };
  BgPacket *pkt = make (pool, 900);

  memmove (pkt->data + 32, pkt->data + 20, 900);
  memcpy (pkt->data + 20, options, sizeof options);
  pkt->data[0] = 0x48;
  pkt->len += 12;
  bg_put_be16 (pkt->data + 2, (guint16) pkt->len);
  bg_ipv4_set_checksum (pkt->data, 32);
  g_assert_true (bg_ip_fragment (pkt, 500, &out));
  g_assert_cmpuint (out.len, ==, 2);
  pkt = bg_packet_queue_pop (&out);
  g_assert_cmpmem (pkt->data + 20, 12, options, 12);
  bg_packet_free (pkt);
  pkt = bg_packet_queue_pop (&out);
  g_assert_cmpuint (pkt->data[0], ==, 0x46);
  g_assert_cmpmem (pkt->data + 20, 4, options + 8, 4);
  test_ip_assert_checksums (pkt->data, pkt->len);
  bg_packet_free (pkt);
  g_assert_true (bg_packet_pool_destroy (pool));
}

static void
test_refused (void)
{
  BgPacketPool *pool = bg_packet_pool_new (1500, 2);
  BgPacketQueue out = { 0 };
  BgPacket *pkt = make (pool, 1400);
  guint8 before[1420];

  memcpy (before, pkt->data, pkt->len);
  g_assert_false (bg_ip_fragment (pkt, 500, &out)); /* no packets left */
  g_assert_false (bg_ip_fragment (pkt, 60, &out));
  g_assert_cmpmem (pkt->data, pkt->len, before, 1420);
  g_assert_cmpuint (out.len, ==, 0);
  bg_packet_free (pkt);
  g_assert_true (bg_packet_pool_destroy (pool));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ip-fragment/sizes", test_sizes);
  g_test_add_func ("/ip-fragment/fragment-of-fragment", test_fragment_of_fragment);
  g_test_add_func ("/ip-fragment/options", test_options);
  g_test_add_func ("/ip-fragment/refused", test_refused);
  return g_test_run ();
}
