/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-test.h"
#include "split-mix.h"

#include <arpa/inet.h>
#include <string.h>

void
test_hex (const char *hex, void *out, size_t len)
{
  guint8 *bytes = out;

  g_assert_cmpuint (strlen (hex), ==, 2 * len);
  for (size_t i = 0; i < len; i++)
    bytes[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
                         | g_ascii_xdigit_value (hex[2 * i + 1]));
}

GByteArray *
test_hex_bytes (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_set_size (bytes, (guint) strlen (hex) / 2);
  test_hex (hex, bytes->data, bytes->len);
  return bytes;
}

guint64
test_draw (guint64 *state)
{
  return split_mix (state);
}

bool
test_random (void *state, void *bytes, size_t len)
{
  guint8 *out = bytes;

  while (len-- > 0)
    *out++ = (guint8) test_draw (state);
  return true;
}

BgEndpoint
test_endpoint (const char *ip4, guint16 port)
{
  BgEndpoint endpoint = { 0 };

  endpoint.addr.in4.sin_family = AF_INET;
  endpoint.addr.in4.sin_port = htons (port);
  g_assert_cmpint (inet_pton (AF_INET, ip4, &endpoint.addr.in4.sin_addr), ==, 1);
  return endpoint;
}

static WgDevice *
new_device (TestPair *pair, WgKey *public_key)
{
  WgDevice *dev = wg_device_new (pair->pool, test_random, &pair->seed);
  WgKey key;

  g_assert_nonnull (dev);
  test_random (&pair->seed, &key, sizeof key);
  g_assert_true (wg_device_set_private_key (dev, &key));
  g_assert_true (wg_device_get_public_key (dev, public_key));
  wg_device_set_realtime_offset (dev, G_GINT64_CONSTANT (1700000000000000000));
  return dev;
}

static WgPeer *
new_peer (WgDevice *dev, const WgKey *key, const BgEndpoint *at, const char *inner)
{
  WgPeer *peer = wg_peer_add (dev, key);
  struct in_addr addr;

  wg_peer_set_endpoint (peer, at, true);
  g_assert_cmpint (inet_pton (AF_INET, inner, &addr), ==, 1);
  g_assert_true (wg_allowed_ips_insert (dev, peer, AF_INET, &addr, 32));
  return peer;
}

void
test_pair_begin (TestPair *pair)
{
  WgKey key_a, key_b;

  *pair =
    (TestPair){ .seed = 7, .pool = bg_packet_pool_new (2048, 1024), .sealer = wg_sealer_new () };
  pair->at_a = test_endpoint ("192.0.2.1", 51820);
  pair->at_b = test_endpoint ("192.0.2.2", 51820);
  pair->a = new_device (pair, &key_a);
  pair->b = new_device (pair, &key_b);
  pair->b_of_a = new_peer (pair->a, &key_b, &pair->at_b, "10.0.0.2");
  pair->a_of_b = new_peer (pair->b, &key_a, &pair->at_a, "10.0.0.1");
}

void
test_pair_end (TestPair *pair)
{
  wg_device_free (pair->a);
  wg_device_free (pair->b);
  wg_sealer_free (pair->sealer);
  g_assert_cmpuint (bg_packet_pool_in_use (pair->pool), ==, 0);
  g_assert_true (bg_packet_pool_destroy (pair->pool));
}

WgVerdict
test_receive (TestPair *pair, WgDevice *dev, BgPacket *pkt, guint64 now)
{
  WgVerdict verdict;

  pkt->endpoint = dev == pair->a ? pair->at_b : pair->at_a;
  if (wg_message_kind (pkt->data, pkt->len) == WG_MSG_DATA)
    {
      verdict = wg_receive_begin (dev, pkt, now);
      if (verdict == WG_OK)
        {
          wg_open (pair->sealer, pkt);
          verdict = wg_receive_finish (dev, pkt, now);
        }
    }
  else
    verdict = wg_receive_handshake (dev, pkt, now);
  bg_packet_free (pkt);
  return verdict;
}

static gboolean
move_one (TestPair *pair, WgDevice *from, WgDevice *to, guint64 now)
{
  BgPacket *pkt = wg_pop_packet (from);

  if (!pkt)
    return FALSE;
  if (pkt->keypair)
    {
      g_assert_true (wg_seal (pair->sealer, pkt, 0));
      wg_send_finish (from, &pkt, 1, now);
    }
  test_receive (pair, to, pkt, now);
  return TRUE;
}

void
test_pair_settle (TestPair *pair, guint64 now)
{
  while (move_one (pair, pair->a, pair->b, now) || move_one (pair, pair->b, pair->a, now))
    ;
}

BgPacket *
test_inner (TestPair *pair, const char *from, const char *to, guint32 len)
{
  BgPacket *pkt = bg_packet_new (pair->pool);

  g_assert_nonnull (pkt);
  g_assert_cmpuint (len, >=, 20);
  memset (pkt->data, 0xaa, len);
  pkt->data[0] = 0x45;
  pkt->data[2] = (guint8) (len >> 8);
  pkt->data[3] = (guint8) len;
  g_assert_cmpint (inet_pton (AF_INET, from, pkt->data + 12), ==, 1);
  g_assert_cmpint (inet_pton (AF_INET, to, pkt->data + 16), ==, 1);
  pkt->len = len;
  return pkt;
}

BgPacket *
test_sealed (TestPair *pair, guint32 len, guint64 now)
{
  BgPacket *pkt = test_inner (pair, "10.0.0.1", "10.0.0.2", len);

  g_assert_cmpint (wg_send_begin (pair->a, pkt, now), ==, WG_OK);
  g_assert_true (wg_seal (pair->sealer, pkt, 0));
  wg_send_finish (pair->a, &pkt, 1, now);
  return pkt;
}
