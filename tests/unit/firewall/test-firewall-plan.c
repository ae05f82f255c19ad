/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plans as text; every text is one that nft takes, where there is a kernel to ask. */

#include "common/error.h"
#include "firewall/firewall-plan.h"
#include "firewall/nft.h"
#include "unit/own-namespace.h"

#include <sched.h>
#include <string.h>

static char *no_namespace; /* why the kernel is not asked */

static BgFirewallRoute
route (const char *inner, const char *shown)
{
  BgFirewallRoute out;

  g_assert_true (bg_ip_prefix_parse (inner, &out.inner));
  g_assert_true (bg_ip_prefix_parse (shown, &out.shown));
  return out;
}

static char *
text_of (const BgFirewallPlan *plan)
{
  char *text = bg_firewall_plan_text (plan);
  g_autoptr (GError) error = NULL;

  if (!no_namespace)
    bg_nft_check (text, &error);
  g_assert_no_error (error);
  return text;
}

static void
assert_has (const char *text, const char *line)
{
  if (!strstr (text, line))
    g_error ("“%s” is not in:\n%s", line, text);
}

static void
assert_lacks (const char *text, const char *line)
{
  if (strstr (text, line))
    g_error ("“%s” is in:\n%s", line, text);
}

static void
test_served (void)
{
  BgFirewallRoute routes[] = { route ("192.168.1.0/24", "192.168.1.0/24"),
                               route ("fd00:1::/64", "fd00:1::/64") };
  BgFirewallPlan plan = { .interface = "bamgate0", .routes = routes, .n_routes = 2, .nat = TRUE };
  g_autofree char *with = text_of (&plan), *without = NULL;

  assert_has (with, "table inet bamgate_bamgate0\ndelete table inet bamgate_bamgate0\n");
  assert_has (with,
              "iifname \"bamgate0\" oifname != \"bamgate0\" ip daddr 192.168.1.0/24 accept\n");
  assert_has (with, "iifname != \"bamgate0\" oifname \"bamgate0\" ip6 saddr fd00:1::/64 accept\n");
  assert_has (with,
              "oifname \"bamgate0\" tcp flags syn / syn,rst tcp option maxseg size set rt mtu\n");
  assert_has (with,
              "iifname \"bamgate0\" oifname != \"bamgate0\" ip6 daddr fd00:1::/64 masquerade\n");
  assert_lacks (with, "prerouting");
  plan.nat = FALSE;
  without = text_of (&plan);
  assert_has (without, "ip daddr 192.168.1.0/24 accept\n");
  assert_lacks (without, "nat");
  assert_lacks (without, " ct "); /* connections are nobody's business then */
}

static void
test_mapped (void)
{
  BgFirewallRoute routes[] = { route ("192.168.0.0/16", "10.77.0.0/16"),
                               route ("192.168.1.0/24", "10.99.1.0/24"),
                               route ("192.168.9.7/32", "10.98.0.1/32"),
                               route ("fd00:1::/64", "fd77:1::/64") };
  BgFirewallPlan plan = { .interface = "bamgate0",
                          .routes = routes,
                          .n_routes = G_N_ELEMENTS (routes) };
  g_autofree char *text = text_of (&plan);

  assert_has (
    text,
    "iifname \"bamgate0\" ip daddr 10.77.0.0/16 dnat ip prefix to ip daddr map { 10.77.0.0/16 : 192.168.0.0/16 }\n");
  assert_has (
    text,
    "oifname \"bamgate0\" ip6 saddr fd00:1::/64 snat ip6 prefix to ip6 saddr map { fd00:1::/64 : fd77:1::/64 }\n");
  /* the narrower network goes first */
  g_assert_true (strstr (text, "ip saddr 192.168.1.0/24 snat")
                 < strstr (text, "ip saddr 192.168.0.0/16 snat"));
  assert_lacks (text, "masquerade");
}

static void
test_exit (void)
{
  static const char *const tunnels[] = { "bamgate1", NULL }, *const uplinks[] = { "eth0", NULL };
  BgFirewallPlan plan = {
    .interface = "bamgate0", .exit = BG_FAMILY_4, .tunnels = tunnels, .uplinks = uplinks
  };
  g_autofree char *text = text_of (&plan);

  assert_has (text,
              "meta nfproto ipv4 iifname \"bamgate0\" oifname { \"bamgate0\", \"bamgate1\" } drop\n"
              "    meta nfproto ipv4 iifname \"bamgate0\" accept\n");
  assert_has (text, "meta nfproto ipv4 iifname { \"eth0\" } oifname \"bamgate0\" drop\n");
  assert_has (
    text,
    "meta nfproto ipv4 iifname \"bamgate0\" oifname != { \"bamgate0\", \"bamgate1\" } masquerade\n");
  assert_lacks (text, "ipv6");
}

static void
test_quiet (void)
{
  static const char *const quiet[] = { "bamgate0", "eth0", "wlan0", NULL };
  BgFirewallRoute routes[] = { route ("192.168.1.0/24", "192.168.1.0/24") };
  BgFirewallPlan plan = {
    .interface = "bamgate0", .routes = routes, .n_routes = 1, .quiet4 = quiet
  };
  g_autofree char *text = text_of (&plan);
  const char *drop = strstr (
    text,
    "meta nfproto ipv4 iifname { \"bamgate0\", \"eth0\", \"wlan0\" } oifname { \"bamgate0\", \"eth0\", "
    "\"wlan0\" } drop\n");

  g_assert_nonnull (drop);
  g_assert_true (strstr (text, " accept\n") < drop);
}

static void
test_names (void)
{
  static const struct
  {
    const char *interface, *table;
  } names[] = { { "bamgate0", "bamgate_bamgate0" },
                { "strict", "bamgate_strict_" },
                { "a:b \"c", "bamgate_a_b__c" } };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *table = bg_firewall_plan_table (names[i].interface);
      BgFirewallPlan plan = { .interface = names[i].interface, .exit = BG_FAMILY_4 | BG_FAMILY_6 };
      g_autofree char *text = text_of (&plan);

      g_assert_cmpstr (table, ==, names[i].table);
      g_assert_true (bg_firewall_plan_is_table (table));
      assert_has (text, table);
    }
  g_assert_false (bg_firewall_plan_is_table ("bamgate_strict"));
  g_assert_false (bg_firewall_plan_is_table ("filter"));
}

static void
test_passes (void)
{
  BgFirewallRoute routes[] = { route ("192.168.1.0/24", "10.77.1.0/24"),
                               route ("fd00:1::/64", "fd00:1::/64") };
  BgFirewallPlan plan = {
    .interface = "bamgate0", .routes = routes, .n_routes = 2, .exit = BG_FAMILY_6
  };
  g_auto (GStrv) passes4 = bg_firewall_plan_passes (&plan, BG_FAMILY_4),
                 passes6 = bg_firewall_plan_passes (&plan, BG_FAMILY_6);
  g_autofree char *text4 = g_strjoinv ("; ", passes4), *text6 = g_strjoinv ("; ", passes6);

  g_assert_cmpstr (
    text4, ==,
    "iifname \"bamgate0\" ip daddr 192.168.1.0/24; oifname \"bamgate0\" ip saddr 192.168.1.0/24");
  g_assert_cmpstr (text6, ==, "iifname \"bamgate0\"; oifname \"bamgate0\"");
  g_assert_false (bg_firewall_plan_is_empty (&plan));
  g_assert_true (
    bg_firewall_plan_is_empty (&(BgFirewallPlan){ .interface = "bamgate0", .nat = TRUE }));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  no_namespace = test_enter_namespaces (CLONE_NEWNET);
  g_test_add_func ("/firewall-plan/served", test_served);
  g_test_add_func ("/firewall-plan/mapped", test_mapped);
  g_test_add_func ("/firewall-plan/exit", test_exit);
  g_test_add_func ("/firewall-plan/quiet", test_quiet);
  g_test_add_func ("/firewall-plan/names", test_names);
  g_test_add_func ("/firewall-plan/passes", test_passes);
  return g_test_run ();
}
