/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-private.h"

#include "app/managed-link.h"

static char **
texts_of_prefixes (const BgIpPrefix *prefixes, guint n)
{
  char **texts = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      texts[i] = g_malloc (BG_IP_PREFIX_TEXT);
      bg_ip_prefix_format (&prefixes[i], texts[i]);
    }
  return texts;
}

/* As the others know them. */
static char **
texts_of_served (const GArray *routes)
{
  char **texts = g_new0 (char *, routes->len + 1);

  for (guint i = 0; i < routes->len; i++)
    {
      texts[i] = g_malloc (BG_IP_PREFIX_TEXT);
      bg_ip_prefix_format (&g_array_index (routes, BgServedRoute, i).shown, texts[i]);
    }
  return texts;
}

/* What is in effect of the settings that are read only on the way up. */
static const BgConfig *
config_in_effect (BgApplication *self)
{
  return bg_application_is_up (self) ? bg_tunnel_get_started (self->tunnel) : self->config;
}

/* NULL while there is no link. */
static const BgNetPlan *
link_plan (BgApplication *self)
{
  return bg_application_is_up (self) ? bg_tunnel_get_link_plan (self->tunnel) : NULL;
}

static void
fill_names (BgApplication *self)
{
  const BgNamesPlan *names = bg_application_is_up (self) ? bg_tunnel_get_names_plan (self->tunnel)
                                                         : NULL;

  g_strfreev (self->info_link_dns);
  g_strfreev (self->info_link_domains);
  self->info_link_dns = names ? bg_managed_link_dns (names) : g_new0 (char *, 1);
  self->info_link_domains = names ? bg_managed_link_domains (names) : g_new0 (char *, 1);
}

static void
fill_lists (BgApplication *self)
{
  const BgConfig *config = config_in_effect (self);
  const BgNetPlan *plan = link_plan (self);
  BgIpPrefix addresses[2];
  guint n = 0;

  if (config->has_address)
    addresses[n++] = config->address;
  if (config->has_address6)
    addresses[n++] = config->address6;
  g_strfreev (self->info_addresses);
  g_strfreev (self->info_routes);
  g_free (self->info_server_url);
  g_strfreev (self->info_link_addresses);
  g_strfreev (self->info_link_routes);
  g_clear_pointer (&self->info_mapping, g_variant_unref);
  self->info_mapping = g_variant_ref_sink (bg_tunnel_describe_mapping (self->tunnel));
  self->info_link_addresses = plan ? bg_managed_link_addresses (plan) : g_new0 (char *, 1);
  self->info_link_routes = plan ? bg_managed_link_routes (plan) : g_new0 (char *, 1);
  self->info_addresses = texts_of_prefixes (addresses, n);
  self->info_routes = texts_of_served (self->config->routes);
  self->info_server_url = g_strdup (self->config->server_url ? self->config->server_url : "");
}

/* Nothing leaves, because the exit goes with the tunnel. */
static gboolean
is_shut (BgApplication *self)
{
  return !bg_application_is_up (self) && bg_strictness_is_wanted (self->config);
}

void
bg_application_refresh_info (BgApplication *self)
{
  static const char *const none[] = { NULL };
  BgSignalingClient *signaling = bg_tunnel_get_signaling (self->tunnel);
  const BgConfig *config = self->config, *in_effect = config_in_effect (self);
  const BgNetPlan *plan = link_plan (self);

  fill_lists (self);
  fill_names (self);
  bg_words_take (&self->shut, is_shut (self) ? bg_words (EXIT_SHUT, config->exit_node) : NULL);
  self->info = (BgApplicationInfo){
    .state = self->state,
    .reason = self->reason,
    .reasons = self->reasons,
    .name = in_effect->device_name ? in_effect->device_name : "",
    .addresses = (const char *const *) self->info_addresses,
    .public_key = self->public_key,
    .interface = bg_application_is_up (self) ? bg_tunnel_get_interface (self->tunnel) : "",
    .interface_index = bg_application_is_up (self) ? bg_tunnel_get_interface_index (self->tunnel)
                                                   : 0,
    .network_namespace = bg_application_is_up (self) ? bg_tunnel_get_namespace (self->tunnel) : "",
    .link_addresses = (const char *const *) self->info_link_addresses,
    .link_routes = (const char *const *) self->info_link_routes,
    .link_dns = (const char *const *) self->info_link_dns,
    .link_domains = (const char *const *) self->info_link_domains,
    .link_mtu = plan ? bg_net_plan_get_mtu (plan) : 0,
    .dns_manager = bg_tunnel_get_dns_manager (self->tunnel),
    .link_manager = self->link_manager ? self->link_manager : "",
    .server_url = self->info_server_url,
    .signaling_state = bg_signaling_state_name (
      signaling ? bg_signaling_client_get_state (signaling) : BG_SIGNALING_OFFLINE),
    .routes = (const char *const *) self->info_routes,
    .accept_routes = config->accept_routes,
    .exit_node = config->exit_node ? config->exit_node : "",
    .exit_state = is_shut (self) ? BG_EXIT_LOST : bg_tunnel_get_exit_state (self->tunnel),
    .exit_reason = is_shut (self) ? bg_words_get_text (self->shut)
                                  : bg_words_get_text (bg_tunnel_get_exit_reason (self->tunnel)),
    .pending_restart = bg_application_is_up (self) ? bg_tunnel_get_pending (self->tunnel) : none,
    .up_since_us = self->up_since_us,
    .rx_bytes = self->rx_bytes,
    .tx_bytes = self->tx_bytes,
    .port_mapping = self->info_mapping,
    .drops = self->drops,
    .statistics_interval_ms = self->statistics_ms,
  };
  bg_application_fill_membership (self);
}

const BgApplicationInfo *
bg_application_get_info (BgApplication *self)
{
  return &self->info;
}

GPtrArray *
bg_application_get_peers (BgApplication *self)
{
  return bg_tunnel_get_peers (self->tunnel);
}
