/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an entry of the hub's list says that a machine offers: `routes`, and the metadata that the Go program knows since 1.9. */
#include "common/json-list.h"
#include "common/signal-message.h"

#include <string.h>

static void
take_list (char ***field, GHashTable *metadata, const char *key, guint max)
{
  const char *text = metadata ? g_hash_table_lookup (metadata, key) : NULL;
  char **texts = bg_json_list_parse (text, max);

  if (!texts)
    return;
  g_strfreev (*field);
  *field = texts;
}

BgPeerOffer *
bg_signal_peer_get_offer (const BgSignalPeer *peer)
{
  BgPeerOffer *offer = bg_peer_offer_new ();

  take_list (&offer->dns, peer->metadata, BG_SIGNAL_METADATA_DNS, BG_OFFER_MAX_DNS);
  take_list (&offer->search, peer->metadata, BG_SIGNAL_METADATA_SEARCH, BG_OFFER_MAX_SEARCH);
  take_list (&offer->exit, peer->metadata, BG_SIGNAL_METADATA_EXIT, BG_OFFER_MAX_EXIT);
  take_list (&offer->services, peer->metadata, BG_SIGNAL_METADATA_SERVICES, BG_OFFER_MAX_SERVICES);
  if (peer->routes && *peer->routes)
    {
      g_strfreev (offer->routes);
      offer->routes = g_strdupv (peer->routes);
    }
  else
    take_list (&offer->routes, peer->metadata, BG_SIGNAL_METADATA_ROUTES, BG_SIGNAL_MAX_ROUTES);
  return offer;
}

static void
put_list (BgSignalPeer *peer, const char *key, char **texts)
{
  if (!*texts)
    return;
  if (!peer->metadata)
    peer->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (peer->metadata, g_strdup (key), bg_json_list_format (texts));
}

/* As the frame of a join, with the type that stands behind it. */
static gsize
length_of_join (const BgSignalPeer *peer)
{
  g_autofree char *text = bg_signal_peer_to_json (peer);

  return strlen (text) + strlen (",\"type\":\"join\"");
}

static void
leave_out_if_too_long (BgSignalPeer *peer, const char *key)
{
  if (peer->metadata && g_hash_table_contains (peer->metadata, key)
      && length_of_join (peer) > BG_SIGNAL_MAX_JOIN)
    g_hash_table_remove (peer->metadata, key);
}

void
bg_signal_peer_set_offer (BgSignalPeer *peer, const BgPeerOffer *offer)
{
  g_strfreev (peer->routes);
  peer->routes = g_strdupv (offer->routes);
  put_list (peer, BG_SIGNAL_METADATA_DNS, offer->dns);
  put_list (peer, BG_SIGNAL_METADATA_SEARCH, offer->search);
  put_list (peer, BG_SIGNAL_METADATA_EXIT, offer->exit);
  put_list (peer, BG_SIGNAL_METADATA_SERVICES, offer->services);
  put_list (peer, BG_SIGNAL_METADATA_ROUTES, offer->routes);
  /* The routes say nothing there that they do not say beside it, and published services are said by descriptions: they must not
   * cost the whole join. */
  leave_out_if_too_long (peer, BG_SIGNAL_METADATA_ROUTES);
  leave_out_if_too_long (peer, BG_SIGNAL_METADATA_SERVICES);
}
