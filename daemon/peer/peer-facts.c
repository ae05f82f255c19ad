/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-facts.h"

#include "common/key-text.h"
#include "common/printable.h"
#include "net/local-networks.h"

#include <string.h>
#include <sys/socket.h>

/* Bytes of what a peer says that people get to see. */
#define MAX_SHOWN 64

gboolean
bg_peer_id_is_smaller (const char *a, const char *b)
{
  return strcmp (a, b) < 0; /* unsigned bytes, a shorter prefix first: memcmp order */
}

BgWords *
bg_peer_key_refusal (const WgKey *key, const BgPeerSelf *self)
{
  if (wg_key_is_zero (key))
    return bg_words (PEER_KEY_UNUSABLE);
  if (wg_key_equal (key, self->key))
    return bg_words (PEER_CLAIMS_OUR_KEY);
  return NULL;
}

static BgWords *
read_key (BgPeerFacts *facts, const char *text, const BgPeerSelf *self)
{
  if (!text || !*text)
    return NULL;
  if (!bg_key_from_base64 (text, facts->key.bytes))
    return bg_words (PEER_KEY_UNUSABLE);
  facts->has_key = TRUE;
  return bg_peer_key_refusal (&facts->key, self);
}

static BgWords *
judge_address (const BgIpPrefix *host, const BgPeerSelf *self)
{
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (host, text);
  for (guint i = 0; i < self->n_addresses; i++)
    {
      const BgIpPrefix *ours = &self->addresses[i];
      BgIpPrefix our_host = bg_ip_prefix_host (ours);

      if (bg_ip_prefix_equal (&our_host, host))
        return bg_words (PEER_CLAIMS_OUR_ADDRESS, text);
      if (bg_ip_prefix_contains (ours, host))
        return bg_ip_prefix_is_edge (ours, host) ? bg_words (PEER_ADDRESS_NO_HOST, text) : NULL;
    }
  return bg_words (PEER_ADDRESS_OUTSIDE, text);
}

static BgWords *
read_address (BgPeerFacts *facts, const char *text, const BgPeerSelf *self)
{
  BgIpPrefix prefix;

  if (!text || !*text)
    return bg_words (PEER_WITHOUT_ADDRESS);
  if (!bg_ip_prefix_parse (text, &prefix) || !bg_ip_prefix_is_unicast_host (&prefix))
    {
      g_autofree char *shown = bg_printable_start (text, MAX_SHOWN);

      return bg_words (PEER_ADDRESS_UNUSABLE, shown);
    }
  facts->address = bg_ip_prefix_host (&prefix);
  facts->has_address = TRUE;
  return judge_address (&facts->address, self);
}

/* What is wrong with it costs the peer this address, no more. */
static void
read_address6 (BgPeerFacts *facts, GHashTable *metadata, const BgPeerSelf *self)
{
  const char *text = metadata ? g_hash_table_lookup (metadata, BG_PEER_METADATA_ADDRESS6) : NULL;
  BgIpPrefix prefix;

  if (!text || !bg_ip_prefix_parse (text, &prefix) || prefix.family != AF_INET6
      || !bg_ip_prefix_is_unicast_host (&prefix))
    return;
  facts->address6 = bg_ip_prefix_host (&prefix);
  facts->complaint = judge_address (&facts->address6, self);
  facts->has_address6 = facts->complaint == NULL;
}

BgWords *
bg_peer_route_refusal (const char *text, const BgPeerSelf *self, BgIpPrefix *route)
{
  if (!bg_ip_prefix_parse (text, route))
    return bg_words (ROUTE_NO_PREFIX);
  bg_ip_prefix_mask (route);
  if (route->len < (route->family == AF_INET ? BG_BROADEST_LEN4 : BG_BROADEST_LEN6))
    return bg_words (ROUTE_TOO_BROAD);
  if (!bg_ip_prefix_is_unicast_host (route))
    return bg_words (ROUTE_NO_NETWORK);
  for (guint i = 0; i < self->n_addresses; i++)
    if (bg_ip_prefix_contains (route, &self->addresses[i])
        || bg_ip_prefix_contains (&self->addresses[i], route))
      return bg_words (ROUTE_OVERLAPS);
  return NULL;
}

static gboolean
has_route (const GArray *routes, const BgIpPrefix *route)
{
  for (guint i = 0; i < routes->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (routes, BgIpPrefix, i), route))
      return TRUE;
  return FALSE;
}

static void
read_routes (BgPeerFacts *facts, char *const *texts, const BgPeerSelf *self)
{
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();
  guint n = texts ? g_strv_length ((char **) texts) : 0;

  facts->routes = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  if (n > BG_PEER_MAX_ROUTES && !facts->complaint)
    facts->complaint = bg_words (TOO_MANY_ROUTES, n, BG_PEER_MAX_ROUTES);
  for (guint i = 0; i < n && n <= BG_PEER_MAX_ROUTES; i++)
    {
      char *text = bg_printable_start (texts[i], MAX_SHOWN);
      BgIpPrefix route;
      g_autoptr (BgWords) why = bg_peer_route_refusal (texts[i], self, &route);

      if (why && !facts->complaint)
        facts->complaint = bg_words (ROUTE_NOT_TAKEN, text, why);
      if (!why && !has_route (facts->routes, &route))
        g_array_append_val (facts->routes, route);
      g_ptr_array_add (shown, text);
    }
  g_ptr_array_add (shown, NULL);
  facts->route_texts = (char **) g_ptr_array_free (g_steal_pointer (&shown), FALSE);
}

BgPeerFacts *
bg_peer_facts_new (const BgSignalPeer *said, const BgPeerSelf *self)
{
  BgPeerFacts *facts = g_new0 (BgPeerFacts, 1);

  facts->key_refusal = read_key (facts, said->public_key, self);
  facts->refusal = read_address (facts, said->address, self);
  read_address6 (facts, said->metadata, self);
  read_routes (facts, said->routes, self);
  return facts;
}

void
bg_peer_facts_free (BgPeerFacts *facts)
{
  if (!facts)
    return;
  g_array_unref (facts->routes);
  g_strfreev (facts->route_texts);
  bg_words_unref (facts->refusal);
  bg_words_unref (facts->key_refusal);
  bg_words_unref (facts->complaint);
  g_free (facts);
}
