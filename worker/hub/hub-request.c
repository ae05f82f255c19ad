/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-request.h"
#include "common/error.h"
#include "worker/hub/hub-network.h"
#include "common/device-name.h"

#include <libsoup/soup.h>
#include <string.h>

enum
{
  MAX_HOST = 255 + 6, /* a name and ":65535" */
};

static gboolean
is_host (const char *text)
{
  static const char characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]";
  gsize len = strlen (text);

  return len > 0 && len <= MAX_HOST && strspn (text, characters) == len;
}

char *
bg_hub_request_room (const char *query)
{
  g_autoptr (GHashTable) params = query != NULL ? soup_form_decode (query) : NULL;
  const char *name = params != NULL ? g_hash_table_lookup (params, "room") : NULL;

  if (name == NULL || *name == '\0')
    return g_strdup (BG_HUB_MAIN_ROOM);
  return bg_device_name_is_valid (name) ? g_strdup (name) : NULL;
}

char *
bg_hub_request_base_url (const char *scheme, const char *host)
{
  g_autofree char *url = NULL;

  if (host == NULL || !is_host (host))
    return NULL;
  url = g_strconcat (scheme, "://", host, NULL);
  return g_uri_is_valid (url, G_URI_FLAGS_NONE, NULL) ? g_steal_pointer (&url) : NULL;
}

GInetAddress *
bg_hub_request_forwarded_for (const char *list)
{
  const char *comma = list != NULL ? strrchr (list, ',') : NULL;
  g_autofree char *last = g_strdup (comma != NULL ? comma + 1 : list);

  return last != NULL ? g_inet_address_new_from_string (g_strstrip (last)) : NULL;
}

gboolean
bg_hub_request_public_base (const char *url, char **base, GError **error)
{
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_NONE, NULL) : NULL;
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL,
             *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  gboolean is_tls = g_strcmp0 (scheme, "wss") == 0 || g_strcmp0 (scheme, "https") == 0;

  if (url == NULL)
    return TRUE;
  if (host == NULL || *host == '\0'
      || (!is_tls && g_strcmp0 (scheme, "ws") != 0 && g_strcmp0 (scheme, "http") != 0))
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                   "public URL: “%s” is no https or wss URL", url);
      return FALSE;
    }
  *base = g_uri_join (G_URI_FLAGS_NONE, is_tls ? "https" : "http", NULL, host, g_uri_get_port (uri),
                      "", NULL, NULL);
  return TRUE;
}

gboolean
bg_hub_request_is_upgrade (SoupMessageHeaders *headers)
{
  return soup_message_headers_header_equals (headers, "Upgrade", "websocket");
}
