/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "route-text.h"

#include "common/ip-prefix.h"

#include <glib/gi18n.h>
#include <string.h>

/* NULL: it is none. */
static char *
read_network (const char *text)
{
  g_autofree char *bare = g_strstrip (g_strdup (text));
  char route[BG_IP_PREFIX_TEXT];
  BgIpPrefix prefix;

  if (!strchr (bare, '/') || !bg_ip_prefix_parse (bare, &prefix))
    return NULL;
  bg_ip_prefix_mask (&prefix);
  bg_ip_prefix_format (&prefix, route);
  return g_strdup (route);
}

/* With the network that it is offered as, where there is an "@". */
static char *
parse (const char *text, GError **error)
{
  g_auto (GStrv) halves = g_strsplit (text, "@", 2);
  g_autofree char *network = *halves ? read_network (halves[0]) : NULL;
  g_autofree char *shown = network && halves[1] ? read_network (halves[1]) : NULL;

  if (network && !halves[1])
    return g_steal_pointer (&network);
  if (shown)
    return g_strconcat (network, "@", shown, NULL);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is no network: write it as in 192.168.1.0/24 or fd00:1::/64"), text);
  return NULL;
}

char **
applet_routes_with (char **routes, const char *text, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *route = parse (text, error);

  if (!route)
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
