/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The primitives of the paper, section 5.4, on top of OpenSSL. Everything returns false where the library fails; open
 * functions also where the tag does not fit, and then leave `out` wiped. */

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fetched algorithms and their contexts, made once; for one thread at a time. */
typedef struct WgCrypto WgCrypto;

/* NULL where OpenSSL lacks an algorithm. */
WgCrypto *wg_crypto_new (void);
void      wg_crypto_free (WgCrypto *crypto);
/* Overwrites the keys that the contexts still hold; called after each handshake message. */
void      wg_crypto_forget (WgCrypto *crypto);

/* Hash(a || b): BLAKE2s-256; `b` may be NULL. */
bool wg_hash (WgCrypto *crypto, uint8_t out[32], const void *a, size_t a_len, const void *b, size_t b_len);
/* Mac(key, data): keyed BLAKE2s with 16 bytes of output; keys of 1 to 32 bytes. */
bool wg_mac (WgCrypto *crypto, uint8_t out[16], const void *key, size_t key_len, const void *data, size_t len);
/* Hmac(key, data || more): HMAC-BLAKE2s (RFC 2104); keys of up to 64 bytes. */
bool wg_hmac (WgCrypto *crypto, uint8_t out[32], const void *key, size_t key_len, const void *data, size_t len,
              const void *more, size_t more_len);
/* Kdf1, Kdf2, Kdf3 (HKDF, RFC 5869): `out2` and `out3` may be NULL from the right. `out1` may be `key`. */
bool wg_kdf (WgCrypto *crypto, uint8_t out1[32], uint8_t *out2, uint8_t *out3, const uint8_t key[32],
             const void *input, size_t len);

/* Aead(key, counter, plain, ad): ChaCha20-Poly1305 (RFC 8439), `out` has room for len + 16. */
bool wg_aead_seal (WgCrypto *crypto, uint8_t *out, const uint8_t *plain, size_t len, const void *ad, size_t ad_len,
                   uint64_t counter, const uint8_t key[32]);
/* `len` counts the tag; `out` has room for len - 16. */
bool wg_aead_open (WgCrypto *crypto, uint8_t *out, const uint8_t *sealed, size_t len, const void *ad, size_t ad_len,
                   uint64_t counter, const uint8_t key[32]);
/* Xaead: the same with a nonce of 24 bytes (draft-irtf-cfrg-xchacha). */
bool wg_xaead_seal (WgCrypto *crypto, uint8_t *out, const uint8_t *plain, size_t len, const void *ad, size_t ad_len,
                    const uint8_t nonce[24], const uint8_t key[32]);
bool wg_xaead_open (WgCrypto *crypto, uint8_t *out, const uint8_t *sealed, size_t len, const void *ad, size_t ad_len,
                    const uint8_t nonce[24], const uint8_t key[32]);
/* The subkey derivation of XChaCha20. */
bool wg_hchacha20 (WgCrypto *crypto, uint8_t out[32], const uint8_t key[32], const uint8_t nonce[16]);

/* A Curve25519 key pair; freeing it wipes the secret. NULL where OpenSSL fails. Frees with EVP_PKEY_free(). */
EVP_PKEY *wg_dh_key_new (const uint8_t secret[32]);
bool      wg_dh_key_public (const EVP_PKEY *key, uint8_t out[32]);
/* DH(key, public). False also for the all-zero result of a public key of low order (RFC 7748, 6.1). */
bool      wg_dh (EVP_PKEY *key, const uint8_t public_key[32], uint8_t out[32]);
