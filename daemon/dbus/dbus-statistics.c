/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-statistics.h"

struct _BgDBusStatistics
{
  BgApplication *app;
  GHashTable *watches; /* unique name → id of its name watch */
};

static void
unwatch (gpointer id)
{
  g_bus_unwatch_name (GPOINTER_TO_UINT (id));
}

BgDBusStatistics *
bg_dbus_statistics_new (BgApplication *app)
{
  BgDBusStatistics *self = g_new0 (BgDBusStatistics, 1);

  self->app = g_object_ref (app);
  self->watches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unwatch);
  return self;
}

static void
end_wish (BgDBusStatistics *self, const char *client)
{
  g_autofree char *kept = g_strdup (client); /* the table's own key may be what we were given */

  if (g_hash_table_remove (self->watches, kept))
    bg_application_set_statistics_interval (self->app, kept, 0);
}

void
bg_dbus_statistics_free (BgDBusStatistics *self)
{
  g_autofree char **clients = (char **) g_hash_table_get_keys_as_array (self->watches, NULL);

  for (guint i = 0; clients[i]; i++)
    end_wish (self, clients[i]);
  g_hash_table_unref (self->watches);
  g_object_unref (self->app);
  g_free (self);
}

static void
on_client_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  end_wish (data, name);
}

static gboolean
watch (BgDBusStatistics *self, GDBusConnection *connection, const char *client, GError **error)
{
  guint id;

  if (g_hash_table_contains (self->watches, client))
    return TRUE;
  if (g_hash_table_size (self->watches) >= BG_STATISTICS_MAX_CLIENTS)
    {
      g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                           "too many programs watch the counters");
      return FALSE;
    }
  id = g_bus_watch_name_on_connection (connection, client, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                       on_client_vanished, self, NULL);
  g_hash_table_insert (self->watches, g_strdup (client), GUINT_TO_POINTER (id));
  return TRUE;
}

gboolean
bg_dbus_statistics_set (BgDBusStatistics *self, GDBusConnection *connection, const char *client,
                        guint interval_ms, GError **error)
{
  if (interval_ms == 0)
    {
      end_wish (self, client);
      return TRUE;
    }
  if (interval_ms < BG_STATISTICS_MIN_MS)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                   "statistics interval %u ms: at least %d", interval_ms, BG_STATISTICS_MIN_MS);
      return FALSE;
    }
  if (!watch (self, connection, client, error))
    return FALSE;
  bg_application_set_statistics_interval (self->app, client, interval_ms);
  return TRUE;
}
