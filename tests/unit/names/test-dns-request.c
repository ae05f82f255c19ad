/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/dns-request.h"

static BgIpPrefix
address (const char *text)
{
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (text, &prefix));
  return prefix;
}

static BgNamesPlan *
make_plan (gboolean search, gboolean default_route)
{
  BgNamesPlan *plan = bg_names_plan_new ("bamgate0", "bamgate.internal");
  BgIpPrefix server = address ("10.0.0.2"),
             laptop[] = { address ("10.0.0.3"), address ("fd12::3") };

  bg_names_plan_add_server (plan, &server);
  bg_names_plan_set_search (plan, search);
  bg_names_plan_set_default_route (plan, default_route);
  bg_names_plan_add_host (plan, "laptop", laptop, 2);
  return bg_names_plan_seal (plan);
}

static void
test_made (void)
{
  g_autoptr (BgNamesPlan) plain = make_plan (FALSE, FALSE), full = make_plan (TRUE, TRUE);
  g_autofree char *hosts = bg_dns_request_hosts (plain), *more = bg_dns_request_hosts (full),
                  *lean = bg_dns_request_resolvconf (plain),
                  *whole = bg_dns_request_resolvconf (full);

  g_assert_cmpstr (hosts, ==,
                   "hosts\n10.0.0.3 laptop.bamgate.internal\nfd12::3 laptop.bamgate.internal\n.\n");
  g_assert_cmpstr (more, ==,
                   "hosts\n10.0.0.3 laptop.bamgate.internal laptop\n"
                   "fd12::3 laptop.bamgate.internal laptop\n.\n");
  g_assert_cmpstr (lean, ==, "resolvconf\ninterface bamgate0\nnameserver 10.0.0.2\n.\n");
  g_assert_cmpstr (whole, ==,
                   "resolvconf\ninterface bamgate0\nnameserver 10.0.0.2\n"
                   "search bamgate.internal\nexclusive\n.\n");
}

static void
test_read (void)
{
  g_autoptr (BgNamesPlan) plan = make_plan (TRUE, TRUE);
  g_autofree char *hosts = bg_dns_request_hosts (plan),
                  *resolvconf = bg_dns_request_resolvconf (plan),
                  *nothing = bg_dns_request_nothing ();
  g_autoptr (BgDnsRequest) a = bg_dns_request_parse (hosts, NULL),
                           b = bg_dns_request_parse (resolvconf, NULL),
                           c = bg_dns_request_parse (nothing, NULL);

  g_assert_cmpstr (a->hosts[1], ==, "fd12::3 laptop.bamgate.internal laptop");
  g_assert_null (a->interface);
  g_assert_cmpstr (b->interface, ==, "bamgate0");
  g_assert_cmpstr (b->resolvconf, ==, "nameserver 10.0.0.2\nsearch bamgate.internal\n");
  g_assert_true (b->exclusive);
  g_assert_null (b->hosts);
  g_assert_true (!c->hosts && !c->interface);
}

static void
test_refused (void)
{
  static const char *const bad[] = {
    "",
    ".\n",
    "hosts\n",
    "hosts\n.",
    "shadow\n.\n",
    "nothing\nhosts\n.\n",
    "hosts\n10.0.0.3\n.\n",
    "hosts\n10.0.0.3 a b c\n.\n",
    "hosts\n10.0.0.3/8 a\n.\n",
    "hosts\n127.0.0.1 a\n.\n",
    "hosts\n0.0.0.0 a\n.\n",
    "hosts\n224.0.0.1 a\n.\n",
    "hosts\n10.0.0.3 a\tb\n.\n",
    "hosts\n10.0.0.3 a#b\n.\n",
    "hosts\n10.0.0.3 Upper\n.\n",
    "hosts\n10.0.0.3 a\r\n.\n",
    "hosts\n\n.\n",
    "resolvconf\nnameserver 10.0.0.2\n.\n",
    "resolvconf\ninterface bamgate0\n.\n",
    "resolvconf\ninterface ../x\nnameserver 10.0.0.2\n.\n",
    "resolvconf\ninterface -d\nnameserver 10.0.0.2\n.\n",
    "resolvconf\ninterface aaaaaaaaaaaaaaaa\nnameserver 10.0.0.2\n.\n",
    "resolvconf\ninterface a\ninterface b\nnameserver 10.0.0.2\n.\n",
    "resolvconf\ninterface a\nnameserver 10.0.0.2\noptions debug\n.\n",
    "resolvconf\ninterface a\nnameserver 10.0.0.2 10.0.0.3\n.\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("request %zu", i);
      g_assert_null (bg_dns_request_parse (bad[i], &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dns-request/made", test_made);
  g_test_add_func ("/dns-request/read", test_read);
  g_test_add_func ("/dns-request/refused", test_refused);
  return g_test_run ();
}
