/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "accept-choice.h"

#include "common/ip-prefix.h"

static GVariant *
lookup (GVariant *settings, const char *id, const char *key)
{
  g_autofree char *name = g_strdup_printf ("accept.%s.%s", id, key);

  return g_variant_lookup_value (settings, name, G_VARIANT_TYPE_STRING_ARRAY);
}

static gboolean
is_all (char **list)
{
  return list[0] && g_str_equal (list[0], "*");
}

static gboolean
has_any (GVariant *settings, const char *id, const char *key)
{
  g_autoptr (GVariant) value = lookup (settings, id, key);

  return value && g_variant_n_children (value) > 0;
}

/* A section of the settings that says anything says all. */
static gboolean
is_own (GVariant *settings, const char *id)
{
  static const char *const keys[] = { "routes", "prefer", "dns", "dns-search" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = lookup (settings, id, keys[i]);

      if (value)
        return TRUE;
    }
  return FALSE;
}

AppletAccept *
applet_accept_read (GVariant *settings, const char *id)
{
  AppletAccept *self = g_new0 (AppletAccept, 1);
  g_autoptr (GVariant) routes = lookup (settings, id, "routes");

  self->is_own = is_own (settings, id);
  self->routes = routes ? g_variant_dup_strv (routes, NULL) : g_new0 (char *, 1);
  if (self->is_own)
    self->takes_all = is_all (self->routes);
  else
    g_variant_lookup (settings, "device.accept-routes", "b", &self->takes_all);
  self->asks = has_any (settings, id, "dns") && has_any (settings, id, "dns-search");
  return self;
}

void
applet_accept_free (AppletAccept *self)
{
  if (!self)
    return;
  g_strfreev (self->routes);
  g_free (self);
}

static gboolean
is_within (const char *inner, const char *outer)
{
  BgIpPrefix a, b;

  return bg_ip_prefix_parse (inner, &a) && bg_ip_prefix_parse (outer, &b)
         && bg_ip_prefix_contains (&b, &a);
}

gboolean
applet_accept_has (const AppletAccept *self, const char *route)
{
  if (self->takes_all)
    return TRUE;
  for (char **chosen = self->routes; *chosen; chosen++)
    if (is_within (route, *chosen))
      return TRUE;
  return FALSE;
}

static GVariant *
routes_of (const char *const *routes)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert_value (&changes, "routes", g_variant_new_strv (routes, -1));
  return g_variant_dict_end (&changes);
}

/* What is chosen now, one by one. */
static const char *const *
list_of (const AppletAccept *self, const char *const *offered)
{
  return self->takes_all ? offered : (const char *const *) self->routes;
}

GVariant *
applet_accept_take (const AppletAccept *self, const char *const *offered, const char *route,
                    gboolean wanted)
{
  const char *const *now = list_of (self, offered);
  g_autoptr (GPtrArray) routes = g_ptr_array_new ();

  for (; *now; now++)
    if (wanted ? !g_str_equal (*now, route) : !is_within (route, *now))
      g_ptr_array_add (routes, (gpointer) *now);
  if (wanted)
    g_ptr_array_add (routes, (gpointer) route);
  g_ptr_array_add (routes, NULL);
  return routes_of ((const char *const *) routes->pdata);
}

GVariant *
applet_accept_take_all (gboolean wanted)
{
  return routes_of ((const char *const[]){ wanted ? "*" : NULL, NULL });
}

GVariant *
applet_accept_ask (const AppletAccept *self, gboolean wanted)
{
  const char *const some[] = { wanted ? "*" : NULL, NULL };
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert_value (&changes, "dns", g_variant_new_strv (some, -1));
  g_variant_dict_insert_value (&changes, "dns-search", g_variant_new_strv (some, -1));
  if (!self->is_own && self->takes_all)
    g_variant_dict_insert_value (&changes, "routes",
                                 g_variant_new_strv ((const char *const[]){ "*", NULL }, -1));
  return g_variant_dict_end (&changes);
}
