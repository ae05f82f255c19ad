/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people read, type and paste: recovery code, trust, hashes; and the seeds that are made of them. */
#include "common/error.h"
#include "membership/recovery-code.h"
#include "membership/trust-text.h"

#include <string.h>

#define CODE "AAAQEA-YEAUDA-OCAJBI-FQYDIO-B4IBCE-QT46XA"

static void
count_up (guint8 *bytes, guint n)
{
  for (guint i = 0; i < n; i++)
    bytes[i] = (guint8) i;
}

static void
assert_hex (const guint8 *bytes, const char *hex)
{
  for (guint i = 0; i < BG_SEED_BYTES; i++)
    g_assert_cmpint (
      bytes[i], ==, g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
}

/* Made with Python's hmac. */
static void
test_seeds (void)
{
  guint8 secret[BG_RECOVERY_BYTES], seed[BG_SEED_BYTES];

  count_up (secret, sizeof secret);
  g_assert_true (bg_seed_of_invite (secret, seed));
  assert_hex (seed, "78ce0db0a78f207e6bc0a7cb85c9087e28577b80e755987ba4b311f9688d6851");
  g_assert_true (bg_seed_of_recovery (secret, sizeof secret, seed));
  assert_hex (seed, "1ae9074940cc99e9abd3cd15b6e00cd84d4b21b5a01680ce03a6d7759a25e7d7");
}

/* RFC 8032, 7.1, test 1. */
static void
test_public_key (void)
{
  const guint8 seed[BG_SEED_BYTES] =
    "\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4"
    "\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";
  guint8 public[BG_ENTRY_KEY];

  g_assert_true (bg_seed_get_public (seed, public));
  assert_hex (public, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

static void
assert_reads (const char *text)
{
  guint8 expected[BG_RECOVERY_BYTES], secret[BG_RECOVERY_BYTES] = { 0 };
  g_autoptr (GError) error = NULL;

  count_up (expected, sizeof expected);
  g_assert_true (bg_recovery_code_parse (text, secret, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (secret, sizeof secret, expected, sizeof expected);
}

static void
assert_refuses (const char *text, const char *word)
{
  guint8 secret[BG_RECOVERY_BYTES] = { 0 }, none[BG_RECOVERY_BYTES] = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (bg_recovery_code_parse (text, secret, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_cmpmem (secret, sizeof secret, none, sizeof none);
}

static void
test_recovery_code (void)
{
  guint8 secret[BG_RECOVERY_BYTES];
  char *code;

  count_up (secret, sizeof secret);
  code = bg_recovery_code_format (secret);
  g_assert_cmpstr (code, ==, CODE);
  bg_recovery_code_free (code);
  assert_reads (CODE);
  assert_reads ("  aaaqea yeauda\tocajbi FQYDIO-B4IBCEQT46XA\n");
  assert_refuses ("", "0 of its 36");
  assert_refuses ("AAAQEA-YEAUDA", "12 of its 36");
  assert_refuses ("BAAQEA-YEAUDA-OCAJBI-FQYDIO-B4IBCE-QT46XA", "wrong");
  assert_refuses ("AAAQEA-YEAUDA-OCAJBI-FQYDIO-B4IBCE-QT46XAA", "too many");
  assert_refuses ("0AAQEA-YEAUDA-OCAJBI-FQYDIO-B4IBCE-QT46XA", "wrong");
}

/* Each symbol counts, and two that changed places are noticed. */
static void
test_mistyped (void)
{
  for (guint i = 0; i < strlen (CODE) - 1; i++)
    {
      g_autofree char *code = g_strdup (CODE);
      guint8 secret[BG_RECOVERY_BYTES];

      if (code[i] == '-')
        continue;
      code[i] = code[i] == 'Z' ? 'Y' : 'Z';
      g_assert_false (bg_recovery_code_parse (code, secret, NULL));
    }
}

static void
test_trust (void)
{
  static const char text[] =
    "AQABAgMEBQYHCAkKCwwNDg_7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-wAAAQL__________"
    "___________";
  BgTrust trust = { .count = 258 }, again;
  g_autofree char *made = NULL, *shorter = NULL;

  count_up (trust.secret, sizeof trust.secret);
  memset (trust.network, 0xfb, sizeof trust.network);
  memset (trust.head, 0xff, sizeof trust.head);
  made = bg_trust_format (&trust);
  g_assert_cmpstr (made, ==, text);
  g_assert_true (bg_trust_parse (text, &again, NULL));
  g_assert_cmpmem (&again, sizeof again, &trust, sizeof trust);
  shorter = g_strndup (text, strlen (text) - 1);
  g_assert_false (bg_trust_parse (shorter, &again, NULL));
  g_assert_false (bg_trust_parse ("", &again, NULL));
  made[0] = 'B'; /* another version */
  g_assert_false (bg_trust_parse (made, &again, NULL));
  made[0] = '+';
  g_assert_false (bg_trust_parse (made, &again, NULL));
}

static void
test_hash_text (void)
{
  guint8 hash[BG_ENTRY_HASH];
  g_autofree char *text = NULL;

  count_up (hash, sizeof hash);
  text = bg_hash_text (hash);
  g_assert_cmpstr (text, ==, "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f");
  g_assert_true (bg_hash_is_text (hash, text));
  g_assert_true (bg_hash_is_text (hash, "0001-0203-0405-0607-0809-0A0B-0C0D-0E0F "));
  g_assert_false (bg_hash_is_text (hash, "0001 0203 0405 0607 0809 0a0b 0c0d 0e"));
  g_assert_false (bg_hash_is_text (hash, "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f 10"));
  g_assert_false (bg_hash_is_text (hash, "0001 0203 0405 0607 0809 0a0b 0c0d 0e1f"));
  g_assert_false (bg_hash_is_text (hash, ""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codes/seeds", test_seeds);
  g_test_add_func ("/codes/public-key", test_public_key);
  g_test_add_func ("/codes/recovery-code", test_recovery_code);
  g_test_add_func ("/codes/mistyped", test_mistyped);
  g_test_add_func ("/codes/trust", test_trust);
  g_test_add_func ("/codes/hash-text", test_hash_text);
  return g_test_run ();
}
