/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/bus-watch.h"

#include "common/source.h"

enum
{
  RETRY_MIN_MS = 1000,
  RETRY_MAX_MS = 60000,
};

typedef struct
{
  BgBusWatch *watch;
  const char *name;
  guint id;
  gboolean is_known;
  char *owner; /* NULL: nobody has it */
} Name;

struct _BgBusWatch
{
  char *address;
  BgBusWatchChanged changed;
  gpointer owner;
  GCancellable *cancellable;
  GDBusConnection *bus;
  gulong closed_handler;
  gboolean is_away; /* the bus */
  GSource *retry;
  guint delay_ms;
  Name *names;
  guint n_names;
};

static void connect_bus (BgBusWatch *self);

/* --- Names --- */

static void
set_owner (Name *name, const char *owner)
{
  gboolean is_news = !name->is_known || g_strcmp0 (name->owner, owner) != 0;

  name->is_known = TRUE;
  g_free (name->owner);
  name->owner = g_strdup (owner);
  if (is_news && bg_bus_watch_is_settled (name->watch))
    name->watch->changed (name->watch->owner);
}

static void
on_bus_name_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
  set_owner (data, owner);
}

static void
on_bus_name_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  set_owner (data, NULL);
}

static void
watch_names (BgBusWatch *self)
{
  for (guint i = 0; i < self->n_names; i++)
    self->names[i].id = g_bus_watch_name_on_connection (
      self->bus, self->names[i].name, G_BUS_NAME_WATCHER_FLAGS_NONE, on_bus_name_appeared,
      on_bus_name_vanished, &self->names[i], NULL);
}

static void
forget_names (BgBusWatch *self)
{
  for (guint i = 0; i < self->n_names; i++)
    {
      Name *name = &self->names[i];

      if (name->id)
        g_bus_unwatch_name (name->id);
      name->id = 0;
      name->is_known = FALSE;
      g_clear_pointer (&name->owner, g_free);
    }
}

/* --- The bus --- */

static gboolean
on_retry (gpointer data)
{
  BgBusWatch *self = data;

  bg_source_drop (&self->retry);
  connect_bus (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BgBusWatch *self)
{
  gboolean is_news = !self->is_away;

  self->is_away = TRUE;
  bg_source_arm (&self->retry, self->delay_ms, on_retry, self);
  self->delay_ms = MIN (self->delay_ms * 2, RETRY_MAX_MS);
  if (is_news)
    self->changed (self->owner);
}

static void
drop_bus (BgBusWatch *self)
{
  if (!self->bus)
    return;
  forget_names (self);
  g_signal_handler_disconnect (self->bus, self->closed_handler);
  g_clear_object (&self->bus);
}

static void
on_bus_closed (GDBusConnection *bus, gboolean remote, GError *error, BgBusWatch *self)
{
  drop_bus (self);
  retry_later (self);
}

static void
on_bus_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus = g_dbus_connection_new_for_address_finish (result, &error);
  BgBusWatch *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* self is gone */
  if (!bus)
    {
      retry_later (self);
      return;
    }
  self->delay_ms = RETRY_MIN_MS;
  self->is_away = FALSE;
  self->bus = bus;
  self->closed_handler = g_signal_connect (bus, "closed", G_CALLBACK (on_bus_closed), self);
  watch_names (self);
}

static gboolean
on_no_address (gpointer data)
{
  BgBusWatch *self = data;

  bg_source_drop (&self->retry);
  retry_later (self);
  return G_SOURCE_REMOVE;
}

static void
connect_bus (BgBusWatch *self)
{
  g_autofree char *address = self->address
                               ? g_strdup (self->address)
                               : g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);

  if (address)
    g_dbus_connection_new_for_address (address,
                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                       NULL, self->cancellable, on_bus_connected, self);
  else
    bg_source_arm (&self->retry, 0, on_no_address, self); /* the owner has us only then */
}

/* --- Life --- */

BgBusWatch *
bg_bus_watch_new (const char *address, const char *const *names, BgBusWatchChanged changed,
                  gpointer owner)
{
  BgBusWatch *self = g_new0 (BgBusWatch, 1);

  self->address = g_strdup (address);
  self->changed = changed;
  self->owner = owner;
  self->cancellable = g_cancellable_new ();
  self->delay_ms = RETRY_MIN_MS;
  self->n_names = g_strv_length ((char **) names);
  self->names = g_new0 (Name, self->n_names);
  for (guint i = 0; i < self->n_names; i++)
    self->names[i] = (Name){ .watch = self, .name = names[i] };
  connect_bus (self);
  return self;
}

void
bg_bus_watch_free (BgBusWatch *self)
{
  if (!self)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  drop_bus (self);
  bg_source_drop (&self->retry);
  g_free (self->names);
  g_free (self->address);
  g_free (self);
}

gboolean
bg_bus_watch_is_settled (BgBusWatch *self)
{
  if (!self->bus)
    return self->is_away;
  for (guint i = 0; i < self->n_names; i++)
    if (!self->names[i].is_known)
      return FALSE;
  return TRUE;
}

GDBusConnection *
bg_bus_watch_get_bus (BgBusWatch *self)
{
  return self->bus;
}

const char *
bg_bus_watch_get_owner (BgBusWatch *self, const char *name)
{
  for (guint i = 0; i < self->n_names; i++)
    if (g_str_equal (self->names[i].name, name))
      return self->names[i].owner;
  return NULL;
}
