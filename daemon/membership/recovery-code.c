/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/recovery-code.h"

#include "common/error.h"

#include <string.h>

enum
{
  CHECK_BYTES = 2,
  ALL_BYTES = BG_RECOVERY_BYTES + CHECK_BYTES,
  SYMBOLS = (ALL_BYTES * 8 + 4) / 5,
  GROUP = 6,
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static void
add_check (guint8 bytes[ALL_BYTES])
{
  guint8 hash[BG_ENTRY_HASH];

  bg_entry_hash ((BgBytes){ bytes, BG_RECOVERY_BYTES }, hash);
  memcpy (bytes + BG_RECOVERY_BYTES, hash, CHECK_BYTES);
  explicit_bzero (hash, sizeof hash);
}

/* The five bits at `symbol`; what is behind the last byte is zero. */
static guint
bits_at (const guint8 bytes[ALL_BYTES], guint symbol)
{
  guint at = symbol * 5 / 8, shift = symbol * 5 % 8;
  guint two = (guint) bytes[at] << 8 | (at + 1 < ALL_BYTES ? bytes[at + 1] : 0);

  return two >> (11 - shift) & 31;
}

char *
bg_recovery_code_format (const guint8 secret[BG_RECOVERY_BYTES])
{
  guint8 bytes[ALL_BYTES];
  char *text = g_new0 (char, SYMBOLS + SYMBOLS / GROUP), *at = text;

  memcpy (bytes, secret, BG_RECOVERY_BYTES);
  add_check (bytes);
  for (guint i = 0; i < SYMBOLS; i++)
    {
      if (i > 0 && i % GROUP == 0)
        *at++ = '-';
      *at++ = alphabet[bits_at (bytes, i)];
    }
  explicit_bzero (bytes, sizeof bytes);
  return text;
}

static void
put_bits (guint8 bytes[ALL_BYTES], guint symbol, guint value)
{
  guint at = symbol * 5 / 8, shift = symbol * 5 % 8, two = value << (11 - shift);

  bytes[at] |= (guint8) (two >> 8);
  if (at + 1 < ALL_BYTES)
    bytes[at + 1] |= (guint8) two;
}

/* The number of symbols; -1 where something is none. */
static int
read_symbols (const char *text, guint8 bytes[ALL_BYTES])
{
  int n = 0;

  for (; *text; text++)
    {
      const char *found;

      if (g_ascii_isspace (*text) || *text == '-')
        continue;
      found = strchr (alphabet, g_ascii_toupper (*text));
      if (!found || n == SYMBOLS)
        return -1;
      put_bits (bytes, (guint) n++, (guint) (found - alphabet));
    }
  return n;
}

static gboolean
is_whole (const guint8 bytes[ALL_BYTES], int n)
{
  guint8 checked[ALL_BYTES];
  gboolean ok;

  memcpy (checked, bytes, ALL_BYTES);
  add_check (checked);
  /* 36 symbols have four bits more than 22 bytes: put_bits() has dropped them */
  ok = n == SYMBOLS && memcmp (checked, bytes, ALL_BYTES) == 0;
  explicit_bzero (checked, sizeof checked);
  return ok;
}

gboolean
bg_recovery_code_parse (const char *text, guint8 secret[BG_RECOVERY_BYTES], GError **error)
{
  guint8 bytes[ALL_BYTES] = { 0 };
  int n = read_symbols (text, bytes);
  gboolean ok = is_whole (bytes, n);

  if (ok)
    memcpy (secret, bytes, BG_RECOVERY_BYTES);
  else if (n >= 0 && n < SYMBOLS)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, RECOVERY_CODE_SHORT, (guint) n,
                  (guint) SYMBOLS);
  else
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, RECOVERY_CODE_WRONG);
  explicit_bzero (bytes, sizeof bytes);
  return ok;
}

void
bg_recovery_code_free (char *code)
{
  if (code)
    explicit_bzero (code, strlen (code));
  g_free (code);
}
