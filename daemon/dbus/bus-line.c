/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/bus-line.h"

#include "app/retry.h"
#include "dbus/dbus-service.h"

struct _BgBusLine
{
  char *bus;
  BgApplication *app;
  BgBusLineTold told;
  gpointer owner;

  BgRetry *retry;
  GCancellable *dialling; /* NULL: no attempt is under way */
  GDBusConnection *connection;
  BgDBusService *service;
  guint name_id;
};

static void
hang_up (BgBusLine *self)
{
  if (self->name_id)
    g_bus_unown_name (self->name_id);
  self->name_id = 0;
  g_clear_pointer (&self->service, bg_dbus_service_free);
  if (self->connection)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
}

static void
fail (BgBusLine *self, const char *why)
{
  g_autoptr (BgWords) next = NULL;
  g_autofree char *text = NULL;

  hang_up (self);
  bg_retry_failed (self->retry);
  next = bg_retry_describe (self->retry);
  text = g_strdup_printf ("%s; %s", why, next->text);
  self->told (self->owner, BG_BUS_UNREACHABLE, text);
}

static void
on_connection_closed (GDBusConnection *connection, gboolean vanished, GError *error,
                      BgBusLine *self)
{
  fail (self, "the bus went away");
}

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer data)
{
  BgBusLine *self = data;

  bg_retry_succeeded (self->retry);
  self->told (self->owner, BG_BUS_SERVING, NULL);
}

/* In line for it from here on: it is ours as soon as the other lets go. */
static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer data)
{
  BgBusLine *self = data;

  if (connection && !g_dbus_connection_is_closed (connection))
    self->told (self->owner, BG_BUS_NAME_TAKEN,
                BG_DBUS_NAME ": the name is taken: another bamgated is running, or the bus does "
                             "not let us have it");
}

static void
serve (BgBusLine *self)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_connection_closed), self);
  self->service = bg_dbus_service_new (self->connection, self->app, &error);
  if (self->service)
    self->name_id = g_bus_own_name_on_connection (self->connection, BG_DBUS_NAME,
                                                  G_BUS_NAME_OWNER_FLAGS_NONE, on_name_acquired,
                                                  on_name_lost, self, NULL);
  else
    fail (self, error->message);
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer data)
{
  BgBusLine *self = data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* nobody is there any more */
  g_clear_object (&self->dialling);
  self->connection = connection;
  if (connection)
    serve (self);
  else
    fail (self, error->message);
}

static char *
find_address (BgBusLine *self, GError **error)
{
  if (g_str_equal (self->bus, "system"))
    return g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, error);
  if (g_str_equal (self->bus, "session"))
    return g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, error);
  return g_strdup (self->bus);
}

static void
dial (gpointer owner)
{
  BgBusLine *self = owner;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = find_address (self, &error);

  if (!address)
    {
      fail (self, error->message);
      return;
    }
  self->dialling = g_cancellable_new ();
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                       | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, self->dialling, on_dialled, self);
}

BgBusLine *
bg_bus_line_new (const char *bus, BgApplication *app, BgBusLineTold told, gpointer owner)
{
  BgBusLine *self = g_new0 (BgBusLine, 1);

  self->bus = g_strdup (bus);
  self->app = g_object_ref (app);
  self->told = told;
  self->owner = owner;
  self->retry = bg_retry_new (dial, self);
  bg_retry_soon (self->retry);
  return self;
}

GDBusConnection *
bg_bus_line_get_connection (BgBusLine *self)
{
  return self->connection;
}

void
bg_bus_line_free (BgBusLine *self)
{
  g_autoptr (GDBusConnection) connection = NULL;

  if (!self)
    return;
  if (self->dialling)
    g_cancellable_cancel (self->dialling);
  g_clear_object (&self->dialling);
  bg_retry_free (self->retry);
  connection = self->connection ? g_object_ref (self->connection) : NULL;
  hang_up (self);
  if (connection && !g_dbus_connection_is_closed (connection))
    g_dbus_connection_flush_sync (connection, NULL, NULL);
  g_object_unref (self->app);
  g_free (self->bus);
  g_free (self);
}
