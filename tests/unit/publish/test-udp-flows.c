/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who sends datagrams, in virtual time: what rests goes, and nobody takes the place of others. */
#include "publish/udp-flows.h"

#include "publish/caller.h"

static guint n_dropped;

static void
on_dropped (gpointer data)
{
  n_dropped++;
}

static BgSocketAddress
at (const char *text, guint16 port)
{
  BgSocketAddress address;

  g_assert_true (bg_socket_address_set_ip (&address, text, port));
  return address;
}

static BgUdpFlows *
begin (void)
{
  n_dropped = 0;
  return bg_udp_flows_new (on_dropped);
}

static BgUdpFlow *
add (BgUdpFlows *flows, guint64 door, const char *text, guint16 port, gint64 now)
{
  BgSocketAddress peer = at (text, port);
  g_autofree char *account = bg_callers_account (NULL, &peer);

  g_assert_null (bg_udp_flows_find (flows, door, &peer));
  return bg_udp_flows_add (flows, door, &peer, account, flows, now);
}

static gboolean
has (BgUdpFlows *flows, guint64 door, const char *text, guint16 port)
{
  BgSocketAddress peer = at (text, port);

  return bg_udp_flows_find (flows, door, &peer) != NULL;
}

static void
test_is_known_by_door_address_and_port (void)
{
  BgUdpFlows *flows = begin ();

  add (flows, 1, "10.0.0.2", 1000, 0);
  g_assert_true (has (flows, 1, "10.0.0.2", 1000));
  g_assert_false (has (flows, 2, "10.0.0.2", 1000));
  g_assert_false (has (flows, 1, "10.0.0.2", 1001));
  g_assert_false (has (flows, 1, "10.0.0.3", 1000));
  g_assert_false (has (flows, 1, "fd00::2", 1000));
  g_assert_true (has (flows, 1, "::ffff:10.0.0.2", 1000));
  bg_udp_flows_free (flows);
  g_assert_cmpuint (n_dropped, ==, 1);
}

static void
test_rests_and_goes (void)
{
  BgUdpFlows *flows = begin ();
  BgUdpFlow *first = add (flows, 1, "10.0.0.2", 1, 0);

  add (flows, 1, "10.0.0.2", 2, 10);
  g_assert_cmpint (bg_udp_flows_expire (flows, BG_UDP_IDLE_US - 1), ==, BG_UDP_IDLE_US);
  bg_udp_flows_touch (flows, first, 20);
  g_assert_cmpint (bg_udp_flows_expire (flows, BG_UDP_IDLE_US), ==, BG_UDP_IDLE_US + 10);
  g_assert_cmpuint (n_dropped, ==, 0);
  g_assert_cmpint (bg_udp_flows_expire (flows, BG_UDP_IDLE_US + 10), ==, BG_UDP_IDLE_US + 20);
  g_assert_false (has (flows, 1, "10.0.0.2", 2));
  g_assert_cmpint (bg_udp_flows_expire (flows, BG_UDP_IDLE_US + 20), ==, 0);
  g_assert_cmpuint (n_dropped, ==, 2);
  bg_udp_flows_free (flows);
}

static void
test_one_peer_makes_its_own_room (void)
{
  BgUdpFlows *flows = begin ();

  add (flows, 1, "10.0.0.3", 7, 0);
  for (guint16 port = 1; port <= BG_UDP_FLOWS_OF_PEER + 10; port++)
    add (flows, 1, "10.0.0.2", port, port);
  g_assert_cmpuint (bg_udp_flows_count (flows), ==, BG_UDP_FLOWS_OF_PEER + 1);
  g_assert_cmpuint (n_dropped, ==, 10);
  g_assert_true (has (flows, 1, "10.0.0.3", 7));
  g_assert_false (has (flows, 1, "10.0.0.2", 10));
  g_assert_true (has (flows, 1, "10.0.0.2", 11));
  bg_udp_flows_free (flows);
}

static void
test_one_ipv6_network_is_one_peer (void)
{
  BgUdpFlows *flows = begin ();

  for (guint i = 0; i < BG_UDP_FLOWS_OF_PEER + 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("fd00::%x", i + 1);

      add (flows, 1, text, 7, i);
    }
  g_assert_cmpuint (n_dropped, ==, 5);
  bg_udp_flows_free (flows);
}

static void
test_all_together_are_bounded (void)
{
  BgUdpFlows *flows = begin ();

  for (guint i = 0; i < BG_UDP_FLOWS_MAX + 3; i++)
    {
      g_autofree char *text = g_strdup_printf ("10.0.%u.%u", i / 250, 1 + i % 250);

      add (flows, 1, text, 7, i);
    }
  g_assert_cmpuint (bg_udp_flows_count (flows), ==, BG_UDP_FLOWS_MAX);
  g_assert_false (has (flows, 1, "10.0.0.3", 7));
  g_assert_true (has (flows, 1, "10.0.0.4", 7));
  bg_udp_flows_free (flows);
}

static void
test_a_door_takes_its_own_along (void)
{
  BgUdpFlows *flows = begin ();

  add (flows, 1, "10.0.0.2", 1, 0);
  add (flows, 2, "10.0.0.2", 1, 0);
  add (flows, 1, "10.0.0.2", 2, 0);
  bg_udp_flows_drop_door (flows, 1);
  g_assert_cmpuint (n_dropped, ==, 2);
  g_assert_true (has (flows, 2, "10.0.0.2", 1));
  bg_udp_flows_free (flows);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp-flows/known-by", test_is_known_by_door_address_and_port);
  g_test_add_func ("/udp-flows/rests", test_rests_and_goes);
  g_test_add_func ("/udp-flows/one-peer", test_one_peer_makes_its_own_room);
  g_test_add_func ("/udp-flows/one-network", test_one_ipv6_network_is_one_peer);
  g_test_add_func ("/udp-flows/bounded", test_all_together_are_bounded);
  g_test_add_func ("/udp-flows/door", test_a_door_takes_its_own_along);
  return g_test_run ();
}
