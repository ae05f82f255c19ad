/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uapi/uapi-text.h"

#include "common/ip-prefix.h"
#include "common/key-text.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

static void
peer_free (gpointer data)
{
  BgUapiPeer *peer = data;

  g_array_unref (peer->allowed_ips);
  g_array_unref (peer->withdrawn_ips);
  wg_wipe (peer, sizeof *peer);
  g_free (peer);
}

static BgUapiRequest *
request_new (BgUapiOperation operation)
{
  BgUapiRequest *request = g_new0 (BgUapiRequest, 1);

  request->operation = operation;
  request->peers = g_ptr_array_new_with_free_func (peer_free);
  return request;
}

void
bg_uapi_request_free (BgUapiRequest *request)
{
  if (!request)
    return;
  g_ptr_array_unref (request->peers);
  wg_wipe (request, sizeof *request);
  g_free (request);
}

gsize
bg_uapi_request_length (const char *text, gsize len, gsize searched)
{
  gsize from = searched > 0 ? searched - 1 : 0; /* the end may lie across */
  const char *end;

  if (len > 0 && searched == 0 && text[0] == '\n')
    return 1;
  end = memmem (text + from, len - from, "\n\n", 2);
  return end ? (gsize) (end - text) + 2 : 0;
}

/* --- Values --- */

static gboolean
parse_key (const char *value, WgKey *out)
{
  return bg_key_from_hex (value, out->bytes);
}

static gboolean
parse_true (const char *value, gboolean *out)
{
  *out = TRUE;
  return g_str_equal (value, "true");
}

static gboolean
parse_number (const char *value, guint64 max, guint64 *out)
{
  return g_ascii_string_to_unsigned (value, 10, 0, max, out, NULL);
}

static gboolean
parse_u16 (const char *value, guint16 *out)
{
  guint64 number;

  if (!parse_number (value, G_MAXUINT16, &number))
    return FALSE;
  *out = (guint16) number;
  return TRUE;
}

/* "address:port" or "[address]:port"; numbers only, a name would need a resolver. */
static gboolean
parse_endpoint (const char *value, BgEndpoint *out)
{
  const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                  .ai_socktype = SOCK_DGRAM };
  const char *colon = strrchr (value, ':');
  struct addrinfo *found = NULL;
  g_autofree char *host = NULL;
  gboolean bracketed = value[0] == '[';
  guint16 port;

  if (!colon || colon == value || !parse_u16 (colon + 1, &port) || port == 0
      || (bracketed && (colon - value < 3 || colon[-1] != ']')))
    return FALSE;
  host = bracketed ? g_strndup (value + 1, (gsize) (colon - value) - 2)
                   : g_strndup (value, (gsize) (colon - value));
  if (getaddrinfo (host, colon + 1, &hints, &found) != 0)
    return FALSE;
  *out = (BgEndpoint){ 0 };
  if (found->ai_addrlen <= sizeof out->addr && (found->ai_family == AF_INET6) == bracketed)
    memcpy (&out->addr, found->ai_addr, found->ai_addrlen);
  freeaddrinfo (found);
  return out->addr.sa.sa_family != AF_UNSPEC;
}

static gboolean
parse_allowed_ip (const char *value, BgAllowedIp *out)
{
  BgIpPrefix prefix;

  if (!bg_ip_prefix_parse (value, &prefix))
    return FALSE;
  bg_ip_prefix_mask (&prefix);
  *out = (BgAllowedIp){ .family = prefix.family, .prefix = prefix.len };
  memcpy (out->addr, prefix.addr, sizeof out->addr);
  return TRUE;
}

/* --- Lines of a set request --- */

typedef gboolean (*SetLine) (BgUapiRequest *request, BgUapiPeer *peer, const char *value);

static gboolean
set_private_key (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  request->has_private_key = TRUE;
  return parse_key (value, &request->private_key);
}

static gboolean
set_listen_port (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  request->has_listen_port = TRUE;
  return parse_u16 (value, &request->listen_port);
}

static gboolean
set_fwmark (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  guint64 number = 0;

  request->has_fwmark = TRUE;
  if (!parse_number (value, G_MAXUINT32, &number))
    return FALSE;
  request->fwmark = (guint32) number;
  return TRUE;
}

static gboolean
set_replace_peers (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  return parse_true (value, &request->replace_peers);
}

static gboolean
set_public_key (BgUapiRequest *request, BgUapiPeer *before, const char *value)
{
  BgUapiPeer *peer = g_new0 (BgUapiPeer, 1);

  peer->allowed_ips = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  peer->withdrawn_ips = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  g_ptr_array_add (request->peers, peer);
  return parse_key (value, &peer->key) && !wg_key_is_zero (&peer->key);
}

static gboolean
set_remove (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  return parse_true (value, &peer->remove);
}

static gboolean
set_update_only (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  return parse_true (value, &peer->update_only);
}

static gboolean
set_preshared_key (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  peer->has_psk = TRUE;
  return parse_key (value, &peer->psk);
}

static gboolean
set_endpoint (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  peer->has_endpoint = TRUE;
  return parse_endpoint (value, &peer->endpoint);
}

static gboolean
set_keepalive (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  peer->has_keepalive = TRUE;
  return parse_u16 (value, &peer->keepalive);
}

static gboolean
set_replace_allowed_ips (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  return parse_true (value, &peer->replace_allowed_ips);
}

static gboolean
set_allowed_ip (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  gboolean withdrawn = value[0] == '-';
  BgAllowedIp ip;

  if (!parse_allowed_ip (value + withdrawn, &ip))
    return FALSE;
  g_array_append_val (withdrawn ? peer->withdrawn_ips : peer->allowed_ips, ip);
  return TRUE;
}

static gboolean
set_protocol_version (BgUapiRequest *request, BgUapiPeer *peer, const char *value)
{
  return g_str_equal (value, "1");
}

static const struct
{
  const char *key;
  enum
  {
    OF_DEVICE,
    OF_PEER,
    BEGINS_PEER
  } place;
  SetLine set;
} set_lines[] = {
  { "private_key", OF_DEVICE, set_private_key },
  { "listen_port", OF_DEVICE, set_listen_port },
  { "fwmark", OF_DEVICE, set_fwmark },
  { "replace_peers", OF_DEVICE, set_replace_peers },
  { "public_key", BEGINS_PEER, set_public_key },
  { "remove", OF_PEER, set_remove },
  { "update_only", OF_PEER, set_update_only },
  { "preshared_key", OF_PEER, set_preshared_key },
  { "endpoint", OF_PEER, set_endpoint },
  { "persistent_keepalive_interval", OF_PEER, set_keepalive },
  { "replace_allowed_ips", OF_PEER, set_replace_allowed_ips },
  { "allowed_ip", OF_PEER, set_allowed_ip },
  { "protocol_version", OF_PEER, set_protocol_version },
};

static gboolean
parse_set_line (BgUapiRequest *request, char *line)
{
  BgUapiPeer *peer = request->peers->len
                       ? g_ptr_array_index (request->peers, request->peers->len - 1)
                       : NULL;
  char *equals = strchr (line, '=');

  if (!equals)
    return FALSE;
  *equals = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS (set_lines); i++)
    if (g_str_equal (set_lines[i].key, line))
      return (set_lines[i].place == BEGINS_PEER
              || (set_lines[i].place == OF_PEER) == (peer != NULL))
             && set_lines[i].set (request, peer, equals + 1);
  return FALSE;
}

static BgUapiRequest *
parse_lines (char *text, int *code)
{
  g_autoptr (BgUapiRequest) request = NULL;
  char *rest = text, *line = strsep (&rest, "\n");

  *code = EPROTO;
  if (g_str_equal (line, "get=1"))
    request = request_new (BG_UAPI_GET);
  else if (g_str_equal (line, "set=1"))
    request = request_new (BG_UAPI_SET);
  else
    return NULL;
  *code = EINVAL;
  while ((line = strsep (&rest, "\n")) && *line)
    if (request->operation == BG_UAPI_GET || !parse_set_line (request, line))
      return NULL;
  *code = 0;
  return g_steal_pointer (&request);
}

BgUapiRequest *
bg_uapi_request_parse (const char *text, gsize len, int *code)
{
  BgUapiRequest *request;
  char *copy;

  if (len > BG_UAPI_MAX_REQUEST || memchr (text, '\0', len))
    {
      *code = len > BG_UAPI_MAX_REQUEST ? EMSGSIZE : EINVAL;
      return NULL;
    }
  copy = g_strndup (text, len);
  request = parse_lines (copy, code);
  wg_wipe (copy, len);
  g_free (copy);
  return request;
}

/* --- Answers --- */

static void
append_key (GString *out, const char *name, const WgKey *key)
{
  char hex[BG_KEY_HEX_LEN + 1];

  if (wg_key_is_zero (key))
    return;
  bg_key_to_hex (key->bytes, hex);
  g_string_append_printf (out, "%s=%s\n", name, hex);
  wg_wipe (hex, sizeof hex);
}

static void
append_endpoint (GString *out, const BgEndpoint *endpoint)
{
  char host[NI_MAXHOST], port[NI_MAXSERV];
  gboolean ipv6 = endpoint->addr.sa.sa_family == AF_INET6;

  if (getnameinfo (&endpoint->addr.sa, ipv6 ? sizeof endpoint->addr.in6 : sizeof endpoint->addr.in4,
                   host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM)
      == 0)
    g_string_append_printf (out, ipv6 ? "endpoint=[%s]:%s\n" : "endpoint=%s:%s\n", host, port);
}

static void
append_allowed_ip (GString *out, const BgAllowedIp *ip)
{
  BgIpPrefix prefix = { .family = ip->family, .len = ip->prefix };
  char text[BG_IP_PREFIX_TEXT];

  memcpy (prefix.addr, ip->addr, sizeof prefix.addr);
  bg_ip_prefix_format (&prefix, text);
  g_string_append_printf (out, "allowed_ip=%s\n", text);
}

static void
append_peer (GString *out, const BgPeerStats *peer)
{
  append_key (out, "public_key", &peer->key);
  append_key (out, "preshared_key", &peer->psk);
  g_string_append (out, "protocol_version=1\n");
  if (peer->path == 0 && peer->has_endpoint)
    append_endpoint (out, &peer->endpoint);
  g_string_append_printf (out, "last_handshake_time_sec=%" G_GINT64_FORMAT "\n",
                          peer->last_handshake_us / G_USEC_PER_SEC);
  g_string_append_printf (out, "last_handshake_time_nsec=%" G_GINT64_FORMAT "\n",
                          peer->last_handshake_us % G_USEC_PER_SEC * 1000);
  g_string_append_printf (out, "tx_bytes=%" G_GUINT64_FORMAT "\nrx_bytes=%" G_GUINT64_FORMAT "\n",
                          peer->tx_bytes, peer->rx_bytes);
  g_string_append_printf (out, "persistent_keepalive_interval=%u\n", peer->keepalive);
  for (guint i = 0; i < peer->n_allowed_ips; i++)
    append_allowed_ip (out, &peer->allowed_ips[i]);
}

/* An upper bound, so that no secret is left behind in memory that a growing string gave back. */
static gsize
room_for (const BgPeerStats *peers, guint n_peers)
{
  gsize room = 256;

  for (guint i = 0; i < n_peers; i++)
    room += 512 + NI_MAXHOST
            + (gsize) peers[i].n_allowed_ips * (BG_IP_PREFIX_TEXT + sizeof "allowed_ip=\n");
  return room;
}

char *
bg_uapi_format_device (const WgKey *private_key, guint16 listen_port, const BgPeerStats *peers,
                       guint n_peers)
{
  GString *out = g_string_sized_new (room_for (peers, n_peers));

  append_key (out, "private_key", private_key);
  if (listen_port != 0)
    g_string_append_printf (out, "listen_port=%u\n", listen_port);
  for (guint i = 0; i < n_peers; i++)
    append_peer (out, &peers[i]);
  g_string_append (out, "errno=0\n\n");
  return g_string_free (out, FALSE);
}

BgUapiOperation
bg_uapi_request_operation (const char *text, gsize len)
{
  return len >= 4 && memcmp (text, "set=", 4) == 0 ? BG_UAPI_SET : BG_UAPI_GET;
}

char *
bg_uapi_format_result (BgUapiOperation operation, int code)
{
  return g_strdup_printf ("errno=%d\n\n", operation == BG_UAPI_SET ? -code : code);
}

void
bg_uapi_text_free (char *text)
{
  if (text)
    wg_wipe (text, strlen (text));
  g_free (text);
}
