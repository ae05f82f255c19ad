/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "waiting-list.h"

struct _AppletWaitingList
{
  GObject parent;
  BamgateClient *client;
  GCancellable *cancellable; /* of the question under way; NULL: none is */
  char **names;
};

G_DEFINE_FINAL_TYPE (AppletWaitingList, applet_waiting_list, G_TYPE_OBJECT)

static guint changed_signal;

const char *const *
applet_waiting_list_get_names (AppletWaitingList *self)
{
  return (const char *const *) self->names;
}

static void
take_names (AppletWaitingList *self, char **names)
{
  gboolean is_same = g_strv_equal ((const char *const *) names, (const char *const *) self->names);

  g_strfreev (self->names);
  self->names = names;
  if (!is_same)
    g_signal_emit (self, changed_signal, 0);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static char **
names_in (GVariant *devices)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (gsize i = 0; i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);
      const char *name = "", *state = "";

      if (g_variant_lookup (device, "state", "&s", &state) && g_str_equal (state, "pending")
          && g_variant_lookup (device, "name", "&s", &name))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_steal (names, NULL);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    devices = bamgate_client_list_devices_finish (BAMGATE_CLIENT (source), result, &error);
  AppletWaitingList *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  if (devices)
    take_names (self, names_in (devices));
}

static void
stop_asking (AppletWaitingList *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
update (AppletWaitingList *self)
{
  BamgateClient *client = self->client;

  stop_asking (self);
  if (client && bamgate_client_get_running (client) && bamgate_client_get_owner (client)
      && bamgate_client_get_pending_devices (client) > 0)
    {
      self->cancellable = g_cancellable_new ();
      bamgate_client_list_devices (client, self->cancellable, on_listed, self);
    }
  else
    take_names (self, g_new0 (char *, 1));
}

static void
watch (AppletWaitingList *self, const char *signal)
{
  g_signal_connect_object (self->client, signal, G_CALLBACK (update), self, G_CONNECT_SWAPPED);
}

void
applet_waiting_list_set_client (AppletWaitingList *self, BamgateClient *client)
{
  if (client == self->client)
    return;
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_set_object (&self->client, client);
  if (client)
    {
      watch (self, "notify::running");
      watch (self, "notify::owner");
      watch (self, "notify::pending-devices");
    }
  update (self);
}

static void
applet_waiting_list_dispose (GObject *object)
{
  AppletWaitingList *self = APPLET_WAITING_LIST (object);

  stop_asking (self);
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (applet_waiting_list_parent_class)->dispose (object);
}

static void
applet_waiting_list_finalize (GObject *object)
{
  g_strfreev (APPLET_WAITING_LIST (object)->names);
  G_OBJECT_CLASS (applet_waiting_list_parent_class)->finalize (object);
}

static void
applet_waiting_list_class_init (AppletWaitingListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = applet_waiting_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_waiting_list_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
applet_waiting_list_init (AppletWaitingList *self)
{
  self->names = g_new0 (char *, 1);
}

AppletWaitingList *
applet_waiting_list_new (void)
{
  return g_object_new (APPLET_TYPE_WAITING_LIST, NULL);
}
