/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network-watch.h"

#define NM "org.freedesktop.NetworkManager"
#define NM_PATH "/org/freedesktop/NetworkManager"
#define ACTIVE NM ".Connection.Active"
#define ACCESS_POINT NM ".AccessPoint"

#define WIFI "802-11-wireless"
#define ACTIVATED 2
#define MAX_CONNECTIONS 16

/* NM80211ApSecurityFlags: encrypted for each, and open to everybody. */
#define KEY_MGMT_OWE 0x800u
#define KEY_MGMT_OWE_TM 0x1000u

struct _AppletNetworkWatch
{
  GObject parent;
  GDBusConnection *bus;
  GDBusProxy *manager;
  GCancellable *making;  /* the proxy */
  GCancellable *reading; /* a round through the connections */
  GQueue *left;          /* paths that this round has not read */
  char *primary;         /* the connection with the default route, or "/" */
  char *other;           /* the uuid of a connection that is not Wi-Fi, found on the way */
  AppletNetwork network;
};

G_DEFINE_FINAL_TYPE (AppletNetworkWatch, applet_network_watch, G_TYPE_OBJECT)

static guint changed_signal;

static void read_next (AppletNetworkWatch *self);

/* --- What was found --- */

static gboolean
is_same (const AppletNetwork *a, const AppletNetwork *b)
{
  return g_strcmp0 (a->id, b->id) == 0 && g_strcmp0 (a->ssid, b->ssid) == 0
         && a->is_open == b->is_open;
}

/* Takes what `found` has. */
static void
settle (AppletNetworkWatch *self, AppletNetwork *found)
{
  if (is_same (&self->network, found))
    {
      applet_network_clear (found);
      return;
    }
  applet_network_clear (&self->network);
  self->network = *found;
  g_signal_emit (self, changed_signal, 0);
}

static void
settle_without_wifi (AppletNetworkWatch *self)
{
  AppletNetwork found = { 0 };

  if (self->other)
    found.id = g_strconcat ("connection:", self->other, NULL);
  settle (self, &found);
}

static guint
flags_of (GVariantDict *properties, const char *name)
{
  guint32 flags = 0;

  g_variant_dict_lookup (properties, name, "u", &flags);
  return flags;
}

/* WEP, which is "privacy" without WPA and RSN, keeps nobody out. */
static gboolean
is_open (GVariantDict *access_point)
{
  guint32 security = flags_of (access_point, "WpaFlags") | flags_of (access_point, "RsnFlags");
  guint32 key_management = security & ~0xffu;

  return (key_management & ~(KEY_MGMT_OWE | KEY_MGMT_OWE_TM)) == 0;
}

static void
settle_wifi (AppletNetworkWatch *self, GVariantDict *access_point)
{
  g_autoptr (GVariant)
    ssid = g_variant_dict_lookup_value (access_point, "Ssid", G_VARIANT_TYPE ("ay"));
  AppletNetwork found = { 0 };
  const guint8 *bytes;
  gsize length;

  if (!ssid)
    {
      settle_without_wifi (self);
      return;
    }
  bytes = g_variant_get_fixed_array (ssid, &length, 1);
  found.ssid = applet_network_ssid_text (bytes, length);
  found.is_open = is_open (access_point);
  found.id = g_strconcat (found.is_open ? "open:" : "secured:", found.ssid, NULL);
  settle (self, &found);
}

/* --- Reading, one after the other --- */

static void
get_all (AppletNetworkWatch *self, const char *path, const char *interface,
         GAsyncReadyCallback callback)
{
  g_dbus_connection_call (self->bus, NM, path, "org.freedesktop.DBus.Properties", "GetAll",
                          g_variant_new ("(s)", interface), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, self->reading, callback, self);
}

/* FALSE: the round was called off, and `self` may be gone. Without an answer there are no properties. */
static gboolean
take_answer (GObject *source, GAsyncResult *result, GVariantDict *properties)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) dict = answer ? g_variant_get_child_value (answer, 0) : NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;
  g_variant_dict_init (properties, dict);
  return TRUE;
}

static void
on_access_point_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_auto (GVariantDict) properties = { 0 };

  if (take_answer (source, result, &properties))
    settle_wifi (data, &properties);
}

static gboolean
is_of_the_machine_itself (const char *type)
{
  static const char *const own[] = { "vpn",   "wireguard", "tun",       "loopback",
                                     "dummy", "bridge",    "ip-tunnel", NULL };

  return g_strv_contains (own, type);
}

static void
judge_connection (AppletNetworkWatch *self, const char *path, GVariantDict *properties)
{
  const char *type = "", *uuid = "", *access_point = "/";
  guint32 state = 0;

  g_variant_dict_lookup (properties, "State", "u", &state);
  g_variant_dict_lookup (properties, "Type", "&s", &type);
  g_variant_dict_lookup (properties, "Uuid", "&s", &uuid);
  g_variant_dict_lookup (properties, "SpecificObject", "&o", &access_point);
  if (state == ACTIVATED && g_str_equal (type, WIFI) && !g_str_equal (access_point, "/"))
    {
      get_all (self, access_point, ACCESS_POINT, on_access_point_read);
      return;
    }
  if (state == ACTIVATED && !is_of_the_machine_itself (type) && !self->other)
    self->other = g_strdup (uuid);
  /* Where the default route leads is where we are. */
  if (self->other && g_strcmp0 (path, self->primary) == 0)
    settle_without_wifi (self);
  else
    read_next (self);
}

static void
on_connection_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_auto (GVariantDict) properties = { 0 };
  AppletNetworkWatch *self = data;
  g_autofree char *path = NULL;

  if (!take_answer (source, result, &properties))
    return;
  path = g_queue_pop_head (self->left);
  judge_connection (self, path, &properties);
}

static void
read_next (AppletNetworkWatch *self)
{
  const char *path = g_queue_peek_head (self->left);

  if (path)
    get_all (self, path, ACTIVE, on_connection_read);
  else
    settle_without_wifi (self);
}

static void
stop_reading (AppletNetworkWatch *self)
{
  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  g_queue_clear_full (self->left, g_free);
  g_clear_pointer (&self->primary, g_free);
  g_clear_pointer (&self->other, g_free);
}

static void
queue_connections (AppletNetworkWatch *self, GVariant *active)
{
  GVariantIter iter;
  const char *path;

  if (!g_str_equal (self->primary, "/"))
    g_queue_push_tail (self->left, g_strdup (self->primary));
  g_variant_iter_init (&iter, active);
  while (g_variant_iter_next (&iter, "&o", &path)
         && g_queue_get_length (self->left) < MAX_CONNECTIONS)
    if (!g_str_equal (path, self->primary))
      g_queue_push_tail (self->left, g_strdup (path));
}

static void
read_all (AppletNetworkWatch *self)
{
  g_autoptr (GVariant)
    primary = g_dbus_proxy_get_cached_property (self->manager, "PrimaryConnection");
  g_autoptr (GVariant)
    active = g_dbus_proxy_get_cached_property (self->manager, "ActiveConnections");

  stop_reading (self);
  self->reading = g_cancellable_new ();
  self->primary = g_strdup (primary ? g_variant_get_string (primary, NULL) : "/");
  if (active)
    queue_connections (self, active);
  read_next (self);
}

/* --- NetworkManager --- */

static gboolean
names_any (GVariant *changed, const char *const *names)
{
  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (changed, names[i], NULL);

      if (value)
        return TRUE;
    }
  return FALSE;
}

static void
on_manager_properties_changed (GDBusProxy *manager, GVariant *changed,
                               const char *const *invalidated, AppletNetworkWatch *self)
{
  static const char *const interesting[] = { "PrimaryConnection", "ActiveConnections", "State",
                                             NULL };

  if (names_any (changed, interesting))
    read_all (self);
}

static void
on_manager_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GDBusProxy *manager = g_dbus_proxy_new_finish (result, &error);
  AppletNetworkWatch *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!manager)
    {
      g_debug ("networks: %s", error->message);
      return;
    }
  self->manager = manager;
  g_signal_connect_object (manager, "g-properties-changed",
                           G_CALLBACK (on_manager_properties_changed), self, 0);
  g_signal_connect_object (manager, "notify::g-name-owner", G_CALLBACK (read_all), self,
                           G_CONNECT_SWAPPED);
  read_all (self);
}

const AppletNetwork *
applet_network_watch_get (AppletNetworkWatch *self)
{
  return &self->network;
}

AppletNetworkWatch *
applet_network_watch_new (GDBusConnection *system_bus)
{
  AppletNetworkWatch *self = g_object_new (APPLET_TYPE_NETWORK_WATCH, NULL);

  self->bus = g_object_ref (system_bus);
  g_dbus_proxy_new (system_bus, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL, NM, NM_PATH, NM,
                    self->making, on_manager_made, self);
  return self;
}

static void
applet_network_watch_dispose (GObject *object)
{
  AppletNetworkWatch *self = APPLET_NETWORK_WATCH (object);

  g_cancellable_cancel (self->making);
  stop_reading (self);
  g_clear_object (&self->manager);
  G_OBJECT_CLASS (applet_network_watch_parent_class)->dispose (object);
}

static void
applet_network_watch_finalize (GObject *object)
{
  AppletNetworkWatch *self = APPLET_NETWORK_WATCH (object);

  g_clear_object (&self->making);
  g_clear_object (&self->bus);
  g_queue_free (self->left);
  applet_network_clear (&self->network);
  G_OBJECT_CLASS (applet_network_watch_parent_class)->finalize (object);
}

static void
applet_network_watch_class_init (AppletNetworkWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = applet_network_watch_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_network_watch_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
applet_network_watch_init (AppletNetworkWatch *self)
{
  self->making = g_cancellable_new ();
  self->left = g_queue_new ();
}
