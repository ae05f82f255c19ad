/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-crypto.h"
#include "wg/wg-messages.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum
{
  BLOCK_LEN = 64,
  NONCE_LEN = 12
};

struct WgCrypto
{
  EVP_MD *blake2s;
  EVP_MD_CTX *hash;
  EVP_MAC_CTX *mac;
  EVP_CIPHER *chacha20poly1305, *chacha20;
  EVP_CIPHER_CTX *aead, *stream;
};

static bool
make_mac (WgCrypto *crypto)
{
  size_t size = WG_MAC_LEN;
  OSSL_PARAM params[] = { OSSL_PARAM_construct_size_t (OSSL_MAC_PARAM_SIZE, &size),
                          OSSL_PARAM_construct_end () };
  EVP_MAC *mac = EVP_MAC_fetch (NULL, "BLAKE2SMAC", NULL);

  crypto->mac = mac ? EVP_MAC_CTX_new (mac) : NULL;
  EVP_MAC_free (mac);
  return crypto->mac && EVP_MAC_CTX_set_params (crypto->mac, params);
}

WgCrypto *
wg_crypto_new (void)
{
  WgCrypto *crypto = calloc (1, sizeof *crypto);

  if (!crypto)
    return NULL;
  crypto->blake2s = EVP_MD_fetch (NULL, "BLAKE2S-256", NULL);
  crypto->chacha20poly1305 = EVP_CIPHER_fetch (NULL, "ChaCha20-Poly1305", NULL);
  crypto->chacha20 = EVP_CIPHER_fetch (NULL, "ChaCha20", NULL);
  crypto->hash = EVP_MD_CTX_new ();
  crypto->aead = EVP_CIPHER_CTX_new ();
  crypto->stream = EVP_CIPHER_CTX_new ();
  if (!crypto->blake2s || !crypto->chacha20poly1305 || !crypto->chacha20 || !crypto->hash
      || !crypto->aead || !crypto->stream || !make_mac (crypto))
    {
      wg_crypto_free (crypto);
      return NULL;
    }
  return crypto;
}

void
wg_crypto_free (WgCrypto *crypto)
{
  if (!crypto)
    return;
  EVP_CIPHER_CTX_free (crypto->stream);
  EVP_CIPHER_CTX_free (crypto->aead);
  EVP_MAC_CTX_free (crypto->mac);
  EVP_MD_CTX_free (crypto->hash);
  EVP_CIPHER_free (crypto->chacha20);
  EVP_CIPHER_free (crypto->chacha20poly1305);
  EVP_MD_free (crypto->blake2s);
  free (crypto);
}

void
wg_crypto_forget (WgCrypto *crypto)
{
  EVP_CIPHER_CTX_reset (crypto->aead);
  EVP_CIPHER_CTX_reset (crypto->stream);
}

bool
wg_hash (WgCrypto *crypto, uint8_t out[32], const void *a, size_t a_len, const void *b,
         size_t b_len)
{
  return EVP_DigestInit_ex2 (crypto->hash, crypto->blake2s, NULL)
         && EVP_DigestUpdate (crypto->hash, a, a_len)
         && (b_len == 0 || EVP_DigestUpdate (crypto->hash, b, b_len))
         && EVP_DigestFinal_ex (crypto->hash, out, NULL);
}

bool
wg_mac (WgCrypto *crypto, uint8_t out[16], const void *key, size_t key_len, const void *data,
        size_t len)
{
  size_t written;

  return EVP_MAC_init (crypto->mac, key, key_len, NULL) && EVP_MAC_update (crypto->mac, data, len)
         && EVP_MAC_final (crypto->mac, out, &written, WG_MAC_LEN);
}

bool
wg_hmac (WgCrypto *crypto, uint8_t out[32], const void *key, size_t key_len, const void *data,
         size_t len, const void *more, size_t more_len)
{
  uint8_t pad[BLOCK_LEN] = { 0 };
  uint8_t inner[WG_HASH_LEN];
  bool ok = key_len <= BLOCK_LEN;

  if (ok)
    memcpy (pad, key, key_len);
  for (int i = 0; i < BLOCK_LEN; i++)
    pad[i] ^= 0x36;
  ok = ok && EVP_DigestInit_ex2 (crypto->hash, crypto->blake2s, NULL)
       && EVP_DigestUpdate (crypto->hash, pad, sizeof pad)
       && (len == 0 || EVP_DigestUpdate (crypto->hash, data, len))
       && (more_len == 0 || EVP_DigestUpdate (crypto->hash, more, more_len))
       && EVP_DigestFinal_ex (crypto->hash, inner, NULL);
  for (int i = 0; i < BLOCK_LEN; i++)
    pad[i] ^= 0x36 ^ 0x5c;
  ok = ok && wg_hash (crypto, out, pad, sizeof pad, inner, sizeof inner);
  OPENSSL_cleanse (pad, sizeof pad);
  OPENSSL_cleanse (inner, sizeof inner);
  return ok;
}

bool
wg_kdf (WgCrypto *crypto, uint8_t out1[32], uint8_t *out2, uint8_t *out3, const uint8_t key[32],
        const void *input, size_t len)
{
  static const uint8_t one = 1, two = 2, three = 3;
  uint8_t secret[WG_HASH_LEN], step[WG_HASH_LEN];
  bool ok;

  ok = wg_hmac (crypto, secret, key, 32, input, len, NULL, 0)
       && wg_hmac (crypto, step, secret, sizeof secret, &one, 1, NULL, 0);
  if (ok)
    memcpy (out1, step, sizeof step);
  if (ok && out2)
    {
      ok = wg_hmac (crypto, step, secret, sizeof secret, step, sizeof step, &two, 1);
      memcpy (out2, step, sizeof step);
    }
  if (ok && out3)
    ok = wg_hmac (crypto, out3, secret, sizeof secret, step, sizeof step, &three, 1);
  OPENSSL_cleanse (secret, sizeof secret);
  OPENSSL_cleanse (step, sizeof step);
  return ok;
}

static bool
seal (WgCrypto *crypto, uint8_t *out, const uint8_t *plain, size_t len, const void *ad,
      size_t ad_len, const uint8_t nonce[NONCE_LEN], const uint8_t key[32])
{
  EVP_CIPHER_CTX *ctx = crypto->aead;
  int written;

  return EVP_EncryptInit_ex2 (ctx, crypto->chacha20poly1305, key, nonce, NULL)
         && (ad_len == 0 || EVP_EncryptUpdate (ctx, NULL, &written, ad, (int) ad_len))
         && (len == 0 || EVP_EncryptUpdate (ctx, out, &written, plain, (int) len))
         && EVP_EncryptFinal_ex (ctx, out + len, &written)
         && EVP_CIPHER_CTX_ctrl (ctx, EVP_CTRL_AEAD_GET_TAG, WG_TAG_LEN, out + len);
}

static bool
open_sealed (WgCrypto *crypto, uint8_t *out, const uint8_t *sealed, size_t len, const void *ad,
             size_t ad_len, const uint8_t nonce[NONCE_LEN], const uint8_t key[32])
{
  EVP_CIPHER_CTX *ctx = crypto->aead;
  uint8_t tag[WG_TAG_LEN];
  int written;
  bool ok;

  if (len < WG_TAG_LEN)
    return false;
  len -= WG_TAG_LEN;
  memcpy (tag, sealed + len, sizeof tag);
  ok = EVP_DecryptInit_ex2 (ctx, crypto->chacha20poly1305, key, nonce, NULL)
       && EVP_CIPHER_CTX_ctrl (ctx, EVP_CTRL_AEAD_SET_TAG, WG_TAG_LEN, tag)
       && (ad_len == 0 || EVP_DecryptUpdate (ctx, NULL, &written, ad, (int) ad_len))
       && (len == 0 || EVP_DecryptUpdate (ctx, out, &written, sealed, (int) len))
       && EVP_DecryptFinal_ex (ctx, tag, &written) > 0;
  if (!ok && len > 0)
    OPENSSL_cleanse (out, len);
  return ok;
}

static void
counter_nonce (uint8_t nonce[NONCE_LEN], uint64_t counter)
{
  memset (nonce, 0, 4);
  wg_put_le64 (nonce + 4, counter);
}

bool
wg_aead_seal (WgCrypto *crypto, uint8_t *out, const uint8_t *plain, size_t len, const void *ad,
              size_t ad_len, uint64_t counter, const uint8_t key[32])
{
  uint8_t nonce[NONCE_LEN];

  counter_nonce (nonce, counter);
  return seal (crypto, out, plain, len, ad, ad_len, nonce, key);
}

bool
wg_aead_open (WgCrypto *crypto, uint8_t *out, const uint8_t *sealed, size_t len, const void *ad,
              size_t ad_len, uint64_t counter, const uint8_t key[32])
{
  uint8_t nonce[NONCE_LEN];

  counter_nonce (nonce, counter);
  return open_sealed (crypto, out, sealed, len, ad, ad_len, nonce, key);
}

bool
wg_hchacha20 (WgCrypto *crypto, uint8_t out[32], const uint8_t key[32], const uint8_t nonce[16])
{
  static const uint8_t zeros[64];
  static const uint32_t constants[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
  uint8_t block[64];
  int written;
  bool ok;

  /* A ChaCha20 block is rounds (state) + state, and HChaCha20 is words 0-3 and 12-15 of rounds (state). OpenSSL's nonce
   * is the whole last row of the state, block counter included. */
  ok = EVP_EncryptInit_ex2 (crypto->stream, crypto->chacha20, key, nonce, NULL)
       && EVP_EncryptUpdate (crypto->stream, block, &written, zeros, sizeof zeros);
  for (int i = 0; ok && i < 4; i++)
    {
      wg_put_le32 (out + 4 * i, wg_get_le32 (block + 4 * i) - constants[i]);
      wg_put_le32 (out + 16 + 4 * i,
                   wg_get_le32 (block + 48 + 4 * i) - wg_get_le32 (nonce + 4 * i));
    }
  OPENSSL_cleanse (block, sizeof block);
  return ok;
}

static bool
xnonce (WgCrypto *crypto, uint8_t subkey[32], uint8_t nonce[NONCE_LEN], const uint8_t nonce24[24],
        const uint8_t key[32])
{
  memset (nonce, 0, 4);
  memcpy (nonce + 4, nonce24 + 16, 8);
  return wg_hchacha20 (crypto, subkey, key, nonce24);
}

bool
wg_xaead_seal (WgCrypto *crypto, uint8_t *out, const uint8_t *plain, size_t len, const void *ad,
               size_t ad_len, const uint8_t nonce24[24], const uint8_t key[32])
{
  uint8_t subkey[32], nonce[NONCE_LEN];
  bool ok = xnonce (crypto, subkey, nonce, nonce24, key)
            && seal (crypto, out, plain, len, ad, ad_len, nonce, subkey);

  OPENSSL_cleanse (subkey, sizeof subkey);
  return ok;
}

bool
wg_xaead_open (WgCrypto *crypto, uint8_t *out, const uint8_t *sealed, size_t len, const void *ad,
               size_t ad_len, const uint8_t nonce24[24], const uint8_t key[32])
{
  uint8_t subkey[32], nonce[NONCE_LEN];
  bool ok = xnonce (crypto, subkey, nonce, nonce24, key)
            && open_sealed (crypto, out, sealed, len, ad, ad_len, nonce, subkey);

  OPENSSL_cleanse (subkey, sizeof subkey);
  return ok;
}

EVP_PKEY *
wg_dh_key_new (const uint8_t secret[32])
{
  return EVP_PKEY_new_raw_private_key_ex (NULL, "X25519", NULL, secret, 32);
}

bool
wg_dh_key_public (const EVP_PKEY *key, uint8_t out[32])
{
  size_t len = 32;

  return EVP_PKEY_get_raw_public_key (key, out, &len) == 1 && len == 32;
}

bool
wg_dh (EVP_PKEY *key, const uint8_t public_key[32], uint8_t out[32])
{
  EVP_PKEY *peer = EVP_PKEY_new_raw_public_key_ex (NULL, "X25519", NULL, public_key, 32);
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  uint8_t bits = 0;
  size_t len = 32;
  bool ok;

  ok = peer && ctx && EVP_PKEY_derive_init (ctx) == 1
       && EVP_PKEY_derive_set_peer_ex (ctx, peer, 0) == 1 && EVP_PKEY_derive (ctx, out, &len) == 1
       && len == 32;
  for (int i = 0; ok && i < 32; i++)
    bits |= out[i];
  EVP_PKEY_CTX_free (ctx);
  EVP_PKEY_free (peer);
  return ok && bits != 0;
}
