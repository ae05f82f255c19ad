/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-endpoints.h"

#include "common/source.h"
#include "dbus/bus-path.h"
#include "dbus/dbus-account.h"
#include "dbus/dbus-endpoint.h"

struct _BgDBusEndpoints
{
  BgApplication *app;
  BgEndpoints *endpoints;
  GDBusObjectManagerServer *manager;
  BgDBusRights *rights;
  GHashTable *endpoint_objects; /* path → BgDBusEndpoint */
  GHashTable *account_objects;  /* path → BgDBusAccount */
  guint interval_ms;            /* of counters; 0: they rest */
  GSource *counting;
};

/* Takes the object off the bus, and its adaptor. */
static void
withdraw (BgDBusEndpoints *self, GHashTable *objects, const char *path)
{
  g_dbus_object_manager_server_unexport (self->manager, path);
  g_hash_table_remove (objects, path);
}

static void export(BgDBusEndpoints *self, const char *path, gpointer adaptor)
{
  g_autoptr (GDBusObjectSkeleton) object = g_dbus_object_skeleton_new (path);

  g_dbus_object_skeleton_add_interface (object, adaptor);
  g_dbus_object_manager_server_export (self->manager, object);
}

/* --- Endpoints --- */

static void
show_endpoint (BgDBusEndpoints *self, const BgEndpointInfo *info, GHashTable *seen)
{
  char *path = bg_dbus_path_make ("endpoints", info->key);
  BgDBusEndpoint *adaptor = g_hash_table_lookup (self->endpoint_objects, path);

  g_hash_table_add (seen, path);
  if (adaptor)
    {
      bg_dbus_endpoint_refresh (adaptor, info);
      return;
    }
  adaptor = bg_dbus_endpoint_new (self->app, info, self->rights);
  g_hash_table_insert (self->endpoint_objects, g_strdup (path), adaptor);
  export(self, path, adaptor);
}

/* `keep` is a set of paths; NULL: none. */
static void
drop_endpoints (BgDBusEndpoints *self, GHashTable *keep)
{
  g_autofree char **paths = (char **) g_hash_table_get_keys_as_array (self->endpoint_objects, NULL);

  for (char **path = paths; *path; path++)
    if (!keep || !g_hash_table_contains (keep, *path))
      {
        g_autofree char *kept = g_strdup (*path);

        bg_dbus_endpoint_detach (g_hash_table_lookup (self->endpoint_objects, kept));
        withdraw (self, self->endpoint_objects, kept);
      }
}

static void
show_endpoints (BgDBusEndpoints *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n = bg_endpoints_count (self->endpoints);

  for (guint i = 0; i < n; i++)
    {
      BgEndpointInfo info;

      bg_endpoints_look (self->endpoints, i, &info);
      show_endpoint (self, &info, seen);
    }
  drop_endpoints (self, seen);
}

/* --- Accounts: those that there are at the start stay --- */

static void
show_account (BgDBusEndpoints *self, const BgEndpointSourceInfo *info)
{
  g_autofree char *path = bg_dbus_path_make ("accounts", info->name);
  BgDBusAccount *adaptor = g_hash_table_lookup (self->account_objects, path);

  if (adaptor)
    {
      bg_dbus_account_refresh (adaptor, info);
      return;
    }
  adaptor = bg_dbus_account_new (self->app, info, self->rights);
  g_hash_table_insert (self->account_objects, g_strdup (path), adaptor);
  export(self, path, adaptor);
}

static void
show_accounts (BgDBusEndpoints *self)
{
  guint n = bg_endpoints_count_sources (self->endpoints);

  for (guint i = 0; i < n; i++)
    {
      BgEndpointSourceInfo info;

      bg_endpoints_look_source (self->endpoints, i, &info);
      show_account (self, &info);
    }
}

static void
drop_accounts (BgDBusEndpoints *self)
{
  g_autofree char **paths = (char **) g_hash_table_get_keys_as_array (self->account_objects, NULL);

  for (char **path = paths; *path; path++)
    {
      g_autofree char *kept = g_strdup (*path);

      bg_dbus_account_detach (g_hash_table_lookup (self->account_objects, kept));
      withdraw (self, self->account_objects, kept);
    }
}

static void
on_endpoints_changed (BgEndpoints *endpoints, BgDBusEndpoints *self)
{
  show_accounts (self);
  show_endpoints (self);
}

/* --- Counters --- */

static void
count (BgDBusEndpoints *self)
{
  GHashTableIter iter;
  gpointer adaptor;

  g_hash_table_iter_init (&iter, self->endpoint_objects);
  while (g_hash_table_iter_next (&iter, NULL, &adaptor))
    bg_dbus_endpoint_count (adaptor);
}

static gboolean
on_counting (gpointer data)
{
  count (data);
  return G_SOURCE_CONTINUE;
}

static void
on_app_changed (BgApplication *app, BgDBusEndpoints *self)
{
  guint interval_ms = bg_application_get_info (app)->statistics_interval_ms;

  if (interval_ms == self->interval_ms)
    return;
  self->interval_ms = interval_ms;
  bg_source_drop (&self->counting);
  if (interval_ms == 0)
    return;
  count (self);
  self->counting = bg_source_attach (g_timeout_source_new (interval_ms), on_counting, self);
}

/* --- Life --- */

BgDBusEndpoints *
bg_dbus_endpoints_new (BgApplication *app, GDBusObjectManagerServer *manager, BgDBusRights *rights)
{
  BgDBusEndpoints *self = g_new0 (BgDBusEndpoints, 1);

  self->app = g_object_ref (app);
  self->endpoints = g_object_ref (bg_application_get_endpoints (app));
  self->manager = manager;
  self->rights = rights;
  self->endpoint_objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->account_objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  g_signal_connect (self->endpoints, "changed", G_CALLBACK (on_endpoints_changed), self);
  g_signal_connect (app, "changed", G_CALLBACK (on_app_changed), self);
  on_endpoints_changed (self->endpoints, self);
  return self;
}

void
bg_dbus_endpoints_free (BgDBusEndpoints *self)
{
  g_signal_handlers_disconnect_by_data (self->endpoints, self);
  g_signal_handlers_disconnect_by_data (self->app, self);
  bg_source_drop (&self->counting);
  drop_endpoints (self, NULL);
  drop_accounts (self);
  g_hash_table_unref (self->endpoint_objects);
  g_hash_table_unref (self->account_objects);
  g_object_unref (self->endpoints);
  g_object_unref (self->app);
  g_free (self);
}
