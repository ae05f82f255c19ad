/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/managed-link.h"

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix out;

  g_assert_true (bg_ip_prefix_parse (text, &out));
  return out;
}

static void
add_address (BgNetPlan *plan, const char *text)
{
  BgIpPrefix address = prefix (text);

  bg_net_plan_add_address (plan, BG_TAG_DEVICE, &address);
}

static void
add_route (BgNetPlan *plan, BgNetTag tag, const char *text, guint mtu)
{
  BgIpPrefix dest = prefix (text);

  g_assert_true (bg_net_plan_add_route (plan, tag, &dest, mtu, 0));
}

static BgNetPlan *
make_plan (void)
{
  BgNetPlan *plan = bg_net_plan_new ();
  BgIpPrefix outside = prefix ("10.88.0.9/32");

  bg_net_plan_set_mtu (plan, 1420);
  add_address (plan, "10.0.0.1/24");
  add_address (plan, "fd12::1/64");
  add_route (plan, BG_TAG_PEER, "10.0.0.2/32", 1152);
  add_route (plan, BG_TAG_PEER, "10.0.0.3/32", 1420);
  add_route (plan, BG_TAG_PEER, "10.0.0.4/32", 0);
  add_route (plan, BG_TAG_PEER, "fd99::4/128", 0);
  add_route (plan, BG_TAG_ROUTE, "10.88.0.0/16", 1152);
  add_route (plan, BG_TAG_STATIC, "10.0.0.128/25", 0);
  bg_net_plan_add_outside (plan, &outside, NULL);
  return bg_net_plan_seal (plan);
}

static void
assert_texts (char **texts, const char *expected)
{
  g_autofree char *text = g_strjoinv (" ", texts);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_theirs (void)
{
  g_autoptr (BgNetPlan) plan = make_plan ();
  g_auto (GStrv) addresses = bg_managed_link_addresses (plan);
  g_auto (GStrv) routes = bg_managed_link_routes (plan);

  assert_texts (addresses, "10.0.0.1/24 fd12::1/64");
  assert_texts (routes, "10.0.0.128/25 10.88.0.0/16 fd99::4/128");
}

/* The MTU of a path to a neighbour, and what is kept out: nothing that the other side sets as well. */
static void
test_ours (void)
{
  g_autoptr (BgNetPlan) plan = make_plan ();
  g_autoptr (BgNetPlan) ours = bg_managed_link_ours (plan);
  BgIpPrefix narrow = prefix ("10.0.0.2/32");

  g_assert_true (bg_net_plan_is_sealed (ours));
  g_assert_cmpuint (bg_net_plan_get_mtu (ours), ==, 0);
  g_assert_cmpuint (bg_net_plan_n_addresses (ours), ==, 0);
  g_assert_cmpuint (bg_net_plan_n_routes (ours), ==, 1);
  g_assert_true (bg_ip_prefix_equal (&bg_net_plan_get_route (ours, 0)->dest, &narrow));
  g_assert_cmpuint (bg_net_plan_get_route (ours, 0)->mtu, ==, 1152);
  g_assert_cmpuint (bg_net_plan_n_outside (ours), ==, 1);
}

/* Among overlapping networks our address is a host, and peers need routes of their own. */
static void
test_host_address (void)
{
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();
  g_autoptr (BgNetPlan) ours = NULL;
  g_auto (GStrv) routes = NULL;

  add_address (plan, "10.0.0.1/32");
  add_route (plan, BG_TAG_PEER, "10.0.0.2/32", 1152);
  bg_net_plan_seal (plan);
  routes = bg_managed_link_routes (plan);
  ours = bg_managed_link_ours (plan);
  assert_texts (routes, "10.0.0.2/32");
  g_assert_cmpuint (bg_net_plan_n_routes (ours), ==, 0);
}

static void
test_names (void)
{
  g_autoptr (BgNamesPlan) plan = bg_names_plan_new ("bamgate0", "bamgate.internal"),
                          exit = bg_names_plan_new ("bamgate0", "bamgate.internal");
  BgIpPrefix server = prefix ("10.0.0.1/32");
  g_auto (GStrv) dns = NULL, domains = NULL, all = NULL;

  bg_names_plan_add_server (plan, &server);
  bg_names_plan_add_domain (plan, "corp.example");
  bg_names_plan_set_search (plan, TRUE);
  bg_names_plan_set_default_route (exit, TRUE);
  bg_names_plan_seal (plan);
  bg_names_plan_seal (exit);
  dns = bg_managed_link_dns (plan);
  domains = bg_managed_link_domains (plan);
  all = bg_managed_link_domains (exit);
  assert_texts (dns, "10.0.0.1");
  assert_texts (domains, "bamgate.internal ~corp.example");
  assert_texts (all, "~bamgate.internal ~.");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/managed-link/theirs", test_theirs);
  g_test_add_func ("/app/managed-link/ours", test_ours);
  g_test_add_func ("/app/managed-link/host-address", test_host_address);
  g_test_add_func ("/app/managed-link/names", test_names);
  return g_test_run ();
}
