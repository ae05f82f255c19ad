/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/public-suffix.h"

static void
test_domains (void)
{
  static const char *const public[] = { "com", "co.uk", "github.io", "in-addr.arpa", "xn--p1ai" };
  static const char *const other[] = { "example.com",     "lan",           "corp",
                                       "home.arpa",       "internal",      "bamgate.internal",
                                       "10.in-addr.arpa", "example.co.uk", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (public); i++)
    g_assert_true (bg_public_suffix_is (public[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (other); i++)
    g_assert_false (bg_public_suffix_is (other[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer/public-suffix/domains", test_domains);
  return g_test_run ();
}
