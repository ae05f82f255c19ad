/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/managed-link.h"

static gboolean
is_covered (const BgNetPlan *whole, const BgIpPrefix *dest)
{
  for (guint i = 0; i < bg_net_plan_n_addresses (whole); i++)
    {
      BgIpPrefix network = bg_net_plan_get_address (whole, i)->address;

      bg_ip_prefix_mask (&network);
      if (network.len < dest->len && bg_ip_prefix_contains (&network, dest))
        return TRUE;
    }
  return FALSE;
}

/* A peer that the network of our address leads to as well. */
static gboolean
is_neighbour (const BgNetPlan *whole, const BgNetRoute *route)
{
  return route->tags == 1u << BG_TAG_PEER && is_covered (whole, &route->dest);
}

static gboolean
has_narrow_path (const BgNetPlan *whole, const BgNetRoute *route)
{
  guint mtu = bg_net_plan_get_mtu (whole);

  return route->mtu != 0 && (mtu == 0 || route->mtu < mtu);
}

char **
bg_managed_link_addresses (const BgNetPlan *whole)
{
  guint n = bg_net_plan_n_addresses (whole);
  char **texts = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      texts[i] = g_malloc (BG_IP_PREFIX_TEXT);
      bg_ip_prefix_format (&bg_net_plan_get_address (whole, i)->address, texts[i]);
    }
  return texts;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

char **
bg_managed_link_routes (const BgNetPlan *whole)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (guint i = 0; i < bg_net_plan_n_routes (whole); i++)
    {
      const BgNetRoute *route = bg_net_plan_get_route (whole, i);
      char *text;

      if (is_neighbour (whole, route))
        continue;
      text = g_malloc (BG_IP_PREFIX_TEXT);
      bg_ip_prefix_format (&route->dest, text);
      g_ptr_array_add (texts, text);
    }
  g_ptr_array_sort (texts, compare_texts);
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}

char **
bg_managed_link_dns (const BgNamesPlan *names)
{
  guint n;
  const BgIpPrefix *servers = bg_names_plan_get_servers (names, &n);
  char **texts = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      texts[i] = g_malloc (BG_IP_PREFIX_TEXT);
      bg_ip_prefix_format_address (&servers[i], texts[i]);
    }
  return texts;
}

char **
bg_managed_link_domains (const BgNamesPlan *names)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  const char *const *domains = bg_names_plan_get_domains (names);

  for (guint i = 0; domains[i]; i++)
    {
      gboolean is_search = i == 0 && bg_names_plan_get_search (names); /* the suffix is first */
      g_autofree char *text = g_strconcat (is_search ? "" : "~", domains[i], NULL);

      g_strv_builder_add (texts, text);
    }
  if (bg_names_plan_get_default_route (names))
    g_strv_builder_add (texts, "~.");
  return g_strv_builder_end (texts);
}

BgNetPlan *
bg_managed_link_ours (const BgNetPlan *whole)
{
  BgNetPlan *ours = bg_net_plan_new ();

  for (guint i = 0; i < bg_net_plan_n_routes (whole); i++)
    {
      const BgNetRoute *route = bg_net_plan_get_route (whole, i);

      if (is_neighbour (whole, route) && has_narrow_path (whole, route))
        bg_net_plan_add_route (ours, BG_TAG_PEER, &route->dest, route->mtu, 0);
    }
  for (guint i = 0; i < bg_net_plan_n_outside (whole); i++)
    {
      const BgNetOutside *outside = bg_net_plan_get_outside (whole, i);

      bg_net_plan_add_outside (ours, &outside->host, outside->has_way ? &outside->way : NULL);
    }
  bg_net_plan_copy_exit (ours, whole);
  return bg_net_plan_seal (ours);
}
