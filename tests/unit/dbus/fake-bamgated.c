/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bus side of bamgated over a fake application: fake-bamgated [ADDRESS], the system bus without one. Prints "ready". */
#include "unit/dbus/fake-application.h"

#include "common/log.h"
#include "dbus/dbus-rights.h"
#include "dbus/dbus-service.h"

#include <glib-unix.h>
#include <stdio.h>

static gboolean
on_sigterm (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer data)
{
  puts ("ready");
  fflush (stdout);
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer data)
{
  g_error ("%s lost", name);
}

static GDBusConnection *
connect_to (const char *address)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection;

  if (address)
    connection = g_dbus_connection_new_for_address_sync (
      address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
        | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);
  else
    connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
  if (!connection)
    g_error ("%s", error->message);
  return connection;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (BgApplication) app = fake_application_new ();
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  BgDBusService *service;
  guint name;

  bg_log_init ("fake-bamgated");
  connection = connect_to (argc > 1 ? argv[1] : NULL);
  if (argc > 1)
    bg_dbus_rights_trust_own_user ();
  fake_application_add_peer (app, "home", FALSE);
  fake_application_add_peer (app, "office", TRUE);
  fake_application_add_peer (app, "attic", FALSE);
  fake_application_bind (app, "web.prod", 80, NULL);
  fake_application_bind (app, "db.prod", 5432, bg_words (ENDPOINT_NO_ADDRESS));
  service = bg_dbus_service_new (connection, app, &error);
  if (!service)
    g_error ("%s", error->message);
  name = g_bus_own_name_on_connection (connection, BG_DBUS_NAME,
                                       G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, on_name_acquired,
                                       on_name_lost, NULL, NULL);
  g_unix_signal_add (SIGTERM, on_sigterm, loop);
  g_main_loop_run (loop);
  g_bus_unown_name (name);
  bg_dbus_service_free (service);
  return 0;
}
