/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit/private-bus.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>

void
private_bus_init (PrivateBus *bus)
{
  bus->dir = g_dir_make_tmp ("private-bus-XXXXXX", NULL);
  bus->address = g_strdup_printf ("unix:path=%s/bus", bus->dir);
}

/* Of a test that fails nothing is left. */
static void
die_with_us (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

void
private_bus_start (PrivateBus *bus)
{
  g_autoptr (GSubprocessLauncher)
    launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *listen = g_strdup_printf ("--address=%s", bus->address);
  g_autoptr (GError) error = NULL;
  GInputStream *said;
  char byte;

  g_subprocess_launcher_set_child_setup (launcher, die_with_us, NULL, NULL);
  bus->daemon = g_subprocess_launcher_spawn (launcher, &error, "dbus-daemon", "--session",
                                             "--nofork", "--nopidfile", "--print-address=1", listen,
                                             NULL);
  g_assert_no_error (error);
  said = g_subprocess_get_stdout_pipe (bus->daemon);
  g_assert_cmpint (g_input_stream_read (said, &byte, 1, NULL, NULL), ==, 1);
}

void
private_bus_stop (PrivateBus *bus)
{
  g_subprocess_force_exit (bus->daemon);
  g_subprocess_wait (bus->daemon, NULL, NULL);
  g_clear_object (&bus->daemon);
}

void
private_bus_clear (PrivateBus *bus)
{
  g_autofree char *path = g_build_filename (bus->dir, "bus", NULL);

  if (bus->daemon)
    private_bus_stop (bus);
  g_unlink (path);
  g_rmdir (bus->dir);
  g_free (bus->dir);
  g_free (bus->address);
}

GDBusConnection *
private_bus_connect (PrivateBus *bus)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
    bus->address,
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_REMOVE;
}

void
private_bus_iterate (void)
{
  GSource *tick = g_timeout_source_new (20);

  g_source_set_callback (tick, on_tick, NULL, NULL);
  g_source_attach (tick, NULL);
  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (tick);
  g_source_unref (tick);
}
