/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "route-text.h"

#include "common/ip-prefix.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
parse (const char *text, char route[BG_IP_PREFIX_TEXT], GError **error)
{
  g_autofree char *bare = g_strstrip (g_strdup (text));
  BgIpPrefix prefix;

  if (!strchr (bare, '/') || !bg_ip_prefix_parse (bare, &prefix))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is no network: write it as in 192.168.1.0/24 or fd00:1::/64"), bare);
      return FALSE;
    }
  bg_ip_prefix_mask (&prefix);
  bg_ip_prefix_format (&prefix, route);
  return TRUE;
}

char **
applet_routes_with (char **routes, const char *text, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  char route[BG_IP_PREFIX_TEXT];

  if (!parse (text, route, error))
    return NULL;
  if (g_strv_contains ((const char *const *) routes, route))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _ ("%s is offered already"), route);
      return NULL;
    }
  g_strv_builder_addv (builder, (const char **) routes);
  g_strv_builder_add (builder, route);
  return g_strv_builder_end (builder);
}

char **
applet_routes_without (char **routes, const char *route)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (; *routes; routes++)
    if (!g_str_equal (*routes, route))
      g_strv_builder_add (builder, *routes);
  return g_strv_builder_end (builder);
}
