/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/ice-addresses.h"

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix out;

  g_assert_true (bg_ip_prefix_parse (text, &out));
  return out;
}

static gboolean
is_in (const char *network_text, const BgIpPrefix *host)
{
  BgIpPrefix network = prefix (network_text);

  return bg_ip_prefix_contains (&network, host);
}

static gboolean
leads_inside (gconstpointer data, const BgIpPrefix *host)
{
  return is_in ("10.0.0.0/24", host) || is_in ("fd00:1::/64", host);
}

static gboolean
is_own (gconstpointer data, const BgIpPrefix *host)
{
  return is_in ("172.17.0.1/32", host);
}

static const BgIceAddressesJudge judge = { leads_inside, is_own };

static BgIceAddressVerdict
verdict_of (const BgIceAddresses *addresses, const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return bg_ice_addresses_judge (addresses, address);
}

static void
set_true (gpointer flag)
{
  *(gboolean *) flag = TRUE;
}

static void
test_all (void)
{
  const BgIpPrefix hosts[] = { prefix ("2001:db8::5"), prefix ("192.168.1.5") };
  gboolean freed = FALSE;
  BgIceAddresses *addresses = bg_ice_addresses_new (hosts, 2, &judge, &freed, set_true);
  const char *const *texts = bg_ice_addresses_get_texts (addresses);

  g_assert_cmpstr (texts[0], ==, "2001:db8::5");
  g_assert_cmpstr (texts[1], ==, "192.168.1.5");
  g_assert_null (texts[2]);
  g_assert_cmpint (verdict_of (addresses, "192.168.1.6"), ==, BG_ICE_ADDRESS_FINE);
  g_assert_cmpint (verdict_of (addresses, "2001:db8::6"), ==, BG_ICE_ADDRESS_FINE);
  g_assert_cmpint (verdict_of (addresses, "10.0.0.9"), ==, BG_ICE_ADDRESS_INSIDE);
  g_assert_cmpint (verdict_of (addresses, "fd00:1::9"), ==, BG_ICE_ADDRESS_INSIDE);
  g_assert_cmpint (verdict_of (addresses, "172.17.0.1"), ==, BG_ICE_ADDRESS_OWN);
  bg_ice_addresses_unref (bg_ice_addresses_ref (addresses));
  g_assert_false (freed);
  bg_ice_addresses_unref (addresses);
  g_assert_true (freed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-addresses", test_all);
  return g_test_run ();
}
