/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/net-plan.h"
#include "net/tun-device.h"

#include <sys/socket.h>

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix out;

  g_assert_true (bg_ip_prefix_parse (text, &out));
  return out;
}

static gboolean
add_route (BgNetPlan *plan, BgNetTag tag, const char *dest, guint mtu, guint metric)
{
  BgIpPrefix p = prefix (dest);

  return bg_net_plan_add_route (plan, tag, &p, mtu, metric);
}

static void
test_route_is_masked_and_unique (void)
{
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();
  const BgNetRoute *route;
  BgIpPrefix dest = prefix ("10.1.2.0/24");

  g_assert_true (add_route (plan, BG_TAG_PEER, "10.1.2.3/24", 1152, 0));
  g_assert_true (add_route (plan, BG_TAG_ROUTE, "10.1.2.9/24", 1420, 0));
  g_assert_true (add_route (plan, BG_TAG_ROUTE, "10.1.2.9/24", 1420, 7));
  g_assert_cmpuint (bg_net_plan_n_routes (plan), ==, 2);
  route = bg_net_plan_find_route (plan, &dest, 0);
  g_assert_nonnull (route);
  g_assert_cmpuint (route->mtu, ==, 1152);
  g_assert_cmpuint (route->tags, ==, 1u << BG_TAG_PEER | 1u << BG_TAG_ROUTE);
  g_assert_null (bg_net_plan_find_route (plan, &dest, 8));
}

static void
test_default_route_refused (void)
{
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();

  g_assert_false (add_route (plan, BG_TAG_ROUTE, "0.0.0.0/0", 0, 0));
  g_assert_false (add_route (plan, BG_TAG_ROUTE, "::/0", 0, 0));
  g_assert_cmpuint (bg_net_plan_n_routes (plan), ==, 0);
}

static void
test_ipv6_metric_is_the_kernels (void)
{
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();

  g_assert_true (add_route (plan, BG_TAG_PEER, "fd00::3", 0, 0));
  g_assert_true (add_route (plan, BG_TAG_PEER, "fd00::3", 0, 1024));
  g_assert_cmpuint (bg_net_plan_n_routes (plan), ==, 1);
  g_assert_cmpuint (bg_net_plan_get_route (plan, 0)->metric, ==, 1024);
}

static void
test_address_keeps_host_bits (void)
{
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();
  BgIpPrefix address = prefix ("10.0.0.2/24");

  bg_net_plan_add_address (plan, BG_TAG_DEVICE, &address);
  bg_net_plan_add_address (plan, BG_TAG_STATIC, &address);
  g_assert_cmpuint (bg_net_plan_n_addresses (plan), ==, 1);
  g_assert_true (bg_ip_prefix_equal (&bg_net_plan_get_address (plan, 0)->address, &address));
  g_assert_cmpuint (bg_net_plan_get_address (plan, 0)->tags, ==,
                    1u << BG_TAG_DEVICE | 1u << BG_TAG_STATIC);
}

static void
test_sealed_refuses_change (void)
{
  g_autoptr (BgNetPlan) plan = bg_net_plan_seal (bg_net_plan_new ());

  g_assert_true (bg_net_plan_is_sealed (plan));
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*sealed*");
  g_assert_false (add_route (plan, BG_TAG_PEER, "10.0.0.3", 0, 0));
  g_test_assert_expected_messages ();
}

static void
test_ifnames (void)
{
  static const char *const good[] = { "bamgate0", "a", "fifteen-letters", "wg.0" };
  static const char *const bad[] = {
    "", ".", "..", "a/b", "a b", "sixteen-letters-", "tun%d", "eth0:1", "a\tb", "na\xc3\xafve", NULL
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (bg_ifname_is_valid (good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (bg_ifname_is_valid (bad[i]));
}

/* A plan of a large network is built in linear time: 20 000 routes twice over. */
static void
test_many_routes (void)
{
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();

  for (guint i = 0; i < 40000; i++)
    {
      BgIpPrefix dest = { .family = AF_INET,
                          .len = 32,
                          .addr = { 10, 0, (guint8) (i % 20000 >> 8), (guint8) (i % 20000) } };

      g_assert_true (bg_net_plan_add_route (plan, BG_TAG_PEER, &dest, 0, 0));
    }
  g_assert_cmpuint (bg_net_plan_n_routes (plan), ==, 20000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net-plan/route-is-masked-and-unique", test_route_is_masked_and_unique);
  g_test_add_func ("/net-plan/default-route-refused", test_default_route_refused);
  g_test_add_func ("/net-plan/ipv6-metric", test_ipv6_metric_is_the_kernels);
  g_test_add_func ("/net-plan/address-keeps-host-bits", test_address_keeps_host_bits);
  g_test_add_func ("/net-plan/sealed-refuses-change", test_sealed_refuses_change);
  g_test_add_func ("/net-plan/many-routes", test_many_routes);
  g_test_add_func ("/tun-device/names", test_ifnames);
  return g_test_run ();
}
