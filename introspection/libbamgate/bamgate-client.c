/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-client-private.h"

#include "bamgate-enum-types.h"
#include "bamgate-peer-private.h"
#include "bamgate-properties.h"

#define BUS_NAME "org.bamgate.Tunnel1"
#define BUS_PATH "/org/bamgate/Tunnel1"

static const BamgateProperty properties[] = {
  { "version", "Version", 's' },
  { "state", "State", 'e', bamgate_state_get_type },
  { "state-reason", "StateReason", 's' },
  { "name", "Name", 's' },
  { "addresses", "Addresses", 'l' },
  { "public-key", "PublicKey", 's' },
  { "interface", "Interface", 's' },
  { "link-addresses", "LinkAddresses", 'l' },
  { "link-routes", "LinkRoutes", 'l' },
  { "link-mtu", "LinkMtu", 'u' },
  { "link-manager", "LinkManager", 's' },
  { "server-url", "ServerUrl", 's' },
  { "signaling-state", "SignalingState", 'e', bamgate_signaling_state_get_type },
  { "routes", "Routes", 'l' },
  { "accept-routes", "AcceptRoutes", 'b' },
  { "pending-restart", "PendingRestart", 'l' },
  { "up-since", "UpSince", 'x' },
  { "rx-bytes", "RxBytes", 't' },
  { "tx-bytes", "TxBytes", 't' },
  { "drops", "Drops", 'd' },
  { "statistics-interval", "StatisticsInterval", 'u' },
  { NULL },
};

enum
{
  PROP_RUNNING = G_N_ELEMENTS (properties),
  PROP_CONNECTION,
  PROP_AUTOSTART,
  PROP_PEERS
};
enum
{
  SIGNAL_PEER_ADDED,
  SIGNAL_PEER_REMOVED,
  SIGNAL_STATE_CHANGED,
  SIGNALS
};
static guint signals[SIGNALS];

static void initable_init (GInitableIface *iface);
static void async_initable_init (GAsyncInitableIface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (BamgateClient, bamgate_client, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, initable_init)
                                 G_IMPLEMENT_INTERFACE (G_TYPE_ASYNC_INITABLE, async_initable_init))

/* --- What happens on the bus --- */

static void
on_tunnel_changed (GDBusProxy *proxy, GVariant *changed, const char *const *invalidated,
                   gpointer data)
{
  bamgate_properties_notify (G_OBJECT (data), properties, changed, invalidated);
}

static void
on_tunnel_owner_changed (GObject *tunnel, GParamSpec *pspec, BamgateClient *self)
{
  g_object_notify (G_OBJECT (self), "running");
}

static void
on_tunnel_state_changed (BgDBusTunnel1 *tunnel, const char *old, const char *now,
                         const char *reason, BamgateClient *self)
{
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0,
                 bamgate_enum_from_word (BAMGATE_TYPE_STATE, old),
                 bamgate_enum_from_word (BAMGATE_TYPE_STATE, now), reason);
}

static void
on_manager_object_added (GDBusObjectManager *manager, GDBusObject *object, BamgateClient *self)
{
  BamgatePeer *peer = bamgate_client_add_peer (self, object);

  if (peer)
    g_signal_emit (self, signals[SIGNAL_PEER_ADDED], 0, peer);
}

static void
on_manager_object_removed (GDBusObjectManager *manager, GDBusObject *object, BamgateClient *self)
{
  g_autoptr (BamgatePeer)
    peer = bamgate_client_remove_peer (self, g_dbus_object_get_object_path (object));

  if (peer)
    g_signal_emit (self, signals[SIGNAL_PEER_REMOVED], 0, peer);
}

/* --- Life --- */

static void
take_tunnel (BamgateClient *self, BgDBusTunnel1 *tunnel)
{
  self->tunnel = tunnel;
  g_signal_connect_object (tunnel, "g-properties-changed", G_CALLBACK (on_tunnel_changed), self, 0);
  g_signal_connect_object (tunnel, "notify::g-name-owner", G_CALLBACK (on_tunnel_owner_changed),
                           self, 0);
  g_signal_connect_object (tunnel, "state-changed", G_CALLBACK (on_tunnel_state_changed), self, 0);
}

static void
take_manager (BamgateClient *self, GDBusObjectManager *manager)
{
  GList *objects = g_dbus_object_manager_get_objects (manager);

  self->manager = manager;
  for (GList *l = objects; l; l = l->next)
    bamgate_client_add_peer (self, l->data);
  g_list_free_full (objects, g_object_unref);
  g_signal_connect_object (manager, "object-added", G_CALLBACK (on_manager_object_added), self, 0);
  g_signal_connect_object (manager, "object-removed", G_CALLBACK (on_manager_object_removed), self,
                           0);
}

static GDBusProxyFlags
proxy_flags (BamgateClient *self)
{
  return self->autostart ? G_DBUS_PROXY_FLAGS_NONE : G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START;
}

/* The proxy has started the daemon already where that was wanted. */
#define MANAGER_FLAGS G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START

static gboolean
bamgate_client_initable_init (GInitable *initable, GCancellable *cancellable, GError **error)
{
  BamgateClient *self = BAMGATE_CLIENT (initable);
  BgDBusTunnel1 *tunnel;
  GDBusObjectManager *manager;

  if (!self->connection)
    self->connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, cancellable, error);
  if (!self->connection)
    return FALSE;
  tunnel = bg_dbus_tunnel1_proxy_new_sync (self->connection, proxy_flags (self), BUS_NAME, BUS_PATH,
                                           cancellable, error);
  if (!tunnel)
    return FALSE;
  take_tunnel (self, tunnel);
  manager = bg_dbus_object_manager_client_new_sync (self->connection, MANAGER_FLAGS, BUS_NAME,
                                                    BUS_PATH, cancellable, error);
  if (!manager)
    return FALSE;
  take_manager (self, manager);
  return TRUE;
}

static void
on_manager_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  GDBusObjectManager *manager = bg_dbus_object_manager_client_new_finish (result, &error);

  if (!manager)
    {
      g_task_return_error (task, error);
      return;
    }
  take_manager (g_task_get_source_object (task), manager);
  g_task_return_boolean (task, TRUE);
}

static void
on_tunnel_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BamgateClient *self = g_task_get_source_object (task);
  GError *error = NULL;
  BgDBusTunnel1 *tunnel = bg_dbus_tunnel1_proxy_new_finish (result, &error);

  if (!tunnel)
    {
      g_task_return_error (task, error);
      return;
    }
  take_tunnel (self, tunnel);
  bg_dbus_object_manager_client_new (self->connection, MANAGER_FLAGS, BUS_NAME, BUS_PATH,
                                     g_task_get_cancellable (task), on_manager_made,
                                     g_object_ref (task));
}

static void
make_tunnel (GTask *task)
{
  BamgateClient *self = g_task_get_source_object (task);

  bg_dbus_tunnel1_proxy_new (self->connection, proxy_flags (self), BUS_NAME, BUS_PATH,
                             g_task_get_cancellable (task), on_tunnel_made, g_object_ref (task));
}

static void
on_bus_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BamgateClient *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->connection = g_bus_get_finish (result, &error);
  if (self->connection)
    make_tunnel (task);
  else
    g_task_return_error (task, error);
}

static void
bamgate_client_init_async (GAsyncInitable *initable, int priority, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data)
{
  BamgateClient *self = BAMGATE_CLIENT (initable);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  g_task_set_priority (task, priority);
  if (self->connection)
    make_tunnel (task);
  else
    g_bus_get (G_BUS_TYPE_SYSTEM, cancellable, on_bus_got, g_object_ref (task));
}

static gboolean
bamgate_client_init_finish (GAsyncInitable *initable, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
initable_init (GInitableIface *iface)
{
  iface->init = bamgate_client_initable_init;
}

static void
async_initable_init (GAsyncInitableIface *iface)
{
  iface->init_async = bamgate_client_init_async;
  iface->init_finish = bamgate_client_init_finish;
}

static void
bamgate_client_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BamgateClient *self = BAMGATE_CLIENT (object);

  switch (id)
    {
    case PROP_RUNNING:
      g_value_set_boolean (value, bamgate_client_get_running (self));
      break;
    case PROP_CONNECTION:
      g_value_set_object (value, self->connection);
      break;
    case PROP_AUTOSTART:
      g_value_set_boolean (value, self->autostart);
      break;
    case PROP_PEERS:
      g_value_set_object (value, self->peers);
      break;
    default:
      if (!bamgate_properties_get (properties, id, G_DBUS_PROXY (self->tunnel), value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bamgate_client_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  BamgateClient *self = BAMGATE_CLIENT (object);

  switch (id)
    {
    case PROP_CONNECTION:
      self->connection = g_value_dup_object (value);
      break;
    case PROP_AUTOSTART:
      self->autostart = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bamgate_client_dispose (GObject *object)
{
  BamgateClient *self = BAMGATE_CLIENT (object);

  g_hash_table_remove_all (self->peers_by_path);
  g_clear_object (&self->manager);
  g_clear_object (&self->tunnel);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (bamgate_client_parent_class)->dispose (object);
}

static void
bamgate_client_finalize (GObject *object)
{
  BamgateClient *self = BAMGATE_CLIENT (object);

  g_hash_table_unref (self->peers_by_path);
  g_object_unref (self->peers);
  G_OBJECT_CLASS (bamgate_client_parent_class)->finalize (object);
}

static void
bamgate_client_class_init (BamgateClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bamgate_client_get_property;
  object_class->set_property = bamgate_client_set_property;
  object_class->dispose = bamgate_client_dispose;
  object_class->finalize = bamgate_client_finalize;
  bamgate_properties_install (object_class, properties);

  /**
   * BamgateClient:running:
   *
   * Whether the daemon is on the bus.
   */
  g_object_class_install_property (
    object_class, PROP_RUNNING,
    g_param_spec_boolean ("running", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY));
  /**
   * BamgateClient:connection:
   *
   * The bus, the system bus unless said otherwise.
   */
  g_object_class_install_property (
    object_class, PROP_CONNECTION,
    g_param_spec_object ("connection", NULL, NULL, G_TYPE_DBUS_CONNECTION,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
  /**
   * BamgateClient:autostart:
   *
   * Whether making the client starts the daemon where it can be activated.
   */
  g_object_class_install_property (
    object_class, PROP_AUTOSTART,
    g_param_spec_boolean ("autostart", NULL, NULL, TRUE,
                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));

  /**
   * BamgateClient:peers: (getter get_peers)
   *
   * The other machines, by name: a list of [class@Peer].
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PEERS,
                                   g_param_spec_object ("peers", NULL, NULL, G_TYPE_LIST_MODEL,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  /**
   * BamgateClient::peer-added:
   * @self: the client
   * @peer: the new peer
   */
  signals[SIGNAL_PEER_ADDED] = g_signal_new ("peer-added", BAMGATE_TYPE_CLIENT, G_SIGNAL_RUN_LAST,
                                             0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                             BAMGATE_TYPE_PEER);
  /**
   * BamgateClient::peer-removed:
   * @self: the client
   * @peer: the peer that went
   */
  signals[SIGNAL_PEER_REMOVED] = g_signal_new ("peer-removed", BAMGATE_TYPE_CLIENT,
                                               G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                               1, BAMGATE_TYPE_PEER);
  /**
   * BamgateClient::state-changed:
   * @self: the client
   * @old: the state before
   * @now: the state now
   * @reason: why, in words for people, or empty
   */
  signals[SIGNAL_STATE_CHANGED] = g_signal_new (
    "state-changed", BAMGATE_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
    BAMGATE_TYPE_STATE, BAMGATE_TYPE_STATE, G_TYPE_STRING);
}

static void
bamgate_client_init (BamgateClient *self)
{
  self->peers = g_list_store_new (BAMGATE_TYPE_PEER);
  self->peers_by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/**
 * bamgate_client_new_sync:
 * @cancellable: (nullable): ends the waiting
 * @error: what went wrong
 *
 * Connects to the daemon on the system bus and starts it where it can be activated. A daemon that does not run is no
 * error: see #BamgateClient:running.
 *
 * Returns: (transfer full): a client
 */
BamgateClient *
bamgate_client_new_sync (GCancellable *cancellable, GError **error)
{
  return bamgate_client_new_for_connection_sync (NULL, TRUE, cancellable, error);
}

/**
 * bamgate_client_new_for_connection_sync:
 * @connection: (nullable): a bus, the system bus for %NULL
 * @autostart: whether to start the daemon
 * @cancellable: (nullable): ends the waiting
 * @error: what went wrong
 *
 * The same for any bus.
 *
 * Returns: (transfer full): a client
 */
BamgateClient *
bamgate_client_new_for_connection_sync (GDBusConnection *connection, gboolean autostart,
                                        GCancellable *cancellable, GError **error)
{
  return g_initable_new (BAMGATE_TYPE_CLIENT, cancellable, error, "connection", connection,
                         "autostart", autostart, NULL);
}

/**
 * bamgate_client_new:
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async): called when the client is there
 * @user_data: for @callback
 *
 * [ctor@Client.new_sync] without blocking.
 */
void
bamgate_client_new (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_client_new_for_connection (NULL, TRUE, cancellable, callback, user_data);
}

/**
 * bamgate_client_new_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Returns: (transfer full): a client
 */
BamgateClient *
bamgate_client_new_finish (GAsyncResult *result, GError **error)
{
  return bamgate_client_new_for_connection_finish (result, error);
}

/**
 * bamgate_client_new_for_connection:
 * @connection: (nullable): a bus, the system bus for %NULL
 * @autostart: whether to start the daemon
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async): called when the client is there
 * @user_data: for @callback
 *
 * [ctor@Client.new_for_connection_sync] without blocking.
 */
void
bamgate_client_new_for_connection (GDBusConnection *connection, gboolean autostart,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_async_initable_new_async (BAMGATE_TYPE_CLIENT, G_PRIORITY_DEFAULT, cancellable, callback,
                              user_data, "connection", connection, "autostart", autostart, NULL);
}

/**
 * bamgate_client_new_for_connection_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Returns: (transfer full): a client
 */
BamgateClient *
bamgate_client_new_for_connection_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (GObject) source = g_async_result_get_source_object (result);
  GObject *object = g_async_initable_new_finish (G_ASYNC_INITABLE (source), result, error);

  return object ? BAMGATE_CLIENT (object) : NULL;
}

/* --- What is there --- */

/**
 * bamgate_client_get_connection:
 *
 * Returns: (transfer none): the bus
 */
GDBusConnection *
bamgate_client_get_connection (BamgateClient *self)
{
  return self->connection;
}

/**
 * bamgate_client_get_running:
 *
 * Returns: whether the daemon is on the bus
 */
gboolean
bamgate_client_get_running (BamgateClient *self)
{
  g_autofree char *owner = self->tunnel ? g_dbus_proxy_get_name_owner (G_DBUS_PROXY (self->tunnel))
                                        : NULL;

  return owner != NULL;
}
