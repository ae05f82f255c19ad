/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/nm-resolver.h"

#define NM "org.freedesktop.NetworkManager"
#define DNS_PATH "/org/freedesktop/NetworkManager/DnsManager"
#define DNS_MANAGER NM ".DnsManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define PATIENCE_MS 10000

struct _BgNmResolver
{
  GDBusConnection *bus;
  BgNmResolverChanged changed;
  gpointer owner;
  GCancellable *cancellable;
  guint subscription;
  gboolean is_known, writes;
};

static gboolean
is_writing (GVariant *properties)
{
  const char *mode = "", *rc_manager = "";

  g_variant_lookup (properties, "Mode", "&s", &mode);
  g_variant_lookup (properties, "RcManager", "&s", &rc_manager);
  return mode[0] && !g_str_equal (mode, "none") && !g_str_equal (mode, "systemd-resolved")
         && rc_manager[0] && !g_str_equal (rc_manager, "unmanaged");
}

static void
on_bus_properties (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error),
    properties = NULL;
  BgNmResolver *self = data;
  gboolean writes;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  properties = answer ? g_variant_get_child_value (answer, 0) : NULL;
  writes = properties && is_writing (properties);
  if (self->is_known && self->writes == writes)
    return;
  self->is_known = TRUE;
  self->writes = writes;
  self->changed (self->owner);
}

static void
ask (BgNmResolver *self)
{
  g_dbus_connection_call (self->bus, NM, DNS_PATH, PROPERTIES, "GetAll",
                          g_variant_new ("(s)", DNS_MANAGER), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, PATIENCE_MS, self->cancellable,
                          on_bus_properties, self);
}

static void
on_bus_changed (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                const char *member, GVariant *parameters, gpointer data)
{
  ask (data);
}

BgNmResolver *
bg_nm_resolver_new (GDBusConnection *bus, BgNmResolverChanged changed, gpointer owner)
{
  BgNmResolver *self = g_new0 (BgNmResolver, 1);

  self->bus = g_object_ref (bus);
  self->changed = changed;
  self->owner = owner;
  self->cancellable = g_cancellable_new ();
  self->subscription = g_dbus_connection_signal_subscribe (
    bus, NM, PROPERTIES, "PropertiesChanged", DNS_PATH, DNS_MANAGER, G_DBUS_SIGNAL_FLAGS_NONE,
    on_bus_changed, self, NULL);
  ask (self);
  return self;
}

void
bg_nm_resolver_free (BgNmResolver *self)
{
  if (!self)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  g_object_unref (self->bus);
  g_free (self);
}

gboolean
bg_nm_resolver_is_known (BgNmResolver *self)
{
  return self->is_known;
}

gboolean
bg_nm_resolver_writes (BgNmResolver *self)
{
  return self->writes;
}
