/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/service-item.h"

#include "common/port-text.h"

#include <string.h>

static const char *const protocols[] = {
  [BG_SERVICE_TCP] = "tcp",
  [BG_SERVICE_UDP] = "udp",
  [BG_SERVICE_HTTP] = "http",
};

static gboolean
is_letter_or_digit (char c)
{
  return g_ascii_islower (c) || g_ascii_isdigit (c);
}

gboolean
bg_service_name_is_valid (const char *name)
{
  gsize len = strlen (name);

  if (len == 0 || len > BG_SERVICE_LABEL_MAX || name[0] == '-' || name[len - 1] == '-')
    return FALSE;
  for (const char *p = name; *p; p++)
    if (!is_letter_or_digit (*p) && *p != '-')
      return FALSE;
  return TRUE;
}

static gboolean
parse_protocol (const char *text, BgServiceProtocol *out)
{
  for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++)
    if (g_str_equal (text, protocols[i]))
      {
        *out = (BgServiceProtocol) i;
        return TRUE;
      }
  return FALSE;
}

gboolean
bg_service_item_parse (const char *text, BgServiceItem *out)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 4);

  if (g_strv_length (words) != 3 || !bg_service_name_is_valid (words[0]))
    return FALSE;
  memset (out, 0, sizeof *out);
  g_strlcpy (out->name, words[0], sizeof out->name);
  out->port = bg_port_parse (words[1]);
  return out->port > 0 && parse_protocol (words[2], &out->protocol);
}

char *
bg_service_item_format (const BgServiceItem *item)
{
  return g_strdup_printf ("%s %u %s", item->name, item->port, protocols[item->protocol]);
}

const char *
bg_service_protocol_name (BgServiceProtocol protocol)
{
  return protocols[protocol];
}
