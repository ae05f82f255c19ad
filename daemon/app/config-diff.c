/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-diff.h"

#include <string.h>

static gboolean
same_prefixes (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!bg_ip_prefix_equal (&g_array_index (a, BgIpPrefix, i), &g_array_index (b, BgIpPrefix, i)))
      return FALSE;
  return TRUE;
}

static gboolean
same_address (gboolean has_a, const BgIpPrefix *a, gboolean has_b, const BgIpPrefix *b)
{
  return has_a == has_b && (!has_a || bg_ip_prefix_equal (a, b));
}

const char *
bg_config_diff_restart (const BgConfig *a, const BgConfig *b)
{
  struct
  {
    const char *name;
    gboolean same;
  } settings[] = {
    { "network.server-url", g_strcmp0 (a->server_url, b->server_url) == 0 },
    { "network.server-pin", g_strcmp0 (a->server_pin, b->server_pin) == 0 },
    { "network.host-hub", a->host_hub == b->host_hub },
    { "network.hub-listen", g_strcmp0 (a->hub_listen, b->hub_listen) == 0 },
    { "device.name", g_strcmp0 (a->device_name, b->device_name) == 0 },
    { "device.interface", g_strcmp0 (a->interface, b->interface) == 0 },
    { "device.address", same_address (a->has_address, &a->address, b->has_address, &b->address) },
    { "device.address6",
      same_address (a->has_address6, &a->address6, b->has_address6, &b->address6) },
    { "device.mtu", a->mtu == b->mtu },
    { "device.listen-port", a->listen_port == b->listen_port },
    { "device.threads", a->threads == b->threads },
    { "ice.stun-servers",
      g_strv_equal ((const char *const *) a->stun_servers, (const char *const *) b->stun_servers) },
    { "ice.turn-servers",
      g_strv_equal ((const char *const *) a->turn_servers, (const char *const *) b->turn_servers) },
    { "ice.tcp", a->ice_tcp == b->ice_tcp },
    { "ice.force-relay", a->force_relay == b->force_relay },
    { "ice.paths", a->paths == b->paths },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (!settings[i].same)
      return settings[i].name;
  return NULL;
}

gboolean
bg_config_diff_routes (const BgConfig *a, const BgConfig *b)
{
  return !same_prefixes (a->routes, b->routes);
}

gboolean
bg_config_diff_static_peer (const BgStaticPeer *a, const BgStaticPeer *b)
{
  return !a || !b || memcmp (a->key, b->key, sizeof a->key) != 0
         || a->has_endpoint != b->has_endpoint
         || g_strcmp0 (a->endpoint_host, b->endpoint_host) != 0
         || a->endpoint_port != b->endpoint_port || a->keepalive != b->keepalive
         || !same_prefixes (a->allowed_ips, b->allowed_ips);
}
