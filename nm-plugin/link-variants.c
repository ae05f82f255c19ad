/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-variants.h"

#include <NetworkManager.h>
#include <string.h>

/* NetworkManager wants the address of an outer gateway, and gives it a route of its own by the parent device where that leads
 * there through a router. There is no gateway: peers are reached by many ways that change. This address is a neighbour's
 * everywhere, and nobody's. */
#define NO_GATEWAY "fe80::ba:6a7e"

static GInetAddressMask *
parse (const char *text, GSocketFamily family)
{
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (text, NULL);

  return mask && g_inet_address_mask_get_family (mask) == family ? g_steal_pointer (&mask) : NULL;
}

/* Host bits are no part of a mask: the address is read apart from its length. */
static GInetAddress *
parse_address (const char *text, GSocketFamily family, guint *length)
{
  const char *slash = strchr (text, '/');
  g_autofree char *host = g_strndup (text, slash ? (gsize) (slash - text) : strlen (text));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  guint bits = family == G_SOCKET_FAMILY_IPV4 ? 32 : 128;
  guint64 parsed = bits;

  if (!address || g_inet_address_get_family (address) != family
      || (slash && !g_ascii_string_to_unsigned (slash + 1, 10, 0, bits, &parsed, NULL)))
    return NULL;
  *length = (guint) parsed;
  return g_steal_pointer (&address);
}

static GInetAddress *
find_address (const LinkFacts *facts, GSocketFamily family, guint *length)
{
  GInetAddress *found = NULL;

  for (const char *const *text = facts->addresses; !found && text && *text; text++)
    found = parse_address (*text, family, length);
  return found;
}

gboolean
link_facts_have (const LinkFacts *facts, GSocketFamily family)
{
  guint length;
  g_autoptr (GInetAddress) address = find_address (facts, family, &length);

  return address != NULL;
}

/* --- Values --- */

static GVariant *
value4 (GInetAddress *address)
{
  guint32 value;

  memcpy (&value, g_inet_address_to_bytes (address), sizeof value);
  return g_variant_new_uint32 (value); /* in network order */
}

static GVariant *
value6 (GInetAddress *address)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, g_inet_address_to_bytes (address), 16, 1);
}

static GVariant *
no_gateway (void)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (NO_GATEWAY);

  return value6 (address);
}

static GVariant *
route4 (GInetAddressMask *mask)
{
  GVariantBuilder route;

  g_variant_builder_init (&route, G_VARIANT_TYPE ("au"));
  g_variant_builder_add_value (&route, value4 (g_inet_address_mask_get_address (mask)));
  g_variant_builder_add (&route, "u", g_inet_address_mask_get_length (mask));
  g_variant_builder_add (&route, "u", 0); /* no router */
  g_variant_builder_add (&route, "u", 0); /* the metric is NetworkManager's */
  return g_variant_builder_end (&route);
}

static GVariant *
route6 (GInetAddressMask *mask)
{
  static const guint8 none[16];

  return g_variant_new ("(@ayu@ayu)", value6 (g_inet_address_mask_get_address (mask)),
                        g_inet_address_mask_get_length (mask),
                        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, none, sizeof none, 1), 0);
}

static GVariant *
routes (const LinkFacts *facts, GSocketFamily family)
{
  gboolean is4 = family == G_SOCKET_FAMILY_IPV4;
  GVariantBuilder list;

  g_variant_builder_init (&list, is4 ? G_VARIANT_TYPE ("aau") : G_VARIANT_TYPE ("a(ayuayu)"));
  for (const char *const *text = facts->routes; text && *text; text++)
    {
      g_autoptr (GInetAddressMask) mask = parse (*text, family);

      /* A length of 0 would be a default route. */
      if (mask && g_inet_address_mask_get_length (mask) > 0)
        g_variant_builder_add_value (&list, is4 ? route4 (mask) : route6 (mask));
    }
  return g_variant_builder_end (&list);
}

/* Servers of the family. */
static GVariant *
servers (const LinkFacts *facts, GSocketFamily family)
{
  gboolean is4 = family == G_SOCKET_FAMILY_IPV4;
  GVariantBuilder list;

  g_variant_builder_init (&list, is4 ? G_VARIANT_TYPE ("au") : G_VARIANT_TYPE ("aay"));
  for (const char *const *text = facts->dns; text && *text; text++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (*text);

      if (address && g_inet_address_get_family (address) == family)
        g_variant_builder_add_value (&list, is4 ? value4 (address) : value6 (address));
    }
  return g_variant_builder_end (&list);
}

/* NetworkManager looks at domains of a family with a server alone. */
static void
add_dns (GVariantDict *dict, const LinkFacts *facts, GSocketFamily family)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (servers (facts, family));

  if (g_variant_n_children (list) == 0)
    return;
  g_variant_dict_insert_value (dict, NM_VPN_PLUGIN_IP4_CONFIG_DNS, list);
  if (facts->domains && facts->domains[0])
    g_variant_dict_insert_value (dict, NM_VPN_PLUGIN_IP4_CONFIG_DOMAINS,
                                 g_variant_new_strv (facts->domains, -1));
}

/* --- The dictionaries --- */

GVariant *
link_variants_config (const LinkFacts *facts)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, NM_VPN_PLUGIN_CONFIG_TUNDEV, "s", facts->interface);
  g_variant_dict_insert_value (&dict, NM_VPN_PLUGIN_CONFIG_EXT_GATEWAY, no_gateway ());
  if (facts->mtu > 0)
    g_variant_dict_insert (&dict, NM_VPN_PLUGIN_CONFIG_MTU, "u", facts->mtu);
  g_variant_dict_insert (&dict, NM_VPN_PLUGIN_CONFIG_HAS_IP4, "b",
                         link_facts_have (facts, G_SOCKET_FAMILY_IPV4));
  g_variant_dict_insert (&dict, NM_VPN_PLUGIN_CONFIG_HAS_IP6, "b",
                         link_facts_have (facts, G_SOCKET_FAMILY_IPV6));
  /* It finds its peers again by itself when the network below is another. */
  g_variant_dict_insert (&dict, NM_VPN_PLUGIN_CAN_PERSIST, "b", TRUE);
  return g_variant_dict_end (&dict);
}

GVariant *
link_variants_ip (const LinkFacts *facts, GSocketFamily family)
{
  gboolean is4 = family == G_SOCKET_FAMILY_IPV4;
  guint length;
  g_autoptr (GInetAddress) address = find_address (facts, family, &length);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, NM_VPN_PLUGIN_IP4_CONFIG_ADDRESS,
                               is4 ? value4 (address) : value6 (address));
  g_variant_dict_insert (&dict, NM_VPN_PLUGIN_IP4_CONFIG_PREFIX, "u", length);
  g_variant_dict_insert_value (&dict, NM_VPN_PLUGIN_IP4_CONFIG_ROUTES, routes (facts, family));
  g_variant_dict_insert (&dict, NM_VPN_PLUGIN_IP4_CONFIG_NEVER_DEFAULT, "b", TRUE);
  add_dns (&dict, facts, family);
  return g_variant_dict_end (&dict);
}

/* NetworkManager fails without an address, and these lead nowhere. */
GVariant *
link_variants_nothing (GSocketFamily family)
{
  gboolean is4 = family == G_SOCKET_FAMILY_IPV4;
  const char *const address[] = { is4 ? "169.254.98.71/32" : NO_GATEWAY "/128", NULL };
  const LinkFacts facts = { .addresses = address };

  return link_variants_ip (&facts, family);
}
