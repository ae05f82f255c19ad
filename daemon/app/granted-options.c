/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/granted-options.h"

#include "app/bus-option.h"
#include "common/error.h"
#include "common/printable.h"

static gboolean
add_route (BgGrantedOffer *granted, const char *text)
{
  BgIpPrefix route;

  if (granted->n_routes == BG_ENTRY_MAX_GRANTED || !bg_ip_prefix_parse (text, &route)
      || route.len == 0)
    return FALSE;
  bg_ip_prefix_mask (&route);
  granted->routes[granted->n_routes++] = bg_entry_prefix (&route);
  return TRUE;
}

static gboolean
take_routes (BgGrantedOffer *granted, char **routes, GError **error)
{
  for (char **route = routes; route && *route; route++)
    {
      g_autofree char *shown = NULL;

      if (add_route (granted, *route))
        continue;
      shown = bg_printable (*route);
      if (granted->n_routes == BG_ENTRY_MAX_GRANTED)
        bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, TOO_MANY_GRANTED, BG_ENTRY_MAX_GRANTED);
      else
        bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_GRANTED_ROUTE, shown);
      return FALSE;
    }
  return TRUE;
}

static uint8_t
bits_of_families (guint families)
{
  return (uint8_t) ((families & BG_FAMILY_4 ? BG_GRANT_EXIT4 : 0)
                    | (families & BG_FAMILY_6 ? BG_GRANT_EXIT6 : 0));
}

gboolean
bg_granted_options_take (GVariantDict *options, BgGrantedOffer *granted, GError **error)
{
  g_auto (GStrv) routes = NULL, exit = NULL;
  gboolean any = FALSE;

  *granted = (BgGrantedOffer){ 0 };
  if (!bg_bus_option_take (options, "any-route", "b", &any, error)
      || !bg_bus_option_take (options, "routes", "^as", &routes, error)
      || !bg_bus_option_take (options, "exit", "^as", &exit, error))
    return FALSE;
  granted->bits = (uint8_t) ((any ? BG_GRANT_ANY_ROUTE : 0)
                             | (exit ? bits_of_families (bg_families_of_texts (exit)) : 0));
  return take_routes (granted, routes, error);
}

BgGrantedOffer
bg_granted_of_offer (const char *const *routes, guint families)
{
  BgGrantedOffer granted = { .bits = bits_of_families (families) };

  for (; routes && *routes; routes++)
    if (granted.n_routes == BG_ENTRY_MAX_GRANTED)
      {
        granted.bits |= BG_GRANT_ANY_ROUTE;
        granted.n_routes = 0;
        break;
      }
    else
      add_route (&granted, *routes);
  return granted;
}

char **
bg_granted_dup_routes (const BgGrantedOffer *granted)
{
  char **texts = g_new0 (char *, granted->n_routes + 1u);

  for (guint i = 0; i < granted->n_routes; i++)
    {
      BgIpPrefix route = bg_entry_prefix_get (&granted->routes[i]);

      texts[i] = g_malloc (BG_IP_PREFIX_TEXT);
      bg_ip_prefix_format (&route, texts[i]);
    }
  return texts;
}
