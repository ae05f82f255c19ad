/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uapi/uapi-plan.h"

#include "common/key-hash.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A peer while the request is played through. */
typedef struct
{
  BgPeerConfig config;       /* the endpoint only where the request moves it */
  const BgPeerStats *before; /* NULL: it was not there */
  GArray *ips;               /* all that it ever had; its own are those that `owners` says */
  guint n_owned;
  gboolean exists, replaced;
} Peer;

/* Thousands of peers come in one request, so everything is looked up and nothing is searched. */
typedef struct
{
  const BgUapiDevice *device;
  GPtrArray *peers;   /* Peer, in order */
  GHashTable *by_key; /* WgKey -> Peer */
  GHashTable *owners; /* BgAllowedIp -> Peer: an address has one */
  gboolean only_removes;
} Plan;

static guint
ip_hash (gconstpointer data)
{
  const BgAllowedIp *ip = data;
  guint hash = (guint) ip->family * 33 + ip->prefix;

  for (gsize i = 0; i < sizeof ip->addr; i++)
    hash = hash * 33 + ip->addr[i];
  return hash;
}

static gboolean
ip_equal (gconstpointer a, gconstpointer b)
{
  const BgAllowedIp *one = a, *other = b;

  return one->family == other->family && one->prefix == other->prefix
         && memcmp (one->addr, other->addr, sizeof one->addr) == 0;
}

static void
peer_free (gpointer data)
{
  Peer *peer = data;

  g_array_unref (peer->ips);
  wg_wipe (peer, sizeof *peer);
  g_free (peer);
}

static void
change_free (gpointer data)
{
  BgUapiChange *change = data;

  g_array_unref (change->allowed_ips);
  wg_wipe (change, sizeof *change);
  g_free (change);
}

/* --- Peers and their addresses --- */

static Peer *
add_peer (Plan *plan, const WgKey *key)
{
  Peer *peer = g_new0 (Peer, 1);

  peer->config.key = *key;
  peer->ips = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  g_ptr_array_add (plan->peers, peer);
  g_hash_table_insert (plan->by_key, &peer->config.key, peer);
  return peer;
}

static gboolean
owns (const Plan *plan, const Peer *peer, const BgAllowedIp *ip)
{
  return g_hash_table_lookup (plan->owners, ip) == peer;
}

static void
give_ip (Plan *plan, Peer *peer, const BgAllowedIp *ip)
{
  g_array_append_vals (peer->ips, ip, 1);
  g_hash_table_replace (plan->owners, g_memdup2 (ip, sizeof *ip), peer);
  peer->n_owned++;
}

static void
withdraw_ip (Plan *plan, Peer *peer, const BgAllowedIp *ip)
{
  if (owns (plan, peer, ip) && g_hash_table_remove (plan->owners, ip))
    peer->n_owned--;
}

static void
withdraw_all (Plan *plan, Peer *peer)
{
  for (guint i = 0; i < peer->ips->len; i++)
    withdraw_ip (plan, peer, &g_array_index (peer->ips, BgAllowedIp, i));
  g_array_set_size (peer->ips, 0);
}

/* The newcomer takes an address from a static peer, and not from a mesh peer. */
static int
take_ip (Plan *plan, Peer *peer, const BgAllowedIp *ip)
{
  Peer *owner = g_hash_table_lookup (plan->owners, ip);

  if (owner == peer)
    return 0;
  if (owner && owner->config.path != 0)
    return EPERM;
  if (owner)
    withdraw_ip (plan, owner, ip);
  give_ip (plan, peer, ip);
  return 0;
}

static void
add_known_peer (Plan *plan, const BgPeerStats *stats)
{
  Peer *peer = add_peer (plan, &stats->key);

  peer->before = stats;
  peer->exists = TRUE;
  peer->config.psk = stats->psk;
  peer->config.keepalive = stats->keepalive;
  peer->config.path = stats->path;
  for (guint i = 0; i < stats->n_allowed_ips; i++)
    give_ip (plan, peer, &stats->allowed_ips[i]);
}

/* --- Playing --- */

/* As in the kernel: whoever comes back after that begins anew. */
static void
drop_peer (Plan *plan, Peer *peer)
{
  withdraw_all (plan, peer);
  wg_wipe (&peer->config.psk, sizeof peer->config.psk);
  peer->config = (BgPeerConfig){ .key = peer->config.key };
  peer->exists = FALSE;
  peer->replaced = peer->before != NULL;
}

static gboolean
endpoint_equal (const BgEndpoint *a, const BgEndpoint *b)
{
  if (a->addr.sa.sa_family != b->addr.sa.sa_family)
    return FALSE;
  if (a->addr.sa.sa_family == AF_INET)
    return a->addr.in4.sin_port == b->addr.in4.sin_port
           && a->addr.in4.sin_addr.s_addr == b->addr.in4.sin_addr.s_addr;
  return a->addr.in6.sin6_port == b->addr.in6.sin6_port
         && a->addr.in6.sin6_scope_id == b->addr.in6.sin6_scope_id
         && memcmp (&a->addr.in6.sin6_addr, &b->addr.in6.sin6_addr, sizeof a->addr.in6.sin6_addr)
              == 0;
}

static gboolean
moves (const Peer *peer, const BgUapiPeer *wanted)
{
  return wanted->has_endpoint
         && (!peer->before || peer->replaced || !peer->before->has_endpoint
             || !endpoint_equal (&peer->before->endpoint, &wanted->endpoint));
}

static int
update_peer (Plan *plan, Peer *peer, const BgUapiPeer *wanted)
{
  int code = 0;

  peer->exists = TRUE;
  if (wanted->has_psk)
    peer->config.psk = wanted->psk;
  if (wanted->has_keepalive)
    peer->config.keepalive = wanted->keepalive;
  if (moves (peer, wanted))
    {
      peer->config.endpoint = wanted->endpoint;
      peer->config.has_endpoint = true;
    }
  if (wanted->replace_allowed_ips)
    withdraw_all (plan, peer);
  for (guint i = 0; i < wanted->withdrawn_ips->len; i++)
    withdraw_ip (plan, peer, &g_array_index (wanted->withdrawn_ips, BgAllowedIp, i));
  for (guint i = 0; i < wanted->allowed_ips->len && code == 0; i++)
    code = take_ip (plan, peer, &g_array_index (wanted->allowed_ips, BgAllowedIp, i));
  return code;
}

static gboolean
has_these_ips (const Plan *plan, const Peer *peer, const BgUapiPeer *wanted)
{
  g_autoptr (GHashTable) named = g_hash_table_new (ip_hash, ip_equal);

  for (guint i = 0; i < wanted->withdrawn_ips->len; i++)
    if (owns (plan, peer, &g_array_index (wanted->withdrawn_ips, BgAllowedIp, i)))
      return FALSE;
  for (guint i = 0; i < wanted->allowed_ips->len; i++)
    {
      const BgAllowedIp *ip = &g_array_index (wanted->allowed_ips, BgAllowedIp, i);

      if (!owns (plan, peer, ip))
        return FALSE;
      g_hash_table_add (named, (gpointer) ip);
    }
  return !wanted->replace_allowed_ips || g_hash_table_size (named) == peer->n_owned;
}

/* A mesh peer is signalling's. What leaves it as it is passes, as in a file that “wg showconf” wrote; and “wg syncconf”
 * removes all that is not in its file, beside what the file has: that is passed over. */
static int
pass_over (const Plan *plan, const Peer *peer, const BgUapiPeer *wanted)
{
  if (wanted->remove)
    return plan->only_removes ? EPERM : 0;
  if ((wanted->has_psk && !wg_key_equal (&wanted->psk, &peer->config.psk))
      || (wanted->has_keepalive && wanted->keepalive != peer->config.keepalive)
      || wanted->has_endpoint)
    return EPERM;
  return has_these_ips (plan, peer, wanted) ? 0 : EPERM;
}

static int
play_peer (Plan *plan, const BgUapiPeer *wanted)
{
  Peer *peer = g_hash_table_lookup (plan->by_key, &wanted->key);
  gboolean exists = peer && peer->exists;

  if (wg_key_equal (&wanted->key, &plan->device->public_key))
    return 0;
  if (exists && peer->config.path != 0)
    return pass_over (plan, peer, wanted);
  if (wanted->remove)
    {
      if (exists)
        drop_peer (plan, peer);
      return 0;
    }
  if (!exists && wanted->update_only)
    return 0;
  if (!exists && plan->device->listen_port == 0)
    return EOPNOTSUPP;
  return update_peer (plan, peer ? peer : add_peer (plan, &wanted->key), wanted);
}

/* “wg setconf” and “wg syncconf” say 0 for what their file does not say. */
static gboolean
is_whole_file (const BgUapiRequest *request)
{
  return request->has_private_key && request->has_listen_port && request->has_fwmark;
}

static int
check_device (const BgUapiRequest *request, const BgUapiDevice *device)
{
  if (request->has_private_key && !wg_key_equal (&request->private_key, &device->private_key)
      && !(wg_key_is_zero (&request->private_key) && is_whole_file (request)))
    return EPERM;
  if (request->has_listen_port && request->listen_port != 0
      && request->listen_port != device->listen_port)
    return EOPNOTSUPP;
  return request->has_fwmark && request->fwmark != 0 ? EOPNOTSUPP : 0;
}

static gboolean
only_removes (const BgUapiRequest *request)
{
  for (guint i = 0; i < request->peers->len; i++)
    if (!((BgUapiPeer *) g_ptr_array_index (request->peers, i))->remove)
      return FALSE;
  return TRUE;
}

static int
play (Plan *plan, const BgUapiRequest *request)
{
  int code = check_device (request, plan->device);

  plan->only_removes = only_removes (request);
  for (guint i = 0; request->replace_peers && i < plan->peers->len; i++)
    if (((Peer *) g_ptr_array_index (plan->peers, i))->config.path == 0)
      drop_peer (plan, g_ptr_array_index (plan->peers, i));
  for (guint i = 0; i < request->peers->len && code == 0; i++)
    code = play_peer (plan, g_ptr_array_index (request->peers, i));
  return code;
}

/* --- What has become of it --- */

static gboolean
kept_its_ips (const Plan *plan, const Peer *peer)
{
  if (peer->n_owned != peer->before->n_allowed_ips)
    return FALSE;
  for (guint i = 0; i < peer->before->n_allowed_ips; i++)
    if (!owns (plan, peer, &peer->before->allowed_ips[i]))
      return FALSE;
  return TRUE;
}

static gboolean
is_changed (const Plan *plan, const Peer *peer)
{
  if (!peer->before || peer->replaced)
    return TRUE;
  return !wg_key_equal (&peer->config.psk, &peer->before->psk)
         || peer->config.keepalive != peer->before->keepalive || peer->config.has_endpoint
         || !kept_its_ips (plan, peer);
}

/* An address may stand twice in what the peer ever had, so it is given out once. */
static GArray *
steal_ips (Plan *plan, Peer *peer)
{
  GArray *ips = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));

  for (guint i = 0; i < peer->ips->len; i++)
    {
      const BgAllowedIp *ip = &g_array_index (peer->ips, BgAllowedIp, i);

      if (!owns (plan, peer, ip))
        continue;
      g_array_append_vals (ips, ip, 1);
      g_hash_table_remove (plan->owners, ip);
    }
  return ips;
}

static void
add_change (Plan *plan, GPtrArray *changes, Peer *peer, gboolean remove)
{
  BgUapiChange *change = g_new0 (BgUapiChange, 1);

  change->remove = remove;
  if (remove)
    change->config.key = peer->config.key;
  else
    change->config = peer->config;
  change->allowed_ips = remove ? g_array_new (FALSE, TRUE, sizeof (BgAllowedIp))
                               : steal_ips (plan, peer);
  change->config.allowed_ips = (const BgAllowedIp *) (const void *) change->allowed_ips->data;
  change->config.n_allowed_ips = change->allowed_ips->len;
  g_ptr_array_add (changes, change);
}

static GPtrArray *
list_changes (Plan *plan)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func (change_free);

  for (guint i = 0; i < plan->peers->len; i++)
    if (((Peer *) g_ptr_array_index (plan->peers, i))->replaced)
      add_change (plan, changes, g_ptr_array_index (plan->peers, i), TRUE);
  for (guint i = 0; i < plan->peers->len; i++)
    {
      Peer *peer = g_ptr_array_index (plan->peers, i);

      if (peer->exists && is_changed (plan, peer))
        add_change (plan, changes, peer, FALSE);
    }
  return changes;
}

GPtrArray *
bg_uapi_plan (const BgUapiRequest *request, const BgUapiDevice *device, const BgPeerStats *stats,
              guint n_stats, int *code)
{
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func (peer_free);
  g_autoptr (GHashTable) by_key = g_hash_table_new (bg_key_hash, bg_key_equal);
  g_autoptr (GHashTable) owners = g_hash_table_new_full (ip_hash, ip_equal, g_free, NULL);
  Plan plan = { device, peers, by_key, owners, FALSE };

  for (guint i = 0; i < n_stats; i++)
    add_known_peer (&plan, &stats[i]);
  *code = play (&plan, request);
  return *code == 0 ? list_changes (&plan) : NULL;
}
