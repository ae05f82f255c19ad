/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which routes of others may lead into the tunnel, in every position to what must not. */

#include "peer/route-judge.h"
#include "unit/net/network-text.h"

static const char laptop[] = "link 2 wlan0\n"
                             "addr 192.168.1.20/24 dev 2\n"
                             "addr fd12:3456::20/64 dev 2\n"
                             "route 192.168.1.0/24 dev 2 metric 600\n"
                             "route default via 192.168.1.1 dev 2 metric 600\n"
                             "route 10.64.0.0/16 via 192.168.1.2 dev 2\n";

static GArray *
outside (void)
{
  static const struct
  {
    const char *host;
    BgOutsideKind kind;
    const char *name;
  } rows[] = {
    { "203.0.113.5", BG_OUTSIDE_HUB, NULL },    { "198.51.100.3", BG_OUTSIDE_STUN, NULL },
    { "198.51.100.4", BG_OUTSIDE_TURN, NULL },  { "10.7.0.9", BG_OUTSIDE_PEER, "attic" },
    { "10.8.0.9", BG_OUTSIDE_PEER, "\033[1m" },
  };
  GArray *list = g_array_new (FALSE, TRUE, sizeof (BgOutsideHost));

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      BgOutsideHost host = { .kind = rows[i].kind, .name = rows[i].name };

      g_assert_true (bg_ip_prefix_parse (rows[i].host, &host.host));
      g_array_append_val (list, host);
    }
  return list;
}

typedef BgWords *(*Judge) (const BgLocalNetworks *, const GArray *, const BgIpPrefix *);

typedef struct
{
  const char *prefix, *why;
} Row;

static void
check (Judge judge, const Row *rows, gsize n)
{
  g_autoptr (BgNetworkTables) tables = network_tables_of_text (laptop);
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_new (tables, "bamgate0");
  g_autoptr (GArray) hosts = outside ();

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (BgWords) why = NULL;
      BgIpPrefix prefix;

      g_test_message ("%s", rows[i].prefix);
      g_assert_true (bg_ip_prefix_parse (rows[i].prefix, &prefix));
      why = judge (networks, hosts, &prefix);
      g_assert_cmpstr (why ? why->text : NULL, ==, rows[i].why);
    }
}

static void
test_routes (void)
{
  static const Row rows[] = {
    { "192.168.2.0/24", NULL },
    { "10.64.0.0/16", NULL }, /* a route of this machine's own is no network that it is in */
    { "fd99::/64", NULL },
    { "192.168.1.0/24", "this machine is in 192.168.1.0/24 on wlan0" },
    { "192.168.1.64/26", "this machine is in 192.168.1.0/24 on wlan0" },
    { "192.168.0.0/16", "this machine is in 192.168.1.0/24 on wlan0" },
    { "192.168.1.20/32", "this machine is in 192.168.1.0/24 on wlan0" },
    { "fd12:3456::/48", "this machine is in fd12:3456::/64 on wlan0" },
    { "203.0.113.0/24", "the hub is at 203.0.113.5" },
    { "203.0.113.5/32", "the hub is at 203.0.113.5" },
    { "203.0.113.6/32", NULL },
    { "198.51.100.0/25", "a STUN server is at 198.51.100.3" },
    { "198.51.100.4/31", "a TURN server is at 198.51.100.4" },
    { "10.7.0.0/16", "peer attic is reached at 10.7.0.9" },
    { "10.8.0.0/16", "peer \\x1b[1m is reached at 10.8.0.9" },
  };

  check (bg_route_judge, rows, G_N_ELEMENTS (rows));
}

static void
test_hosts (void)
{
  static const Row rows[] = {
    { "192.168.1.1", "192.168.1.1 is a router on wlan0" },
    { "192.168.1.2", "192.168.1.2 is a router on wlan0" },
    { "192.168.1.3", NULL },
    { "203.0.113.5", "the hub is at 203.0.113.5" },
    { "10.7.0.9", NULL }, /* peers are judged where the endpoint is kept outside */
  };

  check (bg_route_judge_host, rows, G_N_ELEMENTS (rows));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/route-judge/routes", test_routes);
  g_test_add_func ("/route-judge/hosts", test_hosts);
  return g_test_run ();
}
