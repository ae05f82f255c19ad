/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which addresses a machine looks for its peers with, and which of theirs it stays away from: laptops, servers full of
 * containers, machines in several networks of ours. */

#include "net/local-networks.h"
#include "network-text.h"

#define WLAN                                                                                       \
  "link 1 lo\n"                                                                                    \
  "link 2 wlan0\n"                                                                                 \
  "addr 127.0.0.1/8 dev 1\n"                                                                       \
  "addr ::1/128 dev 1\n"                                                                           \
  "addr 192.168.1.20/24 dev 2\n"                                                                   \
  "addr fe80::1/64 dev 2\n"                                                                        \
  "route default via 192.168.1.1 dev 2 metric 600\n"                                               \
  "route 192.168.1.0/24 dev 2 metric 600\n"

#define TUNNEL                                                                                     \
  "link 5 bamgate0 kind tun\n"                                                                     \
  "addr 10.0.0.2/24 dev 5\n"                                                                       \
  "route 10.0.0.0/24 dev 5\n"                                                                      \
  "route 192.168.77.0/24 dev 5 proto 182\n"

static BgLocalNetworks *
networks_of (const char *text)
{
  g_autoptr (BgNetworkTables) tables = network_tables_of_text (text);

  return bg_local_networks_new (tables, "bamgate0");
}

static void
assert_outer_of (const BgLocalNetworks *networks, const char *expected)
{
  const GArray *outer = bg_local_networks_get_outer (networks);
  g_autoptr (GString) text = g_string_new (NULL);
  char one[BG_IP_PREFIX_TEXT];

  for (guint i = 0; i < outer->len; i++)
    {
      bg_ip_prefix_format_address (&g_array_index (outer, BgIpPrefix, i), one);
      g_string_append_printf (text, i ? " %s" : "%s", one);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
assert_outer (const char *text, const char *expected)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (text);

  assert_outer_of (networks, expected);
}

static gboolean
leads_inside (const BgLocalNetworks *networks, const char *text)
{
  BgIpPrefix host;

  g_assert_true (bg_ip_prefix_parse (text, &host));
  return bg_local_networks_leads_inside (networks, &host);
}

static void
test_none (void)
{
  assert_outer ("link 1 lo\naddr 127.0.0.1/8 dev 1\naddr ::1/128 dev 1\n", "");
  assert_outer ("link 2 eth0 down\naddr 192.0.2.1/24 dev 2\nlink 3 eth1\naddr fe80::3/64 dev 3\n",
                "");
  assert_outer ("link 4 docker0 idle kind bridge\naddr 172.17.0.1/16 dev 4\n", "");
}

/* The uplink before the cable to a printer, and the tunnel never. */
static void
test_default_route_first (void)
{
  assert_outer ("link 3 eth0\naddr 172.22.0.1/24 dev 3\n" WLAN TUNNEL, "192.168.1.20 172.22.0.1");
  assert_outer (WLAN "link 3 eth0\n"
                     "addr 198.51.100.3/24 dev 3\n"
                     "route default via 198.51.100.1 dev 3 metric 100\n",
                "198.51.100.3 192.168.1.20");
}

/* Two uplinks with a table each, as source routing has them. */
static void
test_tables (void)
{
  assert_outer ("link 2 eth0\nlink 3 eth1\nlink 4 eth2\n"
                "addr 192.0.2.2/24 dev 2\naddr 198.51.100.2/24 dev 3\naddr 203.0.113.2/24 dev 4\n"
                "route default via 203.0.113.1 dev 4 metric 5 table 100\n"
                "route default via 192.0.2.1 dev 2\n",
                "192.0.2.2 203.0.113.2 198.51.100.2");
}

static void
add_bridges (GString *text, guint n)
{
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text,
                            "link %u br-%u kind bridge\naddr 172.%u.0.1/16 dev %u\n"
                            "addr fd00:%x::1/64 dev %u\naddr fe80::%x/64 dev %u\n",
                            10 + i, i, 17 + i, 10 + i, i, 10 + i, i, 10 + i);
}

/* A machine with forty container networks has no more addresses than one with none has room for. */
static void
test_bridges (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  add_bridges (text, 40);
  g_string_append_printf (text, WLAN "addr 2001:db8::20/64 dev 2\n"
                                     "route default via 2001:db8::1 dev 2 metric 600\n");
  assert_outer (text->str, "192.168.1.20 2001:db8::20 172.17.0.1 fd00::1 172.18.0.1 fd00:1::1 "
                           "172.19.0.1 fd00:2::1");
}

/* A bridge that is the uplink, as on hosts of virtual machines; a container's end of a veth; a VPN that takes everything. */
static void
test_kinds_with_a_way_out (void)
{
  assert_outer (
    "link 2 br0 kind bridge\naddr 192.0.2.2/24 dev 2\nroute default via 192.0.2.1 dev 2\n"
    "link 3 virbr0 kind bridge\naddr 192.168.122.1/24 dev 3\n",
    "192.0.2.2 192.168.122.1");
  assert_outer (
    "link 2 eth0 kind veth\naddr 172.17.0.2/16 dev 2\nroute default via 172.17.0.1 dev 2\n",
    "172.17.0.2");
  assert_outer (WLAN "link 7 tun0 kind tun\naddr 100.64.3.4/32 dev 7\n", "192.168.1.20 100.64.3.4");
  assert_outer (WLAN "link 7 tun0 kind tun\naddr 10.8.0.6/32 dev 7\n"
                     "route 0.0.0.0/1 dev 7\nroute 128.0.0.0/1 dev 7\n",
                "10.8.0.6 192.168.1.20");
}

/* Neither family crowds out the other; where there is one alone it has all the room. */
static void
test_families (void)
{
  g_autoptr (GString) four = g_string_new ("link 2 eth0\nroute default via 192.0.2.1 dev 2\n");
  g_autoptr (GString) both = NULL;

  for (guint i = 1; i < 30; i++)
    g_string_append_printf (four, "addr 192.0.2.%u/24 dev 2%s\n", i, i > 1 ? " temporary" : "");
  both = g_string_new (four->str);
  g_string_append (both, "addr 2001:db8::1/64 dev 2\naddr fd00::1/64 dev 2\n");
  assert_outer (four->str, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 "
                           "192.0.2.8");
  assert_outer (both->str, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 "
                           "2001:db8::1 fd00::1");
}

/* A second cable counts more than the thirtieth address of the first. */
static void
test_turns (void)
{
  g_autoptr (GString) text = g_string_new ("link 2 eth0\nlink 3 eth1\n");

  for (guint i = 1; i < 30; i++)
    g_string_append_printf (text, "addr 192.0.2.%u/24 dev 2\n", i);
  g_string_append_printf (text, "addr 198.51.100.1/24 dev 3\n");
  assert_outer (text->str, "192.0.2.1 198.51.100.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 "
                           "192.0.2.6 192.0.2.7");
}

/* What lasts, what is everybody's, what may be used at all. */
static void
test_flags (void)
{
  assert_outer ("link 2 eth0\nroute default via 2001:db8::1 dev 2\n"
                "addr 2001:db8::d/64 dev 2 temporary deprecated\n"
                "addr 2001:db8::c/64 dev 2 temporary\n"
                "addr fd00::5/64 dev 2\n"
                "addr 2001:db8::5/64 dev 2\n"
                "addr 2001:db8::a/64 dev 2 tentative\n"
                "addr 2001:db8::b/64 dev 2 tentative optimistic temporary\n"
                "addr 2001:db8::e/64 dev 2 tentative dadfailed\n",
                "2001:db8::5 fd00::5 2001:db8::c 2001:db8::b 2001:db8::d");
  assert_outer (WLAN "addr 192.168.1.21/24 dev 2 deprecated\n"
                     "link 4 docker0 kind bridge\naddr 172.17.0.1/16 dev 4\n",
                "192.168.1.20 172.17.0.1 192.168.1.21");
}

/* Another daemon's tunnel is known by what we put on it, whether it has a peer or not. */
static void
test_second_network (void)
{
  assert_outer (WLAN TUNNEL "link 6 bamgate1 kind tun\naddr 10.7.0.2/24 dev 6 proto 182\n"
                            "route 10.7.0.0/24 dev 6\n",
                "192.168.1.20");
  assert_outer (WLAN TUNNEL "link 6 bamgate1 kind tun\naddr 10.7.0.2/24 dev 6\n"
                            "route 10.7.0.3/32 dev 6 proto 182\n",
                "192.168.1.20");
  /* a host that is kept out of a tunnel makes no tunnel of the link that it is reached by */
  assert_outer (WLAN TUNNEL
                "route 203.0.113.7/32 via 192.168.1.1 dev 2 proto 182 metric 268435461\n",
                "192.168.1.20");
}

static void
test_inside (void)
{
  g_autoptr (BgLocalNetworks)
    networks = networks_of (WLAN TUNNEL "link 6 bamgate1 kind tun\n"
                                        "addr 10.7.0.2/24 dev 6 proto 182\n"
                                        "route 10.7.0.0/24 dev 6\n"
                                        "route 192.168.78.0/24 dev 6 proto 182\n"
                                        "addr fd00:7::2/64 dev 6\n"
                                        "route fd00:7::/64 dev 6\n"
                                        "route fd00:8::/32 dev 6 proto 182\n"
                                        "link 7 eth0\n"
                                        "addr fd00:8:1::4/64 dev 7\n"
                                        "route fd00:8:1::/64 dev 7\n");

  g_assert_true (leads_inside (networks, "10.0.0.9"));
  g_assert_true (leads_inside (networks, "10.0.0.2"));
  g_assert_true (leads_inside (networks, "10.7.0.9"));
  g_assert_true (leads_inside (networks, "fd00:7::9"));
  g_assert_true (leads_inside (networks, "fd00:8:2::9"));
  g_assert_false (leads_inside (networks, "fd00:8:1::9"));
  g_assert_false (leads_inside (networks, "192.168.77.4"));
  g_assert_false (leads_inside (networks, "192.168.78.4"));
  g_assert_false (leads_inside (networks, "192.168.1.9"));
  g_assert_false (leads_inside (networks, "203.0.113.9"));
  g_assert_false (leads_inside (networks, "2001:db8::9"));
}

/* All traffic goes to a static peer, but what is kept out of that; whoever is bound to a link still gets there. */
static void
test_full_tunnel (void)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (
    WLAN TUNNEL "route 0.0.0.0/1 dev 5 proto 182\n"
                "route 128.0.0.0/1 dev 5 proto 182\n"
                "route 203.0.113.7/32 via 192.168.1.1 dev 2 proto 182 metric 268435461\n");

  g_assert_false (leads_inside (networks, "203.0.113.7"));
  g_assert_false (leads_inside (networks, "203.0.113.8"));
  g_assert_false (leads_inside (networks, "192.168.1.9"));
  g_assert_true (leads_inside (networks, "10.0.0.9"));
}

/* The tunnel's own network was met outside, and the tunnel made room: an address alone, and host routes. */
static void
test_made_room (void)
{
  g_autoptr (BgLocalNetworks)
    networks = networks_of (WLAN "link 5 bamgate0 kind tun\n"
                                 "addr 192.168.1.7/32 dev 5 proto 182\n"
                                 "route 192.168.1.8/32 dev 5 proto 182\n");

  g_assert_true (leads_inside (networks, "192.168.1.7"));
  g_assert_false (leads_inside (networks, "192.168.1.9"));
  assert_outer_of (networks, "192.168.1.20");
}

static void
test_change (void)
{
  g_autoptr (BgLocalNetworks) one = networks_of (WLAN "addr 2001:db8::5/64 dev 2\n");
  g_autoptr (BgLocalNetworks) same = networks_of (WLAN TUNNEL "addr 2001:db8::5/64 dev 2\n");
  g_autoptr (BgLocalNetworks) other = networks_of (WLAN "addr 2001:db8::5/64 dev 2 tentative\n");

  g_assert_true (bg_local_networks_equal (one, same));
  g_assert_false (bg_local_networks_equal (one, other));
}

static gboolean
is_outranked (const char *text, const char *address)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (text);
  BgIpPrefix host;

  g_assert_true (bg_ip_prefix_parse (address, &host));
  return bg_local_networks_is_outranked (networks, &host);
}

/* By a cable beside the Wi-Fi, in the same family; not by what is no uplink itself. */
static void
test_outranked (void)
{
#define ETH "link 3 eth0\naddr 198.51.100.3/24 dev 3\n"
  g_assert_false (is_outranked (WLAN, "192.168.1.20"));
  g_assert_false (is_outranked (WLAN ETH, "192.168.1.20"));
  g_assert_true (
    is_outranked (WLAN ETH "route default via 198.51.100.1 dev 3 metric 100\n", "192.168.1.20"));
  g_assert_false (
    is_outranked (WLAN ETH "route default via 198.51.100.1 dev 3 metric 600\n", "192.168.1.20"));
  g_assert_false (
    is_outranked (WLAN ETH "route default via 198.51.100.1 dev 3 metric 100\n", "198.51.100.3"));
  g_assert_false (
    is_outranked (WLAN ETH "route default via 192.168.1.1 dev 2 metric 100\n", "192.168.1.20"));
  g_assert_false (is_outranked (
    WLAN "link 3 eth0\naddr 2001:db8::3/64 dev 3\nroute default via fe80::1 dev 3 metric 100\n",
    "192.168.1.20"));
  g_assert_false (is_outranked (
    WLAN
    "link 3 tun7 kind tun\naddr 10.8.0.2/24 dev 3\nroute default via 10.8.0.1 dev 3 metric 50\n",
    "192.168.1.20"));
  g_assert_false (is_outranked (WLAN ETH "link 4 eth1\naddr 192.0.2.9/24 dev 4\n"
                                         "route default via 198.51.100.1 dev 3 metric 100\n",
                                "192.0.2.9"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outer-addresses/none", test_none);
  g_test_add_func ("/outer-addresses/default-route-first", test_default_route_first);
  g_test_add_func ("/outer-addresses/tables", test_tables);
  g_test_add_func ("/outer-addresses/bridges", test_bridges);
  g_test_add_func ("/outer-addresses/kinds-with-a-way-out", test_kinds_with_a_way_out);
  g_test_add_func ("/outer-addresses/families", test_families);
  g_test_add_func ("/outer-addresses/turns", test_turns);
  g_test_add_func ("/outer-addresses/flags", test_flags);
  g_test_add_func ("/outer-addresses/second-network", test_second_network);
  g_test_add_func ("/outer-addresses/inside", test_inside);
  g_test_add_func ("/outer-addresses/full-tunnel", test_full_tunnel);
  g_test_add_func ("/outer-addresses/made-room", test_made_room);
  g_test_add_func ("/outer-addresses/change", test_change);
  g_test_add_func ("/outer-addresses/outranked", test_outranked);
  return g_test_run ();
}
