/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hub-url.h"

#include <string.h>

static const struct
{
  const char *scheme;
  int port;
} schemes[] = { { "https", 443 }, { "wss", 443 }, { "http", 80 }, { "ws", 80 } };

/* NULL for a bad one. */
static GUri *
parse (const char *text, int *port)
{
  g_autofree char *whole = text && !strstr (text, "://") ? g_strconcat ("https://", text, NULL)
                                                         : g_strdup (text);
  g_autoptr (GUri) uri = whole ? g_uri_parse (whole, G_URI_FLAGS_NONE, NULL) : NULL;

  if (!uri || !g_uri_get_host (uri) || !*g_uri_get_host (uri) || g_uri_get_userinfo (uri))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strcasecmp (g_uri_get_scheme (uri), schemes[i].scheme) == 0)
      {
        *port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : schemes[i].port;
        return g_steal_pointer (&uri);
      }
  return NULL;
}

gboolean
hub_url_is_valid (const char *text)
{
  int port;
  g_autoptr (GUri) uri = parse (text, &port);

  return uri != NULL;
}

gboolean
hub_url_same (const char *a, const char *b)
{
  int port_a, port_b;
  g_autoptr (GUri) uri_a = parse (a, &port_a), uri_b = parse (b, &port_b);

  return uri_a && uri_b && port_a == port_b
         && g_ascii_strcasecmp (g_uri_get_host (uri_a), g_uri_get_host (uri_b)) == 0;
}
