/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vectors/wg-handshake.h"
#include "wg-test.h"

#include <string.h>

static WgCrypto *crypto;

/* RFC 7693, appendix B. */
static void
test_blake2s (void)
{
  guint8 out[32];

  g_assert_true (wg_hash (crypto, out, "abc", 3, NULL, 0));
  test_assert_hex (out, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
  g_assert_true (wg_hash (crypto, out, "a", 1, "bc", 2));
  test_assert_hex (out, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
}

static void
test_mac (void)
{
  g_autoptr (GByteArray) key = test_hex_bytes (VECTOR_HMAC_KEY),
                         data = test_hex_bytes (VECTOR_HMAC_DATA);
  guint8 out[16];

  for (int again = 0; again < 2; again++)
    {
      g_assert_true (wg_mac (crypto, out, key->data, key->len, data->data, data->len));
      test_assert_hex (out, VECTOR_MAC_16);
      g_assert_true (wg_mac (crypto, out, "other", 5, NULL, 0));
    }
}

static void
test_hmac_and_kdf (void)
{
  g_autoptr (GByteArray) key = test_hex_bytes (VECTOR_HMAC_KEY),
                         data = test_hex_bytes (VECTOR_HMAC_DATA);
  guint8 one[32], two[32], three[32];

  g_assert_true (wg_hmac (crypto, one, key->data, key->len, data->data, data->len, NULL, 0));
  test_assert_hex (one, VECTOR_HMAC);
  g_assert_true (
    wg_hmac (crypto, one, key->data, key->len, data->data, 5, data->data + 5, data->len - 5));
  test_assert_hex (one, VECTOR_HMAC);
  g_assert_true (wg_kdf (crypto, one, two, three, key->data, data->data, data->len));
  test_assert_hex (one, VECTOR_KDF_1);
  test_assert_hex (two, VECTOR_KDF_2);
  test_assert_hex (three, VECTOR_KDF_3);
  g_assert_true (wg_kdf (crypto, key->data, NULL, NULL, key->data, data->data, data->len));
  test_assert_hex (key->data, VECTOR_KDF_1);
}

/* RFC 7748, 5.2 and 6.1. */
static void
test_x25519 (void)
{
  static const struct
  {
    const char *secret, *point, *shared;
  } rows[] = {
    { "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
    { "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
    { "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
      "0900000000000000000000000000000000000000000000000000000000000000", NULL },
    { "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint8 secret[32], point[32], shared[32], own[32];
      EVP_PKEY *key;

      test_hex (rows[i].secret, secret, 32);
      test_hex (rows[i].point, point, 32);
      key = wg_dh_key_new (secret);
      g_assert_nonnull (key);
      g_assert_true (wg_dh (key, point, shared));
      if (rows[i].shared)
        test_assert_hex (shared, rows[i].shared);
      else
        {
          g_assert_true (wg_dh_key_public (key, own)); /* times the base point is the public key */
          g_assert_cmpmem (shared, 32, own, 32);
        }
      EVP_PKEY_free (key);
    }
}

static void
test_x25519_low_order (void)
{
  static const char *const low[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  };
  guint8 secret[32] = { 8 }, point[32], shared[32];
  EVP_PKEY *key = wg_dh_key_new (secret);

  for (gsize i = 0; i < G_N_ELEMENTS (low); i++)
    {
      test_hex (low[i], point, 32);
      g_assert_false (wg_dh (key, point, shared));
    }
  EVP_PKEY_free (key);
}

/* RFC 8439, A.5: its nonce is four zero bytes and a counter, as ours. */
static void
test_aead (void)
{
  g_autoptr (GByteArray)
    key = test_hex_bytes ("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
  g_autoptr (GByteArray) ad = test_hex_bytes ("f33388860000000000004e91");
  g_autoptr (GByteArray) sealed = test_hex_bytes (
    "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0"
    "bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
    "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e9"
    "9040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
    "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a1049e617d91d361094fa68f0ff77987130"
    "305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38");
  const guint64 counter = G_GUINT64_CONSTANT (0x0807060504030201);
  guint8 plain[265], again[281];

  g_assert_cmpuint (sealed->len, ==, sizeof again);
  g_assert_true (
    wg_aead_open (crypto, plain, sealed->data, sealed->len, ad->data, ad->len, counter, key->data));
  g_assert_cmpmem (plain, 42, "Internet-Drafts are draft documents valid ", 42);
  g_assert_true (
    wg_aead_seal (crypto, again, plain, sizeof plain, ad->data, ad->len, counter, key->data));
  g_assert_cmpmem (again, sizeof again, sealed->data, sealed->len);

  sealed->data[3] ^= 1;
  g_assert_false (
    wg_aead_open (crypto, plain, sealed->data, sealed->len, ad->data, ad->len, counter, key->data));
  for (gsize i = 0; i < sizeof plain; i++)
    g_assert_cmpuint (plain[i], ==, 0);
  sealed->data[3] ^= 1;
  g_assert_false (wg_aead_open (crypto, plain, sealed->data, sealed->len, ad->data, ad->len,
                                counter + 1, key->data));
  g_assert_false (
    wg_aead_open (crypto, plain, sealed->data, 15, ad->data, ad->len, counter, key->data));
}

/* draft-irtf-cfrg-xchacha, 2.2.1 and A.3.1. */
static void
test_xchacha (void)
{
  static const char text[] =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";
  guint8 key[32], nonce[24], ad[12], out[32], sealed[sizeof text - 1 + 16], plain[sizeof text - 1];

  test_hex ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", key, 32);
  test_hex ("000000090000004a0000000031415927", nonce, 16);
  g_assert_true (wg_hchacha20 (crypto, out, key, nonce));
  test_assert_hex (out, "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc");

  test_hex ("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", key, 32);
  test_hex ("404142434445464748494a4b4c4d4e4f5051525354555657", nonce, 24);
  test_hex ("50515253c0c1c2c3c4c5c6c7", ad, 12);
  g_assert_true (
    wg_xaead_seal (crypto, sealed, (const guint8 *) text, sizeof text - 1, ad, 12, nonce, key));
  test_assert_hex (
    sealed,
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
    "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
    "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
  g_assert_true (wg_xaead_open (crypto, plain, sealed, sizeof sealed, ad, 12, nonce, key));
  g_assert_cmpmem (plain, sizeof plain, text, sizeof text - 1);
  sealed[sizeof sealed - 1] ^= 0x80;
  g_assert_false (wg_xaead_open (crypto, plain, sealed, sizeof sealed, ad, 12, nonce, key));
}

static void
test_forget (void)
{
  guint8 key[32] = { 1 }, first[16], second[16];

  g_assert_true (wg_aead_seal (crypto, first, NULL, 0, NULL, 0, 0, key));
  wg_crypto_forget (crypto);
  g_assert_true (wg_aead_seal (crypto, second, NULL, 0, NULL, 0, 0, key));
  g_assert_cmpmem (first, 16, second, 16);
}

/* spec/bamgate-protocol.md, 9.4, vector 16. */
static void
test_keys (void)
{
  g_autofree guint8 *secret = NULL, *expected = NULL;
  WgKey key = { 0 }, pub, other;
  gsize len;

  secret = g_base64_decode ("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=", &len);
  expected = g_base64_decode ("hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=", &len);
  g_assert_true (wg_key_is_zero (&key));
  memcpy (&key, secret, sizeof key);
  g_assert_false (wg_key_is_zero (&key));
  g_assert_true (wg_key_public (&key, &pub));
  g_assert_cmpmem (&pub, sizeof pub, expected, len);

  g_assert_true (wg_key_generate_private (&key));
  other = key;
  wg_key_clamp (&other);
  g_assert_true (wg_key_equal (&key, &other));
  g_assert_true (wg_key_generate_preshared (&other));
  g_assert_false (wg_key_equal (&key, &other));
  memset (&key, 0xff, sizeof key);
  wg_key_clamp (&key);
  g_assert_cmpuint (key.bytes[0], ==, 0xf8);
  g_assert_cmpuint (key.bytes[31], ==, 0x7f);
  wg_wipe (&key, sizeof key);
  g_assert_true (wg_key_is_zero (&key));
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  crypto = wg_crypto_new ();
  g_assert_nonnull (crypto);
  g_test_add_func ("/wg/crypto/blake2s", test_blake2s);
  g_test_add_func ("/wg/crypto/mac", test_mac);
  g_test_add_func ("/wg/crypto/hmac-kdf", test_hmac_and_kdf);
  g_test_add_func ("/wg/crypto/x25519", test_x25519);
  g_test_add_func ("/wg/crypto/x25519-low-order", test_x25519_low_order);
  g_test_add_func ("/wg/crypto/aead", test_aead);
  g_test_add_func ("/wg/crypto/xchacha", test_xchacha);
  g_test_add_func ("/wg/crypto/forget", test_forget);
  g_test_add_func ("/wg/keys", test_keys);
  result = g_test_run ();
  wg_crypto_free (crypto);
  return result;
}
