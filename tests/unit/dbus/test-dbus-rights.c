/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-rights.h"

#include "introspection/bamgate-generated.h"

static GDBusInterfaceInfo *
interface_info (guint i)
{
  return i == 0 ? bg_dbus_tunnel1_interface_info () : bg_dbus_tunnel1_peer_interface_info ();
}

/* The XML against the table. */
static void
test_every_method_has_a_row (void)
{
  guint methods = 0;

  for (guint i = 0; i < 2; i++)
    for (GDBusMethodInfo **m = interface_info (i)->methods; m && *m; m++, methods++)
      {
        const char *action;

        if (!bg_dbus_rights_lookup (interface_info (i)->name, (*m)->name, &action))
          g_test_message ("%s.%s has no row", interface_info (i)->name, (*m)->name);
        g_assert_true (bg_dbus_rights_lookup (interface_info (i)->name, (*m)->name, &action));
        g_assert_true (!action || g_str_equal (action, BG_ACTION_CONTROL)
                       || g_str_equal (action, BG_ACTION_CONFIGURE));
      }
  g_assert_cmpuint (methods, >=, 24);
}

static void
test_no_row_is_no_right (void)
{
  const char *action;

  g_assert_false (bg_dbus_rights_lookup ("org.bamgate.Tunnel1", "Destroy", &action));
  g_assert_false (bg_dbus_rights_lookup ("org.bamgate.Tunnel2", "Up", &action));
  g_assert_false (bg_dbus_rights_lookup ("org.bamgate.Tunnel1.Peer", "Up", &action));
}

/* Nothing that changes a thing is free. */
static void
test_what_is_free (void)
{
  static const char *const free_methods[] = { "GetConfiguration",
                                              "ListAccess",
                                              "Diagnose",
                                              "GetDetails",
                                              "SetStatisticsInterval",
                                              "RegisterSecretAgent",
                                              "UnregisterSecretAgent",
                                              "ExplainError",
                                              NULL };

  for (guint i = 0; i < 2; i++)
    for (GDBusMethodInfo **m = interface_info (i)->methods; m && *m; m++)
      {
        const char *action;

        g_assert_true (bg_dbus_rights_lookup (interface_info (i)->name, (*m)->name, &action));
        g_assert_cmpint (action == NULL, ==, g_strv_contains (free_methods, (*m)->name));
      }
}

/* Property writes would pass the hook by. */
static void
test_no_property_is_writable (void)
{
  for (guint i = 0; i < 2; i++)
    for (GDBusPropertyInfo **p = interface_info (i)->properties; p && *p; p++)
      g_assert_cmpint ((*p)->flags, ==, G_DBUS_PROPERTY_INFO_FLAGS_READABLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dbus/rights/every-method-has-a-row", test_every_method_has_a_row);
  g_test_add_func ("/dbus/rights/no-row-is-no-right", test_no_row_is_no_right);
  g_test_add_func ("/dbus/rights/what-is-free", test_what_is_free);
  g_test_add_func ("/dbus/rights/no-property-is-writable", test_no_property_is_writable);
  return g_test_run ();
}
