/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/entry-crypto.h"

#include "common/hkdf.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#define INVITE_INFO "bamgate invite 1"
#define RECOVERY_INFO "bamgate recovery 1"

typedef struct
{
  guint8 bytes[64 + BG_ENTRY_MAX];
  gsize len;
} Message;

/* What the signature is over lies in two places. */
static gboolean
put_together (BgBytes is_signed, Message *message)
{
  if (bg_entry_context.len + is_signed.len > sizeof message->bytes)
    return FALSE;
  memcpy (message->bytes, bg_entry_context.bytes, bg_entry_context.len);
  memcpy (message->bytes + bg_entry_context.len, is_signed.bytes, is_signed.len);
  message->len = bg_entry_context.len + is_signed.len;
  return TRUE;
}

void
bg_entry_hash (BgBytes bytes, guint8 hash[BG_ENTRY_HASH])
{
  EVP_Digest (bytes.bytes, bytes.len, hash, NULL, EVP_sha256 (), NULL);
}

static gboolean
verify (EVP_PKEY *key, const Message *message, BgBytes signature)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean ok = context && EVP_DigestVerifyInit (context, NULL, NULL, NULL, key) == 1
                && EVP_DigestVerify (context, signature.bytes, signature.len, message->bytes,
                                     message->len)
                     == 1;

  EVP_MD_CTX_free (context);
  return ok;
}

gboolean
bg_entry_is_authentic (const BgEntry *entry)
{
  EVP_PKEY *key;
  Message message;
  gboolean ok;

  if (entry->signature.len != BG_ENTRY_SIGNATURE || !put_together (entry->is_signed, &message))
    return FALSE;
  key = EVP_PKEY_new_raw_public_key (EVP_PKEY_ED25519, NULL, entry->signer, BG_ENTRY_KEY);
  ok = key && verify (key, &message, entry->signature);
  EVP_PKEY_free (key);
  return ok;
}

static gboolean
sign (EVP_PKEY *key, const Message *message, guint8 signature[BG_ENTRY_SIGNATURE])
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  size_t len = BG_ENTRY_SIGNATURE;
  gboolean ok = context && EVP_DigestSignInit (context, NULL, NULL, NULL, key) == 1
                && EVP_DigestSign (context, signature, &len, message->bytes, message->len) == 1
                && len == BG_ENTRY_SIGNATURE;

  EVP_MD_CTX_free (context);
  return ok;
}

static EVP_PKEY *
key_of_seed (const guint8 seed[BG_SEED_BYTES])
{
  return EVP_PKEY_new_raw_private_key (EVP_PKEY_ED25519, NULL, seed, BG_SEED_BYTES);
}

gboolean
bg_entry_sign (const guint8 seed[BG_SEED_BYTES], guint8 *bytes, gsize len)
{
  EVP_PKEY *key = key_of_seed (seed);
  Message message;
  gboolean ok = key && put_together ((BgBytes){ bytes, len }, &message)
                && sign (key, &message, bytes + len);

  EVP_PKEY_free (key);
  return ok;
}

gboolean
bg_seed_get_public (const guint8 seed[BG_SEED_BYTES], guint8 public[BG_ENTRY_KEY])
{
  EVP_PKEY *key = key_of_seed (seed);
  size_t len = BG_ENTRY_KEY;
  gboolean ok = key && EVP_PKEY_get_raw_public_key (key, public, &len) == 1 && len == BG_ENTRY_KEY;

  EVP_PKEY_free (key);
  return ok;
}

gboolean
bg_seed_make (guint8 *bytes, gsize len)
{
  return RAND_priv_bytes (bytes, (int) len) == 1;
}

gboolean
bg_seed_of_invite (const guint8 *secret, guint8 seed[BG_SEED_BYTES])
{
  return bg_hkdf (secret, BG_INVITE_SECRET_BYTES, INVITE_INFO, strlen (INVITE_INFO), seed);
}

gboolean
bg_seed_of_recovery (const guint8 *secret, gsize len, guint8 seed[BG_SEED_BYTES])
{
  return bg_hkdf (secret, len, RECOVERY_INFO, strlen (RECOVERY_INFO), seed);
}
