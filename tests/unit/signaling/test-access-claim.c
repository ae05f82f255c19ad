/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/access-claim.h"

#include <string.h>

static char *
token_of (const char *claims)
{
  g_autofree char *text = g_base64_encode ((const guchar *) claims, strlen (claims));
  char *url = g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');

  while (g_str_has_suffix (url, "="))
    url[strlen (url) - 1] = '\0';
  return g_strconcat ("eyJhbGciOiJIUzI1NiJ9.", url, ".c2lnbmF0dXJl", NULL);
}

static void
test_claims (void)
{
  static const struct
  {
    const char *claims;
    gboolean is_owner;
  } rows[] = {
    { "{\"sub\":\"x\",\"owner\":true,\"net\":\"default\"}", TRUE },
    { "{\"sub\":\"x?>~\",\"owner\":true}", TRUE },
    { "{\"sub\":\"x\",\"owner\":false}", FALSE },
    { "{\"owner\":\"true\"}", FALSE },
    { "{\"owner\":1}", FALSE },
    { "{}", FALSE },
    { "[true]", FALSE },
    { "", FALSE },
    { "{\"owner\":true", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *token = token_of (rows[i].claims);

      g_assert_cmpint (bg_access_claim_is_owner (token), ==, rows[i].is_owner);
    }
}

static void
test_no_tokens (void)
{
  static const char *const texts[] = {
    "", ".", "..", "...", "a.b", "eyJvd25lciI6dHJ1ZX0", "x.eyJvd25lciI6dHJ1ZX0.x.x", "x.####.x"
  };
  g_autofree char *long_one = g_strnfill (100000, '.');

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_false (bg_access_claim_is_owner (texts[i]));
  g_assert_false (bg_access_claim_is_owner (long_one));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/access-claim/claims", test_claims);
  g_test_add_func ("/access-claim/no-tokens", test_no_tokens);
  return g_test_run ();
}
