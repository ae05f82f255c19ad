/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-address.h"
#include "common/error.h"

static void
test_subnet (void)
{
  BgIpPrefix prefix;
  BgSubnet core;
  char text[BG_IP_PREFIX_TEXT];

  g_assert_true (bg_hub_subnet_parse ("10.1.2.77/24", &prefix, NULL));
  bg_ip_prefix_format (&prefix, text);
  g_assert_cmpstr (text, ==, "10.1.2.0/24");
  bg_hub_subnet_to_core (&prefix, &core);
  g_assert_cmphex (core.network, ==, 0x0a010200);
  g_assert_cmpuint (core.len, ==, 24);
}

static void
test_bad_subnets (void)
{
  static const char *const bad[] = { "",          "10.0.0.0/7", "10.0.0.0/31", "10.0.0.0",
                                     "fd00::/64", "x",          "10.0.0.0/024" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      BgIpPrefix prefix;

      g_assert_false (bg_hub_subnet_parse (bad[i], &prefix, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-address/subnet", test_subnet);
  g_test_add_func ("/hub-address/bad-subnets", test_bad_subnets);
  return g_test_run ();
}
