/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-diff.h"

#include "app/config-keys.h"

#include <string.h>

static gboolean
same_prefixes (const GArray *a, const GArray *b)
{
  return bg_ip_prefixes_equal ((const BgIpPrefix *) a->data, a->len, (const BgIpPrefix *) b->data,
                               b->len);
}

/* As people would say that they are the same. */
static gboolean
same_value (const BgConfigKey *row, const BgConfig *a, const BgConfig *b)
{
  g_autoptr (GVariant) one = g_variant_ref_sink (bg_config_key_to_variant (row, a));
  g_autoptr (GVariant) other = g_variant_ref_sink (bg_config_key_to_variant (row, b));

  return g_variant_equal (one, other);
}

GPtrArray *
bg_config_diff_pending (const BgConfig *a, const BgConfig *b)
{
  GPtrArray *names = g_ptr_array_new ();

  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (row->when == BG_CONFIG_NEXT_UP && !same_value (row, a, b))
      {
        g_autofree char *name = g_strdup_printf ("%s.%s", row->section, row->key);

        g_ptr_array_add (names, (gpointer) g_intern_string (name));
      }
  return names;
}

gboolean
bg_config_diff_any (BgConfig *a, BgConfig *b)
{
  g_autoptr (GVariant) one = g_variant_ref_sink (bg_config_to_variant (a));
  g_autoptr (GVariant) other = g_variant_ref_sink (bg_config_to_variant (b));

  return !g_variant_equal (one, other);
}

static gboolean
same_texts (char **a, char **b)
{
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

gboolean
bg_config_diff_ice (const BgConfig *a, const BgConfig *b)
{
  return a->paths != b->paths || a->ice_tcp != b->ice_tcp || a->port_mapping != b->port_mapping
         || a->force_relay != b->force_relay || g_strcmp0 (a->relay, b->relay) != 0
         || g_strcmp0 (a->connect, b->connect) != 0 || a->idle_timeout != b->idle_timeout
         || !same_texts (a->connect_always, b->connect_always)
         || !same_texts (a->stun_servers, b->stun_servers)
         || !same_texts (a->turn_servers, b->turn_servers);
}

gboolean
bg_config_diff_static_peer (const BgStaticPeer *a, const BgStaticPeer *b)
{
  return !a || !b || memcmp (a->key, b->key, sizeof a->key) != 0
         || a->has_endpoint != b->has_endpoint
         || g_strcmp0 (a->endpoint_host, b->endpoint_host) != 0
         || a->endpoint_port != b->endpoint_port || a->keepalive != b->keepalive
         || !bg_secret_owner_equal (&a->psk_owner, &b->psk_owner)
         || !same_prefixes (a->allowed_ips, b->allowed_ips);
}

gboolean
bg_config_diff_subnets (const BgConfig *a, const BgConfig *b)
{
  return g_strcmp0 (a->publish_subnet, b->publish_subnet) != 0
         || g_strcmp0 (a->publish_subnet6, b->publish_subnet6) != 0;
}

static gboolean
same_account (const BgConfig *a, const BgConfig *b)
{
  return a->ngrok_enabled == b->ngrok_enabled && a->ngrok_poll_interval == b->ngrok_poll_interval
         && g_strcmp0 (a->ngrok_api_url, b->ngrok_api_url) == 0
         && g_strcmp0 (a->ngrok_ingress, b->ngrok_ingress) == 0
         && g_strcmp0 (a->ngrok_ingress_ca, b->ngrok_ingress_ca) == 0
         && g_strcmp0 (a->ngrok_selector, b->ngrok_selector) == 0
         && g_strcmp0 (a->ngrok_description, b->ngrok_description) == 0
         && same_texts (a->ngrok_names, b->ngrok_names);
}

gboolean
bg_config_diff_endpoints (const BgConfig *a, const BgConfig *b)
{
  return bg_config_diff_subnets (a, b) || !same_account (a, b)
         || g_strcmp0 (a->publish_listen, b->publish_listen) != 0
         || g_strcmp0 (a->publish_on_conflict, b->publish_on_conflict) != 0
         || !same_texts (a->publish_listen_each, b->publish_listen_each)
         || !same_prefixes (a->publish_from, b->publish_from)
         || a->publish_first_port != b->publish_first_port
         || a->publish_last_port != b->publish_last_port || a->publish_drain != b->publish_drain;
}
