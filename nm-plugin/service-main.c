/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nm-bamgate-service: started by NetworkManager, ends some minutes after the last connection. */
#include "common/program-locale.h"
#include "service.h"
#include "vpn-keys.h"

#include <bamgate.h>
#include <glib-unix.h>
#include <glib/gi18n.h>

static void
on_plugin_quit (NMVpnServicePlugin *plugin, GMainLoop *loop)
{
  g_main_loop_quit (loop);
}

/* Nobody is there to end the connection. Not left to libnm, whose plugin would end with every connection, and now and then
 * while NetworkManager begins the next one. */
static void
on_network_manager_vanished (GDBusConnection *bus, const char *name, gpointer loop)
{
  g_message ("NetworkManager is gone");
  g_main_loop_quit (loop);
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

/* Somebody else is the plugin now: NetworkManager speaks with him. */
static void
on_name_lost (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
              const char *signal, GVariant *parameters, gpointer loop)
{
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  if (*name == ':')
    return;
  g_warning (_ ("the name %s on the bus is lost: the connection ends"), name);
  g_main_loop_quit (loop);
}

static void
watch_bus (NMVpnServicePlugin *plugin, GMainLoop *loop)
{
  g_bus_watch_name_on_connection (nm_vpn_service_plugin_get_connection (plugin),
                                  "org.freedesktop.NetworkManager", G_BUS_NAME_WATCHER_FLAGS_NONE,
                                  NULL, on_network_manager_vanished, loop, NULL);
  g_dbus_connection_signal_subscribe (
    nm_vpn_service_plugin_get_connection (plugin), "org.freedesktop.DBus", "org.freedesktop.DBus",
    "NameLost", "/org/freedesktop/DBus", NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_name_lost, loop, NULL);
}

static int
serve (const char *bus_name)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (BamgateVpnService) service = bamgate_vpn_service_new (bus_name, &error);

  if (!service)
    {
      g_printerr ("nm-bamgate-service: %s\n", error->message);
      return 1;
    }
  g_signal_connect (service, "quit", G_CALLBACK (on_plugin_quit), loop);
  watch_bus (NM_VPN_SERVICE_PLUGIN (service), loop);
  g_unix_signal_add (SIGTERM, on_signal, loop);
  g_unix_signal_add (SIGINT, on_signal, loop);
  g_main_loop_run (loop);
  bamgate_vpn_service_release (service);
  nm_vpn_service_plugin_shutdown (NM_VPN_SERVICE_PLUGIN (service));
  return 0;
}

int
main (int argc, char **argv)
{
  g_autofree char *bus_name = NULL;
  gboolean debug = FALSE;
  const GOptionEntry entries[] = {
    { "bus-name", 0, 0, G_OPTION_ARG_STRING, &bus_name, N_ ("Name on the system bus"),
      N_ ("NAME") },
    { "debug", 0, 0, G_OPTION_ARG_NONE, &debug, N_ ("Say more"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  bg_locale_init (LC_ALL);
  g_option_context_set_summary (context, _ ("Brings the tunnel of bamgated up and down as a VPN "
                                            "connection of NetworkManager, which starts it."));
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("nm-bamgate-service: %s\n", error->message);
      return 2;
    }
  g_log_writer_default_set_use_stderr (TRUE);
  if (debug)
    g_setenv ("G_MESSAGES_DEBUG", "all", TRUE);
  bamgate_set_voice (BAMGATE_VOICE_WINDOW);
  return serve (bus_name ? bus_name : VPN_SERVICE);
}
