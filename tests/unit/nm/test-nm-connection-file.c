/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "connection-file.h"

#include <string.h>

#define HUB "https://198.51.100.7:8443#sha256=X5Ui4e2Did1rQFChAadOLnM+Cv2E2xJzxopqcmdTNqE="
#define JOIN "bamgatectl join ABCD-EFGH '" HUB "' --name 'attic'\n"
#define WG                                                                                         \
  "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n"                       \
  "Address = 10.9.0.2/24\nDNS = 10.9.0.1, home.example, fd00::1\n\n"                               \
  "[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nAllowedIPs = 10.9.0.1/32\n"

static NMConnection *
read_one (const char *text)
{
  g_autoptr (GError) error = NULL;
  NMConnection *connection = connection_file_read (text, "home", &error);

  g_assert_no_error (error);
  g_assert_true (nm_connection_normalize (connection, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (nm_connection_get_id (connection), ==, "home");
  return connection;
}

static void
assert_round_trip (const char *text)
{
  g_autoptr (NMConnection) connection = read_one (text);
  g_autofree char *written = connection_file_write (connection, NULL);
  g_autoptr (NMConnection) again = read_one (written);
  g_autofree char *rewritten = connection_file_write (again, NULL);

  g_assert_cmpstr (rewritten, ==, written);
  g_assert_true (nm_setting_compare (NM_SETTING (nm_connection_get_setting_vpn (connection)),
                                     NM_SETTING (nm_connection_get_setting_vpn (again)),
                                     NM_SETTING_COMPARE_FLAG_EXACT));
}

static void
test_round_trips (void)
{
  assert_round_trip (JOIN);
  assert_round_trip ("bamgatectl join - '" HUB "'");
  assert_round_trip (WG);
  assert_round_trip ("bamgatectl up\n");
  assert_round_trip (JOIN "bamgatectl exit set attic --strict=yes\n");
  assert_round_trip ("# bamgatectl exit set attic --lan=no\n" WG);
  assert_round_trip ("bamgatectl up\nbamgatectl exit set attic\n");
}

static void
test_join_line (void)
{
  g_autoptr (NMConnection) connection = read_one (JOIN);
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);
  g_autofree char *written = connection_file_write (connection, NULL);

  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "hub"), ==, HUB);
  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "device-name"), ==, "attic");
  g_assert_null (nm_setting_vpn_get_data_item (vpn, "invite"));
  g_assert_cmpstr (nm_setting_vpn_get_secret (vpn, "invite"), ==, "ABCD-EFGH");
  g_assert_true (connection_file_has_secrets (connection));
  g_assert_cmpstr (written, ==, JOIN);
}

static void
test_wg_quick (void)
{
  g_autoptr (NMConnection) connection = read_one (WG);
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);
  NMSettingIPConfig *ip4 = nm_connection_get_setting_ip4_config (connection);
  NMSettingIPConfig *ip6 = nm_connection_get_setting_ip6_config (connection);

  g_assert_null (strstr (nm_setting_vpn_get_data_item (vpn, "wg-quick"), "yAnz5"));
  g_assert_nonnull (nm_setting_vpn_get_secret (vpn, "private-key"));
  g_assert_cmpstr (nm_setting_ip_config_get_dns (ip4, 0), ==, "10.9.0.1");
  g_assert_cmpstr (nm_setting_ip_config_get_dns_search (ip4, 0), ==, "home.example");
  g_assert_cmpstr (nm_setting_ip_config_get_dns (ip6, 0), ==, "fd00::1");
  g_assert_true (nm_setting_ip_config_get_never_default (ip4));
}

static void
test_exit (void)
{
  g_autoptr (NMConnection) connection = read_one ("# bamgatectl exit set attic --lan=no\n" WG);
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);
  NMSettingIPConfig *ip4 = nm_connection_get_setting_ip4_config (connection);
  g_autofree char *written = connection_file_write (connection, NULL);

  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "exit"), ==, "attic");
  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "exit-lan"), ==, "no");
  g_assert_null (nm_setting_vpn_get_data_item (vpn, "exit-strict"));
  g_assert_null (strstr (nm_setting_vpn_get_data_item (vpn, "wg-quick"), "exit"));
  g_assert_cmpint (nm_setting_ip_config_get_dns_priority (ip4), ==, -50);
  g_assert_true (g_str_has_prefix (written, "# bamgatectl exit set attic --lan=no\n[Interface]\n"));
  nm_setting_vpn_add_data_item (vpn, "exit-lan", "perhaps");
  g_assert_null (connection_file_write (connection, NULL));
}

static void
test_refused (void)
{
  static const char *const bad[] = { "",
                                     "hello",
                                     "bamgatectl up\nbamgatectl exit set none\n",
                                     "[Interface]\nAddress=10.0.0.1/24\n",
                                     "\xff\xfe",
                                     "[connection]\nid=x\n" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (connection_file_read (bad[i], "home", &error));
      g_assert_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nm/connection-file/round-trips", test_round_trips);
  g_test_add_func ("/nm/connection-file/join-line", test_join_line);
  g_test_add_func ("/nm/connection-file/wg-quick", test_wg_quick);
  g_test_add_func ("/nm/connection-file/exit", test_exit);
  g_test_add_func ("/nm/connection-file/refused", test_refused);
  return g_test_run ();
}
