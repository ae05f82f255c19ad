/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-checks.h"

#include "app/config-keys.h"
#include "common/access-item.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/listen-address.h"
#include "common/log.h"
#include "common/printable.h"
#include "common/dns-suffix.h"
#include "names/system-choice.h"
#include "net/tun-device.h"
#include "signaling/proxy.h"
#include "signaling/signaling-client.h"

#include <string.h>
#include <sys/socket.h>

gboolean
bg_config_refuse (GError **error, const char *text, BgSaying what)
{
  g_autofree char *shown = bg_printable (text);

  bg_error_set_take (error, BG_ERROR_CONFIG,
                     bg_words_make (what, (GVariant *[]){ bg_arg_text (shown), NULL }));
  return FALSE;
}

char **
bg_config_split_list (const char *text)
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

gboolean
bg_config_check_name (const char *text, GError **error)
{
  return bg_config_name_is_readable (text) || bg_config_refuse (error, text, BG_SAY_BAD_NAME);
}

gboolean
bg_config_check_interface (const char *text, GError **error)
{
  return bg_ifname_is_valid (text) || bg_config_refuse (error, text, BG_SAY_BAD_INTERFACE_NAME);
}

gboolean
bg_config_check_server_url (const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *url = bg_server_url_normalize (text, &cause), *shown = bg_printable (text);

  if (!url)
    bg_error_set (error, BG_ERROR_CONFIG, ABOUT_VALUE, shown, cause);
  return url != NULL;
}

gboolean
bg_config_check_pin (const char *text, GError **error)
{
  guint8 digest[BG_KEY_BYTES];

  return bg_key_from_base64 (text, digest) || bg_config_refuse (error, text, BG_SAY_BAD_PIN);
}

gboolean
bg_config_check_proxy (const char *text, GError **error)
{
  return bg_proxy_is_valid (text) || bg_config_refuse (error, text, BG_SAY_BAD_PROXY);
}

gboolean
bg_config_check_relay (const char *text, GError **error)
{
  return g_str_equal (text, "hub") || g_str_equal (text, "off")
         || bg_config_refuse (error, text, BG_SAY_BAD_RELAY);
}

gboolean
bg_config_check_connect (const char *text, GError **error)
{
  return g_str_equal (text, "auto") || g_str_equal (text, "always")
         || g_str_equal (text, "on-demand") || bg_config_refuse (error, text, BG_SAY_BAD_CONNECT);
}

gboolean
bg_config_check_receive (const char *text, GError **error)
{
  return g_str_equal (text, "ask") || g_str_equal (text, "never")
         || bg_config_refuse (error, text, BG_SAY_BAD_RECEIVE);
}

gboolean
bg_config_check_forward (const char *text, GError **error)
{
  return g_str_equal (text, "auto") || g_str_equal (text, "offered") || g_str_equal (text, "all")
         || bg_config_refuse (error, text, BG_SAY_BAD_FORWARD);
}

gboolean
bg_config_check_access (const char *text, GError **error)
{
  g_autoptr (BgAccessItem) item = bg_access_item_parse (text);

  return item || bg_config_refuse (error, text, BG_SAY_BAD_ACCESS_RULE);
}

gboolean
bg_config_check_dns_manage (const char *text, GError **error)
{
  BgDnsWish wish;

  return bg_dns_wish_parse (text, &wish) || bg_config_refuse (error, text, BG_SAY_BAD_DNS_MANAGE);
}

gboolean
bg_config_check_log_level (const char *text, GError **error)
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

gboolean
bg_config_split_host_port (const char *text, char **host, guint16 *port)
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

gboolean
bg_config_is_host (const char *host, gboolean bracketed)
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

gboolean
bg_config_is_link_local_host (const char *host)
{
  g_auto (GStrv) halves = g_strsplit (host, "%", 2);
  BgIpPrefix address;

  return halves[0] && halves[1] && bg_config_is_host (halves[0], TRUE)
         && bg_ifname_is_valid (halves[1]) && bg_ip_prefix_parse (halves[0], &address)
         && address.addr[0] == 0xfe && (address.addr[1] & 0xc0) == 0x80;
}

static gboolean
parse_endpoint (const char *text, char **host, guint16 *port)
{
  g_autofree char *found = NULL;

  if (!bg_config_split_host_port (text, &found, port) || !bg_config_is_host (found, text[0] == '['))
    return FALSE;
  if (host)
    *host = g_steal_pointer (&found);
  return TRUE;
}

gboolean
bg_config_check_listen (const char *text, GError **error)
{
  g_auto (BgListenAddress) address = { 0 };
  g_autoptr (GError) local = NULL;

  if (bg_listen_address_parse (text, &address, &local))
    return TRUE;
  bg_error_set_take (error, BG_ERROR_CONFIG, bg_error_dup_words (local));
  return FALSE;
}

static gboolean
is_loopback (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return address && g_inet_address_get_is_loopback (address);
}

gboolean
bg_config_check_metrics_listen (const char *text, GError **error)
{
  g_auto (BgListenAddress) address = { 0 };

  return (bg_listen_address_parse (text, &address, NULL) && address.port != 0
          && is_loopback (address.address))
         || bg_config_refuse (error, text, BG_SAY_BAD_METRICS_LISTEN);
}

gboolean
bg_config_check_dns_server (const char *text, GError **error)
{
  BgIpPrefix host;

  return (!strchr (text, '/') && bg_ip_prefix_parse (text, &host)
          && bg_ip_prefix_is_unicast_host (&host))
         || bg_config_refuse (error, text, BG_SAY_BAD_DNS_SERVER);
}

static gboolean
is_stun_uri (const char *text)
{
  guint16 port;

  if (!g_str_has_prefix (text, "stun:"))
    return FALSE;
  text += strlen ("stun:");
  return parse_endpoint (text, NULL, &port) || bg_config_is_host (text, FALSE);
}

gboolean
bg_config_check_stun_server (const char *text, GError **error)
{
  return is_stun_uri (text) || bg_config_refuse (error, text, BG_SAY_BAD_STUN_SERVER);
}

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
  return parse_endpoint (server, NULL, &port) || bg_config_is_host (server, FALSE);
}

gboolean
bg_config_check_turn_server (const char *text, GError **error)
{
  return is_turn_uri (text) || bg_config_refuse (error, text, BG_SAY_BAD_TURN_SERVER);
}

gboolean
bg_config_check_suffix (const char *text, GError **error)
{
  g_autofree char *suffix = bg_suffix_normalize (text);

  return suffix || bg_config_refuse (error, text, BG_SAY_BAD_SUFFIX);
}
