/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/nm-connectivity.h"

#define NM "org.freedesktop.NetworkManager"
#define PATH "/org/freedesktop/NetworkManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

enum
{
  PATIENCE_MS = 2000,
};

/* NMConnectivityState. Where it does not check it says "full". */
BgNmConnectivity
bg_nm_connectivity_read (GVariant *properties)
{
  gboolean available = FALSE, enabled = FALSE;
  guint32 state = BG_NM_NOT_KNOWN;

  g_variant_lookup (properties, "ConnectivityCheckAvailable", "b", &available);
  g_variant_lookup (properties, "ConnectivityCheckEnabled", "b", &enabled);
  g_variant_lookup (properties, "Connectivity", "u", &state);
  return available && enabled && state <= BG_NM_FULL ? (BgNmConnectivity) state : BG_NM_NOT_KNOWN;
}

static void
on_properties (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GVariant) properties = answer ? g_variant_get_child_value (answer, 0) : NULL;

  g_task_return_int (task, properties ? bg_nm_connectivity_read (properties) : BG_NM_NOT_KNOWN);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);

  if (!bus)
    {
      g_task_return_int (task, BG_NM_NOT_KNOWN);
      return;
    }
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  g_dbus_connection_call (bus, NM, PATH, PROPERTIES, "GetAll", g_variant_new ("(s)", NM),
                          G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, PATIENCE_MS,
                          g_task_get_cancellable (task), on_properties, g_object_ref (task));
}

void
bg_nm_connectivity_ask_async (GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);

  g_bus_get (G_BUS_TYPE_SYSTEM, cancellable, on_bus, task);
}

BgNmConnectivity
bg_nm_connectivity_ask_finish (GAsyncResult *result)
{
  gssize state = g_task_propagate_int (G_TASK (result), NULL);

  return state > BG_NM_NOT_KNOWN ? (BgNmConnectivity) state : BG_NM_NOT_KNOWN;
}
