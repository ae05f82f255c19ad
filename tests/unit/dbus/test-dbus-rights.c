/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-rights.h"

#include "introspection/bamgate-generated.h"

enum
{
  INTERFACES = 4
};

static GDBusInterfaceInfo *
interface_info (guint i)
{
  static GDBusInterfaceInfo *(*const infos[INTERFACES]) (void) = {
    bg_dbus_tunnel1_interface_info,
    bg_dbus_tunnel1_peer_interface_info,
    bg_dbus_tunnel1_endpoint_interface_info,
    bg_dbus_tunnel1_account_interface_info,
  };

  return infos[i]();
}

/* The XML against the table. */
static void
test_every_method_has_a_row (void)
{
  guint methods = 0;

  for (guint i = 0; i < INTERFACES; i++)
    for (GDBusMethodInfo **m = interface_info (i)->methods; m && *m; m++, methods++)
      {
        const char *action;

        if (!bg_dbus_rights_lookup (interface_info (i)->name, (*m)->name, FALSE, &action))
          g_test_message ("%s.%s has no row", interface_info (i)->name, (*m)->name);
        g_assert_true (
          bg_dbus_rights_lookup (interface_info (i)->name, (*m)->name, FALSE, &action));
        g_assert_true (!action || g_str_equal (action, BG_ACTION_CONTROL)
                       || g_str_equal (action, BG_ACTION_CONFIGURE)
                       || g_str_equal (action, BG_ACTION_SIGN));
      }
  g_assert_cmpuint (methods, >=, 24);
}

static void
test_no_row_is_no_right (void)
{
  const char *action;

  g_assert_false (bg_dbus_rights_lookup ("org.bamgate.Tunnel1", "Destroy", FALSE, &action));
  g_assert_false (bg_dbus_rights_lookup ("org.bamgate.Tunnel2", "Up", FALSE, &action));
  g_assert_false (bg_dbus_rights_lookup ("org.bamgate.Tunnel1.Peer", "Up", FALSE, &action));
}

/* Nothing that changes a thing is free. */
static void
test_what_is_free (void)
{
  static const char *const free_methods[] = { "GetConfiguration",
                                              "ListAccess",
                                              "ListServices",
                                              "ListDevices",
                                              "ListInvites",
                                              "GetNetwork",
                                              "Diagnose",
                                              "GetDetails",
                                              "SetStatisticsInterval",
                                              "RegisterSecretAgent",
                                              "UnregisterSecretAgent",
                                              "ExplainError",
                                              NULL };

  for (guint i = 0; i < INTERFACES; i++)
    for (GDBusMethodInfo **m = interface_info (i)->methods; m && *m; m++)
      {
        const char *action;

        g_assert_true (
          bg_dbus_rights_lookup (interface_info (i)->name, (*m)->name, FALSE, &action));
        g_assert_cmpint (action == NULL, ==, g_strv_contains (free_methods, (*m)->name));
      }
}

/* What is signed is a right of its own; an invite is signed on an owner's machine only. */
static void
test_what_signs (void)
{
  static const char *const signing[] = {
    "RenameDevice", "RevokeDevice",  "ApproveDevice", "GrantDevice", "Protect",
    "AddOwner",     "RemoveOwner",   "AllowUnsigned", "Recover",     "TrustNetwork",
    "MoveHub",      "MakeAuthority", "GiveName",      NULL
  };
  const char *action;

  for (GDBusMethodInfo **m = interface_info (0)->methods; *m; m++)
    for (guint signs = 0; signs < 2; signs++)
      {
        gboolean is_invite = g_str_has_suffix ((*m)->name, "Invite");

        g_assert_true (
          bg_dbus_rights_lookup (interface_info (0)->name, (*m)->name, signs != 0, &action));
        g_assert_cmpint (g_strcmp0 (action, BG_ACTION_SIGN) == 0, ==,
                         g_strv_contains (signing, (*m)->name) || (is_invite && signs));
      }
}

/* Property writes would pass the hook by. */
static void
test_no_property_is_writable (void)
{
  for (guint i = 0; i < INTERFACES; i++)
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
  g_test_add_func ("/dbus/rights/what-signs", test_what_signs);
  g_test_add_func ("/dbus/rights/no-property-is-writable", test_no_property_is_writable);
  return g_test_run ();
}
