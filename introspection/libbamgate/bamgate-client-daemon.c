/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon comes and goes, and others may have its name: what is known is always of one owner of it, asked without blocking and
 * believed only as far as the types are right. GDBusObjectManagerClient would block whenever the name changes hands, and signal in
 * another thread's context. */
#include "bamgate-client-private.h"

#include "bamgate-enum-types.h"

#define MANAGER "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* --- What it says --- */

static void
on_tunnel_properties_changed (GDBusProxy *tunnel, GVariant *changed, const char *const *invalidated,
                              BamgateClient *self)
{
  g_autofree char *owner = g_dbus_proxy_get_name_owner (tunnel);

  if (!self->running || g_strcmp0 (owner, self->owner) != 0)
    return;
  bamgate_properties_update (&self->properties, changed);
  bamgate_properties_forget (&self->properties, invalidated);
}

static void
on_tunnel_signal (GDBusProxy *tunnel, const char *sender, const char *signal, GVariant *parameters,
                  BamgateClient *self)
{
  const char *old, *now, *reason;

  if (!self->running || !g_str_equal (signal, "StateChanged")
      || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    return;
  g_variant_get (parameters, "(&s&s&s)", &old, &now, &reason);
  if (*reason != '\0') /* the property, which changed before, has it in words of the person */
    reason = bamgate_client_get_state_reason (self);
  g_signal_emit (self, bamgate_client_signals[BAMGATE_CLIENT_STATE_CHANGED], 0,
                 bamgate_enum_from_word (BAMGATE_TYPE_STATE, old),
                 bamgate_enum_from_word (BAMGATE_TYPE_STATE, now), reason);
}

static void
on_manager_interfaces_added (GDBusConnection *connection, const char *sender, const char *path,
                             const char *interface, const char *signal, GVariant *parameters,
                             gpointer data)
{
  g_autoptr (BamgateClient) self = g_object_ref (data);
  g_autoptr (GVariant) interfaces = NULL;
  const char *object;

  if (!self->running || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oa{sa{sv}})")))
    return;
  g_variant_get (parameters, "(&o@a{sa{sv}})", &object, &interfaces);
  for (guint i = 0; i < BAMGATE_CLIENT_LISTS; i++)
    bamgate_object_list_add (&self->lists[i], object, interfaces);
}

static void
on_manager_interfaces_removed (GDBusConnection *connection, const char *sender, const char *path,
                               const char *interface, const char *signal, GVariant *parameters,
                               gpointer data)
{
  g_autoptr (BamgateClient) self = g_object_ref (data);
  g_autofree const char **interfaces = NULL;
  const char *object;

  if (!self->running || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oas)")))
    return;
  g_variant_get (parameters, "(&o^a&s)", &object, &interfaces);
  for (guint i = 0; i < BAMGATE_CLIENT_LISTS; i++)
    if (g_strv_contains (interfaces, bamgate_client_kinds[i].interface))
      bamgate_object_list_remove (&self->lists[i], object);
}

static void
on_object_properties_changed (GDBusConnection *connection, const char *sender, const char *path,
                              const char *interface, const char *signal, GVariant *parameters,
                              gpointer data)
{
  g_autoptr (BamgateClient) self = g_object_ref (data);
  g_autoptr (GVariant) changed = NULL;
  g_autofree const char **invalidated = NULL;
  const char *of;

  if (!self->running || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  g_variant_get (parameters, "(&s@a{sv}^a&s)", &of, &changed, &invalidated);
  for (guint i = 0; i < BAMGATE_CLIENT_LISTS; i++)
    if (g_str_equal (bamgate_client_kinds[i].interface, of))
      bamgate_object_list_change (&self->lists[i], path, changed, invalidated);
}

static void
on_files_changed (GDBusConnection *connection, const char *sender, const char *path,
                  const char *interface, const char *signal, GVariant *parameters, gpointer data)
{
  g_autoptr (BamgateClient) self = g_object_ref (data);

  if (self->running)
    g_signal_emit (self, bamgate_client_signals[BAMGATE_CLIENT_FILES_CHANGED], 0);
}

/* --- Who it is --- */

static guint
subscribe (BamgateClient *self, const char *interface, const char *signal, const char *path,
           const char *about, GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (self->target.connection, self->owner, interface,
                                             signal, path, about, G_DBUS_SIGNAL_FLAGS_NONE,
                                             callback, self, NULL);
}

static void
unsubscribe (BamgateClient *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->subscriptions); i++)
    if (self->subscriptions[i] > 0)
      g_dbus_connection_signal_unsubscribe (self->target.connection, self->subscriptions[i]);
  memset (self->subscriptions, 0, sizeof self->subscriptions);
}

static void
set_running (BamgateClient *self, gboolean running, GVariant *properties)
{
  g_object_freeze_notify (G_OBJECT (self));
  self->running = running;
  bamgate_properties_replace (&self->properties, properties);
  g_object_notify (G_OBJECT (self), "running");
  g_object_thaw_notify (G_OBJECT (self));
}

static void
leave (BamgateClient *self)
{
  g_autoptr (GVariant) nothing = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));

  unsubscribe (self);
  g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  g_clear_pointer (&self->owner, g_free);
  if (!self->running)
    return;
  set_running (self, FALSE, nothing);
  for (guint i = 0; i < BAMGATE_CLIENT_LISTS; i++)
    bamgate_object_list_clear (&self->lists[i]);
}

/* Whether there is a new one to be asked. */
static gboolean
turn_to_owner (BamgateClient *self)
{
  g_autofree char *owner = g_dbus_proxy_get_name_owner (self->tunnel);

  if (g_strcmp0 (owner, self->owner) == 0)
    return FALSE;
  leave (self);
  if (!owner)
    return FALSE;
  self->owner = g_steal_pointer (&owner);
  self->subscriptions[0] = subscribe (self, MANAGER, "InterfacesAdded", BAMGATE_BUS_PATH, NULL,
                                      on_manager_interfaces_added);
  self->subscriptions[1] = subscribe (self, MANAGER, "InterfacesRemoved", BAMGATE_BUS_PATH, NULL,
                                      on_manager_interfaces_removed);
  for (guint i = 0; i < BAMGATE_CLIENT_LISTS; i++)
    self->subscriptions[2 + i] = subscribe (self, PROPERTIES, "PropertiesChanged", NULL,
                                            bamgate_client_kinds[i].interface,
                                            on_object_properties_changed);
  self->subscriptions[2 + BAMGATE_CLIENT_LISTS] = subscribe (
    self, BAMGATE_FILES_INTERFACE, "Changed", BAMGATE_BUS_PATH, NULL, on_files_changed);
  return TRUE;
}

/* What the proxy knows; → a{sv}. */
static GVariant *
tunnel_properties (BamgateClient *self)
{
  g_auto (GStrv) names = g_dbus_proxy_get_cached_property_names (self->tunnel);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (char **name = names; name && *name; name++)
    {
      g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (self->tunnel, *name);

      if (value)
        g_variant_dict_insert_value (&dict, *name, value);
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* `answer` is (a{oa{sa{sv}}}), or NULL where it does not say. */
static void
arrive (BamgateClient *self, GVariant *answer)
{
  g_autoptr (GVariant) properties = tunnel_properties (self);
  g_autoptr (GVariant) objects = answer ? g_variant_get_child_value (answer, 0) : NULL;

  set_running (self, TRUE, properties);
  if (self->kept_interval > 0)
    bamgate_client_set_statistics_interval (self, self->kept_interval, NULL, NULL, NULL);
  for (guint i = 0; objects && self->running && i < BAMGATE_CLIENT_LISTS; i++)
    bamgate_object_list_set (&self->lists[i], objects);
}

void
bamgate_client_keep_interval (BamgateClient *self, guint milliseconds)
{
  self->kept_interval = milliseconds;
}

/* --- Asking it --- */

static void
ask (BamgateClient *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_dbus_connection_call (self->target.connection, self->owner, BAMGATE_BUS_PATH, MANAGER,
                          "GetManagedObjects", NULL, G_VARIANT_TYPE ("(a{oa{sa{sv}}})"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, cancellable, callback, data);
}

/* Cancelled where `data` has gone. */
static void
on_objects_got (GObject *connection, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);
  g_autoptr (BamgateClient) self = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self = g_object_ref (data);
  g_clear_object (&self->asking);
  arrive (self, answer);
}

static void
on_tunnel_owner_changed (GObject *tunnel, GParamSpec *pspec, BamgateClient *self)
{
  if (!turn_to_owner (self))
    return;
  self->asking = g_cancellable_new ();
  ask (self, self->asking, on_objects_got, self);
}

static gboolean
on_bus_gone (gpointer data)
{
  leave (data);
  return G_SOURCE_REMOVE;
}

/* In whatever thread the connection is at home. */
static void
on_connection_closed (GDBusConnection *connection, gboolean vanished, GError *error,
                      BamgateClient *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, on_bus_gone, g_object_ref (self), g_object_unref);
  g_source_attach (source, self->context);
}

static void
take_tunnel (BamgateClient *self, GDBusProxy *tunnel)
{
  self->tunnel = tunnel;
  g_signal_connect_object (self->target.connection, "closed", G_CALLBACK (on_connection_closed),
                           self, 0);
  g_signal_connect_object (tunnel, "g-properties-changed",
                           G_CALLBACK (on_tunnel_properties_changed), self, 0);
  g_signal_connect_object (tunnel, "g-signal", G_CALLBACK (on_tunnel_signal), self, 0);
  g_signal_connect_object (tunnel, "notify::g-name-owner", G_CALLBACK (on_tunnel_owner_changed),
                           self, 0);
}

/* It went while it was asked: the news of that is on its way. */
static gboolean
is_gone (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
}

/* Takes `inner`. */
static gboolean
take_first_objects (BamgateClient *self, const char *owner, GVariant *answer, GError *inner,
                    GError **error)
{
  if (inner && !is_gone (inner))
    {
      g_propagate_error (error, bamgate_call_translate (inner));
      return FALSE;
    }
  g_clear_error (&inner);
  if (answer && g_strcmp0 (owner, self->owner) == 0)
    arrive (self, answer);
  return TRUE;
}

gboolean
bamgate_client_listen_sync (BamgateClient *self, GDBusProxy *tunnel, GCancellable *cancellable,
                            GError **error)
{
  g_autoptr (GVariant) answer = NULL;
  GError *inner = NULL;

  take_tunnel (self, tunnel);
  if (!turn_to_owner (self))
    return TRUE;
  answer = g_dbus_connection_call_sync (
    self->target.connection, self->owner, BAMGATE_BUS_PATH, MANAGER, "GetManagedObjects", NULL,
    G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, cancellable, &inner);
  return take_first_objects (self, self->owner, answer, inner, error);
}

static void
on_first_objects_got (GObject *connection, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *inner = NULL, *error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &inner);

  if (take_first_objects (g_task_get_source_object (task), g_task_get_task_data (task), answer,
                          inner, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
bamgate_client_listen (BamgateClient *self, GDBusProxy *tunnel, GTask *task)
{
  take_tunnel (self, tunnel);
  if (!turn_to_owner (self))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_task_set_task_data (task, g_strdup (self->owner), g_free);
  ask (self, g_task_get_cancellable (task), on_first_objects_got, g_object_ref (task));
}

void
bamgate_client_hang_up (BamgateClient *self)
{
  if (self->tunnel)
    {
      g_signal_handlers_disconnect_by_data (self->tunnel, self);
      g_signal_handlers_disconnect_by_data (self->target.connection, self);
    }
  leave (self);
  g_clear_object (&self->tunnel);
}
