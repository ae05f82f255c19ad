/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the system's resolver is told: an immutable value that says whether it differs from another. */
#include "names/names-plan.h"

#include <glib.h>

static BgIpPrefix
host (const char *text)
{
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (text, &prefix));
  return prefix;
}

static BgNamesPlan *
build (gboolean search)
{
  BgNamesPlan *plan = bg_names_plan_new ("bamgate0", "bamgate.internal");
  BgIpPrefix addresses[] = { host ("10.0.0.3/24"), host ("fd00::3/64") };

  bg_names_plan_set_search (plan, search);
  bg_names_plan_add_server (plan, &addresses[0]);
  bg_names_plan_add_domain (plan, "Corp.Example.");
  bg_names_plan_add_host (plan, "laptop", addresses, G_N_ELEMENTS (addresses));
  return plan;
}

static void
test_hosts_have_full_names (void)
{
  g_autoptr (BgNamesPlan) plan = bg_names_plan_seal (build (FALSE));
  BgNamesHost laptop = bg_names_plan_get_host (plan, 0);
  BgIpPrefix v6 = host ("fd00::3");

  g_assert_cmpuint (bg_names_plan_n_hosts (plan), ==, 1);
  g_assert_cmpstr (laptop.name, ==, "laptop.bamgate.internal");
  g_assert_null (laptop.alias);
  g_assert_cmpuint (laptop.n_addresses, ==, 2);
  g_assert_true (bg_ip_prefix_equal (&laptop.addresses[1], &v6));
}

static void
test_short_names_come_with_the_search_domain (void)
{
  g_autoptr (BgNamesPlan) plan = bg_names_plan_seal (build (TRUE));

  g_assert_cmpstr (bg_names_plan_get_host (plan, 0).alias, ==, "laptop");
}

static void
test_domains_are_told_once_and_the_suffix_first (void)
{
  g_autoptr (BgNamesPlan) plan = build (FALSE);
  const char *const *domains;

  bg_names_plan_add_domain (plan, "corp.example");
  bg_names_plan_add_domain (plan, "bamgate.internal");
  bg_names_plan_add_domain (plan, "not a domain");
  bg_names_plan_add_domain (plan, ".");
  domains = bg_names_plan_get_domains (bg_names_plan_seal (plan));
  g_assert_cmpuint (g_strv_length ((char **) domains), ==, 2);
  g_assert_cmpstr (domains[0], ==, "bamgate.internal");
  g_assert_cmpstr (domains[1], ==, "corp.example");
}

static void
test_servers_are_hosts (void)
{
  g_autoptr (BgNamesPlan) plan = bg_names_plan_seal (build (FALSE));
  BgIpPrefix wanted = host ("10.0.0.3");
  guint n;

  g_assert_true (bg_ip_prefix_equal (bg_names_plan_get_servers (plan, &n), &wanted));
  g_assert_cmpuint (n, ==, 1);
}

/* --- Comparing --- */

static void
assert_differs (void (*change) (BgNamesPlan *plan))
{
  g_autoptr (BgNamesPlan) plan = bg_names_plan_seal (build (FALSE)), same = build (FALSE),
                          other = build (FALSE);

  g_assert_true (bg_names_plan_equal (plan, bg_names_plan_seal (same)));
  change (other);
  g_assert_false (bg_names_plan_equal (plan, bg_names_plan_seal (other)));
}

static void
change_search (BgNamesPlan *plan)
{
  bg_names_plan_set_search (plan, TRUE);
}

static void
change_default_route (BgNamesPlan *plan)
{
  bg_names_plan_set_default_route (plan, TRUE);
}

static void
change_servers (BgNamesPlan *plan)
{
  BgIpPrefix loopback = host ("127.0.0.54");

  bg_names_plan_add_server (plan, &loopback);
}

static void
change_domains (BgNamesPlan *plan)
{
  bg_names_plan_add_domain (plan, "other.example");
}

static void
change_hosts (BgNamesPlan *plan)
{
  BgIpPrefix address = host ("10.0.0.4");

  bg_names_plan_add_host (plan, "phone", &address, 1);
}

static void
test_every_part_makes_a_difference (void)
{
  assert_differs (change_search);
  assert_differs (change_default_route);
  assert_differs (change_servers);
  assert_differs (change_domains);
  assert_differs (change_hosts);
}

static void
test_nothing_equals_nothing_alone (void)
{
  g_autoptr (BgNamesPlan) plan = bg_names_plan_seal (build (FALSE));

  g_assert_true (bg_names_plan_equal (NULL, NULL));
  g_assert_false (bg_names_plan_equal (plan, NULL));
  g_assert_false (bg_names_plan_equal (NULL, plan));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/names-plan/full-names", test_hosts_have_full_names);
  g_test_add_func ("/names-plan/short-names", test_short_names_come_with_the_search_domain);
  g_test_add_func ("/names-plan/domains", test_domains_are_told_once_and_the_suffix_first);
  g_test_add_func ("/names-plan/servers", test_servers_are_hosts);
  g_test_add_func ("/names-plan/differences", test_every_part_makes_a_difference);
  g_test_add_func ("/names-plan/nothing", test_nothing_equals_nothing_alone);
  return g_test_run ();
}
