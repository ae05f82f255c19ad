/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/signaling-client.h"
#include "common/error.h"

#include <string.h>

static const char *
websocket_scheme (const char *scheme)
{
  if (g_str_equal (scheme, "wss") || g_str_equal (scheme, "https"))
    return "wss";
  if (g_str_equal (scheme, "ws") || g_str_equal (scheme, "http"))
    return "ws";
  return NULL;
}

/* RFC 3986, 2: what a URL never has, and a shell or a terminal may take for something of its own. */
static gboolean
has_strangers (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p) || strchr ("\"<>\\^`{|}", *p))
      return TRUE;
  return FALSE;
}

static gboolean
has_blanks (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_isspace (*p))
      return TRUE;
  return FALSE;
}

static char *
with_scheme (const char *text, GError **error)
{
  const char *rest = strstr (text, "://");
  g_autofree char *scheme = NULL;

  if (rest == NULL)
    return g_strconcat ("wss://", text, NULL);
  scheme = g_ascii_strdown (text, rest - text);
  if (websocket_scheme (scheme) != NULL)
    return g_strconcat (websocket_scheme (scheme), rest, NULL);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_URL_SCHEME, scheme);
  return NULL;
}

char *
bg_server_url_normalize (const char *text, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text != NULL ? text : ""));
  g_autofree char *url = NULL;
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GError) cause = NULL;

  if (*trimmed == '\0')
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_URL_EMPTY);
      return NULL;
    }
  if (has_blanks (trimmed))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_URL_BLANKS);
      return NULL;
    }
  if (has_strangers (trimmed))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_URL_CHARACTERS);
      return NULL;
    }
  if ((url = with_scheme (trimmed, error)) == NULL)
    return NULL;

  uri = g_uri_parse (url, G_URI_FLAGS_NONE, &cause);
  if (uri == NULL)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_URL_BAD, cause);
  else if (g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_URL_WITHOUT_HOST);
  else if (g_uri_get_userinfo (uri) != NULL)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_URL_WITH_USER);
  else
    return g_steal_pointer (&url);
  return NULL;
}

static void
cut_suffix (char *text, const char *suffix)
{
  if (g_str_has_suffix (text, suffix))
    text[strlen (text) - strlen (suffix)] = '\0';
}

char *
bg_server_url_http_base (const char *url)
{
  char *base;

  if (g_str_has_prefix (url, "wss://"))
    base = g_strconcat ("https://", url + strlen ("wss://"), NULL);
  else if (g_str_has_prefix (url, "ws://"))
    base = g_strconcat ("http://", url + strlen ("ws://"), NULL);
  else
    base = g_strdup (url);

  base[strcspn (base, "?#")] = '\0';
  cut_suffix (base, "/");
  cut_suffix (base, "/connect");
  cut_suffix (base, "/");
  return base;
}

char *
bg_server_url_connect (const char *text, GError **error)
{
  g_autofree char *normal = bg_server_url_normalize (text, error);
  g_autofree char *base = normal != NULL ? bg_server_url_http_base (normal) : NULL;
  g_autofree char *socket = base != NULL ? bg_server_url_normalize (base, error) : NULL;

  if (socket == NULL)
    return NULL;
  return g_strconcat (socket, g_str_has_suffix (socket, "/") ? "connect" : "/connect", NULL);
}

static gboolean
is_this_machine (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address ? g_inet_address_get_is_loopback (address)
                 : g_ascii_strcasecmp (host, "localhost") == 0;
}

gboolean
bg_server_url_is_readable (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  return uri && g_str_equal (g_uri_get_scheme (uri), "ws") && g_uri_get_host (uri)
         && !is_this_machine (g_uri_get_host (uri));
}
