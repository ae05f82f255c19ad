/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transcript of tests/vectors/wg-handshake.py, byte by byte, through the doors of the engine. */
#include "vectors/wg-handshake.h"
#include "wg-test.h"

#include <arpa/inet.h>
#include <string.h>

/* Random numbers by their length: 32 bytes are an ephemeral key, 4 an index. */
typedef struct
{
  guint8 ephemeral[32];
  guint32 index;
} Fixed;

static bool
fixed_random (void *data, void *bytes, size_t len)
{
  const Fixed *fixed = data;

  memset (bytes, 0, len);
  if (len == 32)
    memcpy (bytes, fixed->ephemeral, len);
  if (len == 4)
    memcpy (bytes, &fixed->index, len);
  return true;
}

typedef struct
{
  BgPacketPool *pool;
  WgSealer *sealer;
  Fixed fixed_i, fixed_r;
  WgDevice *i, *r;
  WgPeer *r_of_i, *i_of_r;
} Fixture;

static WgDevice *
new_device (Fixture *f, Fixed *fixed, const char *secret, const char *ephemeral, guint32 index)
{
  WgDevice *dev;
  WgKey key;

  test_hex (ephemeral, fixed->ephemeral, 32);
  fixed->index = GUINT32_TO_LE (index);
  test_hex (secret, key.bytes, 32);
  dev = wg_device_new (f->pool, fixed_random, fixed);
  g_assert_true (wg_device_set_private_key (dev, &key));
  wg_device_set_realtime_offset (dev, (gint64) VECTOR_UNIX_S * 1000000000 + VECTOR_UNIX_NS);
  return dev;
}

static WgPeer *
new_peer (WgDevice *dev, const char *key_hex, const char *at, const char *inner)
{
  BgEndpoint endpoint = test_endpoint (at, 51820);
  struct in_addr addr;
  WgKey key, psk;
  WgPeer *peer;

  test_hex (key_hex, key.bytes, 32);
  test_hex (VECTOR_PSK, psk.bytes, 32);
  peer = wg_peer_add (dev, &key);
  wg_peer_set_endpoint (peer, &endpoint, true);
  wg_peer_set_preshared_key (peer, &psk);
  g_assert_cmpint (inet_pton (AF_INET, inner, &addr), ==, 1);
  g_assert_true (wg_allowed_ips_insert (dev, peer, AF_INET, &addr, 32));
  return peer;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->pool = bg_packet_pool_new (2048, 64);
  f->sealer = wg_sealer_new ();
  f->i = new_device (f, &f->fixed_i, VECTOR_S_I, VECTOR_E_I, VECTOR_INDEX_I);
  f->r = new_device (f, &f->fixed_r, VECTOR_S_R, VECTOR_E_R, VECTOR_INDEX_R);
  f->r_of_i = new_peer (f->i, VECTOR_PUBLIC_R, "192.0.2.2", "10.0.0.2");
  f->i_of_r = new_peer (f->r, VECTOR_PUBLIC_I, "192.0.2.1", "10.0.0.1");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  wg_device_free (f->i);
  wg_device_free (f->r);
  wg_sealer_free (f->sealer);
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

static BgPacket *
pop_expecting (WgDevice *dev, const char *hex)
{
  BgPacket *pkt = wg_pop_packet (dev);
  g_autoptr (GByteArray) expected = test_hex_bytes (hex);

  g_assert_nonnull (pkt);
  g_assert_null (pkt->keypair);
  g_assert_cmpmem (pkt->data, pkt->len, expected->data, expected->len);
  return pkt;
}

static void
expect_sealed (Fixture *f, BgPacket *pkt, const char *hex)
{
  g_autoptr (GByteArray) expected = test_hex_bytes (hex);

  g_assert_true (wg_seal (f->sealer, pkt, 0));
  g_assert_cmpmem (pkt->data, pkt->len, expected->data, expected->len);
  wg_send_finish (f->i, &pkt, 1, 0);
}

static void
receive_handshake (WgDevice *dev, BgPacket *pkt, const char *from)
{
  pkt->endpoint = test_endpoint (from, 51820);
  g_assert_cmpint (wg_receive_handshake (dev, pkt, 0), ==, WG_CONSUMED);
  bg_packet_free (pkt);
}

static void
test_transcript (Fixture *f, gconstpointer data)
{
  g_autoptr (GByteArray) inner = test_hex_bytes (VECTOR_INNER);
  WgEvent event;
  BgPacket *pkt;

  wg_peer_start_handshake (f->r_of_i, 0);
  receive_handshake (f->r, pop_expecting (f->i, VECTOR_INITIATION), "192.0.2.1");
  receive_handshake (f->i, pop_expecting (f->r, VECTOR_RESPONSE), "192.0.2.2");
  g_assert_true (wg_pop_event (f->i, &event));
  g_assert_cmpint (event.type, ==, WG_EVENT_SESSION);
  g_assert_false (wg_pop_event (f->r, &event)); /* not confirmed yet */

  pkt = wg_pop_packet (f->i);
  g_assert_nonnull (pkt);
  expect_sealed (f, pkt, VECTOR_KEEPALIVE);
  bg_packet_free (pkt);

  pkt = bg_packet_new (f->pool);
  memcpy (pkt->data, inner->data, inner->len);
  pkt->len = inner->len;
  g_assert_cmpint (wg_send_begin (f->i, pkt, 0), ==, WG_OK);
  expect_sealed (f, pkt, VECTOR_DATA);

  g_assert_cmpint (wg_receive_begin (f->r, pkt, 0), ==, WG_OK);
  g_assert_cmpint (wg_open (f->sealer, pkt), ==, WG_OK);
  g_assert_cmpint (wg_receive_finish (f->r, pkt, 0), ==, WG_OK);
  g_assert_cmpmem (pkt->data, pkt->len, inner->data, inner->len);
  g_assert_true (pkt->peer == f->i_of_r);
  g_assert_true (wg_pop_event (f->r, &event));
  g_assert_cmpint (event.type, ==, WG_EVENT_SESSION);
  bg_packet_free (pkt);
}

/* Cookies have 32 and 24 random bytes, their own places in the transcript. */
typedef struct
{
  guint8 secret[32], nonce[24];
} CookieRandom;

static bool
cookie_random (void *data, void *bytes, size_t len)
{
  const CookieRandom *fixed = data;

  memcpy (bytes, len == 24 ? fixed->nonce : fixed->secret, len);
  return true;
}

static void
test_cookie (void)
{
  g_autoptr (GByteArray) message = test_hex_bytes (VECTOR_INITIATION);
  BgEndpoint source = test_endpoint ("192.0.2.1", 51820),
             other = test_endpoint ("192.0.2.1", 51821);
  WgCrypto *crypto = wg_crypto_new ();
  WgCookieGuard guard = { 0 };
  WgCookieJar jar = { 0 };
  WgMsgCookieReply reply;
  CookieRandom fixed;
  WgKey key;

  test_hex (VECTOR_PUBLIC_R, key.bytes, 32);
  test_hex (VECTOR_COOKIE_SECRET, fixed.secret, 32);
  test_hex (VECTOR_COOKIE_NONCE, fixed.nonce, 24);
  g_assert_true (wg_cookie_guard_init (&guard, crypto, &key));
  g_assert_true (wg_cookie_jar_init (&jar, crypto, &key));
#define CHECK(from, at)                                                                            \
  wg_cookie_guard_check (&guard, crypto, message->data, message->len, from, true, at)

  /* Without a cookie of ours mac2 cannot be right, and mac1 is what the transcript says. */
  g_assert_cmpint (CHECK (&source, 0), ==, WG_MACS_NO_COOKIE);
  g_assert_true (wg_cookie_jar_add_macs (&jar, crypto, message->data, message->len, 0));
  test_assert_hex (message->data, VECTOR_INITIATION);

  g_assert_true (wg_cookie_guard_reply (&guard, crypto, message->data, message->len, &source,
                                        cookie_random, &fixed, 0, &reply));
  test_assert_hex (&reply, VECTOR_COOKIE_REPLY);
  g_assert_true (wg_cookie_jar_take (&jar, crypto, &reply, 0));
  g_assert_false (wg_cookie_jar_take (&jar, crypto, &reply, 0)); /* one reply a message */
  g_assert_true (wg_cookie_jar_add_macs (&jar, crypto, message->data, message->len, 0));
  test_assert_hex (message->data, VECTOR_INITIATION_WITH_COOKIE);

  g_assert_cmpint (CHECK (&source, 0), ==, WG_MACS_WITH_COOKIE);
  g_assert_cmpint (CHECK (&other, 0), ==, WG_MACS_NO_COOKIE); /* another port */
  g_assert_cmpint (CHECK (&source, 119 * WG_SECOND), ==, WG_MACS_WITH_COOKIE);
  g_assert_cmpint (CHECK (&source, 120 * WG_SECOND), ==,
                   WG_MACS_NO_COOKIE); /* the secret is too old */
  message->data[140] ^= 1;
  g_assert_cmpint (CHECK (&source, 0), ==, WG_MACS_NO_COOKIE);
  message->data[10] ^= 1;
  g_assert_cmpint (CHECK (&source, 0), ==, WG_MACS_INVALID);
#undef CHECK

  g_assert_true (
    wg_cookie_jar_add_macs (&jar, crypto, message->data, message->len, 115 * WG_SECOND));
  for (int i = 0; i < 16; i++)
    g_assert_cmpuint (message->data[132 + i], ==, 0); /* the cookie is too old to send */
  wg_crypto_free (crypto);
}

static void
test_wrong_keys (Fixture *f, gconstpointer data)
{
  BgPacket *pkt;

  /* Meant for another responder: mac1 says so. */
  wg_peer_start_handshake (f->r_of_i, 0);
  pkt = wg_pop_packet (f->i);
  g_assert_cmpint (wg_receive_handshake (f->i, pkt, 0), ==, WG_UNAUTHENTIC);

  /* A responder that does not know the initiator. */
  wg_peer_remove (f->i_of_r);
  pkt->endpoint = test_endpoint ("192.0.2.1", 51820);
  g_assert_cmpint (wg_receive_handshake (f->r, pkt, 0), ==, WG_NO_PEER);
  g_assert_null (wg_pop_packet (f->r));

  /* Without an identity there is nothing to say. */
  g_assert_true (wg_device_set_private_key (f->r, NULL));
  g_assert_cmpint (wg_receive_handshake (f->r, pkt, 0), ==, WG_UNAUTHENTIC);
  bg_packet_free (pkt);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/wg/handshake/transcript", Fixture, NULL, set_up, test_transcript, tear_down);
  g_test_add ("/wg/handshake/wrong-keys", Fixture, NULL, set_up, test_wrong_keys, tear_down);
  g_test_add_func ("/wg/handshake/cookie", test_cookie);
  return g_test_run ();
}
