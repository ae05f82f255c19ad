/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uapi/uapi-plan.h"

#include <errno.h>
#include <string.h>

/* A peer while the request is played through. */
typedef struct
{
  BgPeerConfig config;
  GArray *allowed_ips;
  gboolean existed, exists, changed;
} Peer;

static void
peer_free (gpointer data)
{
  Peer *peer = data;

  g_array_unref (peer->allowed_ips);
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

static Peer *
peer_new (const WgKey *key)
{
  Peer *peer = g_new0 (Peer, 1);

  peer->config.key = *key;
  peer->allowed_ips = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  return peer;
}

static Peer *
peer_from_stats (const BgPeerStats *stats)
{
  Peer *peer = peer_new (&stats->key);

  peer->config.psk = stats->psk;
  peer->config.keepalive = stats->keepalive;
  peer->config.path = stats->path;
  peer->config.endpoint = stats->endpoint;
  peer->config.has_endpoint = stats->has_endpoint;
  if (stats->n_allowed_ips)
    g_array_append_vals (peer->allowed_ips, stats->allowed_ips, stats->n_allowed_ips);
  peer->existed = peer->exists = TRUE;
  return peer;
}

static Peer *
find_peer (GPtrArray *peers, const WgKey *key)
{
  for (guint i = 0; i < peers->len; i++)
    {
      Peer *peer = g_ptr_array_index (peers, i);

      if (wg_key_equal (&peer->config.key, key))
        return peer;
    }
  return NULL;
}

static int
find_ip (const GArray *ips, const BgAllowedIp *ip)
{
  for (guint i = 0; i < ips->len; i++)
    {
      const BgAllowedIp *other = &g_array_index (ips, BgAllowedIp, i);

      if (other->family == ip->family && other->prefix == ip->prefix
          && memcmp (other->addr, ip->addr, sizeof ip->addr) == 0)
        return (int) i;
    }
  return -1;
}

static void
remove_ip (GArray *ips, const BgAllowedIp *ip)
{
  int i = find_ip (ips, ip);

  if (i >= 0)
    g_array_remove_index_fast (ips, (guint) i);
}

/* An address has one owner: the newcomer takes it from a static peer, and not from a mesh peer. */
static int
take_ip (GPtrArray *peers, Peer *owner, const BgAllowedIp *ip)
{
  for (guint i = 0; i < peers->len; i++)
    {
      Peer *peer = g_ptr_array_index (peers, i);

      if (peer == owner || find_ip (peer->allowed_ips, ip) < 0)
        continue;
      if (peer->config.path != 0)
        return EPERM;
      remove_ip (peer->allowed_ips, ip);
    }
  if (find_ip (owner->allowed_ips, ip) < 0)
    g_array_append_vals (owner->allowed_ips, ip, 1);
  return 0;
}

static void
drop_peer (Peer *peer)
{
  Peer *blank = peer_new (&peer->config.key);

  g_array_unref (peer->allowed_ips);
  peer->config = blank->config;
  peer->allowed_ips = g_steal_pointer (&blank->allowed_ips);
  peer->exists = FALSE;
  g_free (blank);
}

static int
update_peer (GPtrArray *peers, Peer *peer, const BgUapiPeer *wanted)
{
  int code = 0;

  peer->exists = peer->changed = TRUE;
  if (wanted->has_psk)
    peer->config.psk = wanted->psk;
  if (wanted->has_keepalive)
    peer->config.keepalive = wanted->keepalive;
  if (wanted->has_endpoint)
    {
      peer->config.endpoint = wanted->endpoint;
      peer->config.has_endpoint = true;
    }
  if (wanted->replace_allowed_ips)
    g_array_set_size (peer->allowed_ips, 0);
  for (guint i = 0; i < wanted->withdrawn_ips->len; i++)
    remove_ip (peer->allowed_ips, &g_array_index (wanted->withdrawn_ips, BgAllowedIp, i));
  for (guint i = 0; i < wanted->allowed_ips->len && code == 0; i++)
    code = take_ip (peers, peer, &g_array_index (wanted->allowed_ips, BgAllowedIp, i));
  return code;
}

static int
play_peer (GPtrArray *peers, const BgUapiDevice *device, const BgUapiPeer *wanted)
{
  Peer *peer = find_peer (peers, &wanted->key);
  gboolean exists = peer && peer->exists;

  if (wg_key_equal (&wanted->key, &device->public_key))
    return 0;
  if (exists && peer->config.path != 0)
    return EPERM;
  if (wanted->remove)
    {
      if (exists)
        drop_peer (peer);
      return 0;
    }
  if (!exists && wanted->update_only)
    return 0;
  if (!exists && device->listen_port == 0)
    return EOPNOTSUPP;
  if (!peer)
    g_ptr_array_add (peers, peer = peer_new (&wanted->key));
  return update_peer (peers, peer, wanted);
}

static int
check_device (const BgUapiRequest *request, const BgUapiDevice *device)
{
  if (request->has_private_key && !wg_key_equal (&request->private_key, &device->private_key))
    return EPERM;
  if (request->has_listen_port && request->listen_port != device->listen_port)
    return EOPNOTSUPP;
  return request->has_fwmark && request->fwmark != 0 ? EOPNOTSUPP : 0;
}

static int
play (GPtrArray *peers, const BgUapiRequest *request, const BgUapiDevice *device)
{
  int code = check_device (request, device);

  for (guint i = 0; request->replace_peers && i < peers->len; i++)
    if (((Peer *) g_ptr_array_index (peers, i))->config.path == 0)
      drop_peer (g_ptr_array_index (peers, i));
  for (guint i = 0; i < request->peers->len && code == 0; i++)
    code = play_peer (peers, device, g_ptr_array_index (request->peers, i));
  return code;
}

static void
add_change (GPtrArray *changes, const Peer *peer)
{
  BgUapiChange *change = g_new0 (BgUapiChange, 1);

  change->remove = !peer->exists;
  change->config = peer->config;
  change->allowed_ips = g_array_ref (peer->allowed_ips);
  change->config.allowed_ips = (const BgAllowedIp *) (const void *) peer->allowed_ips->data;
  change->config.n_allowed_ips = peer->allowed_ips->len;
  g_ptr_array_add (changes, change);
}

GPtrArray *
bg_uapi_plan (const BgUapiRequest *request, const BgUapiDevice *device, const BgPeerStats *stats,
              guint n_stats, int *code)
{
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func (peer_free);
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (change_free);

  for (guint i = 0; i < n_stats; i++)
    g_ptr_array_add (peers, peer_from_stats (&stats[i]));
  *code = play (peers, request, device);
  if (*code != 0)
    return NULL;
  for (guint i = 0; i < peers->len; i++)
    {
      const Peer *peer = g_ptr_array_index (peers, i);

      if (peer->existed && !peer->exists)
        add_change (changes, peer);
    }
  for (guint i = 0; i < peers->len; i++)
    {
      const Peer *peer = g_ptr_array_index (peers, i);

      if (peer->exists && peer->changed)
        add_change (changes, peer);
    }
  return g_steal_pointer (&changes);
}
