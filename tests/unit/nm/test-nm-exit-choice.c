/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit-choice.h"

#include <string.h>

static NMSettingVpn *
new_vpn (const char *const *items)
{
  NMSettingVpn *vpn = NM_SETTING_VPN (nm_setting_vpn_new ());

  for (; items && *items; items += 2)
    nm_setting_vpn_add_data_item (vpn, items[0], items[1]);
  return vpn;
}

static void
assert_line (const char *const *items, const char *wanted)
{
  g_autoptr (NMSettingVpn) vpn = new_vpn (items), again = new_vpn (NULL);
  g_auto (ExitChoice) choice = { NULL }, parsed = { NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL, *rest = NULL;

  g_assert_true (exit_choice_read (vpn, &choice, &error));
  g_assert_no_error (error);
  line = exit_choice_format (&choice);
  g_assert_cmpstr (line, ==, wanted);
  rest = exit_choice_take_line (line ? line : "", &parsed, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rest, ==, "");
  exit_choice_write (&parsed, again);
  g_assert_true (
    nm_setting_compare (NM_SETTING (vpn), NM_SETTING (again), NM_SETTING_COMPARE_FLAG_EXACT));
}

static void
test_round_trips (void)
{
  assert_line (NULL, NULL);
  assert_line ((const char *[]){ "exit", "attic", NULL }, "bamgatectl exit set attic\n");
  assert_line ((const char *[]){ "exit", "attic", "exit-lan", "no", "exit-strict", "yes", NULL },
               "bamgatectl exit set attic --lan=no --strict=yes\n");
  assert_line ((const char *[]){ "exit", "it's $(x)", NULL },
               "bamgatectl exit set 'it'\\''s $(x)'\n");
}

static void
assert_refused (const char *const *items, const char *word)
{
  g_autoptr (NMSettingVpn) vpn = new_vpn (items);
  ExitChoice choice;
  g_autoptr (GError) error = NULL;

  g_assert_false (exit_choice_read (vpn, &choice, &error));
  g_assert_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_null (choice.name);
}

static void
test_refused (void)
{
  assert_refused ((const char *[]){ "exit", "none", NULL }, "none");
  assert_refused ((const char *[]){ "exit", "a\nb", NULL }, "name of a machine");
  assert_refused ((const char *[]){ "exit-lan", "no", NULL }, "not which");
  assert_refused ((const char *[]){ "exit", "a", "exit-lan", "perhaps", NULL }, "exit-lan");
  assert_refused ((const char *[]){ "exit", "a", "exit-strikt", "yes", NULL }, "exit-strikt");
  assert_refused ((const char *[]){ "exit-node", "a", NULL }, "exit-node");
}

static void
test_lines (void)
{
  static const char *const bad[] = { "bamgatectl exit set none", "bamgatectl exit set --lan=no",
                                     "bamgatectl exit set a b", "bamgatectl exit set a --strict=1",
                                     "# bamgatectl exit set a --user" };
  static const char text[] = "[Interface]\n#  bamgatectl exit set a --lan=yes \r\n[Peer]\n"
                             "bamgatectl exit list\nbamgatectl exit set \"open\n";
  g_auto (ExitChoice) choice = { NULL };
  g_autofree char *rest = exit_choice_take_line (text, &choice, NULL);

  g_assert_cmpstr (choice.name, ==, "a");
  g_assert_true (choice.has_lan && choice.lan && !choice.has_strict);
  g_assert_cmpstr (rest, ==,
                   "[Interface]\n[Peer]\nbamgatectl exit list\nbamgatectl exit set \"open\n");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      ExitChoice none;

      g_assert_null (exit_choice_take_line (bad[i], &none, &error));
      g_assert_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS);
      g_assert_null (none.name);
    }
}

static int
priority_after (int before, const char *name)
{
  g_autoptr (NMConnection) connection = nm_simple_connection_new ();
  NMSetting *ip = nm_setting_ip4_config_new ();
  ExitChoice choice = { .name = (char *) name };

  g_object_set (ip, NM_SETTING_IP_CONFIG_DNS_PRIORITY, before, NULL);
  nm_connection_add_setting (connection, ip);
  exit_choice_set_dns_priority (&choice, connection);
  return nm_setting_ip_config_get_dns_priority (NM_SETTING_IP_CONFIG (ip));
}

static void
test_priority (void)
{
  g_assert_cmpint (priority_after (0, "a"), ==, -50);
  g_assert_cmpint (priority_after (-50, NULL), ==, 0);
  g_assert_cmpint (priority_after (10, "a"), ==, 10);
  g_assert_cmpint (priority_after (-7, NULL), ==, -7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nm/exit-choice/round-trips", test_round_trips);
  g_test_add_func ("/nm/exit-choice/refused", test_refused);
  g_test_add_func ("/nm/exit-choice/lines", test_lines);
  g_test_add_func ("/nm/exit-choice/priority", test_priority);
  return g_test_run ();
}
