/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/key-proof.h"
#include "common/hkdf.h"

#include <gio/gio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define LABEL "bamgate registration 1"

/* --- X25519 (RFC 7748) --- */

static gboolean
agree (const guint8 secret[BG_KEY_BYTES], const guint8 point[BG_KEY_BYTES],
       guint8 shared[BG_KEY_BYTES])
{
  EVP_PKEY *own = EVP_PKEY_new_raw_private_key_ex (NULL, "X25519", NULL, secret, BG_KEY_BYTES);
  EVP_PKEY *peer = EVP_PKEY_new_raw_public_key_ex (NULL, "X25519", NULL, point, BG_KEY_BYTES);
  EVP_PKEY_CTX *context = own != NULL ? EVP_PKEY_CTX_new_from_pkey (NULL, own, NULL) : NULL;
  static const guint8 nothing[BG_KEY_BYTES];
  gsize len = BG_KEY_BYTES;
  gboolean ok = peer != NULL && context != NULL && EVP_PKEY_derive_init (context) == 1
                && EVP_PKEY_derive_set_peer_ex (context, peer, 0) == 1
                && EVP_PKEY_derive (context, shared, &len) == 1 && len == BG_KEY_BYTES;

  EVP_PKEY_CTX_free (context);
  EVP_PKEY_free (peer);
  EVP_PKEY_free (own);
  return ok && CRYPTO_memcmp (shared, nothing, sizeof nothing) != 0;
}

static gboolean
derive (const guint8 *secret, const guint8 *point, guint8 key[BG_HKDF_BYTES])
{
  guint8 shared[BG_KEY_BYTES] = { 0 };
  gboolean ok = agree (secret, point, shared)
                && bg_hkdf (shared, sizeof shared, LABEL, strlen (LABEL), key);

  OPENSSL_cleanse (shared, sizeof shared);
  return ok;
}

/* --- What is covered: each field behind its length, so that none can pass for two --- */

static void
add (GByteArray *covered, const void *bytes, gsize len)
{
  guint32 prefix = GUINT32_TO_BE ((guint32) len);

  g_byte_array_append (covered, (const guint8 *) &prefix, sizeof prefix);
  if (len > 0)
    g_byte_array_append (covered, bytes, (guint) len);
}

static void
add_text (GByteArray *covered, const char *text)
{
  add (covered, text, text != NULL ? strlen (text) : 0);
}

static GByteArray *
cover (const BgKeyClaim *claim)
{
  GByteArray *covered = g_byte_array_new ();

  add (covered, claim->challenge, BG_KEY_CHALLENGE_BYTES);
  add (covered, claim->public_key, BG_KEY_BYTES);
  add_text (covered, claim->name);
  add_text (covered, claim->host);
  add_text (covered, claim->pin);
  return covered;
}

gboolean
bg_key_proof_make (const BgKeyClaim *claim, const guint8 secret[BG_KEY_BYTES],
                   const guint8 point[BG_KEY_BYTES], guint8 proof[BG_KEY_PROOF_BYTES])
{
  g_autoptr (GByteArray) covered = cover (claim);
  guint8 key[BG_HKDF_BYTES];
  guint len = BG_KEY_PROOF_BYTES;
  gboolean ok = derive (secret, point, key)
                && HMAC (EVP_sha256 (), key, sizeof key, covered->data, covered->len, proof, &len)
                     != NULL;

  OPENSSL_cleanse (key, sizeof key);
  return ok;
}

/* --- Texts --- */

gboolean
bg_key_challenge_parse (const char *text, guint8 challenge[BG_KEY_CHALLENGE_BYTES])
{
  g_autofree guint8 *bytes = NULL;
  g_autofree char *again = NULL;
  gsize len;

  if (strlen (text) != BG_KEY_CHALLENGE_TEXT)
    return FALSE;
  bytes = g_base64_decode (text, &len);
  again = g_base64_encode (bytes, len);
  if (len != BG_KEY_CHALLENGE_BYTES || !g_str_equal (again, text))
    return FALSE;
  memcpy (challenge, bytes, BG_KEY_CHALLENGE_BYTES);
  return TRUE;
}

char *
bg_key_proof_host (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) address = NULL;
  char *ascii;

  if (host == NULL || *host == '\0')
    return NULL;
  address = g_inet_address_new_from_string (host);
  if (address != NULL)
    return g_inet_address_to_string (address);
  ascii = g_hostname_to_ascii (host);
  return ascii != NULL ? ascii : g_ascii_strdown (host, -1);
}
