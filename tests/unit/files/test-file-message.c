/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-message.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define DIGEST ID ID

static BgFileOffer *
offer_of (const char *text)
{
  return bg_file_offer_parse (text, strlen (text));
}

static void
test_offer (void)
{
  g_autofree char *text = bg_file_offer_format (ID, "a.txt", 1 << 20);
  g_autoptr (BgFileOffer) offer = offer_of (text);
  g_autoptr (BgFileOffer)
    more = offer_of ("{\"id\":\"" ID "\",\"name\":\"../x\",\"size\":0,\"later\":true}");

  g_assert_nonnull (offer);
  g_assert_cmpstr (offer->id, ==, ID);
  g_assert_cmpstr (offer->name, ==, "a.txt");
  g_assert_cmpuint (offer->size, ==, 1 << 20);
  g_assert_nonnull (more); /* of a newer one */
  g_assert_cmpstr (more->name, ==, "x");
}

static void
test_no_offers (void)
{
  static const char *const texts[] = {
    "",
    "{}",
    "[]",
    "{\"id\":\"" ID "\",\"name\":\"a\"}",
    "{\"id\":\"" ID "\",\"size\":1}",
    "{\"name\":\"a\",\"size\":1}",
    "{\"id\":\"" ID "0\",\"name\":\"a\",\"size\":1}",
    "{\"id\":\"0123456789ABCDEF0123456789abcdef\",\"name\":\"a\",\"size\":1}",
    "{\"id\":\"../3456789abcdef0123456789abcdef\",\"name\":\"a\",\"size\":1}",
    "{\"id\":\"" ID "\",\"name\":\"a\",\"size\":-1}",
    "{\"id\":\"" ID "\",\"name\":\"a\",\"size\":1.5}",
    "{\"id\":\"" ID "\",\"name\":\"a\",\"size\":9007199254740993}",
    "{\"id\":\"" ID "\",\"name\":7,\"size\":1}",
  };
  g_autofree char *many = g_strnfill (1025, 'x');
  g_autofree char *long_name = bg_file_offer_format (ID, many, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (offer_of (texts[i]));
  g_assert_null (offer_of (long_name));
}

static void
test_status (void)
{
  const BgFileStatus said = { BG_FILE_RUNNING, 4096, DIGEST };
  g_autofree char *text = bg_file_status_format (&said);
  BgFileStatus read;

  g_assert_true (bg_file_status_parse (text, strlen (text), &read));
  g_assert_cmpint (read.state, ==, BG_FILE_RUNNING);
  g_assert_cmpuint (read.have, ==, 4096);
  g_assert_cmpstr (read.digest, ==, DIGEST);
  text[strlen (text) - 1] = ' ';
  g_assert_false (bg_file_status_parse (text, strlen (text), &read));
  g_assert_false (bg_file_status_parse ("{\"have\":1,\"state\":\"running\"}", 28, &read));
  g_assert_false (bg_file_status_parse ("{\"have\":0,\"state\":\"waiting\"}", 28, &read));
}

static void
test_end (void)
{
  g_autofree char *text = bg_file_end_format (DIGEST);
  char digest[BG_FILE_DIGEST_LEN + 1];

  g_assert_true (bg_file_end_parse (text, strlen (text), digest));
  g_assert_cmpstr (digest, ==, DIGEST);
  g_assert_false (bg_file_end_parse ("{\"sha256\":\"0\"}", 14, digest));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-message/offer", test_offer);
  g_test_add_func ("/file-message/no-offers", test_no_offers);
  g_test_add_func ("/file-message/status", test_status);
  g_test_add_func ("/file-message/end", test_end);
  return g_test_run ();
}
