/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dns-name.h"

#include <string.h>

static void
assert_normal (const char *text, const char *wanted)
{
  g_autofree char *name = bg_dns_name_normalize (text);

  g_assert_cmpstr (name, ==, wanted);
}

static void
test_normalize (void)
{
  assert_normal ("Corp.Example", "corp.example");
  assert_normal ("corp.example.", "corp.example");
  assert_normal ("internal", "internal");
  assert_normal ("_srv.a-b.c_d", "_srv.a-b.c_d");
  assert_normal ("0.0.10.in-addr.arpa", "0.0.10.in-addr.arpa");
}

static void
test_refused (void)
{
  static const char *const bad[] = { "",     ".",   "..",   ".a",  "a..b",        "a..", "-a.b",
                                     "a-.b", "a b", "a\nb", "*.a", "\xc3\xa4.de", "a/b", "~." };

  assert_normal (NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_normal (bad[i], NULL);
}

/* `n` labels of 63 bytes, and one of `rest`. */
static char *
long_name (guint n, gsize rest)
{
  g_autofree char *label = g_strnfill (63, 'a'), *last = g_strnfill (rest, 'b');
  GString *name = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (name, "%s.", label);
  return g_string_free (g_string_append (name, last), FALSE);
}

static void
test_lengths (void)
{
  g_autofree char *longest = long_name (3, 61), *too_long = long_name (3, 62),
                  *label = long_name (0, 63), *too_long_label = long_name (0, 64);
  g_autofree char *with_dot = g_strconcat (longest, ".", NULL);

  g_assert_cmpuint (strlen (longest), ==, BG_DNS_NAME_MAX);
  assert_normal (longest, longest);
  assert_normal (with_dot, longest);
  assert_normal (too_long, NULL);
  assert_normal (label, label);
  assert_normal (too_long_label, NULL);
}

static void
test_within (void)
{
  g_assert_true (bg_dns_name_is_within ("corp.example", "corp.example"));
  g_assert_true (bg_dns_name_is_within ("a.b.corp.example", "corp.example"));
  g_assert_false (bg_dns_name_is_within ("notcorp.example", "corp.example"));
  g_assert_false (bg_dns_name_is_within ("example", "corp.example"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dns-name/normalize", test_normalize);
  g_test_add_func ("/dns-name/refused", test_refused);
  g_test_add_func ("/dns-name/lengths", test_lengths);
  g_test_add_func ("/dns-name/within", test_within);
  return g_test_run ();
}
