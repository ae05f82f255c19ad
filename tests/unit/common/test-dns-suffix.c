/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dns-suffix.h"

#include <string.h>

static void
assert_normal (const char *text, const char *wanted)
{
  g_autofree char *suffix = bg_suffix_normalize (text);

  g_assert_cmpstr (suffix, ==, wanted);
}

static void
test_what_a_person_may_have (void)
{
  g_autofree char *label = g_strnfill (63, 'a'), *longest = NULL, *too_long = NULL;

  assert_normal ("BamGate.Internal.", "bamgate.internal");
  assert_normal ("mesh", "mesh");
  assert_normal ("lab.home.arpa", "lab.home.arpa");
  assert_normal ("10.in-addr.arpa", NULL);
  assert_normal ("ip6.arpa", NULL);
  assert_normal ("arpa", NULL);
  assert_normal ("", NULL);
  longest = g_strdup_printf ("%s.%s.%s", label, label, label + 2);
  too_long = g_strdup_printf ("%s.%s.%s", label, label, label + 1);
  g_assert_cmpuint (strlen (longest), ==, BG_SUFFIX_MAX);
  assert_normal (longest, longest);
  assert_normal (too_long, NULL);
}

static void
assert_chosen (const char *own, const char *network, const char *wanted)
{
  g_autofree char *suffix = bg_suffix_choose (own, network);

  g_assert_cmpstr (suffix, ==, wanted);
}

/* A hub that says “google.com” would lead everybody's mail to a machine called mail. */
static void
test_what_a_hub_may_choose (void)
{
  assert_chosen ("bamgate.internal", NULL, "bamgate.internal");
  assert_chosen ("bamgate.internal", "Home.Internal", "home.internal");
  assert_chosen ("mesh.example.org", "lab.home.arpa", "lab.home.arpa");
  assert_chosen ("bamgate.internal", "google.com", "bamgate.internal");
  assert_chosen ("bamgate.internal", "notinternal", "bamgate.internal");
  assert_chosen ("bamgate.internal", "internal", "bamgate.internal");
  assert_chosen ("bamgate.internal", "home.arpa", "bamgate.internal");
  assert_chosen ("bamgate.internal", "10.in-addr.arpa", "bamgate.internal");
  assert_chosen ("bamgate.internal", "a b.internal", "bamgate.internal");
  assert_chosen ("mesh.example.org", "mesh.example.org", "mesh.example.org");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dns-suffix/person", test_what_a_person_may_have);
  g_test_add_func ("/dns-suffix/hub", test_what_a_hub_may_choose);
  return g_test_run ();
}
