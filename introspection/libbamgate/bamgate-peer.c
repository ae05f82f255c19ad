/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-peer-private.h"

#include "bamgate-call.h"
#include "bamgate-enum-types.h"
#include "bamgate-properties.h"

struct _BamgatePeer
{
  GObject parent;
  BgDBusTunnel1Peer *proxy;
  char *path;
};

G_DEFINE_FINAL_TYPE (BamgatePeer, bamgate_peer, G_TYPE_OBJECT)

static const BamgateProperty properties[] = {
  { "id", "Id", 's' },
  { "kind", "Kind", 'e', bamgate_peer_kind_get_type },
  { "public-key", "PublicKey", 's' },
  { "addresses", "Addresses", 'l' },
  { "state", "State", 'e', bamgate_peer_state_get_type },
  { "state-reason", "StateReason", 's' },
  { "path", "Path", 'e', bamgate_path_get_type },
  { "relayed", "Relayed", 'b' },
  { "local-candidate", "LocalCandidate", 's' },
  { "remote-candidate", "RemoteCandidate", 's' },
  { "routes", "Routes", 'l' },
  { "accepted-routes", "AcceptedRoutes", 'l' },
  { "latency", "Latency", 'x' },
  { "last-handshake", "LastHandshake", 'x' },
  { "connected-since", "ConnectedSince", 'x' },
  { "rx-bytes", "RxBytes", 't' },
  { "tx-bytes", "TxBytes", 't' },
  { "implementation", "Implementation", 's' },
  { NULL },
};

static const char *
text (const char *value)
{
  return value ? value : "";
}

static const char *const *
list (const char *const *value)
{
  static const char *const none[] = { NULL };

  return value ? value : none;
}

static void
on_proxy_changed (GDBusProxy *proxy, GVariant *changed, const char *const *invalidated,
                  gpointer data)
{
  bamgate_properties_notify (G_OBJECT (data), properties, changed, invalidated);
}

BamgatePeer *
bamgate_peer_new (GDBusObject *object)
{
  BgDBusTunnel1Peer *proxy = bg_dbus_object_get_tunnel1_peer (BG_DBUS_OBJECT (object));
  BamgatePeer *self;

  if (!proxy)
    return NULL;
  self = g_object_new (BAMGATE_TYPE_PEER, NULL);
  self->proxy = proxy;
  self->path = g_strdup (g_dbus_object_get_object_path (object));
  g_signal_connect_object (proxy, "g-properties-changed", G_CALLBACK (on_proxy_changed), self, 0);
  return self;
}

static void
bamgate_peer_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BamgatePeer *self = BAMGATE_PEER (object);

  if (!bamgate_properties_get (properties, id, G_DBUS_PROXY (self->proxy), value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bamgate_peer_finalize (GObject *object)
{
  BamgatePeer *self = BAMGATE_PEER (object);

  g_clear_object (&self->proxy);
  g_free (self->path);
  G_OBJECT_CLASS (bamgate_peer_parent_class)->finalize (object);
}

static void
bamgate_peer_class_init (BamgatePeerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bamgate_peer_get_property;
  object_class->finalize = bamgate_peer_finalize;
  bamgate_properties_install (object_class, properties);
}

static void
bamgate_peer_init (BamgatePeer *self)
{
}

/**
 * bamgate_peer_get_object_path:
 *
 * Returns: the peer's object on the bus
 */
const char *
bamgate_peer_get_object_path (BamgatePeer *self)
{
  return self->path;
}

/**
 * bamgate_peer_get_id:
 *
 * Returns: its name in the network
 */
const char *
bamgate_peer_get_id (BamgatePeer *self)
{
  return text (bg_dbus_tunnel1_peer_get_id (self->proxy));
}

/**
 * bamgate_peer_get_kind:
 *
 * Returns: where it comes from
 */
BamgatePeerKind
bamgate_peer_get_kind (BamgatePeer *self)
{
  return bamgate_enum_from_word (BAMGATE_TYPE_PEER_KIND,
                                 bg_dbus_tunnel1_peer_get_kind (self->proxy));
}

/**
 * bamgate_peer_get_public_key:
 *
 * Returns: WireGuard public key, base64
 */
const char *
bamgate_peer_get_public_key (BamgatePeer *self)
{
  return text (bg_dbus_tunnel1_peer_get_public_key (self->proxy));
}

/**
 * bamgate_peer_get_state:
 *
 * Returns: how the connection is
 */
BamgatePeerState
bamgate_peer_get_state (BamgatePeer *self)
{
  return bamgate_enum_from_word (BAMGATE_TYPE_PEER_STATE,
                                 bg_dbus_tunnel1_peer_get_state (self->proxy));
}

/**
 * bamgate_peer_get_state_reason:
 *
 * Returns: why it is so, in words for people, or empty
 */
const char *
bamgate_peer_get_state_reason (BamgatePeer *self)
{
  return text (bg_dbus_tunnel1_peer_get_state_reason (self->proxy));
}

/**
 * bamgate_peer_get_path:
 *
 * Returns: the way that packets take
 */
BamgatePath
bamgate_peer_get_path (BamgatePeer *self)
{
  return bamgate_enum_from_word (BAMGATE_TYPE_PATH, bg_dbus_tunnel1_peer_get_path (self->proxy));
}

/**
 * bamgate_peer_get_local_candidate:
 *
 * Returns: our end of the path, or empty
 */
const char *
bamgate_peer_get_local_candidate (BamgatePeer *self)
{
  return text (bg_dbus_tunnel1_peer_get_local_candidate (self->proxy));
}

/**
 * bamgate_peer_get_remote_candidate:
 *
 * Returns: the peer's end of the path, or empty
 */
const char *
bamgate_peer_get_remote_candidate (BamgatePeer *self)
{
  return text (bg_dbus_tunnel1_peer_get_remote_candidate (self->proxy));
}

/**
 * bamgate_peer_get_implementation:
 *
 * Returns: program and version on the other side, or empty
 */
const char *
bamgate_peer_get_implementation (BamgatePeer *self)
{
  return text (bg_dbus_tunnel1_peer_get_implementation (self->proxy));
}

/**
 * bamgate_peer_get_addresses:
 *
 * Returns: (transfer none) (array zero-terminated=1): tunnel addresses
 */
const char *const *
bamgate_peer_get_addresses (BamgatePeer *self)
{
  return list (bg_dbus_tunnel1_peer_get_addresses (self->proxy));
}

/**
 * bamgate_peer_get_routes:
 *
 * Returns: (transfer none) (array zero-terminated=1): subnets that the peer offers
 */
const char *const *
bamgate_peer_get_routes (BamgatePeer *self)
{
  return list (bg_dbus_tunnel1_peer_get_routes (self->proxy));
}

/**
 * bamgate_peer_get_accepted_routes:
 *
 * Returns: (transfer none) (array zero-terminated=1): those of them that lead through the tunnel now
 */
const char *const *
bamgate_peer_get_accepted_routes (BamgatePeer *self)
{
  return list (bg_dbus_tunnel1_peer_get_accepted_routes (self->proxy));
}

/**
 * bamgate_peer_get_relayed:
 *
 * Returns: whether packets pass a relay
 */
gboolean
bamgate_peer_get_relayed (BamgatePeer *self)
{
  return bg_dbus_tunnel1_peer_get_relayed (self->proxy);
}

/**
 * bamgate_peer_get_latency:
 *
 * Returns: last measured round trip in microseconds, -1 for none
 */
gint64
bamgate_peer_get_latency (BamgatePeer *self)
{
  return bg_dbus_tunnel1_peer_get_latency (self->proxy);
}

/**
 * bamgate_peer_get_last_handshake:
 *
 * Returns: real time in microseconds, 0 for never
 */
gint64
bamgate_peer_get_last_handshake (BamgatePeer *self)
{
  return bg_dbus_tunnel1_peer_get_last_handshake (self->proxy);
}

/**
 * bamgate_peer_get_connected_since:
 *
 * Returns: real time in microseconds, 0 while not connected
 */
gint64
bamgate_peer_get_connected_since (BamgatePeer *self)
{
  return bg_dbus_tunnel1_peer_get_connected_since (self->proxy);
}

/**
 * bamgate_peer_get_rx_bytes:
 *
 * Returns: bytes received
 */
guint64
bamgate_peer_get_rx_bytes (BamgatePeer *self)
{
  return bg_dbus_tunnel1_peer_get_rx_bytes (self->proxy);
}

/**
 * bamgate_peer_get_tx_bytes:
 *
 * Returns: bytes sent
 */
guint64
bamgate_peer_get_tx_bytes (BamgatePeer *self)
{
  return bg_dbus_tunnel1_peer_get_tx_bytes (self->proxy);
}

/**
 * bamgate_peer_get_details:
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async): called when it is there
 * @user_data: for @callback
 *
 * Asks for what is known beyond the properties: endpoint, refused routes, the paths that packets took.
 */
void
bamgate_peer_get_details (BamgatePeer *self, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->proxy, "GetDetails", NULL, cancellable, callback, user_data);
}

/**
 * bamgate_peer_get_details_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Returns: (transfer full): a{sv}, see org.bamgate.Tunnel1.Peer
 */
GVariant *
bamgate_peer_get_details_finish (BamgatePeer *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_only (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_peer_get_details_sync:
 * @cancellable: (nullable): ends the waiting
 * @error: what went wrong
 *
 * Blocks until it is there.
 *
 * Returns: (transfer full): a{sv}, see org.bamgate.Tunnel1.Peer
 */
GVariant *
bamgate_peer_get_details_sync (BamgatePeer *self, GCancellable *cancellable, GError **error)
{
  return bamgate_call_take_only (
    bamgate_call_sync (self->proxy, "GetDetails", NULL, cancellable, error));
}

/**
 * bamgate_peer_configure:
 * @settings: a{sv} with endpoint s, allowed-ips as, keepalive u
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Changes the settings of a static peer.
 */
void
bamgate_peer_configure (BamgatePeer *self, GVariant *settings, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->proxy, "Configure", bamgate_call_options (settings), cancellable,
                callback, user_data);
}

gboolean
bamgate_peer_configure_finish (BamgatePeer *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_peer_configure_sync:
 * @settings: a{sv} with endpoint s, allowed-ips as, keepalive u
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_peer_configure_sync (BamgatePeer *self, GVariant *settings, GCancellable *cancellable,
                             GError **error)
{
  return bamgate_call_sync_void (self->proxy, "Configure", bamgate_call_options (settings),
                                 cancellable, error);
}

/**
 * bamgate_peer_reconnect:
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Throws the connection away and makes a new one.
 */
void
bamgate_peer_reconnect (BamgatePeer *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  bamgate_call (self, self->proxy, "Reconnect", NULL, cancellable, callback, user_data);
}

gboolean
bamgate_peer_reconnect_finish (BamgatePeer *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_peer_reconnect_sync:
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_peer_reconnect_sync (BamgatePeer *self, GCancellable *cancellable, GError **error)
{
  return bamgate_call_sync_void (self->proxy, "Reconnect", NULL, cancellable, error);
}

/**
 * bamgate_peer_forget:
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Forgets the pinned key; the peer is learnt anew when the hub names it next.
 */
void
bamgate_peer_forget (BamgatePeer *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  bamgate_call (self, self->proxy, "Forget", NULL, cancellable, callback, user_data);
}

gboolean
bamgate_peer_forget_finish (BamgatePeer *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_peer_forget_sync:
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_peer_forget_sync (BamgatePeer *self, GCancellable *cancellable, GError **error)
{
  return bamgate_call_sync_void (self->proxy, "Forget", NULL, cancellable, error);
}

/**
 * bamgate_peer_ping:
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * One round trip inside the tunnel.
 */
void
bamgate_peer_ping (BamgatePeer *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  bamgate_call (self, self->proxy, "Ping", NULL, cancellable, callback, user_data);
}

static gboolean
take_latency (GVariant *answer, guint64 *latency)
{
  if (!answer)
    return FALSE;
  g_variant_get (answer, "(t)", latency);
  g_variant_unref (answer);
  return TRUE;
}

/**
 * bamgate_peer_ping_finish:
 * @result: what the callback got
 * @latency: (out): microseconds
 * @error: what went wrong
 *
 * Returns: whether an answer came
 */
gboolean
bamgate_peer_ping_finish (BamgatePeer *self, GAsyncResult *result, guint64 *latency, GError **error)
{
  return take_latency (bamgate_call_finish (self, result, error), latency);
}

/**
 * bamgate_peer_ping_sync:
 * @latency: (out): microseconds
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether an answer came
 */
gboolean
bamgate_peer_ping_sync (BamgatePeer *self, guint64 *latency, GCancellable *cancellable,
                        GError **error)
{
  return take_latency (bamgate_call_sync (self->proxy, "Ping", NULL, cancellable, error), latency);
}
