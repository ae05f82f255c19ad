/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/own-description.h"

#include "common/key-text.h"
#include "common/service-item.h"
#include "peer/peer-facts.h"

static gboolean
has_text (const GPtrArray *texts, const char *text)
{
  return g_ptr_array_find_with_equal_func ((GPtrArray *) texts, text, g_str_equal, NULL);
}

/* As the others know them; two networks may be one for them. */
static char **
routes_of (const BgConfig *config)
{
  GPtrArray *routes = g_ptr_array_new ();
  char text[BG_IP_PREFIX_TEXT];

  for (guint i = 0; i < config->routes->len && routes->len < BG_SIGNAL_MAX_ROUTES; i++)
    {
      bg_ip_prefix_format (&g_array_index (config->routes, BgServedRoute, i).shown, text);
      if (!has_text (routes, text))
        g_ptr_array_add (routes, g_strdup (text));
    }
  g_ptr_array_add (routes, NULL);
  return (char **) g_ptr_array_free (routes, FALSE);
}

/* The first `max` of them. */
static char **
first_of (char **texts, guint max)
{
  char **copy = g_strdupv (texts);

  for (guint i = max; i < g_strv_length (texts); i++)
    g_clear_pointer (&copy[i], g_free);
  return copy;
}

static void
add_service (GPtrArray *texts, const BgService *service, BgServiceProtocol protocol)
{
  BgServiceItem item = { .port = bg_service_port (service), .protocol = protocol };

  g_strlcpy (item.name, service->name, sizeof item.name);
  if (texts->len < BG_OFFER_MAX_SERVICES)
    g_ptr_array_add (texts, bg_service_item_format (&item));
}

/* Names of peers, whom the data plane lets in by their keys. */
static gboolean
is_for_all (const BgService *service, gconstpointer data)
{
  return !*service->peers;
}

static gboolean
is_for (const BgService *service, gconstpointer peer)
{
  return is_for_all (service, NULL) || g_strv_contains ((const char *const *) service->peers, peer);
}

static gboolean
is_any (const BgService *service, gconstpointer data)
{
  return TRUE;
}

/* What may be opened as http://. */
static gboolean
is_plain_http (const BgService *service)
{
  return service->http_headers && !service->tls;
}

static char **
services_of (const BgConfig *config, gboolean (*are_told) (const BgService *, gconstpointer),
             gconstpointer data)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (guint i = 0; i < config->services->len; i++)
    {
      const BgService *service = config->services->pdata[i];

      if (!are_told (service, data))
        continue;
      if (bg_service_is_stream (service))
        add_service (texts, service, is_plain_http (service) ? BG_SERVICE_HTTP : BG_SERVICE_TCP);
      if (service->udp)
        add_service (texts, service, BG_SERVICE_UDP);
    }
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}

BgPeerOffer *
bg_own_offer_new (const BgConfig *config, guint exits)
{
  BgPeerOffer *offer = g_new0 (BgPeerOffer, 1);

  offer->routes = routes_of (config);
  offer->dns = first_of (config->dns, BG_OFFER_MAX_DNS);
  offer->search = first_of (config->dns_search, BG_OFFER_MAX_SEARCH);
  offer->exit = bg_families_to_texts (config->exit ? exits : 0);
  offer->files = bg_config_receives_files (config) ? BG_OFFER_FILES : 0;
  offer->services = services_of (config, is_any, NULL);
  return offer;
}

BgPeerOffer *
bg_own_offer_for (const BgPeerOffer *offer, const BgConfig *config, const char *peer)
{
  BgPeerOffer *told = bg_peer_offer_copy (offer);

  g_strfreev (told->services);
  told->services = services_of (config, peer ? is_for : is_for_all, peer);
  return told;
}

char *
bg_own_services_describe (const BgConfig *config)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < config->services->len; i++)
    {
      const BgService *service = config->services->pdata[i];
      g_autofree char *peers = g_strjoinv (" ", service->peers);

      g_string_append_printf (text, "%s: %s\n", service->name, peers);
    }
  return g_string_free (text, FALSE);
}

BgSignalPeer *
bg_own_description_new (const char *id, const BgPeerOffer *offer, const WgKey *public_key,
                        const BgIpPrefix *addresses, guint n_addresses)
{
  BgSignalPeer *me = g_new0 (BgSignalPeer, 1);
  char text[BG_IP_PREFIX_TEXT], key[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (public_key->bytes, key);
  me->id = g_strdup (id);
  me->public_key = g_strdup (key);
  bg_ip_prefix_format (&addresses[0], text);
  me->address = g_strdup (text);
  if (n_addresses > 1)
    {
      bg_ip_prefix_format (&addresses[1], text);
      me->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_hash_table_insert (me->metadata, g_strdup (BG_PEER_METADATA_ADDRESS6), g_strdup (text));
    }
  bg_signal_peer_set_offer (me, offer);
  return me;
}
