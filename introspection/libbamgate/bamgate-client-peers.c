/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-client-private.h"

#include "bamgate-peer-private.h"

/* Letters of either case side by side, as in a list for people; never two names as the same. */
static int
compare_peers (gconstpointer a, gconstpointer b, gpointer data)
{
  const char *first = bamgate_peer_get_id ((BamgatePeer *) a),
             *second = bamgate_peer_get_id ((BamgatePeer *) b);
  int order = g_ascii_strcasecmp (first, second);

  return order != 0 ? order : strcmp (first, second);
}

static void
take_out (BamgateClient *self, BamgatePeer *peer)
{
  guint position;

  if (g_list_store_find (self->peers, peer, &position))
    g_list_store_remove (self->peers, position);
}

static void
on_peer_renamed (BamgatePeer *peer, GParamSpec *pspec, BamgateClient *self)
{
  take_out (self, peer);
  g_list_store_insert_sorted (self->peers, peer, compare_peers, NULL);
}

BamgatePeer *
bamgate_client_add_peer (BamgateClient *self, GDBusObject *object)
{
  BamgatePeer *peer = bamgate_peer_new (object);

  if (!peer)
    return NULL;
  g_signal_connect_object (peer, "notify::id", G_CALLBACK (on_peer_renamed), self, 0);
  g_hash_table_replace (self->peers_by_path, g_strdup (bamgate_peer_get_object_path (peer)), peer);
  g_list_store_insert_sorted (self->peers, peer, compare_peers, NULL);
  return peer;
}

BamgatePeer *
bamgate_client_remove_peer (BamgateClient *self, const char *path)
{
  g_autofree char *key = NULL;
  BamgatePeer *peer = NULL;

  if (!g_hash_table_steal_extended (self->peers_by_path, path, (gpointer *) &key,
                                    (gpointer *) &peer))
    return NULL;
  g_signal_handlers_disconnect_by_data (peer, self);
  take_out (self, peer);
  return peer;
}

/**
 * bamgate_client_get_peers: (get-property peers)
 *
 * The other machines as a list that can be watched, by name. The list is the same for as long as the client lives, and
 * a peer in it is the same object for as long as the daemon knows the peer.
 *
 * Returns: (transfer none): a list of [class@Peer]
 *
 * Since: 0.1
 */
GListModel *
bamgate_client_get_peers (BamgateClient *self)
{
  return G_LIST_MODEL (self->peers);
}

/**
 * bamgate_client_list_peers:
 *
 * Returns: (transfer container) (element-type BamgatePeer): the peers as they are now, by name
 */
GPtrArray *
bamgate_client_list_peers (BamgateClient *self)
{
  GPtrArray *peers = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->peers));

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (peers, g_list_model_get_item (G_LIST_MODEL (self->peers), i));
  return peers;
}

/**
 * bamgate_client_find_peer:
 * @id: its name in the network
 *
 * Returns: (transfer none) (nullable): the peer
 */
BamgatePeer *
bamgate_client_find_peer (BamgateClient *self, const char *id)
{
  GHashTableIter iter;
  gpointer peer;

  g_hash_table_iter_init (&iter, self->peers_by_path);
  while (g_hash_table_iter_next (&iter, NULL, &peer))
    if (g_str_equal (bamgate_peer_get_id (peer), id))
      return peer;
  return NULL;
}
