/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/static-peers.h"

#include "app/config-diff.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "peer/data-commands.h"

#include <string.h>

struct _BgStaticPeers
{
  BgPeerSet *peers;
  BgSecretStore *secrets;
  GHashTable *psk_digests; /* name → digest of the preshared key, of all that were added */
};

BgStaticPeers *
bg_static_peers_new (BgPeerSet *peers, BgSecretStore *secrets)
{
  BgStaticPeers *self = g_new0 (BgStaticPeers, 1);

  self->peers = peers;
  self->secrets = secrets;
  self->psk_digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
bg_static_peers_free (BgStaticPeers *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->psk_digests);
  g_free (self);
}

static gboolean
read_psk (BgStaticPeers *self, const char *name, WgKey *psk, GError **error)
{
  g_autofree char *secret = g_strdup_printf ("peer/%s/psk", name);
  g_autoptr (GError) local = NULL;
  char *text = bg_secret_store_read (self->secrets, secret, &local);
  gboolean ok = TRUE;

  memset (psk, 0, sizeof *psk);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (text && !bg_key_from_base64 (text, psk->bytes))
    {
      bg_error_set (error, BG_ERROR_CONFIG, BAD_PRESHARED_KEY, secret);
      ok = FALSE;
    }
  bg_secret_free (text);
  return ok;
}

/* Tells two keys apart without keeping either. */
static char *
digest_of_psk (const WgKey *psk)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, psk->bytes, sizeof psk->bytes);
}

static gboolean
has_same_psk (BgStaticPeers *self, const char *name)
{
  g_autofree char *digest = NULL;
  WgKey psk;

  if (!read_psk (self, name, &psk, NULL))
    return FALSE; /* adding it says what is wrong */
  digest = digest_of_psk (&psk);
  wg_wipe (&psk, sizeof psk);
  return g_strcmp0 (digest, g_hash_table_lookup (self->psk_digests, name)) == 0;
}

static gboolean
add_peer (BgStaticPeers *self, const BgStaticPeer *peer, GError **error)
{
  g_autoptr (GArray) allowed = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  BgPeerConfig config = { .keepalive = peer->keepalive };
  gboolean ok;

  memcpy (config.key.bytes, peer->key, sizeof config.key.bytes);
  for (guint i = 0; i < peer->allowed_ips->len; i++)
    {
      BgAllowedIp ip = bg_allowed_ip (&g_array_index (peer->allowed_ips, BgIpPrefix, i));

      g_array_append_val (allowed, ip);
    }
  config.allowed_ips = (const BgAllowedIp *) (const void *) allowed->data;
  config.n_allowed_ips = allowed->len;
  ok = read_psk (self, peer->name, &config.psk, error)
       && bg_peer_set_add_static (self->peers, peer->name, &config,
                                  peer->has_endpoint ? peer->endpoint_host : NULL,
                                  peer->endpoint_port, error);
  if (ok)
    g_hash_table_insert (self->psk_digests, g_strdup (peer->name), digest_of_psk (&config.psk));
  wg_wipe (&config.psk, sizeof config.psk);
  return ok;
}

gboolean
bg_static_peers_add (BgStaticPeers *self, const BgConfig *config, GError **error)
{
  for (guint i = 0; i < config->static_peers->len; i++)
    if (!add_peer (self, config->static_peers->pdata[i], error))
      return FALSE;
  return TRUE;
}

static const BgStaticPeer *
find_peer (const BgConfig *config, const char *name)
{
  for (guint i = 0; i < config->static_peers->len; i++)
    {
      const BgStaticPeer *peer = config->static_peers->pdata[i];

      if (g_str_equal (peer->name, name))
        return peer;
    }
  return NULL;
}

static gboolean
is_other_peer (const BgStaticPeer *was, const BgStaticPeer *is)
{
  return !is || memcmp (was->key, is->key, sizeof was->key) != 0;
}

/* Those that are gone first: their keys and prefixes may be another's now. What only differs goes on, where it is. */
void
bg_static_peers_apply (BgStaticPeers *self, const BgConfig *old, const BgConfig *config)
{
  for (guint i = 0; i < old->static_peers->len; i++)
    {
      const BgStaticPeer *was = old->static_peers->pdata[i], *is = find_peer (config, was->name);

      if (is_other_peer (was, is))
        bg_peer_set_remove_static (self->peers, was->name);
      if (bg_config_diff_static_peer (was, is) || !has_same_psk (self, was->name))
        g_hash_table_remove (self->psk_digests, was->name);
    }
  for (guint i = 0; i < config->static_peers->len; i++)
    {
      const BgStaticPeer *is = config->static_peers->pdata[i];
      g_autoptr (GError) error = NULL;

      if (g_hash_table_contains (self->psk_digests, is->name) || add_peer (self, is, &error))
        continue;
      bg_peer_set_remove_static (self->peers, is->name);
      bg_log (BG_TOPIC_CONFIG, WARNING, is->name, "%s", error->message);
    }
}
