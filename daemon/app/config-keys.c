/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-keys.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/listen-address.h"
#include "common/log.h"
#include "common/printable.h"
#include "net/tun-device.h"
#include "signaling/proxy.h"
#include "signaling/signaling-client.h"
#include "transport/transport.h"

#include <string.h>
#include <sys/socket.h>

/* Ways to mesh peers that a person may name; plain UDP is for static peers. */
#define MESH_PATHS                                                                                 \
  (1u << BG_TRANSPORT_DATA_CHANNEL | 1u << BG_TRANSPORT_ICE | 1u << BG_TRANSPORT_DIRECT)

struct _BgConfigType
{
  const char *name;         /* in the documentation */
  const char *variant_type; /* what the bus shows, and takes beside text */
  gboolean (*set) (const BgConfigKey *key, gpointer object, const char *text, GError **error);
  GVariant *(*to_variant) (const BgConfigKey *key, gconstpointer object);
};

#define FIELD(object, type, offset) ((type *) (void *) ((char *) (object) + (offset)))
#define CONST_FIELD(object, type, offset)                                                          \
  ((const type *) (const void *) ((const char *) (object) + (offset)))

/* The message has one argument, the value. */
static gboolean
refuse (GError **error, const char *text, BgSaying what)
{
  g_autofree char *shown = bg_printable (text);

  bg_error_set_take (error, BG_ERROR_CONFIG,
                     bg_words_make (what, (GVariant *[]){ bg_arg_text (shown), NULL }));
  return FALSE;
}

/* Lists are written with ';' between their items; ',' is taken too. Blanks around items and an empty last one are fine. */
static char **
split_list (const char *text)
{
  char **items = g_strsplit_set (text, ";,", -1);
  guint n = 0;

  for (guint i = 0; items[i]; i++)
    {
      char *item = g_strstrip (items[i]);

      if (*item)
        items[n++] = item;
      else
        g_free (item);
    }
  items[n] = NULL;
  return items;
}

/* --- Checks of texts --- */

gboolean
bg_config_name_is_readable (const char *name)
{
  gsize len = name ? strlen (name) : 0;

  if (len > BG_DEVICE_NAME_MAX || !bg_device_name_is_tolerable (name) || strpbrk (name, "[]"))
    return FALSE;
  return !g_unichar_isspace (g_utf8_get_char (name))
         && !g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char (name + len)));
}

static gboolean
check_name (const char *text, GError **error)
{
  return bg_config_name_is_readable (text) || refuse (error, text, BG_SAY_BAD_NAME);
}

static gboolean
check_interface (const char *text, GError **error)
{
  return bg_ifname_is_valid (text) || refuse (error, text, BG_SAY_BAD_INTERFACE_NAME);
}

static gboolean
check_server_url (const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *url = bg_server_url_normalize (text, &cause), *shown = bg_printable (text);

  if (!url)
    bg_error_set (error, BG_ERROR_CONFIG, ABOUT_VALUE, shown, cause);
  return url != NULL;
}

static gboolean
check_pin (const char *text, GError **error)
{
  guint8 digest[BG_KEY_BYTES];

  return bg_key_from_base64 (text, digest) || refuse (error, text, BG_SAY_BAD_PIN);
}

static gboolean
check_proxy (const char *text, GError **error)
{
  return bg_proxy_is_valid (text) || refuse (error, text, BG_SAY_BAD_PROXY);
}

static gboolean
check_relay (const char *text, GError **error)
{
  return g_str_equal (text, "hub") || g_str_equal (text, "off")
         || refuse (error, text, BG_SAY_BAD_RELAY);
}

static gboolean
check_connect (const char *text, GError **error)
{
  return g_str_equal (text, "auto") || g_str_equal (text, "always")
         || g_str_equal (text, "on-demand") || refuse (error, text, BG_SAY_BAD_CONNECT);
}

static gboolean
check_log_level (const char *text, GError **error)
{
  GLogLevelFlags kept[BG_TOPICS];
  g_autoptr (GError) cause = NULL;
  gboolean ok;

  memcpy (kept, bg_log_levels, sizeof kept);
  ok = bg_log_configure (text, &cause);
  memcpy (bg_log_levels, kept, sizeof kept);
  if (!ok)
    bg_error_set_take (error, BG_ERROR_CONFIG, bg_error_dup_words (cause));
  return ok;
}

/* "host:port" or "[address]:port", port 1 to 65535. */
static gboolean
split_host_port (const char *text, char **host, guint16 *port)
{
  const char *colon = strrchr (text, ':');
  gsize len = colon ? (gsize) (colon - text) : 0;
  guint64 number;

  if (len == 0 || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;
  if (text[0] == '[')
    {
      if (len < 3 || text[len - 1] != ']')
        return FALSE;
      *host = g_strndup (text + 1, len - 2);
    }
  else
    *host = g_strndup (text, len);
  *port = (guint16) number;
  return TRUE;
}

static gboolean
is_host (const char *host, gboolean bracketed)
{
  BgIpPrefix address;
  gsize len = strlen (host);

  if (bracketed)
    return !strchr (host, '/') && bg_ip_prefix_parse (host, &address) && address.family == AF_INET6;
  if (len == 0 || len > 253)
    return FALSE;
  for (const char *p = host; *p; p++)
    if (!g_ascii_isalnum (*p) && !strchr ("-._", *p))
      return FALSE;
  return TRUE;
}

/* "fe80::1%eth0": such an address means nothing without the link that it is on, which need not be there yet. */
static gboolean
is_link_local_host (const char *host)
{
  g_auto (GStrv) halves = g_strsplit (host, "%", 2);
  BgIpPrefix address;

  return halves[0] && halves[1] && is_host (halves[0], TRUE) && bg_ifname_is_valid (halves[1])
         && bg_ip_prefix_parse (halves[0], &address) && address.addr[0] == 0xfe
         && (address.addr[1] & 0xc0) == 0x80;
}

static gboolean
parse_endpoint (const char *text, char **host, guint16 *port)
{
  g_autofree char *found = NULL;

  if (!split_host_port (text, &found, port) || !is_host (found, text[0] == '['))
    return FALSE;
  if (host)
    *host = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
check_listen (const char *text, GError **error)
{
  g_auto (BgListenAddress) address = { 0 };
  g_autoptr (GError) local = NULL;

  if (bg_listen_address_parse (text, &address, &local))
    return TRUE;
  bg_error_set_take (error, BG_ERROR_CONFIG, bg_error_dup_words (local));
  return FALSE;
}

/* stun:host[:port], RFC 7064 */
static gboolean
is_stun_uri (const char *text)
{
  guint16 port;

  if (!g_str_has_prefix (text, "stun:"))
    return FALSE;
  text += strlen ("stun:");
  return parse_endpoint (text, NULL, &port) || is_host (text, FALSE);
}

static gboolean
check_stun_server (const char *text, GError **error)
{
  return is_stun_uri (text) || refuse (error, text, BG_SAY_BAD_STUN_SERVER);
}

/* turn:host[:port][?transport=udp|tcp] and the same with turns:, RFC 7065 */
static gboolean
is_turn_uri (const char *text)
{
  g_autofree char *server = NULL;
  const char *query = strchr (text, '?'), *rest = strchr (text, ':');
  guint16 port;

  if (!g_str_has_prefix (text, "turn:") && !g_str_has_prefix (text, "turns:"))
    return FALSE;
  if (query && !g_str_equal (query, "?transport=udp") && !g_str_equal (query, "?transport=tcp"))
    return FALSE;
  server = query ? g_strndup (rest + 1, (gsize) (query - rest - 1)) : g_strdup (rest + 1);
  return parse_endpoint (server, NULL, &port) || is_host (server, FALSE);
}

static gboolean
check_turn_server (const char *text, GError **error)
{
  return is_turn_uri (text) || refuse (error, text, BG_SAY_BAD_TURN_SERVER);
}

/* --- Types --- */

static gboolean
set_text (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  char **field = FIELD (object, char *, key->field);

  if (*text && key->check && !key->check (text, error))
    return FALSE;
  if (!*text && key->fallback)
    return refuse (error, text, BG_SAY_EMPTY_VALUE);
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

  if (*text && !check_server_url (text, error))
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
  return refuse (error, text, BG_SAY_BAD_BOOLEAN);
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
    return refuse (error, text, ipv4 ? BG_SAY_BAD_IPV4_ADDRESS : BG_SAY_BAD_IPV6_ADDRESS);
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
  g_auto (GStrv) items = split_list (text);
  GArray **field = FIELD (object, GArray *, key->field);

  for (char **item = items; *item; item++)
    {
      BgIpPrefix prefix;

      if (!bg_ip_prefix_parse (*item, &prefix))
        return refuse (error, *item, BG_SAY_BAD_PREFIX);
      if (prefix.len < key->min)
        return refuse (error, *item, BG_SAY_PREFIX_OF_ALL);
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
  g_auto (GStrv) items = split_list (text);
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
  g_auto (GStrv) items = split_list (text);
  guint paths = 0;

  for (char **item = items; *item; item++)
    {
      guint bit = 1u << bg_transport_kind_from_name (*item);

      if (!(bit & MESH_PATHS))
        return refuse (error, *item, BG_SAY_BAD_PATH);
      paths |= bit;
    }
  if (paths == 0)
    return refuse (error, text, BG_SAY_NO_PATH);
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
    return refuse (error, text, BG_SAY_BAD_PUBLIC_KEY);
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
      && (!split_host_port (text, &host, &port)
          || !(is_host (host, *text == '[') || (*text == '[' && is_link_local_host (host)))))
    return refuse (error, text, BG_SAY_BAD_ENDPOINT);
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
         || refuse (error, text, BG_SAY_BAD_SECRET_OWNER);
}

static GVariant *
owner_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return g_variant_new_take_string (
    bg_secret_owner_format (CONST_FIELD (object, BgSecretOwner, key->field)));
}

static const BgConfigType type_text = { "text", "s", set_text, text_to_variant };
static const BgConfigType type_url = { "URL", "s", set_url, text_to_variant };
static const BgConfigType type_boolean = { "boolean", "b", set_boolean, boolean_to_variant };
static const BgConfigType type_number = { "number", "u", set_number, number_to_variant };
static const BgConfigType type_seconds = { "seconds", "u", set_seconds, seconds_to_variant };
static const BgConfigType type_address = { "address/length", "s", set_address, address_to_variant };
static const BgConfigType type_prefixes = { "list of address/length", "as", set_prefixes,
                                            prefixes_to_variant };
static const BgConfigType type_texts = { "list of text", "as", set_texts, texts_to_variant };
static const BgConfigType type_paths = { "list of paths", "as", set_paths, paths_to_variant };
static const BgConfigType type_public_key = { "public key", "s", set_public_key,
                                              public_key_to_variant };
static const BgConfigType type_endpoint = { "host:port", "s", set_endpoint, endpoint_to_variant };
static const BgConfigType type_owner = { "owner", "s", set_owner, owner_to_variant };

/* --- The table --- */

#define OF(field) G_STRUCT_OFFSET (BgConfig, field)
#define OF_PEER(field) G_STRUCT_OFFSET (BgStaticPeer, field)

const BgConfigKey bg_config_keys[] = {
  { "network", "name", &type_text, OF (network_name), .fallback = "default", .check = check_name,
    .doc = "A label for the network, shown to people." },
  { "network", "server-url", &type_url, OF (server_url),
    .doc =
      "The URL of the hub, as in wss://hub.example.org/connect. Without it there are only static peers. One by http or ws on another machine works, and is said in the status: the token travels readable." },
  { "network", "server-pin", &type_text, OF (server_pin), .check = check_pin,
    .doc =
      "SHA-256 of the hub's public key info in base64. With it only a hub with that key is trusted, whatever "
      "certificate it shows." },
  { "network", "proxy", &type_text, OF (proxy), .fallback = BG_PROXY_SYSTEM, .check = check_proxy,
    .doc =
      "The web proxy between this machine and the hub: system for the one of the system's settings, or of https_proxy in the "
      "daemon's environment, none, or a URL as in http://proxy.example.org:3128. Only https_proxy may hold a user and a "
      "password." },
  { "network", "host-hub", &type_boolean, OF (host_hub), .fallback = "false",
    .doc = "Runs the hub of the network on this machine, as long as the daemon runs." },
  { "network", "hub-listen", &type_text, OF (hub_listen), .fallback = BG_LISTEN_DEFAULT,
    .check = check_listen,
    .doc = "Where that hub listens: an address and a port, or * and a port for every address." },

  { "device", "name", &type_text, OF (device_name), .check = check_name,
    .check_new = bg_device_name_check,
    .doc = "The name of this machine in the network. Written by setup and join." },
  { "device", "interface", &type_text, OF (interface), .fallback = "bamgate0",
    .check = check_interface, .doc = "The name of the TUN interface." },
  { "device", "address", &type_address, OF (address), .has = OF (has_address), .family = AF_INET,
    .doc =
      "Our IPv4 address in the network with the length of the network's prefix. Written by setup and join." },
  { "device", "address6", &type_address, OF (address6), .has = OF (has_address6),
    .family = AF_INET6,
    .doc =
      "An IPv6 address of our own beside it. Needs an mtu of at least 1280, and reaches bamgate peers only over paths "
      "other than the data channel." },
  { "device", "mtu", &type_number, OF (mtu), .min = 576, .max = 9000, .fallback = "1420",
    .doc =
      "The largest packet that the interface takes. Smaller limits of single paths are set as route MTUs." },
  { "device", "listen-port", &type_number, OF (listen_port), .max = 65535, .fallback = "0",
    .doc = "The UDP port for static peers; 0 takes any free one." },
  { "device", "threads", &type_number, OF (threads), .max = 16, .fallback = "0",
    .doc =
      "How many threads encrypt and decrypt; 1 for the data thread alone, 0 for one less than there are CPUs, at most 4." },
  { "device", "routes", &type_prefixes, OF (routes), .min = 1, .fallback = "",
    .doc = "Networks behind this machine that others may reach through it." },
  { "device", "accept-routes", &type_boolean, OF (accept_routes), .fallback = "false",
    .doc = "Sets the routes that other peers offer." },
  { "device", "autostart", &type_boolean, OF (autostart), .fallback = "true",
    .doc =
      "Brings the tunnel up when the daemon starts, unless it was taken down before: that holds "
      "until it is brought up." },

  { "ice", "stun-servers", &type_texts, OF (stun_servers), .check = check_stun_server,
    .fallback = "stun:stun.cloudflare.com:3478;stun:stun.l.google.com:19302",
    .doc = "Servers that tell this machine its address as seen from outside; empty for none." },
  { "ice", "turn-servers", &type_texts, OF (turn_servers), .check = check_turn_server,
    .fallback = "",
    .doc =
      "Servers that relay where peers cannot reach each other, as in turn:turn.example.org:3478?transport=udp. User "
      "name and password for them are made of the secret turn-secret, which the servers share (coturn: use-auth-secret)." },
  { "ice", "relay", &type_text, OF (relay), .fallback = "hub", .check = check_relay,
    .doc =
      "hub lets peers that cannot reach each other meet at the hub's relay, where the hub has one: packets then pass "
      "through the hub, which cannot read them. off does without." },
  { "ice", "tcp", &type_boolean, OF (ice_tcp), .fallback = "true",
    .doc = "Offers ICE candidates over TCP too." },
  { "ice", "port-mapping", &type_boolean, OF (port_mapping), .fallback = "true",
    .doc =
      "Asks this machine's router to map ports (PCP, NAT-PMP, UPnP), so that peers behind other routers reach it without a relay." },
  { "ice", "force-relay", &type_boolean, OF (force_relay), .fallback = "false",
    .doc = "Uses relayed candidates only, so that peers do not learn this machine's addresses." },
  { "ice", "paths", &type_paths, OF (paths), .fallback = "direct;ice;data-channel",
    .doc =
      "The ways that packets to mesh peers may take. Peers of other implementations have the data channel only." },

  { "ice", "connect", &type_text, OF (connect), .fallback = "auto", .check = check_connect,
    .doc =
      "When a mesh peer is connected: always; on-demand, when there is traffic for it or it asks, until there was none "
      "for idle-timeout; or auto: always with up to eight peers, and on demand with more. Peers of other implementations "
      "are always connected." },
  { "ice", "connect-always", &type_texts, OF (connect_always), .fallback = "",
    .doc = "Names of peers that are connected always, whatever connect says." },
  { "ice", "idle-timeout", &type_number, OF (idle_timeout), .min = 10, .max = 86400,
    .fallback = "300",
    .doc = "A connection on demand is let go after so many seconds without traffic." },

  { "log", "level", &type_text, OF (log_level), .fallback = "info", .check = check_log_level,
    .doc = "debug, info, message, warning or critical; for single topics as in “info,ice=debug”." },

  { "secrets", "device-key", &type_owner, OF (device_key_owner), .fallback = "",
    .doc =
      "Whose the key of this machine is: system (a file that only the daemon reads), user:UID (that user's keyring, asked "
      "for when the tunnel comes up) or ask:UID (kept nowhere, that user types it). Written by bamgatectl secrets move." },
  { "secrets", "token", &type_owner, OF (token_owner), .fallback = "",
    .doc = "The same of the token that the hub knows this machine by." },
  { "secrets", "turn-secret", &type_owner, OF (turn_secret_owner), .fallback = "",
    .doc = "The same of the secret of the servers in turn-servers." },

  { "peer", "public-key", &type_public_key, OF_PEER (key), .required = TRUE,
    .doc = "The peer's WireGuard public key in base64." },
  { "peer", "endpoint", &type_endpoint, 0,
    .doc = "Where the peer is reached by UDP. Without it the peer has to begin." },
  { "peer", "allowed-ips", &type_prefixes, OF_PEER (allowed_ips), .fallback = "",
    .doc =
      "Addresses that the peer may use inside the tunnel; packets to them go to it. Each but one that covers all "
      "addresses is set as a route; endpoints among them stay outside." },
  { "peer", "keepalive", &type_seconds, OF_PEER (keepalive), .max = 65535, .fallback = "0",
    .doc =
      "Sends an empty packet after so many seconds of silence, to keep a NAT open; 0 for never." },
  { "peer", "preshared-key-owner", &type_owner, OF_PEER (psk_owner), .fallback = "",
    .doc = "Whose the preshared key is, if there is one: as of the keys of [secrets]." },
  { NULL },
};

const BgConfigKey *
bg_config_keys_find (const char *section, const char *key)
{
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (g_str_equal (row->section, section) && g_str_equal (row->key, key))
      return row;
  return NULL;
}

gboolean
bg_config_keys_has_section (const char *section)
{
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (g_str_equal (row->section, section))
      return TRUE;
  return FALSE;
}

gboolean
bg_config_key_set (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  return key->type->set (key, object, text, error);
}

GVariant *
bg_config_key_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return key->type->to_variant (key, object);
}

/* Whole numbers of any width, as bus clients in other languages choose them. */
static char *
text_of_number (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      return g_strdup_printf ("%u", g_variant_get_byte (value));
    case G_VARIANT_CLASS_INT16:
      return g_strdup_printf ("%d", g_variant_get_int16 (value));
    case G_VARIANT_CLASS_UINT16:
      return g_strdup_printf ("%u", g_variant_get_uint16 (value));
    case G_VARIANT_CLASS_INT32:
      return g_strdup_printf ("%d", g_variant_get_int32 (value));
    case G_VARIANT_CLASS_UINT32:
      return g_strdup_printf ("%u", g_variant_get_uint32 (value));
    case G_VARIANT_CLASS_INT64:
      return g_strdup_printf ("%" G_GINT64_FORMAT, g_variant_get_int64 (value));
    case G_VARIANT_CLASS_UINT64:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
    default:
      return NULL;
    }
}

char *
bg_config_key_text_of_variant (const BgConfigKey *key, GVariant *value, GError **error)
{
  g_autofree const char **items = NULL;
  char *text = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  switch (key->type->variant_type[0])
    {
    case 'b':
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
        return g_strdup (g_variant_get_boolean (value) ? "true" : "false");
      break;
    case 'u':
      text = text_of_number (value);
      break;
    case 'a':
      if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
        break;
      items = g_variant_get_strv (value, NULL);
      return g_strjoinv (";", (char **) items);
    default:
      break;
    }
  if (!text)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_VALUE_TYPE, key->type->variant_type,
                  g_variant_get_type_string (value));
  return text;
}

/* --- Hints --- */

/* Levenshtein distance of two short words; longer ones count as far apart. */
static guint
distance (const char *a, const char *b)
{
  guint row[32], la = (guint) strlen (a), lb = (guint) strlen (b);

  if (la >= G_N_ELEMENTS (row) || lb >= G_N_ELEMENTS (row))
    return G_MAXUINT;
  for (guint j = 0; j <= lb; j++)
    row[j] = j;
  for (guint i = 1; i <= la; i++)
    {
      guint diagonal = row[0];

      row[0] = i;
      for (guint j = 1; j <= lb; j++)
        {
          guint above = row[j], replaced = diagonal + (a[i - 1] != b[j - 1]);

          row[j] = MIN (MIN (row[j - 1], above) + 1, replaced);
          diagonal = above;
        }
    }
  return row[lb];
}

static gboolean
is_near (const char *word, const char *known, guint *best)
{
  guint d = distance (word, known);

  if (d > 1 + (guint) strlen (known) / 4 || d >= *best)
    return FALSE;
  *best = d;
  return TRUE;
}

static gboolean
is_secret (const char *key)
{
  static const char *const secrets[] = { "private-key",  "privatekey", "preshared-key",
                                         "presharedkey", "psk",        "token",
                                         "turn-secret" };

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    if (g_ascii_strcasecmp (key, secrets[i]) == 0)
      return TRUE;
  return FALSE;
}

BgWords *
bg_config_keys_hint (const char *section, const char *key)
{
  g_autofree char *lower = g_ascii_strdown (key, -1);
  const char *near = NULL, *elsewhere = NULL;
  guint best = G_MAXUINT;

  if (is_secret (key))
    return bg_words (HINT_SECRETS);
  g_strdelimit (lower, "_", '-');
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    {
      if (g_str_equal (row->section, section) && is_near (lower, row->key, &best))
        near = row->key;
      else if (g_str_equal (row->key, lower))
        elsewhere = row->section;
    }
  if (near && best == 0)
    elsewhere = NULL;
  if (elsewhere)
    return g_str_equal (elsewhere, "peer") ? bg_words (HINT_PEER_SECTION)
                                           : bg_words (HINT_SECTION, elsewhere);
  return near ? bg_words (HINT_KEY, near) : NULL;
}

BgWords *
bg_config_keys_section_hint (const char *section)
{
  g_autofree char *lower = g_ascii_strdown (section, -1);
  const char *near = NULL;
  guint best = G_MAXUINT;

  if (g_str_has_prefix (lower, "peer"))
    return bg_words (HINT_PEER_NAME);
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (is_near (lower, row->section, &best))
      near = row->section;
  return near ? bg_words (HINT_SECTION_NAME, near) : NULL;
}

/* --- Documentation --- */

static const char *
section_title (const char *section)
{
  return g_str_equal (section, "peer") ? "peer NAME" : section;
}

static void
describe_default (GString *out, const BgConfigKey *row)
{
  if (row->required)
    g_string_append (out, "required");
  else if (!row->fallback || !*row->fallback)
    g_string_append (out, "none");
  else
    g_string_append_printf (out, "`%s`", row->fallback);
}

char *
bg_config_keys_describe (void)
{
  GString *out = g_string_new (NULL);
  const char *section = "";

  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    {
      if (!g_str_equal (row->section, section))
        g_string_append_printf (
          out, "%s### [%s]\n\n| key | type | default | meaning |\n|---|---|---|---|\n",
          *section ? "\n" : "", section_title (row->section));
      section = row->section;
      g_string_append_printf (out, "| `%s` | %s", row->key, row->type->name);
      if (row->max != 0)
        g_string_append_printf (out, ", %u to %u", row->min, row->max);
      g_string_append (out, " | ");
      describe_default (out, row);
      g_string_append_printf (out, " | %s |\n", row->doc);
    }
  return g_string_free (out, FALSE);
}
