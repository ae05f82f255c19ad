/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

enum
{
  LONGEST = 32,
};

static char *
hex_of (const char *prefix, const guchar *bytes, gsize n)
{
  GString *text = g_string_new (prefix);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

char *
bg_hub_secret_new (const char *prefix, gsize n)
{
  guchar random[LONGEST];
  char *text = NULL;

  if (n <= LONGEST && RAND_bytes (random, (int) n) == 1)
    text = hex_of (prefix, random, n);
  OPENSSL_cleanse (random, sizeof random);
  return text;
}

char *
bg_hub_secret_hash (const char *text)
{
  guchar digest[EVP_MAX_MD_SIZE];
  guint len = 0;

  if (EVP_Digest (text, strlen (text), digest, &len, EVP_sha256 (), NULL) != 1)
    len = 0; /* equal to no hash that is kept */
  return hex_of ("", digest, len);
}

gboolean
bg_hub_secret_equal (const char *a, const char *b)
{
  gsize len = strlen (a);

  return len > 0 && strlen (b) == len && CRYPTO_memcmp (a, b, len) == 0;
}
