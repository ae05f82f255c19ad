/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/trust-text.h"

#include "common/error.h"

#include <string.h>

enum
{
  VERSION = 1,
  AT_SECRET = 1,
  AT_NETWORK = AT_SECRET + BG_INVITE_SECRET_BYTES,
  AT_COUNT = AT_NETWORK + BG_ENTRY_HASH,
  AT_HEAD = AT_COUNT + 4,
  ALL_BYTES = AT_HEAD + BG_TRUST_HEAD_BYTES,
  ALL_SYMBOLS = ALL_BYTES / 3 * 4,
  SHOWN_BYTES = 16,
};

_Static_assert(ALL_BYTES % 3 == 0, "base64 without padding");

/* From base64 to base64url, or back. */
static void
replace_symbols (char *text, const char *from, const char *to)
{
  for (char *at = text; *at; at++)
    {
      const char *found = strchr (from, *at);

      if (found)
        *at = to[found - from];
    }
}

char *
bg_trust_format (const BgTrust *trust)
{
  guint8 bytes[ALL_BYTES] = { VERSION };
  char *text;

  memcpy (bytes + AT_SECRET, trust->secret, sizeof trust->secret);
  memcpy (bytes + AT_NETWORK, trust->network, sizeof trust->network);
  bg_put32 (bytes + AT_COUNT, trust->count);
  memcpy (bytes + AT_HEAD, trust->head, sizeof trust->head);
  text = g_base64_encode (bytes, sizeof bytes);
  replace_symbols (text, "+/", "-_");
  explicit_bzero (bytes, sizeof bytes);
  return text;
}

static gboolean
is_base64url (const char *text)
{
  return strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
           == ALL_SYMBOLS
         && text[ALL_SYMBOLS] == '\0';
}

static gboolean
read_bytes (const guint8 bytes[ALL_BYTES], BgTrust *trust)
{
  memcpy (trust->secret, bytes + AT_SECRET, sizeof trust->secret);
  memcpy (trust->network, bytes + AT_NETWORK, sizeof trust->network);
  trust->count = bg_get32 (bytes + AT_COUNT);
  memcpy (trust->head, bytes + AT_HEAD, sizeof trust->head);
  return bytes[0] == VERSION && trust->count > 0;
}

gboolean
bg_trust_parse (const char *text, BgTrust *trust, GError **error)
{
  char symbols[ALL_SYMBOLS + 1] = "";
  gsize len = 0;
  gboolean ok = is_base64url (text);

  if (ok)
    {
      g_autofree guint8 *bytes = NULL;

      memcpy (symbols, text, ALL_SYMBOLS);
      replace_symbols (symbols, "-_", "+/");
      bytes = g_base64_decode (symbols, &len);
      ok = len == ALL_BYTES && read_bytes (bytes, trust);
      explicit_bzero (bytes, len);
      explicit_bzero (symbols, sizeof symbols);
    }
  if (!ok)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, TRUST_UNREADABLE);
  return ok;
}

char *
bg_hash_text (const guint8 hash[BG_ENTRY_HASH])
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < SHOWN_BYTES; i++)
    g_string_append_printf (text, "%s%02x", i > 0 && i % 2 == 0 ? " " : "", hash[i]);
  return g_string_free (text, FALSE);
}

gboolean
bg_hash_is_text (const guint8 hash[BG_ENTRY_HASH], const char *text)
{
  guint n = 0;

  for (; *text; text++)
    {
      guint digit = n % 2 == 0 ? hash[MIN (n / 2, SHOWN_BYTES - 1)] >> 4
                               : hash[MIN (n / 2, SHOWN_BYTES - 1)] & 15;

      if (g_ascii_isspace (*text) || *text == '-')
        continue;
      if (n == 2 * SHOWN_BYTES || g_ascii_xdigit_value (*text) != (int) digit)
        return FALSE;
      n++;
    }
  return n == 2 * SHOWN_BYTES;
}
