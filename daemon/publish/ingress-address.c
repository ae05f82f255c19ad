/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/ingress-address.h"

#include "common/dns-name.h"
#include "common/error.h"
#include "common/ip-prefix.h"
#include "common/port-text.h"
#include "common/printable.h"

#include <string.h>
#include <sys/socket.h>

/* "[2001:db8::1]" or "[2001:db8::1]:443". */
static char *
bracketed_host (const char *text, const char **port)
{
  const char *end = strchr (text, ']');
  g_autofree char *inside = end ? g_strndup (text + 1, (gsize) (end - text - 1)) : NULL;
  BgIpPrefix address;
  char out[BG_IP_PREFIX_TEXT];

  if (!inside || strchr (inside, '/') || !bg_ip_prefix_parse (inside, &address)
      || address.family != AF_INET6 || (end[1] != '\0' && end[1] != ':'))
    return NULL;
  *port = end[1] == ':' ? end + 2 : NULL;
  bg_ip_prefix_format_address (&address, out);
  return g_strdup (out);
}

static char *
plain_host (const char *text, const char **port)
{
  const char *colon = strchr (text, ':');
  g_autofree char *name = g_strndup (text, colon ? (gsize) (colon - text) : strlen (text));

  *port = colon ? colon + 1 : NULL;
  return bg_dns_name_normalize (name);
}

gboolean
bg_ingress_address_parse (const char *text, char **host, guint16 *port, GError **error)
{
  const char *port_text = NULL;
  g_autofree char *name = *text == '[' ? bracketed_host (text, &port_text)
                                       : plain_host (text, &port_text);
  guint16 number = port_text ? bg_port_parse (port_text) : BG_INGRESS_PORT;
  g_autofree char *shown = NULL;

  if (name && number)
    {
      *host = g_steal_pointer (&name);
      *port = number;
      return TRUE;
    }
  shown = bg_printable_start (text, BG_DNS_NAME_MAX);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, INGRESS_ADDRESS_BAD, shown);
  return FALSE;
}
