/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-token.h"
#include "common/byte-order-mark.h"
#include "common/error.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

enum
{
  RANDOM_BYTES = 24,
  SHORTEST = 16,
  LONGEST = 256
};

#define TOKEN_PREFIX "bg_"
#define BEARER_PREFIX "Bearer "

static gboolean
make_file (const char *path, GError **error)
{
  guchar random[RANDOM_BYTES];
  g_autoptr (GString) text = g_string_new (TOKEN_PREFIX);
  gboolean ok;

  if (RAND_bytes (random, sizeof random) != 1)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "token: no random numbers");
      return FALSE;
    }
  for (int i = 0; i < RANDOM_BYTES; i++)
    g_string_append_printf (text, "%02x", random[i]);
  g_string_append_c (text, '\n');
  ok = g_file_set_contents_full (path, text->str, (gssize) text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 error);
  OPENSSL_cleanse (text->str, text->len);
  OPENSSL_cleanse (random, sizeof random);
  return ok;
}

static gboolean
is_token (const char *text)
{
  gsize len = strlen (text);

  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p))
      return FALSE;
  return len >= SHORTEST && len <= LONGEST;
}

char *
bg_hub_token_load (const char *path, gboolean may_make, GError **error)
{
  g_autofree char *text = NULL;

  if (may_make && !g_file_test (path, G_FILE_TEST_EXISTS) && !make_file (path, error))
    return NULL;
  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  bg_skip_byte_order_mark (text);
  g_strstrip (text);
  if (is_token (text))
    return g_steal_pointer (&text);
  g_set_error (error, BG_ERROR, BG_ERROR_CONFIG,
               "%s: a token is one word of %d to %d printable ASCII characters", path, SHORTEST,
               LONGEST);
  return NULL;
}

gboolean
bg_hub_token_matches (const char *token, const char *header)
{
  const char *shown;

  if (header == NULL || !g_str_has_prefix (header, BEARER_PREFIX))
    return FALSE;
  shown = header + strlen (BEARER_PREFIX);
  return strlen (shown) == strlen (token) && CRYPTO_memcmp (shown, token, strlen (token)) == 0;
}
