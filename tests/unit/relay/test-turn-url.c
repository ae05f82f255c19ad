/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/turn-url.h"

/* The password is what “openssl dgst -sha1 -hmac sesame -binary | base64” makes of the user name. */
static void
test_credentials (void)
{
  g_autofree char *url = bg_turn_url ("turn:198.51.100.1:3478?transport=tcp", "sesame", "peer A",
                                      1700000000);

  g_assert_cmpstr (
    url, ==,
    "turn://1700086400%3Apeer%20A:fR6w8gAIf5w2rMr0d34KYTOEa%2FY%3D@198.51.100.1:3478?transport=tcp");
}

static void
test_schemes (void)
{
  g_autofree char *tls = bg_turn_url ("turns:[2001:db8::1]:5349", "sesame", "a", 0);

  g_assert_true (g_str_has_prefix (tls, "turns://86400%3Aa:"));
  g_assert_true (g_str_has_suffix (tls, "@[2001:db8::1]:5349"));
  g_assert_null (bg_turn_url ("http:198.51.100.1", "sesame", "a", 0));
}

static void
test_lists (void)
{
  static const char *const none[] = { NULL }, *const two[] = { "turn:a.example", "turns:b.example",
                                                               NULL };
  g_auto (GStrv) urls = bg_turn_urls (two, "sesame", "a", 0);

  g_assert_cmpuint (g_strv_length (urls), ==, 2);
  g_assert_null (bg_turn_urls (NULL, "sesame", "a", 0));
  g_assert_null (bg_turn_urls (none, "sesame", "a", 0));
  g_assert_null (bg_turn_urls (two, NULL, "a", 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-url/credentials", test_credentials);
  g_test_add_func ("/turn-url/schemes", test_schemes);
  g_test_add_func ("/turn-url/lists", test_lists);
  return g_test_run ();
}
