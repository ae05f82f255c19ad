/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/listen-address.h"
#include "common/error.h"
#include "common/ip-prefix.h"
#include "common/printable.h"

#include <string.h>
#include <sys/socket.h>

#define ANY "*"

static gboolean
parse_port (const char *text, guint16 *port)
{
  guint64 number;

  if (*text == '\0' || strspn (text, "0123456789") != strlen (text)
      || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint16) number;
  return TRUE;
}

/* (transfer full); NULL where `text` is no address. */
static char *
parse_host (const char *text, gsize len)
{
  gboolean has_brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';
  g_autofree char *host = has_brackets ? g_strndup (text + 1, len - 2) : g_strndup (text, len);
  BgIpPrefix address;

  if (len == 0 || (!has_brackets && g_str_equal (host, ANY)))
    return g_strdup (ANY);
  if (strchr (host, '/') != NULL || !bg_ip_prefix_parse (host, &address)
      || (address.family == AF_INET6) != has_brackets)
    return NULL;
  return g_str_equal (host, "::") ? g_strdup (ANY) : g_steal_pointer (&host);
}

gboolean
bg_listen_address_parse (const char *text, BgListenAddress *out, GError **error)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = colon != NULL ? parse_host (text, (gsize) (colon - text))
                                        : g_strdup (ANY);
  g_autofree char *shown = NULL;

  if (host != NULL && parse_port (colon != NULL ? colon + 1 : text, &out->port))
    {
      out->address = g_steal_pointer (&host);
      return TRUE;
    }
  shown = bg_printable_start (text, 64);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_LISTEN_ADDRESS, shown);
  return FALSE;
}

void
bg_listen_address_clear (BgListenAddress *address)
{
  g_clear_pointer (&address->address, g_free);
}

gboolean
bg_listen_address_is_specific (const BgListenAddress *address)
{
  return !g_str_equal (address->address, ANY) && !g_str_equal (address->address, "0.0.0.0");
}
