/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lists of what the daemon tells of beside the tunnel: other machines, endpoints, accounts. */
#include "bamgate-client-private.h"

#include "bamgate-account-private.h"
#include "bamgate-endpoint-private.h"
#include "bamgate-peer-private.h"

/* Letters of either case side by side, as in a list for people; never two names as the same. */
static int
compare_names (const char *first, const char *second)
{
  int order = g_ascii_strcasecmp (first, second);

  return order != 0 ? order : strcmp (first, second);
}

static int
compare_peers (gconstpointer a, gconstpointer b)
{
  return compare_names (bamgate_peer_get_id ((BamgatePeer *) a),
                        bamgate_peer_get_id ((BamgatePeer *) b));
}

/* Those that are refused, which have no name, last. */
static int
compare_endpoints (gconstpointer a, gconstpointer b)
{
  BamgateEndpoint *first = (BamgateEndpoint *) a, *second = (BamgateEndpoint *) b;
  const char *host = bamgate_endpoint_get_host (first), *other = bamgate_endpoint_get_host (second);
  int order = (*host == '\0') - (*other == '\0');

  if (order == 0)
    order = compare_names (host, other);
  if (order == 0)
    order = (int) bamgate_endpoint_get_port (first) - (int) bamgate_endpoint_get_port (second);
  return order != 0 ? order
                    : strcmp (bamgate_endpoint_get_key (first), bamgate_endpoint_get_key (second));
}

static int
compare_accounts (gconstpointer a, gconstpointer b)
{
  return compare_names (bamgate_account_get_name ((BamgateAccount *) a),
                        bamgate_account_get_name ((BamgateAccount *) b));
}

static void
say_peer_added (BamgateClient *self, gpointer peer)
{
  g_signal_emit (self, bamgate_client_signals[BAMGATE_CLIENT_PEER_ADDED], 0, peer);
}

static void
say_peer_removed (BamgateClient *self, gpointer peer)
{
  g_signal_emit (self, bamgate_client_signals[BAMGATE_CLIENT_PEER_REMOVED], 0, peer);
}

const BamgateObjectKind bamgate_client_kinds[BAMGATE_CLIENT_LISTS] = {
  [BAMGATE_CLIENT_PEERS] = { BAMGATE_PEER_INTERFACE, bamgate_peer_get_type, compare_peers, "id",
                             say_peer_added, say_peer_removed },
  [BAMGATE_CLIENT_ENDPOINTS] = { BAMGATE_ENDPOINT_INTERFACE, bamgate_endpoint_get_type,
                                 compare_endpoints, NULL, NULL, NULL },
  [BAMGATE_CLIENT_ACCOUNTS] = { BAMGATE_ACCOUNT_INTERFACE, bamgate_account_get_type,
                                compare_accounts, NULL, NULL, NULL },
};

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
  return G_LIST_MODEL (self->lists[BAMGATE_CLIENT_PEERS].store);
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
  return bamgate_object_list_copy (&self->lists[BAMGATE_CLIENT_PEERS]);
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
  g_hash_table_iter_init (&iter, self->lists[BAMGATE_CLIENT_PEERS].by_path);
  while (g_hash_table_iter_next (&iter, NULL, &peer))
    if (g_str_equal (bamgate_peer_get_id (peer), id))
      return peer;
  return NULL;
}

/**
 * bamgate_client_get_endpoints: (get-property endpoints)
 * @self: the client
 *
 * What runs elsewhere and is to be had on this machine, as a list that can be watched, by name and port; what is refused comes last.
 * The list is the same for as long as the client lives.
 *
 * Returns: (transfer none): a list of [class@Endpoint]
 *
 * Since: 0.1
 */
GListModel *
bamgate_client_get_endpoints (BamgateClient *self)
{
  g_return_val_if_fail (BAMGATE_IS_CLIENT (self), NULL);
  return G_LIST_MODEL (self->lists[BAMGATE_CLIENT_ENDPOINTS].store);
}

/**
 * bamgate_client_list_endpoints:
 * @self: the client
 *
 * The endpoints as they are now, in the order of [method@Client.get_endpoints].
 *
 * Returns: (transfer container) (element-type BamgateEndpoint): the endpoints
 *
 * Since: 0.1
 */
GPtrArray *
bamgate_client_list_endpoints (BamgateClient *self)
{
  return bamgate_object_list_copy (&self->lists[BAMGATE_CLIENT_ENDPOINTS]);
}

/**
 * bamgate_client_get_accounts: (get-property accounts)
 * @self: the client
 *
 * The accounts that bind endpoints to this machine, as a list that can be watched, by name. The list is the same for as long as the
 * client lives.
 *
 * Returns: (transfer none): a list of [class@Account]
 *
 * Since: 0.1
 */
GListModel *
bamgate_client_get_accounts (BamgateClient *self)
{
  g_return_val_if_fail (BAMGATE_IS_CLIENT (self), NULL);
  return G_LIST_MODEL (self->lists[BAMGATE_CLIENT_ACCOUNTS].store);
}

/**
 * bamgate_client_find_account:
 * @self: the client
 * @name: (nullable): the source of its endpoints; %NULL: the first
 *
 * Looks an account up.
 *
 * Returns: (transfer none) (nullable): the account
 *
 * Since: 0.1
 */
BamgateAccount *
bamgate_client_find_account (BamgateClient *self, const char *name)
{
  GListModel *accounts = bamgate_client_get_accounts (self);

  g_return_val_if_fail (BAMGATE_IS_CLIENT (self), NULL);
  for (guint i = 0; i < g_list_model_get_n_items (accounts); i++)
    {
      g_autoptr (BamgateAccount) account = g_list_model_get_item (accounts, i);

      if (!name || g_str_equal (bamgate_account_get_name (account), name))
        return account; /* the list has it */
    }
  return NULL;
}
