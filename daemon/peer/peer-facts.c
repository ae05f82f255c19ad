/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-facts.h"

#include "common/dns-name.h"
#include "common/key-text.h"
#include "common/printable.h"
#include "common/service-item.h"
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

/* Wholly or in part no hosts that anybody could reach: this network (RFC 791), loopback, link-local, multicast, reserved, and
 * the forms of IPv6 addresses that stand for something else. */
static const char *const nowhere[] = { "0.0.0.0/8",   "127.0.0.0/8", "169.254.0.0/16",
                                       "224.0.0.0/3", "::/96",       "::ffff:0:0/96",
                                       "fe80::/10",   "ff00::/8" };

static gboolean
meets (const BgIpPrefix *a, const BgIpPrefix *b)
{
  return bg_ip_prefix_contains (a, b) || bg_ip_prefix_contains (b, a);
}

static gboolean
meets_nowhere (const BgIpPrefix *route)
{
  for (gsize i = 0; i < G_N_ELEMENTS (nowhere); i++)
    {
      BgIpPrefix range;

      if (bg_ip_prefix_parse (nowhere[i], &range) && meets (&range, route))
        return TRUE;
    }
  return FALSE;
}

static gboolean
meets_ours (const BgPeerSelf *self, const BgIpPrefix *route)
{
  for (guint i = 0; self->routes && i < self->routes->len; i++)
    if (meets (&g_array_index (self->routes, BgIpPrefix, i), route))
      return TRUE;
  return FALSE;
}

BgWords *
bg_peer_route_refusal (const char *text, const BgPeerSelf *self, BgIpPrefix *route)
{
  if (!bg_ip_prefix_parse (text, route))
    return bg_words (ROUTE_NO_PREFIX);
  bg_ip_prefix_mask (route);
  if (route->len < (route->family == AF_INET ? BG_BROADEST_LEN4 : BG_BROADEST_LEN6))
    return bg_words (ROUTE_TOO_BROAD);
  if (meets_nowhere (route))
    return bg_words (ROUTE_NO_NETWORK);
  for (guint i = 0; i < self->n_addresses; i++)
    if (meets (route, &self->addresses[i]))
      return bg_words (ROUTE_OVERLAPS);
  return meets_ours (self, route) ? bg_words (ROUTE_IS_OURS) : NULL;
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
read_route (BgPeerFacts *facts, const char *text, const char *shown, const BgPeerSelf *self)
{
  BgIpPrefix route;
  g_autoptr (BgWords) why = bg_peer_route_refusal (text, self, &route);

  if (why && !facts->complaint)
    facts->complaint = bg_words (ROUTE_NOT_TAKEN, shown, why);
  if (!why && !has_route (facts->routes, &route))
    g_array_append_val (facts->routes, route);
}

static void
read_routes (BgPeerFacts *facts, const BgPeerOffer *offer, const BgPeerSelf *self)
{
  guint n = g_strv_length (offer->routes);

  facts->routes = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  facts->route_texts = bg_peer_read_route_texts (offer);
  if (n > BG_PEER_MAX_ROUTES && !facts->complaint)
    facts->complaint = bg_words (TOO_MANY_ROUTES, n, BG_PEER_MAX_ROUTES);
  for (guint i = 0; i < n && n <= BG_PEER_MAX_ROUTES; i++)
    read_route (facts, offer->routes[i], facts->route_texts[i], self);
}

char **
bg_peer_read_route_texts (const BgPeerOffer *offer)
{
  GPtrArray *shown = g_ptr_array_new ();

  for (guint i = 0; offer->routes[i] && i < BG_PEER_MAX_ROUTES; i++)
    g_ptr_array_add (shown, bg_printable_start (offer->routes[i], MAX_SHOWN));
  g_ptr_array_add (shown, NULL);
  return (char **) g_ptr_array_free (shown, FALSE);
}

/* Takes `text`, which may be NULL. */
static void
add_once (GPtrArray *texts, char *text)
{
  if (text && !g_ptr_array_find_with_equal_func (texts, text, g_str_equal, NULL))
    g_ptr_array_add (texts, text);
  else
    g_free (text);
}

static char *
address_of_text (const char *text)
{
  BgIpPrefix host;
  char shown[BG_IP_PREFIX_TEXT];

  if (strchr (text, '/') || !bg_ip_prefix_parse (text, &host)
      || !bg_ip_prefix_is_unicast_host (&host))
    return NULL;
  bg_ip_prefix_format_address (&host, shown);
  return g_strdup (shown);
}

char **
bg_peer_read_dns (const BgPeerOffer *offer)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (guint i = 0; offer->dns[i] && i < BG_OFFER_MAX_DNS; i++)
    add_once (texts, address_of_text (offer->dns[i]));
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}

char **
bg_peer_read_dns_search (const BgPeerOffer *offer)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (guint i = 0; offer->search[i] && i < BG_OFFER_MAX_SEARCH; i++)
    add_once (texts, bg_dns_name_normalize (offer->search[i]));
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}

char **
bg_peer_read_services (const BgPeerOffer *offer)
{
  GPtrArray *texts = g_ptr_array_new ();
  BgServiceItem item;

  for (guint i = 0; offer->services[i] && i < BG_OFFER_MAX_SERVICES; i++)
    if (bg_service_item_parse (offer->services[i], &item))
      add_once (texts, bg_service_item_format (&item));
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}

static void
read_offer (BgPeerFacts *facts, const BgPeerOffer *offer, const BgPeerSelf *self)
{
  read_routes (facts, offer, self);
  facts->dns = bg_peer_read_dns (offer);
  facts->dns_search = bg_peer_read_dns_search (offer);
  facts->exits = bg_families_of_texts (offer->exit);
  facts->services = bg_peer_read_services (offer);
}

BgPeerFacts *
bg_peer_facts_new (const BgSignalPeer *said, const BgPeerOffer *offer, const BgPeerSelf *self)
{
  g_autoptr (BgPeerOffer) named = offer ? NULL : bg_signal_peer_get_offer (said);
  BgPeerFacts *facts = g_new0 (BgPeerFacts, 1);

  facts->key_refusal = read_key (facts, said->public_key, self);
  facts->refusal = read_address (facts, said->address, self);
  read_address6 (facts, said->metadata, self);
  read_offer (facts, offer ? offer : named, self);
  return facts;
}

void
bg_peer_facts_free (BgPeerFacts *facts)
{
  if (!facts)
    return;
  g_array_unref (facts->routes);
  g_strfreev (facts->route_texts);
  g_strfreev (facts->dns);
  g_strfreev (facts->dns_search);
  g_strfreev (facts->services);
  bg_words_unref (facts->refusal);
  bg_words_unref (facts->key_refusal);
  bg_words_unref (facts->complaint);
  g_free (facts);
}
