/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-types.h"

#include "app/config-checks.h"
#include "common/dns-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/printable.h"
#include "net/tun-device.h"
#include "signaling/signaling-client.h"
#include "transport/transport.h"

#include <string.h>
#include <sys/socket.h>

/* Ways to mesh peers that a person may name; plain UDP is for static peers. */
#define MESH_PATHS                                                                                 \
  (1u << BG_TRANSPORT_DATA_CHANNEL | 1u << BG_TRANSPORT_ICE | 1u << BG_TRANSPORT_DIRECT)

#define FIELD(object, type, offset) ((type *) (void *) ((char *) (object) + (offset)))
#define CONST_FIELD(object, type, offset)                                                          \
  ((const type *) (const void *) ((const char *) (object) + (offset)))

/* --- Types --- */

static gboolean
set_text (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  char **field = FIELD (object, char *, key->field);

  if (*text && key->check && !key->check (text, error))
    return FALSE;
  if (!*text && key->fallback)
    return bg_config_refuse (error, text, BG_SAY_EMPTY_VALUE);
  g_free (*field);
  *field = *text ? g_strdup (text) : NULL;
  return TRUE;
}

static GVariant *
text_to_variant (const BgConfigKey *key, gconstpointer object)
{
  const char *text = *CONST_FIELD (object, char *const, key->field);

  return g_variant_new_string (text ? text : "");
}

static gboolean
set_url (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  g_autofree char *url = NULL;

  if (*text && !bg_config_check_server_url (text, error))
    return FALSE;
  url = *text ? bg_server_url_normalize (text, NULL) : NULL;
  g_free (*FIELD (object, char *, key->field));
  *FIELD (object, char *, key->field) = g_steal_pointer (&url);
  return TRUE;
}

static gboolean
set_boolean (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  static const struct
  {
    const char *word;
    gboolean value;
  } words[] = { { "true", TRUE }, { "false", FALSE }, { "yes", TRUE }, { "no", FALSE },
                { "on", TRUE },   { "off", FALSE },   { "1", TRUE },   { "0", FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i].word) == 0)
      {
        *FIELD (object, gboolean, key->field) = words[i].value;
        return TRUE;
      }
  return bg_config_refuse (error, text, BG_SAY_BAD_BOOLEAN);
}

static GVariant *
boolean_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return g_variant_new_boolean (*CONST_FIELD (object, gboolean, key->field));
}

static gboolean
parse_number (const BgConfigKey *key, const char *text, guint *out, GError **error)
{
  g_autofree char *shown = NULL;
  guint64 number;

  if (g_ascii_string_to_unsigned (text, 10, key->min, key->max, &number, NULL))
    {
      *out = (guint) number;
      return TRUE;
    }
  shown = bg_printable (text);
  bg_error_set (error, BG_ERROR_CONFIG, BAD_NUMBER, shown, key->min, key->max);
  return FALSE;
}

static gboolean
set_number (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  return parse_number (key, text, FIELD (object, guint, key->field), error);
}

static GVariant *
number_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return g_variant_new_uint32 (*CONST_FIELD (object, guint, key->field));
}

static gboolean
set_seconds (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  guint number;

  if (!parse_number (key, text, &number, error))
    return FALSE;
  *FIELD (object, guint16, key->field) = (guint16) number;
  return TRUE;
}

static GVariant *
seconds_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return g_variant_new_uint32 (*CONST_FIELD (object, guint16, key->field));
}

static gboolean
set_address (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  const gboolean ipv4 = key->family == AF_INET;
  const guint8 shortest = ipv4 ? 8 : 16; /* the prefix becomes a route */
  BgIpPrefix address = { 0 };

  if (*text
      && (!bg_ip_prefix_parse (text, &address) || address.family != key->family
          || address.len < shortest || !bg_ip_prefix_is_unicast_host (&address)
          || bg_ip_prefix_is_edge (&address, &address)))
    return bg_config_refuse (error, text, ipv4 ? BG_SAY_BAD_IPV4_ADDRESS : BG_SAY_BAD_IPV6_ADDRESS);
  *FIELD (object, BgIpPrefix, key->field) = address;
  *FIELD (object, gboolean, key->has) = *text != '\0';
  return TRUE;
}

static GVariant *
address_to_variant (const BgConfigKey *key, gconstpointer object)
{
  char text[BG_IP_PREFIX_TEXT] = "";

  if (*CONST_FIELD (object, gboolean, key->has))
    bg_ip_prefix_format (CONST_FIELD (object, BgIpPrefix, key->field), text);
  return g_variant_new_string (text);
}

static gboolean
array_has_prefix (const GArray *prefixes, const BgIpPrefix *prefix)
{
  for (guint i = 0; i < prefixes->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (prefixes, BgIpPrefix, i), prefix))
      return TRUE;
  return FALSE;
}

/* `min` is the shortest prefix length: an advertised default route would be refused by everybody. */
static gboolean
set_prefixes (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  g_autoptr (GArray) prefixes = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  g_auto (GStrv) items = bg_config_split_list (text);
  GArray **field = FIELD (object, GArray *, key->field);

  for (char **item = items; *item; item++)
    {
      BgIpPrefix prefix;

      if (!bg_ip_prefix_parse (*item, &prefix))
        return bg_config_refuse (error, *item, BG_SAY_BAD_PREFIX);
      if (prefix.len < key->min)
        return bg_config_refuse (error, *item, BG_SAY_PREFIX_OF_ALL);
      bg_ip_prefix_mask (&prefix);
      if (!array_has_prefix (prefixes, &prefix))
        g_array_append_val (prefixes, prefix);
    }
  g_clear_pointer (field, g_array_unref);
  *field = g_steal_pointer (&prefixes);
  return TRUE;
}

static GVariant *
prefixes_to_variant (const BgConfigKey *key, gconstpointer object)
{
  const GArray *prefixes = *CONST_FIELD (object, GArray *const, key->field);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; i < prefixes->len; i++)
    {
      char text[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format (&g_array_index (prefixes, BgIpPrefix, i), text);
      g_variant_builder_add (&builder, "s", text);
    }
  return g_variant_builder_end (&builder);
}

static gboolean
set_texts (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  g_auto (GStrv) items = bg_config_split_list (text);
  char ***field = FIELD (object, char **, key->field);

  for (char **item = items; *item; item++)
    if (key->check && !key->check (*item, error))
      return FALSE;
  g_strfreev (*field);
  *field = g_steal_pointer (&items);
  return TRUE;
}

static GVariant *
texts_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return g_variant_new_strv ((const char *const *) *CONST_FIELD (object, char **const, key->field),
                             -1);
}

static gboolean
set_paths (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  g_auto (GStrv) items = bg_config_split_list (text);
  guint paths = 0;

  for (char **item = items; *item; item++)
    {
      guint bit = 1u << bg_transport_kind_from_name (*item);

      if (!(bit & MESH_PATHS))
        return bg_config_refuse (error, *item, BG_SAY_BAD_PATH);
      paths |= bit;
    }
  if (paths == 0)
    return bg_config_refuse (error, text, BG_SAY_NO_PATH);
  *FIELD (object, guint, key->field) = paths;
  return TRUE;
}

static GVariant *
paths_to_variant (const BgConfigKey *key, gconstpointer object)
{
  guint paths = *CONST_FIELD (object, guint, key->field);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (int kind = BG_TRANSPORT_KINDS - 1; kind > BG_TRANSPORT_NONE; kind--)
    if (paths & 1u << kind)
      g_variant_builder_add (&builder, "s", bg_transport_kind_name ((BgTransportKind) kind));
  return g_variant_builder_end (&builder);
}

static gboolean
set_public_key (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  static const guint8 none[BG_KEY_BYTES];
  guint8 bytes[BG_KEY_BYTES];

  if (!bg_key_from_base64 (text, bytes) || memcmp (bytes, none, sizeof none) == 0)
    return bg_config_refuse (error, text, BG_SAY_BAD_PUBLIC_KEY);
  memcpy (FIELD (object, guint8, key->field), bytes, sizeof bytes);
  return TRUE;
}

static GVariant *
public_key_to_variant (const BgConfigKey *key, gconstpointer object)
{
  char text[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (CONST_FIELD (object, guint8, key->field), text);
  return g_variant_new_string (text);
}

static gboolean
set_endpoint (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  BgStaticPeer *peer = object;
  g_autofree char *host = NULL;
  guint16 port = 0;

  if (*text
      && (!bg_config_split_host_port (text, &host, &port)
          || !(bg_config_is_host (host, *text == '[')
               || (*text == '[' && bg_config_is_link_local_host (host)))))
    return bg_config_refuse (error, text, BG_SAY_BAD_ENDPOINT);
  g_free (peer->endpoint_host);
  peer->endpoint_host = g_steal_pointer (&host);
  peer->endpoint_port = port;
  peer->has_endpoint = *text != '\0';
  return TRUE;
}

static GVariant *
endpoint_to_variant (const BgConfigKey *key, gconstpointer object)
{
  const BgStaticPeer *peer = object;

  if (!peer->has_endpoint)
    return g_variant_new_string ("");
  return g_variant_new_printf (strchr (peer->endpoint_host, ':') ? "[%s]:%u" : "%s:%u",
                               peer->endpoint_host, peer->endpoint_port);
}

static gboolean
set_owner (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  return bg_secret_owner_parse (text, FIELD (object, BgSecretOwner, key->field))
         || bg_config_refuse (error, text, BG_SAY_BAD_SECRET_OWNER);
}

static GVariant *
owner_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return g_variant_new_take_string (
    bg_secret_owner_format (CONST_FIELD (object, BgSecretOwner, key->field)));
}

/* One network, or two with an "@" between them. */
static gboolean
parse_served (const char *text, BgServedRoute *route)
{
  const char *at = strchr (text, '@');
  g_autofree char *network = at ? g_strndup (text, (gsize) (at - text)) : NULL;

  if (!bg_ip_prefix_parse (at ? network : text, &route->network)
      || !bg_ip_prefix_parse (at ? at + 1 : text, &route->shown)
      || route->network.family != route->shown.family || route->network.len != route->shown.len)
    return FALSE;
  bg_ip_prefix_mask (&route->network);
  bg_ip_prefix_mask (&route->shown);
  return TRUE;
}

static gboolean
is_mapped (const BgServedRoute *route)
{
  return !bg_ip_prefix_equal (&route->network, &route->shown);
}

static gboolean
is_same_served (const BgServedRoute *a, const BgServedRoute *b)
{
  return bg_ip_prefix_equal (&a->network, &b->network) && bg_ip_prefix_equal (&a->shown, &b->shown);
}

/* An address of the others must mean one of ours: what is mapped overlaps nothing. */
static gboolean
is_ambiguous (const BgServedRoute *a, const BgServedRoute *b)
{
  return (is_mapped (a) || is_mapped (b))
         && (bg_ip_prefix_contains (&a->shown, &b->shown)
             || bg_ip_prefix_contains (&b->shown, &a->shown));
}

static gboolean
add_served (GArray *routes, char *const *items, guint n, GError **error)
{
  g_autofree char *shown = bg_printable (items[n]);
  BgServedRoute route;

  if (!parse_served (items[n], &route))
    return bg_config_refuse (error, items[n],
                             strchr (items[n], '@') ? BG_SAY_BAD_SERVED_ROUTE : BG_SAY_BAD_PREFIX);
  if (route.network.len < 1)
    return bg_config_refuse (error, items[n], BG_SAY_PREFIX_OF_ALL);
  for (guint i = 0; i < routes->len; i++)
    {
      const BgServedRoute *other = &g_array_index (routes, BgServedRoute, i);
      char text[BG_IP_PREFIX_TEXT];

      if (is_same_served (other, &route))
        return TRUE;
      if (!is_ambiguous (other, &route))
        continue;
      bg_ip_prefix_format (&other->shown, text);
      bg_error_set (error, BG_ERROR_CONFIG, ROUTE_SHOWN_TWICE, shown, text);
      return FALSE;
    }
  g_array_append_val (routes, route);
  return TRUE;
}

static gboolean
set_served (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  g_autoptr (GArray) routes = g_array_new (FALSE, TRUE, sizeof (BgServedRoute));
  g_auto (GStrv) items = bg_config_split_list (text);
  GArray **field = FIELD (object, GArray *, key->field);

  for (guint i = 0; items[i]; i++)
    if (!add_served (routes, items, i, error))
      return FALSE;
  g_clear_pointer (field, g_array_unref);
  *field = g_steal_pointer (&routes);
  return TRUE;
}

static GVariant *
served_to_variant (const BgConfigKey *key, gconstpointer object)
{
  const GArray *routes = *CONST_FIELD (object, GArray *const, key->field);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; i < routes->len; i++)
    {
      const BgServedRoute *route = &g_array_index (routes, BgServedRoute, i);
      char network[BG_IP_PREFIX_TEXT], shown[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format (&route->network, network);
      bg_ip_prefix_format (&route->shown, shown);
      g_variant_builder_add_value (&builder, is_mapped (route)
                                               ? g_variant_new_printf ("%s@%s", network, shown)
                                               : g_variant_new_string (network));
    }
  return g_variant_builder_end (&builder);
}

static gboolean
set_domains (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  g_auto (GStrv) items = bg_config_split_list (text);
  char ***field = FIELD (object, char **, key->field);

  for (char **item = items; *item; item++)
    {
      char *domain = bg_dns_name_normalize (*item);

      if (!domain)
        return bg_config_refuse (error, *item, BG_SAY_BAD_DOMAIN);
      g_free (*item);
      *item = domain;
    }
  g_strfreev (*field);
  *field = g_steal_pointer (&items);
  return TRUE;
}

#define ALL "*"

/* A list, or ALL alone, which leaves the list empty: the type of the list reads it. */
static gboolean
set_chosen (const BgConfigKey *key, gpointer object, const char *text, GError **error,
            gboolean (*set) (const BgConfigKey *, gpointer, const char *, GError **))
{
  gboolean all = g_str_equal (text, ALL);

  if (!set (key, object, all ? "" : text, error))
    return FALSE;
  *FIELD (object, gboolean, key->has) = all;
  return TRUE;
}

static GVariant *
chosen_to_variant (const BgConfigKey *key, gconstpointer object,
                   GVariant *(*to_variant) (const BgConfigKey *, gconstpointer))
{
  static const char *const all[] = { ALL, NULL };

  return *CONST_FIELD (object, gboolean, key->has) ? g_variant_new_strv (all, -1)
                                                   : to_variant (key, object);
}

static gboolean
set_chosen_prefixes (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  return set_chosen (key, object, text, error, set_prefixes);
}

static GVariant *
chosen_prefixes_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return chosen_to_variant (key, object, prefixes_to_variant);
}

static gboolean
set_chosen_addresses (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  return set_chosen (key, object, text, error, set_texts);
}

static gboolean
set_chosen_domains (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  return set_chosen (key, object, text, error, set_domains);
}

static GVariant *
chosen_texts_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return chosen_to_variant (key, object, texts_to_variant);
}

const BgConfigType bg_config_type_text = { "text", "s", set_text, text_to_variant };
const BgConfigType bg_config_type_url = { "URL", "s", set_url, text_to_variant };
const BgConfigType bg_config_type_boolean = { "boolean", "b", set_boolean, boolean_to_variant };
const BgConfigType bg_config_type_number = { "number", "u", set_number, number_to_variant };
const BgConfigType bg_config_type_seconds = { "seconds", "u", set_seconds, seconds_to_variant };
const BgConfigType bg_config_type_address = { "address/length", "s", set_address,
                                              address_to_variant };
const BgConfigType bg_config_type_prefixes = { "list of address/length", "as", set_prefixes,
                                               prefixes_to_variant };
const BgConfigType bg_config_type_texts = { "list of text", "as", set_texts, texts_to_variant };
const BgConfigType bg_config_type_paths = { "list of paths", "as", set_paths, paths_to_variant };
const BgConfigType bg_config_type_public_key = { "public key", "s", set_public_key,
                                                 public_key_to_variant };
const BgConfigType bg_config_type_endpoint = { "host:port", "s", set_endpoint,
                                               endpoint_to_variant };
const BgConfigType bg_config_type_owner = { "owner", "s", set_owner, owner_to_variant };
const BgConfigType bg_config_type_served = { "list of networks", "as", set_served,
                                             served_to_variant };
const BgConfigType bg_config_type_domains = { "list of domains", "as", set_domains,
                                              texts_to_variant };
const BgConfigType bg_config_type_chosen_prefixes = { "* or list of address/length", "as",
                                                      set_chosen_prefixes,
                                                      chosen_prefixes_to_variant };
const BgConfigType bg_config_type_chosen_addresses = { "* or list of addresses", "as",
                                                       set_chosen_addresses,
                                                       chosen_texts_to_variant };
const BgConfigType bg_config_type_chosen_domains = { "* or list of domains", "as",
                                                     set_chosen_domains, chosen_texts_to_variant };
