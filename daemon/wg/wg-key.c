/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-crypto.h"
#include "wg/wg.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

void
wg_key_clamp (WgKey *key)
{
  key->bytes[0] &= 248;
  key->bytes[31] = (key->bytes[31] & 127) | 64;
}

bool
wg_key_generate_private (WgKey *key)
{
  if (RAND_priv_bytes (key->bytes, sizeof key->bytes) != 1)
    return false;
  wg_key_clamp (key);
  return true;
}

bool
wg_key_generate_preshared (WgKey *key)
{
  return RAND_priv_bytes (key->bytes, sizeof key->bytes) == 1;
}

bool
wg_key_public (const WgKey *private_key, WgKey *public_key)
{
  EVP_PKEY *pair = wg_dh_key_new (private_key->bytes);
  bool ok = pair && wg_dh_key_public (pair, public_key->bytes);

  EVP_PKEY_free (pair);
  return ok;
}

bool
wg_key_equal (const WgKey *a, const WgKey *b)
{
  return CRYPTO_memcmp (a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool
wg_key_is_zero (const WgKey *key)
{
  static const WgKey zero;

  return wg_key_equal (key, &zero);
}

void
wg_wipe (void *bytes, size_t len)
{
  OPENSSL_cleanse (bytes, len);
}
