/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has which name, and who is asked about what. */
#include "names/names-view.h"

#include <glib.h>

static BgNamesView *
make_view (void)
{
  BgNamesView *view = bg_names_view_new ("bamgate.internal");
  BgIpPrefix network;

  g_assert_true (bg_ip_prefix_parse ("10.0.0.2/24", &network));
  bg_names_view_add_network (view, &network);
  return view;
}

static void
add_with_dns (BgNamesView *view, const char *id, BgNamedRank rank, gint64 since,
              const char *address, const char *const *dns, const char *const *domains)
{
  BgIpPrefix host;
  BgNamedMachine machine = { .id = id,
                             .rank = rank,
                             .since = since,
                             .addresses = &host,
                             .n_addresses = 1,
                             .dns = dns,
                             .domains = domains };

  g_assert_true (bg_ip_prefix_parse (address, &host));
  bg_names_view_add_machine (view, &machine);
}

static void
add (BgNamesView *view, const char *id, BgNamedRank rank, gint64 since, const char *address)
{
  add_with_dns (view, id, rank, since, address, NULL, NULL);
}

static void
assert_address (const BgNamesView *view, const char *name, const char *wanted)
{
  g_autoptr (BgZone) zone = bg_names_view_make_zone (view, 1);
  BgZoneFind find = bg_zone_find (zone, name);
  char text[BG_IP_PREFIX_TEXT];

  if (!wanted)
    {
      g_assert_cmpint (find.kind, ==, BG_ZONE_MISSING);
      return;
    }
  g_assert_cmpint (find.kind, ==, BG_ZONE_HOST);
  g_assert_cmpuint (find.n_addresses, ==, 1);
  bg_ip_prefix_format_address (find.addresses, text);
  g_assert_cmpstr (text, ==, wanted);
}

/* --- Names --- */

static void
test_names (void)
{
  g_autoptr (BgNamesView) view = make_view ();
  const char *name, *other;

  add (view, "alpha", BG_NAMED_SELF, 0, "10.0.0.2/24");
  add (view, "My.Laptop_2", BG_NAMED_PROVED, 5, "10.0.0.3");
  add (view, "office", BG_NAMED_FIXED, 0, "192.168.9.1");
  add (view, "a name with blanks", BG_NAMED_PROVED, 5, "10.0.0.4");
  assert_address (view, "alpha.bamgate.internal", "10.0.0.2");
  assert_address (view, "my-laptop-2.bamgate.internal", "10.0.0.3");
  assert_address (view, "office.bamgate.internal", "192.168.9.1");
  g_assert_cmpstr (bg_names_view_get_label (view, "My.Laptop_2"), ==, "my-laptop-2");
  g_assert_null (bg_names_view_get_label (view, "a name with blanks"));
  g_assert_null (bg_names_view_get_label (view, "nobody"));
  g_assert_false (bg_names_view_get_clash (view, &name, &other));
}

/* Whatever the hub says, a name leads to no other network. */
static void
test_addresses_outside_have_no_name (void)
{
  g_autoptr (BgNamesView) view = make_view ();

  add (view, "router", BG_NAMED_BY_HUB, 0, "192.168.1.1");
  add (view, "local", BG_NAMED_PROVED, 0, "127.0.0.1");
  assert_address (view, "router.bamgate.internal", NULL);
  assert_address (view, "local.bamgate.internal", NULL);
  g_assert_null (bg_names_view_get_label (view, "router"));
}

static void
assert_owner (BgNamedRank rank, gint64 since, BgNamedRank other_rank, gint64 other_since,
              const char *wanted)
{
  for (guint order = 0; order < 2; order++)
    {
      g_autoptr (BgNamesView) view = make_view ();
      const char *name, *other;

      if (order == 0)
        add (view, "Laptop", rank, since, "10.0.0.3");
      add (view, "laptop", other_rank, other_since, "10.0.0.4");
      if (order == 1)
        add (view, "Laptop", rank, since, "10.0.0.3");
      assert_address (view, "laptop.bamgate.internal", wanted);
      g_assert_true (bg_names_view_get_clash (view, &name, &other));
    }
}

static void
test_one_label_of_two_machines (void)
{
  assert_owner (BG_NAMED_SELF, 9, BG_NAMED_PROVED, 1, "10.0.0.3");
  assert_owner (BG_NAMED_FIXED, 9, BG_NAMED_PROVED, 1, "10.0.0.3");
  assert_owner (BG_NAMED_PROVED, 9, BG_NAMED_BY_HUB, 1, "10.0.0.3");
  assert_owner (BG_NAMED_PROVED, 9, BG_NAMED_PROVED, 1, "10.0.0.4");
  assert_owner (BG_NAMED_PROVED, 5, BG_NAMED_PROVED, 5, "10.0.0.3"); /* "L" is before "l" */
  assert_owner (BG_NAMED_BY_HUB, 1, BG_NAMED_BY_HUB, 2, NULL);
}

static void
test_a_third_changes_nothing (void)
{
  g_autoptr (BgNamesView) view = make_view ();

  add (view, "lap-top", BG_NAMED_BY_HUB, 1, "10.0.0.3");
  add (view, "lap.top", BG_NAMED_BY_HUB, 1, "10.0.0.4");
  add (view, "lap_top", BG_NAMED_BY_HUB, 1, "10.0.0.5");
  assert_address (view, "lap-top.bamgate.internal", NULL);
  add (view, "Lap-top", BG_NAMED_PROVED, 1, "10.0.0.6");
  assert_address (view, "lap-top.bamgate.internal", "10.0.0.6");
}

/* --- Servers --- */

static void
assert_servers (const BgNamesView *view, const char *name, const char *domain, const char *wanted)
{
  g_autoptr (BgForwardTable) table = bg_names_view_make_table (view);
  g_autoptr (GString) servers = g_string_new (NULL);
  BgForwardRoute route;

  if (!domain)
    {
      g_assert_false (bg_forward_table_find (table, name, &route));
      return;
    }
  g_assert_true (bg_forward_table_find (table, name, &route));
  g_assert_cmpstr (route.domain, ==, domain);
  for (guint i = 0; i < route.n_servers; i++)
    {
      char text[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format_address (&route.servers[i], text);
      g_string_append_printf (servers, "%s%s", i > 0 ? " " : "", text);
    }
  g_assert_cmpstr (servers->str, ==, wanted);
}

static void
test_servers_of_several_peers (void)
{
  g_autoptr (BgNamesView) view = make_view ();
  const char *const first[] = { "192.168.1.53", "10.0.0.2", "junk", "0.0.0.0", NULL },
                    *const second[] = { "10.0.0.4", "192.168.1.53", NULL };
  const char *const domains[] = { "Corp.Example", "not a domain", NULL },
                    *const more[] = { "corp.example", "lab.corp.example", NULL },
                    *const lone[] = { "alone.example", NULL };

  add (view, "alpha", BG_NAMED_SELF, 0, "10.0.0.2/24");
  add_with_dns (view, "bravo", BG_NAMED_PROVED, 1, "10.0.0.3", first, domains);
  add_with_dns (view, "charlie", BG_NAMED_PROVED, 1, "10.0.0.4", second, more);
  add_with_dns (view, "delta", BG_NAMED_PROVED, 1, "10.0.0.5", NULL, lone);
  assert_servers (view, "www.corp.example", "corp.example", "192.168.1.53 10.0.0.4");
  assert_servers (view, "lab.corp.example", "lab.corp.example", "10.0.0.4 192.168.1.53");
  assert_servers (view, "alone.example", "alone.example", "");
  assert_servers (view, "example.org", NULL, NULL);
  bg_names_view_set_default (view, second);
  assert_servers (view, "example.org", "", "10.0.0.4 192.168.1.53");
  bg_names_view_set_default (view, NULL);
  assert_servers (view, "example.org", "", "");
}

static void
test_plan (void)
{
  g_autoptr (BgNamesView) view = make_view ();
  g_autoptr (BgNamesPlan) plan = NULL;
  g_autofree char *domains = NULL;
  const char *const corp[] = { "corp.example", NULL };

  add (view, "alpha", BG_NAMED_SELF, 0, "10.0.0.2/24");
  add_with_dns (view, "bravo", BG_NAMED_PROVED, 1, "10.0.0.3", NULL, corp);
  add (view, "Bravo", BG_NAMED_BY_HUB, 1, "10.0.0.4");
  plan = bg_names_plan_seal (bg_names_view_make_plan (view, "bamgate0", TRUE));
  domains = g_strjoinv (" ", (char **) bg_names_plan_get_domains (plan));
  g_assert_cmpstr (domains, ==, "bamgate.internal 0.0.10.in-addr.arpa corp.example");
  g_assert_cmpuint (bg_names_plan_n_hosts (plan), ==, 2);
  g_assert_cmpstr (bg_names_plan_get_host (plan, 1).name, ==, "bravo.bamgate.internal");
  g_assert_true (bg_names_plan_get_search (plan));
  g_assert_false (bg_names_plan_get_default_route (plan));
  bg_names_view_set_default (view, NULL);
  bg_names_plan_unref (plan);
  plan = bg_names_plan_seal (bg_names_view_make_plan (view, "bamgate0", FALSE));
  g_assert_true (bg_names_plan_get_default_route (plan));
}

/* Below the machine's own name, with its addresses; what is no label, or too long, is not there. */
static void
test_services (void)
{
  g_autoptr (BgNamesView) view = make_view ();
  g_autoptr (BgNamesPlan) plan = NULL;
  g_autoptr (BgZone) zone = NULL;
  const char *const services[] = { "web", "a.b", "Web", "", NULL };
  BgIpPrefix host;
  BgNamedMachine machine = { .id = "My.Laptop",
                             .rank = BG_NAMED_PROVED,
                             .addresses = &host,
                             .n_addresses = 1,
                             .services = services };

  g_assert_true (bg_ip_prefix_parse ("10.0.0.3", &host));
  add (view, "alpha", BG_NAMED_SELF, 0, "10.0.0.2/24");
  bg_names_view_add_machine (view, &machine);
  assert_address (view, "web.my-laptop.bamgate.internal", "10.0.0.3");
  assert_address (view, "a.b.my-laptop.bamgate.internal", NULL);
  assert_address (view, "web.bamgate.internal", NULL);
  assert_address (view, "web.alpha.bamgate.internal", NULL);
  zone = bg_names_view_make_zone (view, 1);
  g_assert_cmpstr (bg_zone_find (zone, "3.0.0.10.in-addr.arpa").target, ==,
                   "my-laptop.bamgate.internal");
  plan = bg_names_plan_seal (bg_names_view_make_plan (view, "bamgate0", FALSE));
  g_assert_cmpuint (bg_names_plan_n_hosts (plan), ==, 3);
  g_assert_cmpstr (bg_names_plan_get_host (plan, 2).name, ==, "web.my-laptop.bamgate.internal");
}

/* One that lost its label has nothing below it. */
static void
test_services_without_a_name (void)
{
  g_autoptr (BgNamesView) view = make_view ();
  const char *const services[] = { "web", NULL };
  BgIpPrefix host;
  BgNamedMachine machine = { .id = "laptop",
                             .rank = BG_NAMED_BY_HUB,
                             .addresses = &host,
                             .n_addresses = 1,
                             .services = services };

  g_assert_true (bg_ip_prefix_parse ("10.0.0.3", &host));
  bg_names_view_add_machine (view, &machine);
  assert_address (view, "web.laptop.bamgate.internal", "10.0.0.3");
  add (view, "Laptop", BG_NAMED_PROVED, 1, "10.0.0.4");
  assert_address (view, "web.laptop.bamgate.internal", NULL);
}

/* What owners call a machine leads to its addresses in the network, and never takes a machine's own name. */
static void
test_given (void)
{
  g_autoptr (BgNamesView) view = make_view ();
  g_autoptr (BgNamesPlan) plan = NULL;
  BgIpPrefix hosts[2];

  g_assert_true (bg_ip_prefix_parse ("10.0.0.5", &hosts[0])
                 && bg_ip_prefix_parse ("192.0.2.1", &hosts[1]));
  add (view, "Attic", BG_NAMED_PROVED, 1, "10.0.0.4");
  add (view, "twin", BG_NAMED_BY_HUB, 0, "10.0.0.6");
  add (view, "Twin", BG_NAMED_BY_HUB, 0, "10.0.0.7");
  bg_names_view_add_given (view, "wiki", hosts, 2);
  bg_names_view_add_given (view, "wiki", &hosts[1], 1);
  bg_names_view_add_given (view, "attic", hosts, 1);
  bg_names_view_add_given (view, "twin", hosts, 1); /* of nobody, for now */
  assert_address (view, "wiki.bamgate.internal", "10.0.0.5");
  assert_address (view, "attic.bamgate.internal", "10.0.0.4");
  assert_address (view, "twin.bamgate.internal", NULL);
  g_assert_true (bg_names_view_has_given (view, "wiki"));
  g_assert_false (bg_names_view_has_given (view, "attic"));
  plan = bg_names_plan_seal (bg_names_view_make_plan (view, "bamgate0", FALSE));
  g_assert_cmpuint (bg_names_plan_n_hosts (plan), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/names-view/names", test_names);
  g_test_add_func ("/names-view/outside", test_addresses_outside_have_no_name);
  g_test_add_func ("/names-view/one-label", test_one_label_of_two_machines);
  g_test_add_func ("/names-view/third", test_a_third_changes_nothing);
  g_test_add_func ("/names-view/servers", test_servers_of_several_peers);
  g_test_add_func ("/names-view/plan", test_plan);
  g_test_add_func ("/names-view/services", test_services);
  g_test_add_func ("/names-view/services-without-a-name", test_services_without_a_name);
  g_test_add_func ("/names-view/given", test_given);
  return g_test_run ();
}
