/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "editor.h"

#include "common/device-name.h"
#include "editor-exit.h"
#include "hub-url.h"
#include "join-line.h"
#include "vpn-keys.h"
#include "wg-quick.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <gmodule.h>

#define UI_RESOURCE "/org/bamgate/nm/editor.ui"

struct _BamgateEditor
{
  GObject parent;
  GtkBuilder *builder;
  GtkWidget *page;
  GtkWidget *hub, *invite, *name;
  EditorExit *exit;
  NMSettingVpn *before; /* what is not on the page stays */
  gboolean filling;     /* by us */
};

static void editor_iface_init (NMVpnEditorInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (BamgateEditor, bamgate_editor, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (NM_TYPE_VPN_EDITOR, editor_iface_init))

/* --- Where the toolkits differ --- */

static const char *
get_text (GtkWidget *entry)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  return gtk_editable_get_text (GTK_EDITABLE (entry));
#else
  return gtk_entry_get_text (GTK_ENTRY (entry));
#endif
}

static void
set_text (GtkWidget *entry, const char *text)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  gtk_editable_set_text (GTK_EDITABLE (entry), text ? text : "");
#else
  gtk_entry_set_text (GTK_ENTRY (entry), text ? text : "");
#endif
}

static gboolean
is_checked (GtkWidget *check)
{
#if GTK_CHECK_VERSION(4, 0, 0)
  return gtk_check_button_get_active (GTK_CHECK_BUTTON (check));
#else
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (check));
#endif
}

/* --- What happens on the page --- */

/* A person pastes all of the line, wherever the cursor stands. */
static void
split_line (BamgateEditor *self, GtkWidget *entry)
{
  g_auto (JoinLine) line = { NULL };

  if (!join_line_parse (get_text (entry), &line))
    return;
  self->filling = TRUE;
  set_text (self->hub, line.hub);
  set_text (self->invite, line.code);
  if (line.name || entry == self->name)
    set_text (self->name, line.name);
  self->filling = FALSE;
}

static void
on_entry_changed (GtkWidget *entry, BamgateEditor *self)
{
  if (self->filling)
    return;
  split_line (self, entry);
  g_signal_emit_by_name (self, "changed");
}

static void
on_exit_changed (gpointer self)
{
  g_signal_emit_by_name (self, "changed");
}

static void
on_show_toggled (GtkWidget *check, BamgateEditor *self)
{
  gtk_entry_set_visibility (GTK_ENTRY (self->invite), is_checked (check));
}

/* --- From the connection to the page --- */

static const char *
data_item (NMSettingVpn *vpn, const char *name)
{
  const char *text = vpn ? nm_setting_vpn_get_data_item (vpn, name) : NULL;

  return text ? text : "";
}

static void
say_wireguard (BamgateEditor *self)
{
  GtkWidget *label = GTK_WIDGET (gtk_builder_get_object (self->builder, "wireguard"));
  const char *text = data_item (self->before, VPN_KEY_WG_QUICK);
  g_auto (GStrv) peers = wg_quick_list_peers (text);
  guint n = g_strv_length (peers);
  g_autofree char *said = g_strdup_printf (
    ngettext ("This connection also brings %u peer of a WireGuard file.",
              "This connection also brings %u peers of a WireGuard file.", n),
    n);

  gtk_label_set_text (GTK_LABEL (label), said);
  gtk_widget_set_visible (label, n > 0);
}

static void
fill (BamgateEditor *self)
{
  const char *code = self->before ? nm_setting_vpn_get_secret (self->before, VPN_SECRET_INVITE)
                                  : NULL;

  self->filling = TRUE;
  set_text (self->hub, data_item (self->before, VPN_KEY_HUB));
  set_text (self->invite, code);
  set_text (self->name, data_item (self->before, VPN_KEY_NAME));
  self->filling = FALSE;
  self->exit = editor_exit_new (self->builder, self->before, on_exit_changed, self);
  say_wireguard (self);
}

static GtkWidget *
find_entry (BamgateEditor *self, const char *id)
{
  GtkWidget *entry = GTK_WIDGET (gtk_builder_get_object (self->builder, id));

  g_signal_connect (entry, "changed", G_CALLBACK (on_entry_changed), self);
  return entry;
}

static gboolean
build (BamgateEditor *self, GError **error)
{
  GObject *show;

  self->builder = gtk_builder_new ();
  if (!gtk_builder_add_from_resource (self->builder, UI_RESOURCE, error))
    return FALSE;
  self->page = g_object_ref_sink (
    GTK_WIDGET (gtk_builder_get_object (self->builder, "bamgate-page")));
  self->hub = find_entry (self, "hub");
  self->invite = find_entry (self, "invite");
  self->name = find_entry (self, "name");
  show = gtk_builder_get_object (self->builder, "show-invite");
  g_signal_connect (show, "toggled", G_CALLBACK (on_show_toggled), self);
  return TRUE;
}

/* --- From the page to the connection --- */

static char *
stripped (GtkWidget *entry)
{
  return g_strstrip (g_strdup (get_text (entry)));
}

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY, text);
  return FALSE;
}

static gboolean
check (const char *hub, const char *code, const char *name, GError **error)
{
  if (*hub && !hub_url_is_valid (hub))
    return refuse (error, _ ("The hub is a URL such as https://198.51.100.7:8443#sha256=…"));
  if (*code && !*hub)
    return refuse (error, _ ("An invite code is for a hub: its URL stands in the same line"));
  if (*code && !join_line_is_code (code))
    return refuse (error, _ ("An invite code has letters and digits, such as ABCD-EFGH"));
  if (*name && !bg_device_name_is_valid (name))
    return refuse (error,
                   _ ("The name of this machine has 1 to 63 letters, digits, “-”, “_” and “.”, "
                      "with a letter or digit at both ends"));
  return TRUE;
}

static void
put_item (NMSettingVpn *vpn, const char *name, const char *value)
{
  if (*value)
    nm_setting_vpn_add_data_item (vpn, name, value);
  else
    nm_setting_vpn_remove_data_item (vpn, name);
}

/* Without a code it is asked for at the first connect, where it is needed. */
static void
put_code (NMSettingVpn *vpn, const char *code, gboolean is_needed)
{
  nm_setting_vpn_remove_secret (vpn, VPN_SECRET_INVITE);
  nm_setting_vpn_remove_data_item (vpn, VPN_SECRET_INVITE "-flags");
  if (!is_needed)
    return;
  if (*code)
    nm_setting_vpn_add_secret (vpn, VPN_SECRET_INVITE, code);
  nm_setting_set_secret_flags (
    NM_SETTING (vpn), VPN_SECRET_INVITE,
    *code ? NM_SETTING_SECRET_FLAG_NONE : NM_SETTING_SECRET_FLAG_NOT_SAVED, NULL);
}

static NMSettingVpn *
new_vpn (BamgateEditor *self)
{
  if (self->before)
    return NM_SETTING_VPN (nm_setting_duplicate (NM_SETTING (self->before)));
  return NM_SETTING_VPN (g_object_new (NM_TYPE_SETTING_VPN, NM_SETTING_VPN_SERVICE_TYPE,
                                       VPN_SERVICE, NM_SETTING_VPN_PERSISTENT, TRUE, NULL));
}

static gboolean
put_exit (BamgateEditor *self, NMSettingVpn *vpn, NMConnection *connection, GError **error)
{
  g_auto (ExitChoice) choice = { NULL }, read = { NULL };
  g_autoptr (GError) why = NULL;

  editor_exit_get (self->exit, &choice);
  exit_choice_write (&choice, vpn);
  if (!exit_choice_read (vpn, &read, &why))
    return refuse (error, why->message);
  exit_choice_set_dns_priority (&choice, connection);
  return TRUE;
}

static gboolean
editor_update_connection (NMVpnEditor *editor, NMConnection *connection, GError **error)
{
  BamgateEditor *self = BAMGATE_EDITOR (editor);
  g_autofree char *hub = stripped (self->hub), *code = stripped (self->invite);
  g_autofree char *name = stripped (self->name);
  g_autoptr (NMSettingVpn) vpn = new_vpn (self);

  if (!check (hub, code, name, error) || !put_exit (self, vpn, connection, error))
    return FALSE;
  put_item (vpn, VPN_KEY_HUB, hub);
  put_item (vpn, VPN_KEY_NAME, name);
  put_code (vpn, code, *hub != '\0');
  nm_connection_add_setting (connection, NM_SETTING (g_steal_pointer (&vpn)));
  return TRUE;
}

static GObject *
editor_get_widget (NMVpnEditor *editor)
{
  return G_OBJECT (BAMGATE_EDITOR (editor)->page);
}

/* --- Life --- */

static void
bamgate_editor_dispose (GObject *object)
{
  BamgateEditor *self = BAMGATE_EDITOR (object);

  if (self->hub)
    {
      g_signal_handlers_disconnect_by_data (self->hub, self);
      g_signal_handlers_disconnect_by_data (self->invite, self);
      g_signal_handlers_disconnect_by_data (self->name, self);
      g_signal_handlers_disconnect_by_data (gtk_builder_get_object (self->builder, "show-invite"),
                                            self);
    }
  self->hub = NULL;
  g_clear_pointer (&self->exit, editor_exit_free);
  g_clear_object (&self->page);
  g_clear_object (&self->builder);
  g_clear_object (&self->before);
  G_OBJECT_CLASS (bamgate_editor_parent_class)->dispose (object);
}

static void
bamgate_editor_class_init (BamgateEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bamgate_editor_dispose;
}

static void
editor_iface_init (NMVpnEditorInterface *iface)
{
  iface->get_widget = editor_get_widget;
  iface->update_connection = editor_update_connection;
}

static void
bamgate_editor_init (BamgateEditor *self)
{
}

G_MODULE_EXPORT NMVpnEditor *
nm_vpn_editor_factory_bamgate (NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error)
{
  g_autoptr (BamgateEditor) self = g_object_new (BAMGATE_TYPE_EDITOR, NULL);
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);

  if (vpn)
    self->before = NM_SETTING_VPN (nm_setting_duplicate (NM_SETTING (vpn)));
  if (!build (self, error))
    return NULL;
  fill (self);
  return NM_VPN_EDITOR (g_steal_pointer (&self));
}
