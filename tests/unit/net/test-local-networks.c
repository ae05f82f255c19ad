/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a machine's tables mean, from tables of machines as there are: a laptop at home, one with Docker and a corporate
 * VPN, one whose router has the tunnel's address. */

#include "net/local-networks.h"
#include "network-text.h"

#include <sys/socket.h>

#define LAPTOP                                                                                     \
  "link 1 lo\n"                                                                                    \
  "link 2 wlan0\n"                                                                                 \
  "link 3 eth0 down\n"                                                                             \
  "link 4 docker0\n"                                                                               \
  "link 5 bamgate0\n"                                                                              \
  "addr 127.0.0.1/8 dev 1\n"                                                                       \
  "addr ::1/128 dev 1\n"                                                                           \
  "addr 192.168.1.20/24 dev 2\n"                                                                   \
  "addr fe80::1/64 dev 2\n"                                                                        \
  "addr fd12:3456::20/64 dev 2\n"                                                                  \
  "addr 10.9.9.9/24 dev 3\n"                                                                       \
  "addr 172.17.0.1/16 dev 4\n"                                                                     \
  "addr 10.0.0.2/24 dev 5\n"                                                                       \
  "route default via 192.168.1.1 dev 2 metric 600\n"                                               \
  "route 192.168.1.0/24 dev 2 metric 600\n"                                                        \
  "route 172.17.0.0/16 dev 4 linkdown\n"                                                           \
  "route 10.0.0.0/24 dev 5\n"                                                                      \
  "route 192.168.77.0/24 dev 5 proto 182\n"                                                        \
  "route default via fd12:3456::1 dev 2 metric 600\n"

#define RULES                                                                                      \
  "rule 0 table 255\n"                                                                             \
  "rule 32766 table 254\n"                                                                         \
  "rule 32767 table 253\n"

static BgLocalNetworks *
networks_of (const char *text)
{
  g_autoptr (BgNetworkTables) tables = network_tables_of_text (text);

  return bg_local_networks_new (tables, "bamgate0");
}

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix out;

  g_assert_true (bg_ip_prefix_parse (text, &out));
  return out;
}

/* "wlan0" or "-" for what `text` meets. */
static void
assert_meets (const BgLocalNetworks *networks, const char *text, BgLocalKind kind,
              const char *interface, const char *met)
{
  BgIpPrefix wanted = prefix (text);
  const BgLocalNetwork *network = bg_local_networks_meet (networks, &wanted, kind);
  char shown[BG_IP_PREFIX_TEXT] = "-";

  if (network)
    bg_ip_prefix_format (&network->prefix, shown);
  g_test_message ("%s meets %s", text, shown);
  g_assert_cmpstr (shown, ==, met);
  g_assert_cmpstr (network ? network->interface : "-", ==, interface);
}

static void
test_meets (void)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (LAPTOP RULES);
  const struct
  {
    const char *prefix, *interface, *met;
  } rows[] = {
    { "192.168.1.0/24", "wlan0", "192.168.1.0/24" },   /* equal */
    { "192.168.1.128/25", "wlan0", "192.168.1.0/24" }, /* inside */
    { "192.168.0.0/16", "wlan0", "192.168.1.0/24" },   /* covers */
    { "192.168.1.20/32", "wlan0", "192.168.1.0/24" },
    { "192.168.2.0/24", "-", "-" },
    { "172.17.5.0/24", "docker0", "172.17.0.0/16" }, /* no cable, but the address stays */
    { "fd12:3456::/32", "wlan0", "fd12:3456::/64" },
    { "10.9.9.0/24", "-", "-" },     /* the link is down */
    { "10.0.0.0/24", "-", "-" },     /* our own */
    { "192.168.77.0/24", "-", "-" }, /* with our tag */
    { "127.0.0.0/8", "-", "-" },
    { "fe80::/64", "-", "-" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_meets (networks, rows[i].prefix, BG_LOCAL_RULED, rows[i].interface, rows[i].met);
}

/* The route of a VPN that means everything is no network to stay away from, its smaller ones are. */
static void
test_kinds (void)
{
  g_autoptr (BgLocalNetworks)
    networks = networks_of (LAPTOP "link 6 tun0\n"
                                   "link 7 ppp0\n"
                                   "addr 10.200.0.6/32 dev 6 peer 10.200.0.5/32\n"
                                   "route 0.0.0.0/1 dev 6\n"
                                   "route 128.0.0.0/1 via 10.200.0.5 dev 6\n"
                                   "route 10.64.0.0/10 via 10.200.0.5 dev 6\n"
                                   "route 10.128.0.0/16 dev 7\n"
                                   "route unreachable 172.20.0.0/16\n" RULES
                                   "rule 100 table 7 from 172.30.0.0/16 to 192.168.200.0/24\n");

  assert_meets (networks, "203.0.113.0/24", BG_LOCAL_RULED, "-", "-");
  assert_meets (networks, "10.200.0.5/32", BG_LOCAL_CONNECTED, "tun0", "10.200.0.5/32");
  assert_meets (networks, "10.200.0.0/24", BG_LOCAL_CONNECTED, "tun0", "10.200.0.5/32");
  assert_meets (networks, "10.65.0.0/24", BG_LOCAL_CONNECTED, "-", "-");
  assert_meets (networks, "10.65.0.0/24", BG_LOCAL_ROUTED, "tun0", "10.64.0.0/10");
  assert_meets (networks, "10.128.7.0/24", BG_LOCAL_CONNECTED, "ppp0", "10.128.0.0/16");
  assert_meets (networks, "172.20.1.0/24", BG_LOCAL_ROUTED, "", "172.20.0.0/16");
  assert_meets (networks, "172.30.1.0/24", BG_LOCAL_ROUTED, "-", "-");
  assert_meets (networks, "172.30.1.0/24", BG_LOCAL_RULED, "", "172.30.0.0/16");
  assert_meets (networks, "192.168.200.0/24", BG_LOCAL_RULED, "", "192.168.200.0/24");
}

static void
test_hosts (void)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (LAPTOP RULES);
  BgIpPrefix router = prefix ("192.168.1.1"), router6 = prefix ("fd12:3456::1"),
             other = prefix ("192.168.1.2"), own = prefix ("192.168.1.20"),
             tunnel = prefix ("10.0.0.2");

  g_assert_cmpstr (bg_local_networks_find_router (networks, &router), ==, "wlan0");
  g_assert_cmpstr (bg_local_networks_find_router (networks, &router6), ==, "wlan0");
  g_assert_null (bg_local_networks_find_router (networks, &other));
  g_assert_true (bg_local_networks_has_address (networks, &own));
  g_assert_false (bg_local_networks_has_address (networks, &tunnel));
}

/* `via`: the gateway; "" for a neighbour, NULL for no way. */
static void
assert_way (const char *text, const char *host_text, int oif, const char *via)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (text);
  BgIpPrefix host = prefix (host_text);
  char shown[BG_IP_PREFIX_TEXT] = "";
  BgWay way;

  if (!bg_local_networks_find_way (networks, &host, &way))
    {
      g_assert_null (via);
      return;
    }
  if (way.gateway.family)
    bg_ip_prefix_format_address (&way.gateway, shown);
  g_assert_cmpstr (shown, ==, via);
  g_assert_cmpint (way.oif, ==, oif);
}

static void
test_way (void)
{
  assert_way (LAPTOP RULES, "203.0.113.9", 2, "192.168.1.1");
  assert_way (LAPTOP, "203.0.113.9", 2, "192.168.1.1"); /* a kernel without rules */
  assert_way (LAPTOP RULES, "192.168.1.7", 2, "");
  assert_way (LAPTOP RULES, "10.0.0.9", 2, "192.168.1.1"); /* not through ourselves */
  assert_way (LAPTOP RULES, "192.168.77.1", 2, "192.168.1.1");
  assert_way (LAPTOP RULES, "172.17.0.9", 4, ""); /* without a cable too, as the kernel has it */
  assert_way (RULES "link 2 wlan0\n", "203.0.113.9", 0, NULL);
  assert_way (LAPTOP RULES "route default via 192.168.1.254 dev 2 metric 100\n", "203.0.113.9", 2,
              "192.168.1.254");
  assert_way (LAPTOP RULES "route unreachable 203.0.113.0/24\n", "203.0.113.9", 0, NULL);
}

/* As wg-quick and policy routing do it. */
static void
test_way_by_rules (void)
{
  static const char vpn[] = LAPTOP "link 8 wg0\n"
                                   "route default dev 8 table 51820\n"
                                   "rule 32764 table 254 suppress 0\n"
                                   "rule 32765 table 51820 fwmark 51820 not\n" RULES;
  static const char other[] = LAPTOP "link 8 eth1\n"
                                     "route default dev 8 table 7\n"
                                     "rule 10 table 7 to 198.51.100.0/24\n"
                                     "rule 11 table 7 from 192.168.1.20/32\n"
                                     "rule 12 table 7 uid\n"
                                     "rule 13 table 7 fwmark 9\n" RULES;

  assert_way (vpn, "203.0.113.9", 8, "");
  assert_way (vpn, "192.168.1.7", 2, "");
  assert_way (other, "203.0.113.9", 2, "192.168.1.1");
  assert_way (other, "198.51.100.9", 8, "");
}

/* Rules of an exit are nobody's network, and our own packets, which have our mark, pass them by. */
static void
test_exit_is_no_network (void)
{
  static const char exit[] = LAPTOP "rule 31001 table 254 to 198.51.100.0/24 proto 182\n"
                                    "rule 31002 table 77 fwmark 1650917376 not proto 182\n" RULES;
  static const char marked[] = LAPTOP "link 8 eth1\n"
                                      "route default dev 8 table 7\n"
                                      "rule 10 table 7 fwmark 1650917376\n" RULES;
  g_autoptr (BgLocalNetworks) plain = networks_of (LAPTOP RULES), with = networks_of (exit);

  g_assert_true (bg_local_networks_equal (plain, with));
  assert_way (exit, "203.0.113.9", 2, "192.168.1.1");
  assert_way (marked, "203.0.113.9", 8, "");
}

static void
assert_subnet (const char *text, guint32 random, const char *wanted)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (text);
  char shown[BG_IP_PREFIX_TEXT] = "none";
  BgIpPrefix subnet;

  if (bg_local_networks_choose_subnet (networks, random, &subnet))
    bg_ip_prefix_format (&subnet, shown);
  g_assert_cmpstr (shown, ==, wanted);
}

static void
test_subnet (void)
{
  assert_subnet (LAPTOP, 0x1234, "10.18.52.0/24");
  assert_subnet (LAPTOP, 0xffff1234, "10.18.52.0/24");
  assert_subnet (LAPTOP "addr 10.18.0.1/16 dev 2\n", 0x1234, "10.19.0.0/24");
  assert_subnet (LAPTOP "route 10.18.52.7/32 via 192.168.1.1 dev 2\n", 0x1234, "10.18.53.0/24");
  assert_subnet (LAPTOP "rule 1 table 7 from 10.18.52.0/25\n", 0x1234, "10.18.53.0/24");
  assert_subnet (LAPTOP "addr 10.255.255.1/24 dev 2\n", 0xffff, "10.0.0.0/24"); /* and round */
  assert_subnet (LAPTOP "route 10.0.0.0/8 dev 4\n", 0, "172.16.0.0/24");
  assert_subnet (LAPTOP "route 10.0.0.0/8 dev 4\nroute 172.16.0.0/12 dev 4\n", 1, "192.168.2.0/24");
  assert_subnet ("route 10.0.0.0/8 dev 4\nroute 172.16.0.0/12 dev 4\nroute 192.168.0.0/16 dev 4\n",
                 0, "none");
}

static void
assert_differ (const char *a_text, const char *b_text, gboolean differ)
{
  g_autoptr (BgLocalNetworks) a = networks_of (a_text), b = networks_of (b_text);

  g_assert_true (bg_local_networks_equal (a, b) != differ);
}

static void
test_equal (void)
{
  assert_differ (LAPTOP RULES, LAPTOP RULES, FALSE);
  assert_differ (LAPTOP RULES, LAPTOP RULES "route 10.0.0.9/32 dev 5 proto 182\n", FALSE);
  assert_differ (LAPTOP RULES, LAPTOP RULES "addr 10.1.0.2/24 dev 5\n", FALSE);
  assert_differ (LAPTOP RULES,
                 LAPTOP RULES "route 1.2.3.4/32 via 192.168.1.1 dev 2 proto 182 metric 268435461\n",
                 TRUE); /* 0x10000000 and our ifindex */
  assert_differ (LAPTOP RULES,
                 LAPTOP RULES "route 1.2.3.4/32 via 192.168.1.1 dev 2 proto 182 metric 268435466\n",
                 FALSE);
  assert_differ (LAPTOP RULES, LAPTOP RULES "addr 192.168.1.21/24 dev 2\n", TRUE);
  assert_differ (LAPTOP RULES, LAPTOP RULES "route 10.5.0.0/16 via 192.168.1.1 dev 2\n", TRUE);
  assert_differ (LAPTOP RULES "route 10.5.0.0/16 via 192.168.1.1 dev 2\n",
                 LAPTOP RULES "route 10.5.0.0/16 via 192.168.1.3 dev 2\n", TRUE);
  assert_differ (LAPTOP RULES, LAPTOP RULES "rule 1 table 7\n", TRUE);
}

static char *
interfaces_of (const BgLocalNetworks *networks, const char *text)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  BgIpPrefix wanted = prefix (text);

  bg_local_networks_list_interfaces (networks, &wanted, names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

static void
test_interfaces (void)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (
    LAPTOP "link 6 eth1\naddr 10.5.0.1/24 dev 6\nroute 10.5.7.0/24 dev 4 via 172.17.0.9\n" RULES);
  static const char *const expected[][2] = {
    { "192.168.1.0/24", "wlan0" },     /* connected */
    { "192.168.1.64/26", "wlan0" },    /* a part of it */
    { "10.5.0.0/16", "eth1 docker0" }, /* two networks in it */
    { "192.168.77.0/24", "wlan0" },    /* ours, into the tunnel: no way of this machine's */
    { "203.0.113.0/24", "wlan0" },     /* somewhere */
    { "0.0.0.0/0", "wlan0" },          { "::/0", "wlan0" },
    { "10.0.0.0/24", "wlan0" }, /* the tunnel's own */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *names = interfaces_of (networks, expected[i][0]);

      g_assert_cmpstr (names, ==, expected[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/local-networks/meets", test_meets);
  g_test_add_func ("/local-networks/kinds", test_kinds);
  g_test_add_func ("/local-networks/hosts", test_hosts);
  g_test_add_func ("/local-networks/way", test_way);
  g_test_add_func ("/local-networks/way-by-rules", test_way_by_rules);
  g_test_add_func ("/local-networks/exit", test_exit_is_no_network);
  g_test_add_func ("/local-networks/subnet", test_subnet);
  g_test_add_func ("/local-networks/equal", test_equal);
  g_test_add_func ("/local-networks/interfaces", test_interfaces);
  return g_test_run ();
}
