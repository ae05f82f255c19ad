/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-client-private.h"

#include "bamgate-enum-types.h"
#include "bamgate-error.h"
#include "bamgate-words.h"

enum
{
  PROP_RUNNING = 1000, /* behind those of the bus */
  PROP_CONNECTION,
  PROP_BUS_TYPE,
  PROP_AUTOSTART,
  PROP_PEERS,
  PROP_ENDPOINTS,
  PROP_ACCOUNTS
};
guint bamgate_client_signals[BAMGATE_CLIENT_SIGNALS];

static void initable_init (GInitableIface *iface);
static void async_initable_init (GAsyncInitableIface *iface);

/**
 * BamgateClient:
 *
 * The tunnel of this machine, as the daemon tells of it.
 *
 * A client follows the daemon for as long as it lives: when the daemon goes, [property@Client:running] says so, states
 * are unknown and the list of peers is empty; when it is back, everything is there again.
 *
 * What changes is notified, the list of [method@Client.get_peers] says which peers come and go. All of it happens in the
 * thread-default main context in which the client was made.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE_WITH_CODE (BamgateClient, bamgate_client, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, initable_init)
                                 G_IMPLEMENT_INTERFACE (G_TYPE_ASYNC_INITABLE, async_initable_init))

/* --- Connecting --- */

/* What is not said is what the environment says, else the system bus. */
static gboolean
choose_bus (BamgateClient *self, GError **error)
{
  const char *word = g_getenv ("BAMGATE_BUS");

  if (self->bus_type != G_BUS_TYPE_NONE)
    return TRUE;
  if (!word || g_str_equal (word, "") || g_str_equal (word, "system"))
    self->bus_type = G_BUS_TYPE_SYSTEM;
  else if (g_str_equal (word, "session"))
    self->bus_type = G_BUS_TYPE_SESSION;
  else
    g_set_error (error, BAMGATE_ERROR, BAMGATE_ERROR_INVALID_ARGUMENT,
                 _ ("BAMGATE_BUS is “%s”, not “system” or “session”"), word);
  return self->bus_type != G_BUS_TYPE_NONE;
}

/* Unchecked: it is listened to as far as the types are right. */
static GDBusProxyFlags
proxy_flags (BamgateClient *self)
{
  return self->autostart ? G_DBUS_PROXY_FLAGS_NONE : G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START;
}

static gboolean
bamgate_client_initable_init (GInitable *initable, GCancellable *cancellable, GError **error)
{
  BamgateClient *self = BAMGATE_CLIENT (initable);
  GDBusProxy *tunnel;

  if (self->tunnel)
    return TRUE;
  if (!self->target.connection)
    {
      if (!choose_bus (self, error))
        return FALSE;
      self->target.connection = g_bus_get_sync (self->bus_type, cancellable, error);
    }
  if (!self->target.connection)
    return FALSE;
  tunnel = g_dbus_proxy_new_sync (self->target.connection, proxy_flags (self), NULL,
                                  BAMGATE_BUS_NAME, BAMGATE_BUS_PATH, self->target.interface,
                                  cancellable, error);
  return tunnel && bamgate_client_listen_sync (self, tunnel, cancellable, error);
}

static void
on_tunnel_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  GDBusProxy *tunnel = g_dbus_proxy_new_finish (result, &error);

  if (tunnel)
    bamgate_client_listen (g_task_get_source_object (task), tunnel, task);
  else
    g_task_return_error (task, error);
}

static void
make_tunnel (GTask *task)
{
  BamgateClient *self = g_task_get_source_object (task);

  g_dbus_proxy_new (self->target.connection, proxy_flags (self), NULL, BAMGATE_BUS_NAME,
                    BAMGATE_BUS_PATH, self->target.interface, g_task_get_cancellable (task),
                    on_tunnel_made, g_object_ref (task));
}

static void
on_bus_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BamgateClient *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->target.connection = g_bus_get_finish (result, &error);
  if (self->target.connection)
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
  GError *error = NULL;

  g_task_set_priority (task, priority);
  if (self->tunnel)
    g_task_return_boolean (task, TRUE);
  else if (self->target.connection)
    make_tunnel (task);
  else if (choose_bus (self, &error))
    g_bus_get (self->bus_type, cancellable, on_bus_got, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

static gboolean
bamgate_client_init_finish (GAsyncInitable *initable, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, initable), FALSE);
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

/* --- Life --- */

static void
bamgate_client_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BamgateClient *self = BAMGATE_CLIENT (object);

  switch (id)
    {
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    case PROP_CONNECTION:
      g_value_set_object (value, self->target.connection);
      break;
    case PROP_BUS_TYPE:
      g_value_set_enum (value, self->bus_type);
      break;
    case PROP_AUTOSTART:
      g_value_set_boolean (value, self->autostart);
      break;
    case PROP_PEERS:
    case PROP_ENDPOINTS:
    case PROP_ACCOUNTS:
      g_value_set_object (value, self->lists[id - PROP_PEERS].store);
      break;
    default:
      if (!bamgate_properties_get (&self->properties, id, value))
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
      self->target.connection = g_value_dup_object (value);
      break;
    case PROP_BUS_TYPE:
      self->bus_type = g_value_get_enum (value);
      break;
    case PROP_AUTOSTART:
      self->autostart = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bamgate_client_constructed (GObject *object)
{
  BamgateClient *self = BAMGATE_CLIENT (object);

  if (self->target.connection)
    self->bus_type = G_BUS_TYPE_NONE;
  if (!self->autostart)
    self->target.flags = G_DBUS_CALL_FLAGS_NO_AUTO_START;
  G_OBJECT_CLASS (bamgate_client_parent_class)->constructed (object);
}

static void
bamgate_client_dispose (GObject *object)
{
  bamgate_client_hang_up (BAMGATE_CLIENT (object));
  G_OBJECT_CLASS (bamgate_client_parent_class)->dispose (object);
}

static void
bamgate_client_finalize (GObject *object)
{
  BamgateClient *self = BAMGATE_CLIENT (object);

  g_main_context_unref (self->context);
  bamgate_target_clear (&self->target);
  bamgate_properties_clear (&self->properties);
  for (guint i = 0; i < BAMGATE_CLIENT_LISTS; i++)
    bamgate_object_list_finish (&self->lists[i]);
  G_OBJECT_CLASS (bamgate_client_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY,
              given = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  bamgate_properties_install (object_class, bamgate_client_bus_properties);
  /**
   * BamgateClient:running: (getter get_running)
   *
   * Whether the daemon is on the bus, and its state and peers are known.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_RUNNING,
                                   g_param_spec_boolean ("running", NULL, NULL, FALSE, readable));
  /**
   * BamgateClient:connection: (getter get_connection)
   *
   * The bus.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object_class, PROP_CONNECTION,
    g_param_spec_object ("connection", NULL, NULL, G_TYPE_DBUS_CONNECTION, given));
  /**
   * BamgateClient:bus-type: (getter get_bus_type)
   *
   * Which bus it is where no connection is given: of the system, or of the session, where somebody may run a daemon of
   * their own. %G_BUS_TYPE_NONE stands for what the environment variable `BAMGATE_BUS` says, `system` or `session`, and
   * else for the system.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object_class, PROP_BUS_TYPE,
    g_param_spec_enum ("bus-type", NULL, NULL, G_TYPE_BUS_TYPE, G_BUS_TYPE_NONE, given));
  /**
   * BamgateClient:autostart:
   *
   * Whether making the client, and calling methods, starts a daemon that can be activated.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_AUTOSTART,
                                   g_param_spec_boolean ("autostart", NULL, NULL, TRUE, given));
  /**
   * BamgateClient:peers: (getter get_peers)
   *
   * The other machines, by name: a list of [class@Peer].
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object_class, PROP_PEERS,
    g_param_spec_object ("peers", NULL, NULL, G_TYPE_LIST_MODEL, readable));
  /**
   * BamgateClient:endpoints: (getter get_endpoints)
   *
   * What runs elsewhere and is to be had on this machine, by name and port: a list of [class@Endpoint].
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object_class, PROP_ENDPOINTS,
    g_param_spec_object ("endpoints", NULL, NULL, G_TYPE_LIST_MODEL, readable));
  /**
   * BamgateClient:accounts: (getter get_accounts)
   *
   * The accounts that bind endpoints to this machine: a list of [class@Account].
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object_class, PROP_ACCOUNTS,
    g_param_spec_object ("accounts", NULL, NULL, G_TYPE_LIST_MODEL, readable));
}

static guint
make_signal (const char *name, guint n, GType first, GType second, GType third)
{
  return g_signal_new (name, BAMGATE_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n, first, second, third);
}

static void
bamgate_client_class_init (BamgateClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  guint *signals = bamgate_client_signals;

  object_class->get_property = bamgate_client_get_property;
  object_class->set_property = bamgate_client_set_property;
  object_class->constructed = bamgate_client_constructed;
  object_class->dispose = bamgate_client_dispose;
  object_class->finalize = bamgate_client_finalize;
  install_properties (object_class);

  /**
   * BamgateClient::peer-added:
   * @self: the client
   * @peer: the new peer
   *
   * The daemon tells of one more peer, which is in the list already.
   *
   * Since: 0.1
   */
  signals[BAMGATE_CLIENT_PEER_ADDED] = make_signal ("peer-added", 1, BAMGATE_TYPE_PEER, 0, 0);
  /**
   * BamgateClient::peer-removed:
   * @self: the client
   * @peer: the peer that went
   *
   * A peer has left the list, or the daemon has gone with all of them.
   *
   * Since: 0.1
   */
  signals[BAMGATE_CLIENT_PEER_REMOVED] = make_signal ("peer-removed", 1, BAMGATE_TYPE_PEER, 0, 0);
  /**
   * BamgateClient::state-changed:
   * @self: the client
   * @old: the state before
   * @now: the state now
   * @reason: why, in words for people, or empty
   *
   * As [property@Client:state] and [property@Client:state-reason], for those who want every step.
   *
   * Since: 0.1
   */
  signals[BAMGATE_CLIENT_STATE_CHANGED] = make_signal ("state-changed", 3, BAMGATE_TYPE_STATE,
                                                       BAMGATE_TYPE_STATE, G_TYPE_STRING);
  /**
   * BamgateClient::files-changed:
   * @self: the client
   *
   * A file that a peer offers, or one that is on its way, came, went or has another state: [method@Client.list_files] tells.
   *
   * Since: 0.1
   */
  signals[BAMGATE_CLIENT_FILES_CHANGED] = make_signal ("files-changed", 0, 0, 0, 0);
}

static void
bamgate_client_init (BamgateClient *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->target.path = g_strdup (BAMGATE_BUS_PATH);
  self->target.interface = BAMGATE_BUS_NAME;
  for (guint i = 0; i < BAMGATE_CLIENT_LISTS; i++)
    bamgate_object_list_init (&self->lists[i], &bamgate_client_kinds[i], self);
  bamgate_properties_init (&self->properties, G_OBJECT (self), bamgate_client_bus_properties);
}

/* --- Making one --- */

/**
 * bamgate_client_new:
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async): called when the client is there
 * @user_data: for @callback
 *
 * Connects to the daemon on the system bus and starts it where it can be activated. A daemon that does not run is no
 * error: see [property@Client:running].
 *
 * Since: 0.1
 */
void
bamgate_client_new (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_client_new_for_bus (G_BUS_TYPE_NONE, TRUE, cancellable, callback, user_data);
}

static BamgateClient *
new_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (GObject) source = g_async_result_get_source_object (result);
  GObject *object = g_async_initable_new_finish (G_ASYNC_INITABLE (source), result, error);

  return object ? BAMGATE_CLIENT (object) : NULL;
}

/**
 * bamgate_client_new_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Ends [func@Client.new].
 *
 * Returns: (transfer full): a client
 *
 * Since: 0.1
 */
BamgateClient *
bamgate_client_new_finish (GAsyncResult *result, GError **error)
{
  return new_finish (result, error);
}

/**
 * bamgate_client_new_sync:
 * @cancellable: (nullable): ends the waiting
 * @error: what went wrong
 *
 * [func@Client.new] that blocks until the client is there.
 *
 * Returns: (transfer full): a client
 *
 * Since: 0.1
 */
BamgateClient *
bamgate_client_new_sync (GCancellable *cancellable, GError **error)
{
  return bamgate_client_new_for_bus_sync (G_BUS_TYPE_NONE, TRUE, cancellable, error);
}

/**
 * bamgate_client_new_for_bus:
 * @bus_type: which bus, see [property@Client:bus-type]
 * @autostart: whether to start the daemon
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async): called when the client is there
 * @user_data: for @callback
 *
 * Connects to the daemon of the machine (%G_BUS_TYPE_SYSTEM), or to that which somebody runs for themselves
 * (%G_BUS_TYPE_SESSION).
 *
 * Since: 0.1
 */
void
bamgate_client_new_for_bus (GBusType bus_type, gboolean autostart, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_async_initable_new_async (BAMGATE_TYPE_CLIENT, G_PRIORITY_DEFAULT, cancellable, callback,
                              user_data, "bus-type", bus_type, "autostart", autostart, NULL);
}

/**
 * bamgate_client_new_for_bus_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Ends [func@Client.new_for_bus].
 *
 * Returns: (transfer full): a client
 *
 * Since: 0.1
 */
BamgateClient *
bamgate_client_new_for_bus_finish (GAsyncResult *result, GError **error)
{
  return new_finish (result, error);
}

/**
 * bamgate_client_new_for_bus_sync:
 * @bus_type: which bus, see [property@Client:bus-type]
 * @autostart: whether to start the daemon
 * @cancellable: (nullable): ends the waiting
 * @error: what went wrong
 *
 * [func@Client.new_for_bus] that blocks until the client is there.
 *
 * Returns: (transfer full): a client
 *
 * Since: 0.1
 */
BamgateClient *
bamgate_client_new_for_bus_sync (GBusType bus_type, gboolean autostart, GCancellable *cancellable,
                                 GError **error)
{
  return g_initable_new (BAMGATE_TYPE_CLIENT, cancellable, error, "bus-type", bus_type, "autostart",
                         autostart, NULL);
}

/**
 * bamgate_client_new_for_connection:
 * @connection: (nullable): a bus; %NULL as in [func@Client.new]
 * @autostart: whether to start the daemon
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async): called when the client is there
 * @user_data: for @callback
 *
 * Connects to the daemon on any bus.
 *
 * Since: 0.1
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
 * Ends [func@Client.new_for_connection].
 *
 * Returns: (transfer full): a client
 *
 * Since: 0.1
 */
BamgateClient *
bamgate_client_new_for_connection_finish (GAsyncResult *result, GError **error)
{
  return new_finish (result, error);
}

/**
 * bamgate_client_new_for_connection_sync:
 * @connection: (nullable): a bus; %NULL as in [func@Client.new]
 * @autostart: whether to start the daemon
 * @cancellable: (nullable): ends the waiting
 * @error: what went wrong
 *
 * [func@Client.new_for_connection] that blocks until the client is there.
 *
 * Returns: (transfer full): a client
 *
 * Since: 0.1
 */
BamgateClient *
bamgate_client_new_for_connection_sync (GDBusConnection *connection, gboolean autostart,
                                        GCancellable *cancellable, GError **error)
{
  return g_initable_new (BAMGATE_TYPE_CLIENT, cancellable, error, "connection", connection,
                         "autostart", autostart, NULL);
}

/* --- What is there --- */

/**
 * bamgate_client_get_connection: (get-property connection)
 * @self: the client
 *
 * The bus.
 *
 * Returns: (transfer none): the connection
 *
 * Since: 0.1
 */
GDBusConnection *
bamgate_client_get_connection (BamgateClient *self)
{
  g_return_val_if_fail (BAMGATE_IS_CLIENT (self), NULL);
  return self->target.connection;
}

/**
 * bamgate_client_get_bus_type: (get-property bus-type)
 * @self: the client
 *
 * Which bus it is.
 *
 * Returns: %G_BUS_TYPE_NONE where the connection was given
 *
 * Since: 0.1
 */
GBusType
bamgate_client_get_bus_type (BamgateClient *self)
{
  g_return_val_if_fail (BAMGATE_IS_CLIENT (self), G_BUS_TYPE_NONE);
  return self->bus_type;
}

/**
 * bamgate_client_get_running: (get-property running)
 * @self: the client
 *
 * Whether the daemon is on the bus, and its state and peers are known.
 *
 * Returns: whether it is
 *
 * Since: 0.1
 */
gboolean
bamgate_client_get_running (BamgateClient *self)
{
  g_return_val_if_fail (BAMGATE_IS_CLIENT (self), FALSE);
  return self->running;
}
