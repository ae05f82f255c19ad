/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "autostart.h"

#include <glib/gi18n.h>

#define WANTED "run-in-background"
#define ASKED "asked-for-background"

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (!answer)
    g_debug ("no background portal: %s", error->message);
}

static GVariant *
make_options (gboolean is_wanted)
{
  const char *const command[] = { "bamgate-applet", "--background", NULL };
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "reason", "s",
                         _ ("Tray icon, notifications and rules for networks"));
  g_variant_dict_insert (&options, "autostart", "b", is_wanted);
  g_variant_dict_insert (&options, "commandline", "^as", command);
  return g_variant_dict_end (&options);
}

static void
ask (GDBusConnection *bus, GSettings *settings)
{
  gboolean is_wanted = g_settings_get_boolean (settings, WANTED);
  g_autofree char *asked = g_settings_get_string (settings, ASKED);
  const char *asking = is_wanted ? "yes" : "no";

  /* Nothing was asked of a portal that never heard of us. */
  if (g_str_equal (asked, asking) || (!is_wanted && !*asked))
    return;
  g_settings_set_string (settings, ASKED, asking);
  g_dbus_connection_call (bus, "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                          "org.freedesktop.portal.Background", "RequestBackground",
                          g_variant_new ("(s@a{sv})", "", make_options (is_wanted)), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_answered, NULL);
}

static void
on_wanted_changed (GSettings *settings, const char *key, GDBusConnection *bus)
{
  ask (bus, settings);
}

void
applet_autostart_follow (GDBusConnection *session_bus, GSettings *settings)
{
  if (!g_getenv ("FLATPAK_ID") || !session_bus)
    return;
  g_signal_connect_object (settings, "changed::" WANTED, G_CALLBACK (on_wanted_changed),
                           session_bus, 0);
  ask (session_bus, settings);
}
