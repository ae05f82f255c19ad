/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-peer-private.h"

#include "bamgate-peer.h"

/**
 * BamgatePeer:
 *
 * One other machine of the network.
 *
 * Peers are in the list that [method@Client.get_peers] returns, and come and go with the tunnel. A program may keep one
 * that has gone: it stays as it was last, and [property@Peer:client] is %NULL.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (BamgatePeer, bamgate_peer, G_TYPE_OBJECT)

enum
{
  PROP_CLIENT = 1000, /* behind those of the bus */
  PROP_OBJECT_PATH
};

BamgatePeer *
bamgate_peer_new (BamgateClient *client, const char *path, GVariant *dict)
{
  BamgatePeer *self = g_object_new (BAMGATE_TYPE_PEER, NULL);

  g_set_weak_pointer (&self->client, client);
  self->target = (BamgateTarget){
    .connection = g_object_ref (bamgate_client_get_connection (client)),
    .path = g_strdup (path),
    .interface = BAMGATE_PEER_INTERFACE,
    .flags = G_DBUS_CALL_FLAGS_NO_AUTO_START,
  };
  bamgate_properties_update (&self->properties, dict);
  return self;
}

void
bamgate_peer_detach (BamgatePeer *self)
{
  g_clear_weak_pointer (&self->client);
  g_object_notify (G_OBJECT (self), "client");
}

static void
bamgate_peer_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BamgatePeer *self = BAMGATE_PEER (object);

  if (id == PROP_CLIENT)
    g_value_set_object (value, self->client);
  else if (id == PROP_OBJECT_PATH)
    g_value_set_string (value, self->target.path);
  else if (!bamgate_properties_get (&self->properties, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bamgate_peer_finalize (GObject *object)
{
  BamgatePeer *self = BAMGATE_PEER (object);

  g_clear_weak_pointer (&self->client);
  bamgate_target_clear (&self->target);
  bamgate_properties_clear (&self->properties);
  G_OBJECT_CLASS (bamgate_peer_parent_class)->finalize (object);
}

static void
bamgate_peer_class_init (BamgatePeerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = bamgate_peer_get_property;
  object_class->finalize = bamgate_peer_finalize;
  bamgate_properties_install (object_class, bamgate_peer_bus_properties);

  /**
   * BamgatePeer:client: (getter get_client)
   *
   * The client that lists it; %NULL once it has gone.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object_class, PROP_CLIENT,
    g_param_spec_object ("client", NULL, NULL, BAMGATE_TYPE_CLIENT, flags));
  /**
   * BamgatePeer:object-path: (getter get_object_path)
   *
   * The peer's object on the bus.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_OBJECT_PATH,
                                   g_param_spec_string ("object-path", NULL, NULL, NULL, flags));
}

static void
bamgate_peer_init (BamgatePeer *self)
{
  bamgate_properties_init (&self->properties, G_OBJECT (self), bamgate_peer_bus_properties);
}

/**
 * bamgate_peer_get_client: (get-property client)
 * @self: the peer
 *
 * The client that lists it; %NULL once it has gone.
 *
 * Returns: (transfer none) (nullable): the client
 *
 * Since: 0.1
 */
BamgateClient *
bamgate_peer_get_client (BamgatePeer *self)
{
  g_return_val_if_fail (BAMGATE_IS_PEER (self), NULL);
  return self->client;
}

/**
 * bamgate_peer_get_object_path: (get-property object-path)
 * @self: the peer
 *
 * The peer's object on the bus.
 *
 * Returns: the path
 *
 * Since: 0.1
 */
const char *
bamgate_peer_get_object_path (BamgatePeer *self)
{
  g_return_val_if_fail (BAMGATE_IS_PEER (self), NULL);
  return self->target.path;
}
