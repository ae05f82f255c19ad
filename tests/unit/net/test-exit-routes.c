/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What keeps packets out of the tunnel, and what leads everything into it, by the kernel's own word. */

#include "link-fixture.h"

#include "net/exit-routes.h"
#include "net/local-networks.h"
#include "net/outside-routes.h"

/* Half of everything to us, but for `outside` by the way that it has. */
static void
sync_outside (LinkFixture *f, const char *outside_text)
{
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_load (IFNAME, NULL);
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();
  BgIpPrefix address = prefix_of ("10.90.0.2/24"), half = prefix_of ("128.0.0.0/1"),
             half6 = prefix_of ("2000::/3");
  g_auto (GStrv) hosts = g_strsplit (outside_text, " ", -1);
  g_autoptr (GError) error = NULL;

  bg_net_plan_add_address (plan, BG_TAG_DEVICE, &address);
  bg_net_plan_add_route (plan, BG_TAG_STATIC, &half, 0, 0);
  bg_net_plan_add_route (plan, BG_TAG_STATIC, &half6, 0, 0);
  for (char **host = hosts; *host && **host; host++)
    {
      BgIpPrefix prefix = prefix_of (*host);
      BgWay way;

      bg_net_plan_add_outside (plan, &prefix,
                               bg_local_networks_find_way (networks, &prefix, &way) ? &way : NULL);
    }
  g_assert_true (bg_link_config_sync (f->config, bg_net_plan_seal (plan), &error));
  g_assert_no_error (error);
}

static void
test_outside (LinkFixture *f, gconstpointer data)
{
  guint before;

  if (skip ())
    return;
  add_uplink ();
  sync_outside (f, "198.51.100.1 2001:db8:9::1");
  assert_ip_has ("route get 198.51.100.1", "via 192.0.2.1 dev bgup");
  assert_ip_has ("-6 route get 2001:db8:9::1", "via 2001:db8:1::1 dev bgup");
  assert_ip_has ("route get 198.51.100.2", "dev " IFNAME);
  assert_ip_has ("-6 route get 2001:db8:9::2", "dev " IFNAME);
  before = bg_link_config_n_changes (f->config);
  sync_outside (f, "198.51.100.1 2001:db8:9::1");
  g_assert_cmpuint (bg_link_config_n_changes (f->config), ==, before);

  /* Another way. */
  g_free (ip ("route replace default via 192.0.2.9 dev bgup"));
  sync_outside (f, "198.51.100.1 2001:db8:9::1");
  assert_ip_has ("route get 198.51.100.1", "via 192.0.2.9 dev bgup");

  /* None at all: refused at once, before anybody has told us, and never ours. */
  g_free (ip ("link del bgup"));
  assert_ip_has ("route show 198.51.100.1", "unreachable");
  assert_ip_lacks ("route show 198.51.100.1", "dev");
  sync_outside (f, "198.51.100.1 2001:db8:9::1");
  assert_ip_has ("route show 198.51.100.1", "unreachable");
  assert_ip_has ("-6 route show 2001:db8:9::1", "unreachable");
  add_uplink ();
  sync_outside (f, "198.51.100.1");
  assert_ip_has ("route get 198.51.100.1", "dev bgup");
  assert_ip_lacks ("-6 route show proto 182", "2001:db8:9::1");

  bg_link_config_clear (f->config);
  assert_ip_lacks ("route show table all", "proto 182");
  assert_ip_lacks ("-6 route show table all", "proto 182");
  g_free (ip ("link del bgup"));
}

/* Those of a tunnel that is gone are removed; those of one that lives stay, though they are on somebody else's link. */
static void
test_outside_leftovers (LinkFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (skip ())
    return;
  add_uplink ();
  sync_outside (f, "198.51.100.1");
  g_free (ip ("route add 198.51.100.7/32 via 192.0.2.1 dev bgup proto 182 metric %u",
              BG_OUTSIDE_WAY_METRIC + 9999));
  g_free (ip ("route add unreachable 198.51.100.7/32 proto 182 metric %u",
              BG_OUTSIDE_FENCE_METRIC + 9999));
  g_assert_cmpuint (bg_link_config_remove_leftovers (FALSE, &error), ==, 2);
  g_assert_no_error (error);
  assert_ip_lacks ("route show table all", "198.51.100.7");
  assert_ip_has ("route get 198.51.100.1", "dev bgup");
  bg_link_config_clear (f->config);
  g_free (ip ("link del bgup"));
}

/* --- Everything through our link --- */

static void
sync_exit (LinkFixture *f, guint families, guint mtu, gboolean lan)
{
  static const char *const addresses[] = { "10.90.0.2/24", "fd90::2/64" };
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();
  g_autoptr (GError) error = NULL;
  BgIpPrefix nearby = prefix_of ("198.51.100.0/24"), peer = prefix_of ("10.90.0.3/32");

  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      BgIpPrefix address;

      bg_ip_prefix_parse (addresses[i], &address);
      bg_net_plan_add_address (plan, BG_TAG_DEVICE, &address);
    }
  bg_net_plan_add_route (plan, BG_TAG_PEER, &peer, 1152, 0);
  bg_net_plan_set_exit (plan, families, mtu);
  bg_net_plan_add_around_link (plan, "bgup");
  if (lan)
    bg_net_plan_add_around (plan, &nearby);
  bg_link_config_sync (f->config, bg_net_plan_seal (plan), &error);
  g_assert_no_error (error);
}

static void
add_exit_uplink (void)
{
  add_uplink ();
  g_free (ip ("route add 198.51.100.0/24 dev bgup"));
}

static void
remove_exit_uplink (void)
{
  g_free (ip ("link del bgup"));
}

static void
assert_no_exit (void)
{
  assert_ip_lacks ("rule show", "31");
  assert_ip_lacks ("-6 rule show", "31");
  assert_ip_lacks ("route show table all", "proto 182");
  assert_ip_lacks ("-6 route show table all", "proto 182");
}

/* Which way packets go, by the kernel's own word. */
static void
test_exit (LinkFixture *f, gconstpointer data)
{
  guint before;

  if (skip ())
    return;
  add_exit_uplink ();
  sync_exit (f, BG_FAMILY_4 | BG_FAMILY_6, 0, TRUE);
  assert_ip_has ("route get 203.0.113.9", "dev " IFNAME);
  assert_ip_has ("-6 route get 2001:db8::9", "dev " IFNAME);
  assert_ip_has ("route get 203.0.113.9 mark 0x62670000", "dev bgup");
  assert_ip_has ("route get 203.0.113.9 oif bgup", "dev bgup");
  assert_ip_has ("route get 203.0.113.9 mark 0x62670000 oif " IFNAME, "dev " IFNAME);
  assert_ip_has ("route get 198.51.100.7", "dev bgup");
  assert_ip_has ("route get 10.90.0.3", "mtu 1152");
  before = bg_link_config_n_changes (f->config);
  sync_exit (f, BG_FAMILY_4 | BG_FAMILY_6, 0, TRUE);
  g_assert_cmpuint (bg_link_config_n_changes (f->config), ==, before);
  sync_exit (f, BG_FAMILY_4, 1200, FALSE);
  assert_ip_has ("route get 203.0.113.9", "mtu 1200");
  assert_ip_has ("route get 198.51.100.7", "dev " IFNAME);
  assert_ip_has ("-6 route show table all", "unreachable default");
  assert_ip_lacks ("-6 route show table all", "default dev " IFNAME);
  sync_ok (f, 1420, "10.90.0.2/24");
  assert_ip_has ("route get 203.0.113.9", "dev bgup");
  assert_no_exit ();
  remove_exit_uplink ();
}

/* A network nearby whose route is gone is not looked for outside, nor is one that somebody announces as half of the world. */
static void
test_exit_is_tight (LinkFixture *f, gconstpointer data)
{
  if (skip ())
    return;
  add_exit_uplink ();
  sync_exit (f, BG_FAMILY_4, 0, TRUE);
  g_free (ip ("route del 198.51.100.0/24"));
  assert_ip_has ("route get 198.51.100.7", "dev " IFNAME);
  g_free (ip ("route add 128.0.0.0/1 via 192.0.2.1"));
  g_free (ip ("route add 203.0.113.0/24 via 192.0.2.1"));
  assert_ip_has ("route get 198.51.100.7", "dev " IFNAME);
  assert_ip_has ("route get 203.0.113.9", "dev " IFNAME);
  bg_link_config_clear (f->config);
  assert_no_exit ();
  remove_exit_uplink ();
}

/* The fence of a killed daemon holds until another exit stands, or until none is wanted. */
static void
test_exit_leftovers (LinkFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (skip ())
    return;
  add_exit_uplink ();
  g_free (
    ip ("route add unreachable default table %u proto 182 metric 268435455", BG_EXIT_TABLE + 9999));
  g_free (ip ("rule add priority %u not fwmark 0x62670000 table %u protocol 182",
              31000 + 9999 % 256 * 4 + 2, BG_EXIT_TABLE + 9999));
  g_assert_cmpuint (bg_link_config_remove_leftovers (TRUE, &error), ==, 0);
  sync_exit (f, BG_FAMILY_4, 0, TRUE);
  g_assert_cmpuint (bg_link_config_remove_leftovers (FALSE, &error), ==, 2);
  g_assert_no_error (error);
  assert_ip_has ("route get 203.0.113.9", "dev " IFNAME);
  bg_link_config_clear (f->config);
  assert_no_exit ();
  remove_exit_uplink ();
}

int
main (int argc, char **argv)
{
  link_fixture_enter ();
  g_test_init (&argc, &argv, NULL);
  ADD ("/outside-routes/follow", test_outside);
  ADD ("/outside-routes/leftovers", test_outside_leftovers);
  ADD ("/exit-routes/ways", test_exit);
  ADD ("/exit-routes/tight", test_exit_is_tight);
  ADD ("/exit-routes/leftovers", test_exit_leftovers);
  return g_test_run ();
}
