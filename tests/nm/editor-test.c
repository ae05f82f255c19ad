/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page of the settings panels, loaded as they load it: editor-test PLUGIN. Built with GTK 3 and with GTK 4. */
#include <NetworkManager.h>
#include <gtk/gtk.h>
#include <string.h>

#define HUB "https://198.51.100.7:8443#sha256=X5Ui4e2Did1rQFChAadOLnM+Cv2E2xJzxopqcmdTNqE="

static const char *plugin_path;
static NMVpnEditorPlugin *plugin;

/* --- The toolkits --- */

static const char *
id_of (GtkWidget *widget)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  return gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));
#else
  return gtk_buildable_get_name (GTK_BUILDABLE (widget));
#endif
}

static GtkWidget *
find (NMVpnEditor *editor, const char *id)
{
  GtkWidget *page = GTK_WIDGET (nm_vpn_editor_get_widget (editor)), *found = NULL;
#if GTK_CHECK_VERSION(4, 0, 0)
  for (GtkWidget *child = gtk_widget_get_first_child (page); child;
       child = gtk_widget_get_next_sibling (child))
    if (g_strcmp0 (id_of (child), id) == 0)
      found = child;
#else
  g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (page));

  for (GList *l = children; l; l = l->next)
    if (g_strcmp0 (id_of (l->data), id) == 0)
      found = l->data;
#endif
  g_assert_nonnull (found);
  return found;
}

static void
write_into (GtkWidget *entry, const char *text)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
#else
  gtk_entry_set_text (GTK_ENTRY (entry), text);
#endif
}

static void
type (NMVpnEditor *editor, const char *id, const char *text)
{
  write_into (find (editor, id), text);
}

static const char *
shown (NMVpnEditor *editor, const char *id)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  return gtk_editable_get_text (GTK_EDITABLE (find (editor, id)));
#else
  return gtk_entry_get_text (GTK_ENTRY (find (editor, id)));
#endif
}

/* --- The editor --- */

static NMConnection *
new_connection (void)
{
  NMConnection *connection = nm_simple_connection_new ();

  nm_connection_add_setting (connection, nm_setting_connection_new ());
  return connection;
}

static NMVpnEditor *
open_editor (NMConnection *connection)
{
  g_autoptr (GError) error = NULL;
  NMVpnEditor *editor = nm_vpn_editor_plugin_get_editor (plugin, connection, &error);

  g_assert_no_error (error);
  return editor;
}

static NMSettingVpn *
update (NMVpnEditor *editor, NMConnection *connection)
{
  g_autoptr (GError) error = NULL;

  nm_vpn_editor_update_connection (editor, connection, &error);
  g_assert_no_error (error);
  return nm_connection_get_setting_vpn (connection);
}

static void
on_changed (NMVpnEditor *editor, guint *n)
{
  (*n)++;
}

static void
test_plugin (void)
{
  g_autofree char *name = NULL, *service = NULL;

  g_object_get (plugin, "name", &name, "service", &service, NULL);
  g_assert_cmpstr (name, ==, "bamgate");
  g_assert_cmpstr (service, ==, "org.freedesktop.NetworkManager.bamgate");
  g_assert_cmpuint (nm_vpn_editor_plugin_get_capabilities (plugin), ==,
                    NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT | NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT
                      | NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6);
}

/* A new connection, filled in by hand. */
static void
test_fill_in (void)
{
  g_autoptr (NMConnection) connection = new_connection ();
  g_autoptr (NMVpnEditor) editor = open_editor (connection);
  NMSettingVpn *vpn;
  guint n = 0;

  g_signal_connect (editor, "changed", G_CALLBACK (on_changed), &n);
  type (editor, "hub", "  hub.example.net ");
  type (editor, "name", "attic");
  g_assert_cmpuint (n, ==, 2);
  vpn = update (editor, connection);
  g_assert_cmpstr (nm_setting_vpn_get_service_type (vpn), ==,
                   "org.freedesktop.NetworkManager.bamgate");
  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "hub"), ==, "hub.example.net");
  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "device-name"), ==, "attic");
  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "invite-flags"), ==, "2"); /* asked for */
  g_assert_true (nm_setting_vpn_get_persistent (vpn));
}

static void
test_paste (void)
{
  static const char *const places[] = { "hub", "invite", "name" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (NMConnection) connection = new_connection ();
      g_autoptr (NMVpnEditor) editor = open_editor (connection);
      NMSettingVpn *vpn;

      type (editor, places[i], "bamgatectl join ABCD-EFGH '" HUB "' --name attic");
      g_assert_cmpstr (shown (editor, "hub"), ==, HUB);
      g_assert_cmpstr (shown (editor, "invite"), ==, "ABCD-EFGH");
      g_assert_cmpstr (shown (editor, "name"), ==, "attic");
      vpn = update (editor, connection);
      g_assert_cmpstr (nm_setting_vpn_get_secret (vpn, "invite"), ==, "ABCD-EFGH");
      g_assert_null (nm_setting_vpn_get_data_item (vpn, "invite"));
      g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "invite-flags"), ==, "0");
    }
}

/* --- The exit --- */

static void
set_checked (NMVpnEditor *editor, const char *id, gboolean yes)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  gtk_check_button_set_active (GTK_CHECK_BUTTON (find (editor, id)), yes);
#else
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (find (editor, id)), yes);
#endif
}

static GtkWidget *
exit_entry (NMVpnEditor *editor)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  return gtk_combo_box_get_child (GTK_COMBO_BOX (find (editor, "exit")));
#else
  return gtk_bin_get_child (GTK_BIN (find (editor, "exit")));
#endif
}

static NMConnection *
connection_with_ip (void)
{
  NMConnection *connection = new_connection ();

  nm_connection_add_setting (connection, nm_setting_ip4_config_new ());
  nm_connection_add_setting (connection, nm_setting_ip6_config_new ());
  return connection;
}

static void
assert_exit (NMConnection *connection, const char *name, const char *strict, const char *lan,
             int priority)
{
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);
  NMSettingIPConfig *ip6 = nm_connection_get_setting_ip6_config (connection);

  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "exit"), ==, name);
  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "exit-strict"), ==, strict);
  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "exit-lan"), ==, lan);
  g_assert_cmpint (nm_setting_ip_config_get_dns_priority (ip6), ==, priority);
}

/* What was chosen is there again, and goes with the name of the exit. */
static void
test_exit (void)
{
  g_autoptr (NMConnection) connection = connection_with_ip ();
  g_autoptr (NMVpnEditor) editor = open_editor (connection), again = NULL;
  guint n = 0;

  g_assert_false (gtk_widget_get_sensitive (find (editor, "exit-strict")));
  g_signal_connect (editor, "changed", G_CALLBACK (on_changed), &n);
  write_into (exit_entry (editor), " attic ");
  g_assert_true (gtk_widget_get_sensitive (find (editor, "exit-lan")));
  update (editor, connection);
  assert_exit (connection, "attic", NULL, NULL, -50);
  set_checked (editor, "exit-strict", TRUE);
  set_checked (editor, "exit-lan", FALSE);
  g_assert_cmpuint (n, ==, 3);
  update (editor, connection);
  assert_exit (connection, "attic", "yes", "no", -50);
  again = open_editor (connection);
  update (again, connection);
  assert_exit (connection, "attic", "yes", "no", -50);
  set_checked (again, "exit-lan", TRUE);
  update (again, connection);
  assert_exit (connection, "attic", "yes", "yes", -50);
  write_into (exit_entry (again), "");
  update (again, connection);
  assert_exit (connection, NULL, NULL, NULL, 0);
}

static void
test_exit_that_is_none (void)
{
  g_autoptr (NMConnection) connection = connection_with_ip ();
  g_autoptr (NMVpnEditor) editor = open_editor (connection);
  g_autoptr (GError) error = NULL;

  write_into (exit_entry (editor), "none");
  g_assert_false (nm_vpn_editor_update_connection (editor, connection, &error));
  g_assert_error (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY);
  g_assert_null (nm_connection_get_setting_vpn (connection));
}

static guint
count_exits (NMVpnEditor *editor)
{
  GtkTreeModel *rows = gtk_combo_box_get_model (GTK_COMBO_BOX (find (editor, "exit")));

  return (guint) gtk_tree_model_iter_n_children (rows, NULL);
}

static gboolean
on_late (gpointer late)
{
  *(gboolean *) late = TRUE;
  return G_SOURCE_REMOVE;
}

/* Over a bus with a daemon, whose peers "home" and no other offer to be one. */
static void
test_exits_that_are_offered (void)
{
  g_autoptr (NMConnection) connection = connection_with_ip ();
  g_autoptr (NMVpnEditor) editor = open_editor (connection);
  gboolean late = FALSE;
  guint timer = g_timeout_add_seconds (20, on_late, &late);

  while (count_exits (editor) == 0 && !late)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
  g_assert_cmpuint (count_exits (editor), ==, 1);
  gtk_combo_box_set_active (GTK_COMBO_BOX (find (editor, "exit")), 0);
  update (editor, connection);
  assert_exit (connection, "home", NULL, NULL, -50);
}

static void
assert_refused (const char *hub, const char *invite, const char *name, const char *word)
{
  g_autoptr (NMConnection) connection = new_connection ();
  g_autoptr (NMVpnEditor) editor = open_editor (connection);
  g_autoptr (GError) error = NULL;

  type (editor, "hub", hub);
  type (editor, "invite", invite);
  type (editor, "name", name);
  g_assert_false (nm_vpn_editor_update_connection (editor, connection, &error));
  g_assert_error (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_null (nm_connection_get_setting_vpn (connection));
}

static void
test_validation (void)
{
  assert_refused ("ftp://hub", "", "", "URL");
  assert_refused ("", "ABCD-EFGH", "", "hub");
  assert_refused (HUB, "what is this", "", "ABCD-EFGH");
  assert_refused (HUB, "ABCD-EFGH", "-x", "letters");
}

/* The code is of the hub. */
static void
test_no_hub_no_code (void)
{
  g_autoptr (NMConnection) connection = new_connection ();
  g_autoptr (NMVpnEditor) editor = open_editor (connection), again = NULL;
  NMSettingVpn *vpn;

  type (editor, "hub", "bamgatectl join ABCD-EFGH '" HUB "'");
  update (editor, connection);
  again = open_editor (connection);
  g_assert_cmpstr (shown (again, "invite"), ==, "ABCD-EFGH");
  type (again, "hub", "");
  type (again, "invite", "");
  vpn = update (again, connection);
  g_assert_cmpuint (nm_setting_vpn_get_num_secrets (vpn), ==, 0);
  g_assert_cmpuint (nm_setting_vpn_get_num_data_items (vpn), ==, 0);
}

/* What the page does not show stays, and what it shows comes back as it was. */
static void
test_edit (void)
{
  static const char text[] = "[Interface]\nAddress = 10.9.0.2/24\n[Peer]\nPublicKey = "
                             "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n";
  g_autoptr (NMConnection) connection = new_connection ();
  g_autoptr (NMVpnEditor) editor = NULL;
  NMSettingVpn *vpn = NM_SETTING_VPN (nm_setting_vpn_new ());

  g_object_set (vpn, "service-type", "org.freedesktop.NetworkManager.bamgate", NULL);
  nm_setting_vpn_add_data_item (vpn, "wg-quick", text);
  nm_setting_vpn_add_data_item (vpn, "hub", HUB);
  nm_setting_vpn_add_secret (vpn, "private-key", "secret");
  nm_connection_add_setting (connection, NM_SETTING (vpn));
  editor = open_editor (connection);
  g_assert_cmpstr (shown (editor, "hub"), ==, HUB);
  g_assert_true (gtk_widget_get_visible (find (editor, "wireguard")));
  type (editor, "hub", "");
  vpn = update (editor, connection);
  g_assert_cmpstr (nm_setting_vpn_get_data_item (vpn, "wg-quick"), ==, text);
  g_assert_cmpstr (nm_setting_vpn_get_secret (vpn, "private-key"), ==, "secret");
  g_assert_null (nm_setting_vpn_get_data_item (vpn, "hub"));
  g_assert_false (nm_setting_vpn_get_persistent (vpn));
}

static void
test_shown_code (void)
{
  g_autoptr (NMConnection) connection = new_connection ();
  g_autoptr (NMVpnEditor) editor = open_editor (connection);
  GtkWidget *check = find (editor, "show-invite"), *invite = find (editor, "invite");

  g_assert_false (gtk_entry_get_visibility (GTK_ENTRY (invite)));
#if GTK_CHECK_VERSION(4, 0, 0)
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), TRUE);
#else
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), TRUE);
#endif
  g_assert_true (gtk_entry_get_visibility (GTK_ENTRY (invite)));
}

/* The panel may drop the editor before the page. */
static void
test_life (void)
{
  g_autoptr (NMConnection) connection = new_connection ();
  NMVpnEditor *editor = open_editor (connection);
  GtkWidget *page = g_object_ref (GTK_WIDGET (nm_vpn_editor_get_widget (editor)));
  GtkWidget *hub = find (editor, "hub");
  gpointer gone = editor;

  g_object_add_weak_pointer (G_OBJECT (editor), &gone);
  g_object_unref (editor);
  g_assert_null (gone);
  write_into (hub, "bamgatectl join ABCD-EFGH '" HUB "'"); /* nobody is there to take it apart */
  g_object_unref (page);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  gtk_test_init (&argc, &argv, NULL);
  plugin_path = argv[1];
  plugin = nm_vpn_editor_plugin_load (plugin_path, "org.freedesktop.NetworkManager.bamgate",
                                      &error);
  g_assert_no_error (error);
  g_test_add_func ("/nm/editor/plugin", test_plugin);
  g_test_add_func ("/nm/editor/fill-in", test_fill_in);
  g_test_add_func ("/nm/editor/paste", test_paste);
  g_test_add_func ("/nm/editor/validation", test_validation);
  g_test_add_func ("/nm/editor/edit", test_edit);
  g_test_add_func ("/nm/editor/no-hub-no-code", test_no_hub_no_code);
  g_test_add_func ("/nm/editor/exit", test_exit);
  g_test_add_func ("/nm/editor/exit-that-is-none", test_exit_that_is_none);
  if (g_getenv ("EXITS_ARE_OFFERED"))
    g_test_add_func ("/nm/editor/exits-that-are-offered", test_exits_that_are_offered);
  g_test_add_func ("/nm/editor/shown-code", test_shown_code);
  g_test_add_func ("/nm/editor/life", test_life);
  return g_test_run ();
}
