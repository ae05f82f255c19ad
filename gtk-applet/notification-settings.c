/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notification-settings.h"

#include "notifications.h"

#include <glib/gi18n.h>

struct _AppletNotificationSettings
{
  AdwPreferencesGroup parent;
  GtkSwitch *attention;
  AdwExpanderRow *peers;
  GSettings *settings;
  GListModel *model; /* of peers; NULL without a client */
  GPtrArray *rows;   /* of the peers that are shown; the expander keeps them */
};

G_DEFINE_FINAL_TYPE (AppletNotificationSettings, applet_notification_settings,
                     ADW_TYPE_PREFERENCES_GROUP)

#define ID_KEY "bamgate-id"

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (*(const char *const *) a, *(const char *const *) b);
}

static void
add_once (GPtrArray *ids, const char *id)
{
  if (!g_ptr_array_find_with_equal_func (ids, id, g_str_equal, NULL))
    g_ptr_array_add (ids, g_strdup (id));
}

/* Peers that are there, and those that somebody chose and that are not. */
static GPtrArray *
collect_ids (AppletNotificationSettings *self, char **wanted)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; self->model && i < g_list_model_get_n_items (self->model); i++)
    {
      g_autoptr (BamgatePeer) peer = g_list_model_get_item (self->model, i);

      add_once (ids, bamgate_peer_get_id (peer));
    }
  for (guint i = 0; wanted[i]; i++)
    add_once (ids, wanted[i]);
  g_ptr_array_sort (ids, compare_ids);
  return ids;
}

static void
on_switch_active (GtkSwitch *chosen, GParamSpec *pspec, AppletNotificationSettings *self)
{
  const char *id = g_object_get_data (G_OBJECT (chosen), ID_KEY);

  applet_notifications_want (self->settings, id, gtk_switch_get_active (chosen));
}

static void
add_row (AppletNotificationSettings *self, const char *id, gboolean is_wanted)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());
  GtkWidget *chosen = gtk_switch_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), id);
  gtk_switch_set_active (GTK_SWITCH (chosen), is_wanted);
  gtk_widget_set_valign (chosen, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (chosen), ID_KEY, g_strdup (id), g_free);
  g_signal_connect_object (chosen, "notify::active", G_CALLBACK (on_switch_active), self, 0);
  adw_action_row_add_suffix (row, chosen);
  adw_action_row_set_activatable_widget (row, chosen);
  adw_expander_row_add_row (self->peers, GTK_WIDGET (row));
  g_ptr_array_add (self->rows, row);
}

static void
show_count (AppletNotificationSettings *self, guint count)
{
  g_autofree char *words = count == 0 ? g_strdup (_ ("Of no machine"))
                                      : g_strdup_printf (
                                        ngettext ("Of %u machine", "Of %u machines", count), count);

  adw_expander_row_set_subtitle (self->peers, words);
}

static gboolean
shows (AppletNotificationSettings *self, GPtrArray *ids)
{
  if (self->rows->len != ids->len)
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    if (!g_str_equal (adw_preferences_row_get_title (self->rows->pdata[i]), ids->pdata[i]))
      return FALSE;
  return TRUE;
}

/* The rows stay while the peers do: somebody may be at one with the keyboard. */
static void
update (AppletNotificationSettings *self)
{
  g_auto (GStrv) wanted = g_settings_get_strv (self->settings, "notify-peers");
  g_autoptr (GPtrArray) ids = collect_ids (self, wanted);

  show_count (self, g_strv_length (wanted));
  gtk_widget_set_sensitive (GTK_WIDGET (self->peers), ids->len > 0);
  if (shows (self, ids))
    return;
  for (guint i = 0; i < self->rows->len; i++)
    adw_expander_row_remove (self->peers, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < ids->len; i++)
    add_row (self, ids->pdata[i], g_strv_contains ((const char *const *) wanted, ids->pdata[i]));
}

static void
watch_peers (AppletNotificationSettings *self, BamgateClient *client)
{
  if (self->model)
    g_signal_handlers_disconnect_by_func (self->model, update, self);
  g_clear_object (&self->model);
  if (!client)
    return;
  self->model = g_object_ref (bamgate_client_get_peers (client));
  g_signal_connect_object (self->model, "items-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
}

void
applet_notification_settings_show (AppletNotificationSettings *self, GSettings *settings,
                                   BamgateClient *client)
{
  if (g_set_object (&self->settings, settings))
    {
      g_settings_bind (settings, "notify-attention", self->attention, "active",
                       G_SETTINGS_BIND_DEFAULT);
      g_signal_connect_object (settings, "changed::notify-peers", G_CALLBACK (update), self,
                               G_CONNECT_SWAPPED);
    }
  watch_peers (self, client);
  update (self);
}

AppletNotificationSettings *
applet_notification_settings_new (GSettings *settings, BamgateClient *client)
{
  AppletNotificationSettings *self = g_object_new (APPLET_TYPE_NOTIFICATION_SETTINGS, NULL);

  applet_notification_settings_show (self, settings, client);
  return self;
}

static void
applet_notification_settings_dispose (GObject *object)
{
  AppletNotificationSettings *self = APPLET_NOTIFICATION_SETTINGS (object);

  watch_peers (self, NULL);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (applet_notification_settings_parent_class)->dispose (object);
}

static void
applet_notification_settings_class_init (AppletNotificationSettingsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_notification_settings_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/notification-settings.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletNotificationSettings, attention);
  gtk_widget_class_bind_template_child (widget_class, AppletNotificationSettings, peers);
}

static void
applet_notification_settings_init (AppletNotificationSettings *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
