/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* TUN device, addresses and routes against the real kernel. */

#include "link-fixture.h"

#include "common/error.h"
#include "net/networks-watch.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_open (LinkFixture *f, gconstpointer data)
{
  if (skip ())
    return;
  g_assert_cmpstr (f->tun.name, ==, IFNAME);
  g_assert_cmpint (f->tun.ifindex, ==, if_nametoindex (IFNAME));
  g_assert_cmpint (fcntl (f->tun.fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (f->tun.fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  bg_tun_device_close (&f->tun);
  g_assert_cmpuint (if_nametoindex (IFNAME), ==, 0);
}

static void
assert_open_fails (const char *name, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  BgTunDevice tun;

  g_assert_false (bg_tun_device_open (&tun, name, 0, &error));
  g_assert_error (error, BG_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_cmpint (tun.fd, ==, -1);
}

static void
test_name_in_use (LinkFixture *f, gconstpointer data)
{
  g_autofree char *out = NULL;

  if (skip ())
    return;
  assert_open_fails (IFNAME, BG_ERROR_EXISTS, IFNAME " exists already");
  assert_open_fails ("lo", BG_ERROR_EXISTS, "lo exists already");
  assert_open_fails ("a/b", BG_ERROR_INVALID_ARGUMENT, "“a/b”");
  assert_open_fails ("tun%d", BG_ERROR_INVALID_ARGUMENT, "“tun%d”");
  /* A persistent TUN that nobody holds is somebody's all the same. */
  g_free (ip ("tuntap add bgkept mode tun"));
  assert_open_fails ("bgkept", BG_ERROR_EXISTS, "bgkept exists already");
  out = ip ("link show dev bgkept");
  g_assert_nonnull (strstr (out, "bgkept"));
  g_free (ip ("link del bgkept"));
}

static void
test_sync_adds_and_removes (LinkFixture *f, gconstpointer data)
{
  if (skip ())
    return;
  sync_ok (
    f, 1420,
    "10.90.0.2/24 fd90::2/64 >10.90.0.3/32@1152 >192.168.7.0/24 >fd90::3/128@1280 >10.90.0.9/32+5");
  assert_ip_has ("link show dev " IFNAME, "mtu 1420");
  assert_ip_has ("link show dev " IFNAME, ",UP");
  assert_ip_has ("-d link show dev " IFNAME, "addrgenmode none");
  assert_ip_has ("addr show dev " IFNAME, "inet 10.90.0.2/24");
  assert_ip_has ("addr show dev " IFNAME, "inet6 fd90::2/64 scope global nodad");
  assert_ip_lacks ("addr show dev " IFNAME, "tentative");
  assert_ip_lacks ("addr show dev " IFNAME, "fe80");
  assert_ip_has ("route show 10.90.0.3", "proto 182 scope link mtu 1152");
  assert_ip_has ("route show 192.168.7.0/24", "dev " IFNAME " proto 182 scope link");
  assert_ip_has ("route show 10.90.0.9", "metric 5");
  assert_ip_has ("-6 route show fd90::3", "proto 182 metric 1024 mtu 1280");

  sync_ok (f, 1400, "10.90.0.2/24 >10.90.0.4/32");
  assert_ip_has ("link show dev " IFNAME, "mtu 1400");
  assert_ip_lacks ("addr show dev " IFNAME, "inet6");
  assert_ip_has ("route show proto 182", "10.90.0.4");
  assert_ip_lacks ("route show proto 182", "10.90.0.3");
  assert_ip_lacks ("route show proto 182", "192.168.7.0");
  assert_ip_lacks ("-6 route show", "fd90::3");
}

static void
test_second_sync_changes_nothing (LinkFixture *f, gconstpointer data)
{
  static const char plan[] =
    "10.90.0.2/24 fd90::2/64 >10.90.0.3/32@1152 >10.90.0.4/32 >fd90::3/128@1280 >fd91::/64";
  guint before;

  if (skip ())
    return;
  sync_ok (f, 1420, plan);
  before = bg_link_config_n_changes (f->config);
  g_assert_cmpuint (before, >, 0);
  sync_ok (f, 1420, plan);
  g_assert_cmpuint (bg_link_config_n_changes (f->config), ==, before);
}

static void
test_mtu_change_is_one_replace (LinkFixture *f, gconstpointer data)
{
  guint before;

  if (skip ())
    return;
  sync_ok (f, 1420, "10.90.0.2/24 fd90::2/64 >10.90.0.3/32@1152 >fd90::3/128@1280");
  before = bg_link_config_n_changes (f->config);
  sync_ok (f, 1420, "10.90.0.2/24 fd90::2/64 >10.90.0.3/32@1400 >fd90::3/128@1390");
  g_assert_cmpuint (bg_link_config_n_changes (f->config), ==, before + 2);
  assert_ip_has ("route show 10.90.0.3", "mtu 1400");
  assert_ip_has ("-6 route show fd90::3", "mtu 1390");
  sync_ok (f, 1420, "10.90.0.2/24 fd90::2/64 >10.90.0.3/32 >fd90::3/128");
  assert_ip_lacks ("route show 10.90.0.3", "mtu");
  assert_ip_lacks ("-6 route show fd90::3", "mtu");
}

/* Removing a primary address takes its secondaries and, with the last one, all routes along. */
static void
test_address_change_keeps_routes (LinkFixture *f, gconstpointer data)
{
  if (skip ())
    return;
  sync_ok (f, 1420, "10.90.0.2/24 >10.90.0.3/32");
  sync_ok (f, 1420, "10.90.0.7/24 >10.90.0.3/32");
  assert_ip_has ("addr show dev " IFNAME, "inet 10.90.0.7/24");
  assert_ip_lacks ("addr show dev " IFNAME, "10.90.0.2");
  assert_ip_has ("route show proto 182", "10.90.0.3");
  assert_ip_has ("route show 10.90.0.0/24", "src 10.90.0.7");
}

static void
test_foreign_route_is_left_alone (LinkFixture *f, gconstpointer data)
{
  if (skip ())
    return;
  g_free (ip ("tuntap add bgforeign mode tun"));
  g_free (ip ("link set bgforeign up"));
  g_free (ip ("route add 192.168.7.0/24 dev bgforeign"));
  g_free (ip ("-6 route add fd97::/64 dev bgforeign metric 1024"));
  sync_ok (f, 1420, "10.90.0.2/24 >192.168.7.0/24@1152 >fd97::/64 >10.90.0.3/32");
  g_assert_cmpuint (bg_link_config_n_conflicts (f->config), ==, 2);
  assert_ip_has ("route show 192.168.7.0/24", "bgforeign");
  assert_ip_lacks ("route show 192.168.7.0/24", IFNAME);
  assert_ip_has ("-6 route show fd97::/64", "bgforeign");
  assert_ip_lacks ("-6 route show fd97::/64", IFNAME);
  assert_ip_has ("route show proto 182", "10.90.0.3");
  /* Gone: ours is set with the next sync. */
  g_free (ip ("link del bgforeign"));
  sync_ok (f, 1420, "10.90.0.2/24 >192.168.7.0/24@1152 >fd97::/64 >10.90.0.3/32");
  g_assert_cmpuint (bg_link_config_n_conflicts (f->config), ==, 0);
  assert_ip_has ("route show 192.168.7.0/24", IFNAME);
}

/* Nothing that a person put on our link goes with ours. */
static void
test_foreign_things_on_our_link_stay (LinkFixture *f, gconstpointer data)
{
  if (skip ())
    return;
  sync_ok (f, 1420, "10.90.0.2/24 >10.90.0.3/32");
  g_free (ip ("addr add 10.91.0.1/24 dev " IFNAME));
  g_free (ip ("route add 10.92.0.0/16 dev " IFNAME));
  sync_ok (f, 1420, "10.90.0.2/24 >10.92.0.0/16@1152");
  g_assert_cmpuint (bg_link_config_n_conflicts (f->config), ==, 0);
  bg_link_config_clear (f->config);
  assert_ip_has ("addr show dev " IFNAME, "10.91.0.1/24");
  assert_ip_has ("route show", "10.92.0.0/16");
  assert_ip_lacks ("addr show dev " IFNAME, "10.90.0.2");
  assert_ip_lacks ("route show", "10.90.0");
}

/* Down on the way: an IPv6 route on a link whose MTU leaves no IPv6 is refused by the kernel. */
static void
test_failure_takes_back (LinkFixture *f, gconstpointer data)
{
  g_autoptr (BgNetPlan) plan = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *after = NULL;

  if (skip ())
    return;
  sync_ok (f, 1420, "10.90.0.2/24 >10.90.0.3/32@1152");
  before = ip ("route show");
  plan = plan_of (1200, "10.90.0.2/24 10.93.0.1/24 >10.90.0.3/32@1100 >10.90.0.4/32 >fd90::3/128");
  g_assert_false (bg_link_config_sync (f->config, plan, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "interface " IFNAME ": route fd90::3/128: "));
  after = ip ("route show");
  g_assert_cmpstr (after, ==, before);
  assert_ip_has ("link show dev " IFNAME, "mtu 1420");
  assert_ip_lacks ("addr show dev " IFNAME, "10.93.0.1");
}

static void
test_extended_ack (LinkFixture *f, gconstpointer data)
{
  g_autoptr (BgNetPlan) plan = NULL;
  g_autoptr (GError) error = NULL;

  if (skip ())
    return;
  plan = plan_of (70000, "");
  g_assert_false (bg_link_config_sync (f->config, plan, &error));
  /* The words behind the bracket are the kernel's. */
  g_assert_nonnull (
    strstr (error->message, "setting the MTU: Invalid argument (mtu greater than device maximum)"));
}

static void
test_close_removes_all (LinkFixture *f, gconstpointer data)
{
  g_autoptr (BgNetPlan) plan = NULL;
  g_autoptr (GError) error = NULL;

  if (skip ())
    return;
  sync_ok (f, 1420, "10.90.0.2/24 fd90::2/64 >10.90.0.3/32 >fd90::3/128");
  bg_tun_device_close (&f->tun);
  assert_ip_lacks ("route show table all", "10.90.0");
  assert_ip_lacks ("-6 route show table all", "fd90::");
  plan = plan_of (1420, "10.90.0.2/24");
  g_assert_false (bg_link_config_sync (f->config, plan, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_NOT_FOUND);
  bg_link_config_clear (f->config);
}

static void
test_leftovers (LinkFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (skip ())
    return;
  sync_ok (f, 1420, "10.90.0.2/24 >10.90.0.3/32");
  g_free (ip ("link set lo up"));
  g_free (ip ("tuntap add bgkept mode tun"));
  g_free (ip ("link set bgkept up"));
  g_free (ip ("route add 10.95.1.0/24 dev lo proto 182"));
  g_free (ip ("route add 10.95.2.0/24 dev bgkept proto 182"));
  g_free (ip ("route add 10.95.3.0/24 dev lo proto 182 table 77"));
  g_free (ip ("route add blackhole 10.95.4.0/24 proto 182"));
  g_free (ip ("-6 route add fd95::/64 dev lo proto 182"));
  g_free (ip ("route add 10.95.5.0/24 dev lo"));
  g_assert_cmpuint (bg_link_config_remove_leftovers (FALSE, &error), ==, 5);
  g_assert_no_error (error);
  assert_ip_has ("route show table all", "10.95.5.0/24");
  assert_ip_lacks ("route show table all proto 182", "10.95");
  assert_ip_lacks ("-6 route show table all proto 182", "fd95");
  /* A running daemon's routes are no leftovers. */
  assert_ip_has ("route show proto 182", "10.90.0.3");
  g_assert_cmpuint (bg_link_config_remove_leftovers (FALSE, &error), ==, 0);
  g_free (ip ("link set lo down"));
  g_free (ip ("link del bgkept"));
}

static void
test_no_such_interface (LinkFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (skip ())
    return;
  g_assert_null (bg_link_config_new ("bgnone", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_NOT_FOUND);
}

/* More routes than one netlink buffer holds, in and out. */
static void
test_many_routes (LinkFixture *f, gconstpointer data)
{
  g_autoptr (BgNetPlan) plan = NULL;
  g_autoptr (GError) error = NULL;
  guint before;

  if (skip ())
    return;
  plan = bg_net_plan_new ();
  for (guint i = 0; i < 2000; i++)
    {
      BgIpPrefix dest = { .family = AF_INET,
                          .len = 32,
                          .addr = { 10, 96, (guint8) (i >> 8), (guint8) i } };

      bg_net_plan_add_route (plan, BG_TAG_PEER, &dest, 1152, 0);
    }
  bg_net_plan_seal (plan);
  bg_link_config_sync (f->config, plan, &error);
  g_assert_no_error (error);
  before = bg_link_config_n_changes (f->config);
  g_assert_cmpuint (before, >=, 2000);
  bg_link_config_sync (f->config, plan, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bg_link_config_n_changes (f->config), ==, before);
  bg_link_config_clear (f->config);
  assert_ip_lacks ("route show", "10.96");
}

/* An IPv6 address changes its prefix length in place. */
static void
test_address_narrows (LinkFixture *f, gconstpointer data)
{
  if (skip ())
    return;
  sync_ok (f, 1420, "10.90.0.2/24 fd90::2/64 >10.90.0.3/32");
  sync_ok (f, 1420, "10.90.0.2/32 fd90::2/128 >10.90.0.3/32");
  assert_ip_has ("addr show dev " IFNAME, "inet 10.90.0.2/32");
  assert_ip_has ("addr show dev " IFNAME, "inet6 fd90::2/128");
  assert_ip_lacks ("route show", "10.90.0.0/24");
  assert_ip_lacks ("-6 route show", "fd90::/64");
  assert_ip_lacks ("route show table local", "10.90.0.255");
  assert_ip_has ("route show proto 182", "10.90.0.3");
  sync_ok (f, 1420, "10.90.0.2/24 fd90::2/64 >10.90.0.3/32");
  assert_ip_has ("addr show dev " IFNAME, "inet 10.90.0.2/24");
  assert_ip_has ("addr show dev " IFNAME, "inet6 fd90::2/64");
  assert_ip_lacks ("addr show dev " IFNAME, "/32");
  bg_link_config_clear (f->config);
  assert_ip_lacks ("addr show dev " IFNAME, "inet");
}

/* --- What the kernel says of all networks --- */

static void
assert_meets (const BgLocalNetworks *networks, const char *text, const char *wanted)
{
  BgIpPrefix prefix = prefix_of (text);
  const BgLocalNetwork *met = bg_local_networks_meet (networks, &prefix, BG_LOCAL_RULED);
  char shown[BG_IP_PREFIX_TEXT] = "nothing";

  if (met)
    bg_ip_prefix_format (&met->prefix, shown);
  g_assert_cmpstr (shown, ==, wanted);
}

static void
test_tables (LinkFixture *f, gconstpointer data)
{
  g_autoptr (BgLocalNetworks) networks = NULL;
  BgIpPrefix two = prefix_of ("198.51.100.9"), other = prefix_of ("198.18.0.9");
  BgWay way;

  if (skip ())
    return;
  add_uplink ();
  g_free (ip ("addr add 172.20.0.1 peer 172.20.0.2/32 dev bgup"));
  g_free (
    ip ("route add 172.21.0.0/16 nexthop via 192.0.2.3 dev bgup nexthop via 192.0.2.4 dev bgup"));
  g_free (ip ("route add 172.22.0.0/16 via inet6 2001:db8:1::9 dev bgup"));
  g_free (ip ("route add prohibit 172.23.0.0/16"));
  g_free (ip ("route add default via 192.0.2.7 dev bgup table 77"));
  g_free (ip ("rule add pref 90 to 198.18.0.0/15 lookup 77"));
  g_free (ip ("rule add pref 91 uidrange 0-0 lookup 78"));
  sync_ok (f, 1420, "10.90.0.2/24 >10.91.0.0/16");
  networks = bg_local_networks_load (IFNAME, NULL);
  g_assert_nonnull (networks);
  assert_meets (networks, "10.90.0.0/24", "nothing");
  assert_meets (networks, "10.91.0.0/16", "nothing");
  assert_meets (networks, "192.0.2.0/24", "192.0.2.0/24");
  assert_meets (networks, "172.20.0.0/24", "172.20.0.2/32");
  assert_meets (networks, "172.21.0.0/24", "172.21.0.0/16");
  assert_meets (networks, "172.23.1.0/24", "172.23.0.0/16");
  assert_meets (networks, "198.19.0.0/24", "198.18.0.0/15");
  assert_meets (networks, "2001:db8:1::/48", "2001:db8:1::/64");
  g_assert_true (bg_local_networks_find_way (networks, &two, &way));
  g_assert_cmpint (way.gateway.addr[3], ==, 1);
  g_assert_true (bg_local_networks_find_way (networks, &other, &way));
  g_assert_cmpint (way.gateway.addr[3], ==, 7);
  two = prefix_of ("172.21.0.9");
  g_assert_true (bg_local_networks_find_way (networks, &two, &way));
  g_assert_cmpint (way.gateway.addr[3], ==, 3);
  two = prefix_of ("172.22.0.9");
  g_assert_true (bg_local_networks_find_way (networks, &two, &way));
  g_assert_cmpint (way.gateway.family, ==, AF_INET6);
  g_free (ip ("rule del pref 90"));
  g_free (ip ("rule del pref 91"));
  g_free (ip ("link del bgup"));
}

static void
on_networks_changed (gpointer data, gboolean changed)
{
  *(guint *) data += changed;
}

/* Tells of others' changes once for a crowd of them, and not of ours. */
static void
test_watch (LinkFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  BgNetworksWatch *watch;
  BgIpPrefix host;
  guint changes = 0;

  if (skip ())
    return;
  watch = bg_networks_watch_new (IFNAME, on_networks_changed, &changes, &error);
  g_assert_no_error (error);
  sync_ok (f, 1420, "10.90.0.2/24 >10.90.0.3/32 >10.91.0.0/16");
  add_uplink ();
  while (changes == 0)
    g_main_context_iteration (NULL, TRUE);
  assert_meets (bg_networks_watch_get (watch), "192.0.2.0/24", "192.0.2.0/24");
  assert_meets (bg_networks_watch_get (watch), "10.91.0.0/16", "nothing");
  host = prefix_of ("10.90.0.9");
  g_assert_true (bg_local_networks_leads_inside (bg_networks_watch_get (watch), &host));
  g_free (ip ("link del bgup"));
  for (guint before = changes; changes == before;)
    g_main_context_iteration (NULL, TRUE);
  assert_meets (bg_networks_watch_get (watch), "192.0.2.0/24", "nothing");
  bg_networks_watch_free (watch);
}

int
main (int argc, char **argv)
{
  link_fixture_enter ();
  g_test_init (&argc, &argv, NULL);
  /* A conflict warns, as it should. */
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  ADD ("/tun-device/open", test_open);
  ADD ("/tun-device/name-in-use", test_name_in_use);
  ADD ("/link-config/adds-and-removes", test_sync_adds_and_removes);
  ADD ("/link-config/second-sync-changes-nothing", test_second_sync_changes_nothing);
  ADD ("/link-config/mtu-change-is-one-replace", test_mtu_change_is_one_replace);
  ADD ("/link-config/address-change-keeps-routes", test_address_change_keeps_routes);
  ADD ("/link-config/foreign-route-is-left-alone", test_foreign_route_is_left_alone);
  ADD ("/link-config/foreign-things-on-our-link-stay", test_foreign_things_on_our_link_stay);
  ADD ("/link-config/failure-takes-back", test_failure_takes_back);
  ADD ("/link-config/extended-ack", test_extended_ack);
  ADD ("/link-config/close-removes-all", test_close_removes_all);
  ADD ("/link-config/leftovers", test_leftovers);
  ADD ("/link-config/no-such-interface", test_no_such_interface);
  ADD ("/link-config/many-routes", test_many_routes);
  ADD ("/link-config/address-narrows", test_address_narrows);
  ADD ("/local-networks/kernel", test_tables);
  ADD ("/networks-watch", test_watch);
  return g_test_run ();
}
