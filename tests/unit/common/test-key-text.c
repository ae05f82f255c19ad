/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/key-text.h"

#include <glib.h>
#include <string.h>

static void
random_key (uint8_t key[BG_KEY_BYTES])
{
  for (int i = 0; i < BG_KEY_BYTES; i++)
    key[i] = (uint8_t) g_test_rand_int ();
}

static void
test_base64_agrees_with_glib (void)
{
  for (int n = 0; n < 2000; n++)
    {
      uint8_t key[BG_KEY_BYTES], back[BG_KEY_BYTES];
      char text[BG_KEY_TEXT_LEN + 1];
      g_autofree char *expected = NULL;

      random_key (key);
      expected = g_base64_encode (key, sizeof key);
      bg_key_to_base64 (key, text);
      g_assert_cmpstr (text, ==, expected);
      g_assert_true (bg_key_from_base64 (text, back));
      g_assert_cmpmem (key, sizeof key, back, sizeof back);
    }
}

static void
test_base64_refuses (void)
{
  static const char *const bad[] = {
    "",
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo",   /* no padding */
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo==", /* too long */
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmp=",  /* spare bits set */
    "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo=",  /* URL alphabet */
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066Spjqqb mo=",
    "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo\n",
    "====hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066Spjqq=",
  };
  uint8_t key[BG_KEY_BYTES], untouched[BG_KEY_BYTES];

  memset (key, 7, sizeof key);
  memset (untouched, 7, sizeof untouched);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (bg_key_from_base64 (bad[i], key));
      g_assert_cmpmem (key, sizeof key, untouched, sizeof untouched);
    }
  g_assert_false (bg_key_from_base64 (NULL, key));
}

static void
test_every_byte_in_base64 (void)
{
  /* One symbol of the text is each possible byte: accepted exactly where it is in the alphabet. */
  for (int byte = 1; byte < 256; byte++)
    {
      char text[] = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";
      uint8_t key[BG_KEY_BYTES];

      text[5] = (char) byte;
      g_assert_cmpint (bg_key_from_base64 (text, key), ==,
                       g_ascii_isalnum ((char) byte) || byte == '+' || byte == '/');
    }
}

static void
test_hex (void)
{
  uint8_t key[BG_KEY_BYTES], back[BG_KEY_BYTES];
  char text[BG_KEY_HEX_LEN + 1];

  random_key (key);
  bg_key_to_hex (key, text);
  for (int i = 0; i < BG_KEY_BYTES; i++)
    {
      g_autofree char *expected = g_strdup_printf ("%02x", key[i]);
      g_assert_cmpmem (text + 2 * i, 2, expected, 2);
    }
  g_assert_true (bg_key_from_hex (text, back));
  g_assert_cmpmem (key, sizeof key, back, sizeof back);
  for (int byte = 1; byte < 256; byte++)
    {
      text[9] = (char) byte;
      g_assert_cmpint (bg_key_from_hex (text, back), ==, g_ascii_isxdigit ((char) byte));
    }
  text[60] = '\0';
  g_assert_false (bg_key_from_hex (text, back));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/key-text/base64/agrees-with-glib", test_base64_agrees_with_glib);
  g_test_add_func ("/key-text/base64/refuses", test_base64_refuses);
  g_test_add_func ("/key-text/base64/every-byte", test_every_byte_in_base64);
  g_test_add_func ("/key-text/hex", test_hex);
  return g_test_run ();
}
