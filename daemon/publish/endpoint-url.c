/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/endpoint-url.h"

#include "common/dns-name.h"
#include "common/error.h"
#include "common/ip-prefix.h"
#include "common/port-text.h"
#include "common/printable.h"

#include <string.h>
#include <sys/socket.h>

static const struct
{
  const char *name;
  guint16 port;
} schemes[BG_SCHEMES] = {
  [BG_SCHEME_HTTP] = { "http", 80 },
  [BG_SCHEME_HTTPS] = { "https", 443 },
  [BG_SCHEME_TCP] = { "tcp", 0 },
  [BG_SCHEME_TLS] = { "tls", 443 },
};

const char *
bg_scheme_get_name (BgScheme scheme)
{
  return schemes[scheme].name;
}

guint16
bg_scheme_get_port (BgScheme scheme)
{
  return schemes[scheme].port;
}

gboolean
bg_scheme_parse (const char *name, BgScheme *scheme)
{
  for (int i = 0; i < BG_SCHEMES; i++)
    if (g_ascii_strcasecmp (name, schemes[i].name) == 0)
      {
        *scheme = (BgScheme) i;
        return TRUE;
      }
  return FALSE;
}

void
bg_endpoint_url_free (BgEndpointUrl *self)
{
  if (!self)
    return;
  g_free (self->host);
  g_free (self);
}

static gboolean
refuse (GError **error, BgSaying saying, const char *text)
{
  g_autofree char *shown = bg_printable_start (text, BG_DNS_NAME_MAX);

  bg_error_set_take (error, BG_ERROR_INVALID_ARGUMENT,
                     bg_words_make (saying, (GVariant *[]){ bg_arg_text (shown), NULL }));
  return FALSE;
}

/* --- Scheme --- */

static const char *
or_null (const char *text)
{
  return text && *text != '\0' ? text : NULL;
}

static gboolean
read_scheme (const char *name, BgScheme *scheme, GError **error)
{
  return bg_scheme_parse (name, scheme) || refuse (error, BG_SAY_ENDPOINT_SCHEME_UNKNOWN, name);
}

/* Moves `*rest` behind the scheme; `*has_one` says whether there was any. */
static gboolean
take_scheme (const char **rest, gboolean *has_one, BgScheme *scheme, GError **error)
{
  const char *colon = strstr (*rest, "://");
  g_autofree char *name = NULL;

  *has_one = colon && strcspn (*rest, "/?#") > (gsize) (colon - *rest);
  if (!*has_one)
    return TRUE;
  name = g_strndup (*rest, (gsize) (colon - *rest));
  *rest = colon + strlen ("://");
  return read_scheme (name, scheme, error);
}

static gboolean
agree (BgScheme of_url, BgScheme of_proto, GError **error)
{
  if (of_url == of_proto)
    return TRUE;
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, ENDPOINT_SCHEME_CONTRADICTS,
                bg_scheme_get_name (of_url), bg_scheme_get_name (of_proto));
  return FALSE;
}

static gboolean
find_scheme (const char **rest, const char *proto, BgScheme *scheme, GError **error)
{
  BgScheme of_proto = BG_SCHEME_HTTPS;
  gboolean has_one;

  *scheme = of_proto;
  if (!take_scheme (rest, &has_one, scheme, error)
      || (proto && !read_scheme (proto, &of_proto, error)))
    return FALSE;
  if (!has_one)
    *scheme = of_proto;
  return !has_one || !proto || agree (*scheme, of_proto, error);
}

/* --- Host --- */

/* inet_aton() takes "127.1", "0x7f.1" and "2130706433" for addresses, and so do programs that use the name. */
static gboolean
looks_like_number (const char *name)
{
  const char *dot = strrchr (name, '.'), *label = dot ? dot + 1 : name;

  if (g_str_has_prefix (label, "0x"))
    return label[2 + strspn (label + 2, "0123456789abcdef")] == '\0';
  return label[strspn (label, "0123456789")] == '\0';
}

static gboolean
is_this_machine (const char *name)
{
  return bg_dns_name_is_within (name, "localhost")
         || bg_dns_name_is_within (name, "localhost.localdomain");
}

static gboolean
take_literal (BgEndpointUrl *self, const BgIpPrefix *address, GError **error)
{
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (address, text);
  if (!bg_ip_prefix_is_unicast_host (address))
    return refuse (error, BG_SAY_ENDPOINT_HOST_IS_LOCAL, text);
  self->host = g_strdup (text);
  self->is_literal = TRUE;
  return TRUE;
}

static gboolean
take_name (BgEndpointUrl *self, const char *text, GError **error)
{
  g_autofree char *name = bg_dns_name_normalize (text);

  if (!name || strchr (name, '_') || looks_like_number (name))
    return refuse (error, BG_SAY_ENDPOINT_HOST_BAD, text);
  if (is_this_machine (name))
    return refuse (error, BG_SAY_ENDPOINT_HOST_IS_LOCAL, name);
  self->host = g_steal_pointer (&name);
  return TRUE;
}

static gboolean
take_host (BgEndpointUrl *self, const char *text, gboolean in_brackets, GError **error)
{
  BgIpPrefix address;
  gboolean is_address = !strchr (text, '/') && bg_ip_prefix_parse (text, &address);

  if (in_brackets && (!is_address || address.family != AF_INET6))
    return refuse (error, BG_SAY_ENDPOINT_HOST_BAD, text);
  return is_address ? take_literal (self, &address, error) : take_name (self, text, error);
}

/* --- Port --- */

static gboolean
take_port (BgEndpointUrl *self, const char *text, GError **error)
{
  self->port = text ? bg_port_parse (text) : bg_scheme_get_port (self->scheme);
  if (self->port)
    return TRUE;
  if (text)
    return refuse (error, BG_SAY_ENDPOINT_PORT_BAD, text);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, ENDPOINT_PORT_MISSING);
  return FALSE;
}

/* Cuts `authority` in two; NULL where nothing stands behind the host. FALSE where what stands there is no port. */
static gboolean
cut_port (char *authority, gboolean in_brackets, const char **port)
{
  char *end = authority + strcspn (authority, in_brackets ? "]" : ":");
  char *behind = in_brackets && *end ? end + 1 : end;

  *port = *behind == ':' ? behind + 1 : NULL;
  if ((in_brackets && *end != ']') || (*behind != '\0' && !*port))
    return FALSE;
  *end = '\0';
  return TRUE;
}

static gboolean
read_authority (BgEndpointUrl *self, char *authority, const char *whole, GError **error)
{
  char *at = strrchr (authority, '@'), *host = at ? at + 1 : authority;
  gboolean in_brackets = *host == '[';
  const char *port;

  if (!cut_port (host, in_brackets, &port) || (port && strchr (port, ':')))
    return refuse (error, BG_SAY_ENDPOINT_URL_BAD, whole);
  return take_host (self, host + in_brackets, in_brackets, error) && take_port (self, port, error);
}

BgEndpointUrl *
bg_endpoint_url_parse (const char *url, const char *public_url, const char *proto, GError **error)
{
  g_autoptr (BgEndpointUrl) self = g_new0 (BgEndpointUrl, 1);
  const char *whole = or_null (url) ? url : or_null (public_url), *rest = whole;
  g_autofree char *authority = NULL;

  if (!whole || strnlen (whole, BG_ENDPOINT_URL_MAX + 1) > BG_ENDPOINT_URL_MAX)
    {
      refuse (error, BG_SAY_ENDPOINT_URL_BAD, whole);
      return NULL;
    }
  if (!find_scheme (&rest, or_null (proto), &self->scheme, error))
    return NULL;
  authority = g_strndup (rest, strcspn (rest, "/?#"));
  return read_authority (self, authority, whole, error) ? g_steal_pointer (&self) : NULL;
}
