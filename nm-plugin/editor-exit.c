/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "editor-exit.h"

#include "vpn-keys.h"

#include <bamgate.h>

struct _EditorExit
{
  GtkComboBoxText *names;
  GtkWidget *entry, *strict, *lan;
  gboolean had_lan; /* the connection says it; else the machine's settings do */
  GCancellable *cancellable;
  BamgateClient *client; /* NULL: not yet, or no daemon runs */
  EditorExitChanged changed;
  gpointer owner;
};

/* --- Where the toolkits differ --- */

#if GTK_CHECK_VERSION(4, 0, 0)
#define get_text(entry) gtk_editable_get_text (GTK_EDITABLE (entry))
#define set_text(entry, text) gtk_editable_set_text (GTK_EDITABLE (entry), text)
#define is_checked(check) gtk_check_button_get_active (GTK_CHECK_BUTTON (check))
#define set_checked(check, yes) gtk_check_button_set_active (GTK_CHECK_BUTTON (check), yes)
#define child_of(combo) gtk_combo_box_get_child (GTK_COMBO_BOX (combo))
#else
#define get_text(entry) gtk_entry_get_text (GTK_ENTRY (entry))
#define set_text(entry, text) gtk_entry_set_text (GTK_ENTRY (entry), text)
#define is_checked(check) gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (check))
#define set_checked(check, yes) gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), yes)
#define child_of(combo) gtk_bin_get_child (GTK_BIN (combo))
#endif

/* --- Who offers to be one --- */

static void
clear (gpointer data)
{
  EditorExit *self = data;

  g_object_unref (self->cancellable);
  g_clear_object (&self->client);
}

static void
release (EditorExit *self)
{
  g_rc_box_release_full (self, clear);
}

static void
list_machines (EditorExit *self)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (self->client);

  for (guint i = 0; i < peers->len; i++)
    if (*bamgate_peer_get_exit_offered (peers->pdata[i]))
      gtk_combo_box_text_append_text (self->names, bamgate_peer_get_id (peers->pdata[i]));
}

static void
on_client_new (GObject *source, GAsyncResult *result, gpointer data)
{
  EditorExit *self = data;

  self->client = bamgate_client_new_for_bus_finish (result, NULL);
  if (self->client && !g_cancellable_is_cancelled (self->cancellable))
    list_machines (self);
  release (self);
}

/* --- What the person does --- */

static gboolean
has_name (EditorExit *self)
{
  g_autofree char *text = g_strstrip (g_strdup (get_text (self->entry)));

  return *text != '\0';
}

static void
show_what_counts (EditorExit *self)
{
  gtk_widget_set_sensitive (self->strict, has_name (self));
  gtk_widget_set_sensitive (self->lan, has_name (self));
}

static void
on_changed (GtkWidget *widget, EditorExit *self)
{
  show_what_counts (self);
  self->changed (self->owner);
}

/* --- From the connection, and to it --- */

static const char *
data_item (NMSettingVpn *vpn, const char *name)
{
  const char *text = vpn ? nm_setting_vpn_get_data_item (vpn, name) : NULL;

  return text ? text : "";
}

static gboolean
is_yes (const char *text)
{
  return g_str_equal (text, "yes") || g_str_equal (text, "true");
}

static void
fill (EditorExit *self, NMSettingVpn *vpn)
{
  const char *lan = data_item (vpn, VPN_KEY_EXIT_LAN);

  self->had_lan = *lan != '\0';
  set_text (self->entry, data_item (vpn, VPN_KEY_EXIT));
  set_checked (self->strict, is_yes (data_item (vpn, VPN_KEY_EXIT_STRICT)));
  set_checked (self->lan, !self->had_lan || is_yes (lan));
  show_what_counts (self);
}

void
editor_exit_get (EditorExit *self, ExitChoice *choice)
{
  gboolean lan = is_checked (self->lan), strict = is_checked (self->strict);

  *choice = (ExitChoice){
    .name = has_name (self) ? g_strstrip (g_strdup (get_text (self->entry))) : NULL,
    .has_lan = self->had_lan || !lan,
    .lan = lan,
    .has_strict = strict,
    .strict = strict,
  };
}

/* --- Life --- */

static GtkWidget *
find (GtkBuilder *builder, const char *id)
{
  return GTK_WIDGET (gtk_builder_get_object (builder, id));
}

EditorExit *
editor_exit_new (GtkBuilder *builder, NMSettingVpn *vpn, EditorExitChanged changed, gpointer owner)
{
  EditorExit *self = g_rc_box_new0 (EditorExit);

  self->names = GTK_COMBO_BOX_TEXT (find (builder, "exit"));
  self->entry = child_of (self->names);
  self->strict = find (builder, "exit-strict");
  self->lan = find (builder, "exit-lan");
  self->changed = changed;
  self->owner = owner;
  fill (self, vpn);
  g_signal_connect (self->entry, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->strict, "toggled", G_CALLBACK (on_changed), self);
  g_signal_connect (self->lan, "toggled", G_CALLBACK (on_changed), self);
  self->cancellable = g_cancellable_new ();
  bamgate_client_new_for_bus (G_BUS_TYPE_SYSTEM, FALSE, self->cancellable, on_client_new,
                              g_rc_box_acquire (self));
  return self;
}

void
editor_exit_free (EditorExit *self)
{
  if (!self)
    return;
  g_cancellable_cancel (self->cancellable);
  g_signal_handlers_disconnect_by_data (self->entry, self);
  g_signal_handlers_disconnect_by_data (self->strict, self);
  g_signal_handlers_disconnect_by_data (self->lan, self);
  release (self);
}
