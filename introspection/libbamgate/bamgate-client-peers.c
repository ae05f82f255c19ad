/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-client-private.h"

#include "bamgate-peer-private.h"
#include "bamgate-peer.h"

/* Letters of either case side by side, as in a list for people; never two names as the same. */
static int
compare_peers (gconstpointer a, gconstpointer b, gpointer data)
{
  const char *first = bamgate_peer_get_id ((BamgatePeer *) a),
             *second = bamgate_peer_get_id ((BamgatePeer *) b);
  int order = g_ascii_strcasecmp (first, second);

  return order != 0 ? order : strcmp (first, second);
}

static int
compare_pointers (gconstpointer a, gconstpointer b)
{
  return compare_peers (*(gpointer *) a, *(gpointer *) b, NULL);
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

/* Known by its path, not yet in the list; borrowed. NULL: it is no peer. */
static BamgatePeer *
make_peer (BamgateClient *self, const char *path, GVariant *interfaces)
{
  g_autoptr (GVariant)
    dict = g_variant_lookup_value (interfaces, BAMGATE_PEER_INTERFACE, G_VARIANT_TYPE_VARDICT);
  BamgatePeer *peer;

  if (!dict || g_hash_table_contains (self->peers_by_path, path))
    return NULL;
  peer = bamgate_peer_new (self, path, dict);
  g_signal_connect_object (peer, "notify::id", G_CALLBACK (on_peer_renamed), self, 0);
  g_hash_table_insert (self->peers_by_path, g_strdup (path), peer);
  return peer;
}

static void
say_added (BamgateClient *self, BamgatePeer *peer)
{
  g_signal_emit (self, bamgate_client_signals[BAMGATE_CLIENT_PEER_ADDED], 0, peer);
}

static void
say_removed (BamgateClient *self, BamgatePeer *peer)
{
  g_signal_handlers_disconnect_by_data (peer, self);
  bamgate_peer_detach (peer);
  g_signal_emit (self, bamgate_client_signals[BAMGATE_CLIENT_PEER_REMOVED], 0, peer);
}

void
bamgate_client_set_peers (BamgateClient *self, GVariant *objects)
{
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func (g_object_unref);
  GVariantIter iter;
  const char *path;
  GVariant *interfaces;

  g_variant_iter_init (&iter, objects);
  while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      BamgatePeer *peer = make_peer (self, path, interfaces);

      if (peer)
        g_ptr_array_add (peers, g_object_ref (peer));
    }
  g_ptr_array_sort (peers, compare_pointers);
  g_list_store_splice (self->peers, 0, 0, peers->pdata, peers->len);
  for (guint i = 0; i < peers->len; i++)
    say_added (self, peers->pdata[i]);
}

void
bamgate_client_clear_peers (BamgateClient *self)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (self);

  g_hash_table_remove_all (self->peers_by_path);
  g_list_store_remove_all (self->peers);
  for (guint i = 0; i < peers->len; i++)
    say_removed (self, peers->pdata[i]);
}

void
bamgate_client_add_peer (BamgateClient *self, const char *path, GVariant *interfaces)
{
  BamgatePeer *peer = make_peer (self, path, interfaces);

  if (!peer)
    return;
  g_list_store_insert_sorted (self->peers, peer, compare_peers, NULL);
  say_added (self, peer);
}

void
bamgate_client_change_peer (BamgateClient *self, const char *path, GVariant *changed,
                            const char *const *invalidated)
{
  g_autoptr (BamgatePeer) peer = g_hash_table_lookup (self->peers_by_path, path);

  if (!peer)
    return;
  g_object_ref (peer); /* who hears of it may take it away */
  bamgate_properties_update (&peer->properties, changed);
  bamgate_properties_forget (&peer->properties, invalidated);
}

void
bamgate_client_remove_peer (BamgateClient *self, const char *path)
{
  g_autofree char *key = NULL;
  g_autoptr (BamgatePeer) peer = NULL;

  if (!g_hash_table_steal_extended (self->peers_by_path, path, (gpointer *) &key,
                                    (gpointer *) &peer))
    return;
  take_out (self, peer);
  say_removed (self, peer);
}

/**
 * bamgate_client_get_peers: (get-property peers)
 * @self: the client
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
  g_return_val_if_fail (BAMGATE_IS_CLIENT (self), NULL);
  return G_LIST_MODEL (self->peers);
}

/**
 * bamgate_client_list_peers:
 * @self: the client
 *
 * The other machines as they are now, by name.
 *
 * Returns: (transfer container) (element-type BamgatePeer): the peers
 *
 * Since: 0.1
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
 * @self: the client
 * @id: its name in the network
 *
 * Looks a peer up.
 *
 * Returns: (transfer none) (nullable): the peer
 *
 * Since: 0.1
 */
BamgatePeer *
bamgate_client_find_peer (BamgateClient *self, const char *id)
{
  GHashTableIter iter;
  gpointer peer;

  g_return_val_if_fail (BAMGATE_IS_CLIENT (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);
  g_hash_table_iter_init (&iter, self->peers_by_path);
  while (g_hash_table_iter_next (&iter, NULL, &peer))
    if (g_str_equal (bamgate_peer_get_id (peer), id))
      return peer;
  return NULL;
}
