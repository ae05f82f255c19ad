/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

static const BgStep steps[] = {
  { "settings", bg_tunnel_up_settings, NULL, BG_SAY_STEP_SETTINGS },
  { "secrets", bg_tunnel_up_secrets, bg_tunnel_down_secrets, BG_SAY_STEP_SECRETS },
  { "lock", bg_tunnel_up_lock, bg_tunnel_down_lock, BG_SAY_STEP_LOCK },
  { "leftovers", bg_tunnel_up_leftovers, NULL, BG_SAY_STEP_LEFTOVERS },
  { "interface", bg_tunnel_up_interface, bg_tunnel_down_interface, BG_SAY_STEP_INTERFACE },
  { "data plane", bg_tunnel_up_dataplane, bg_tunnel_down_dataplane, BG_SAY_STEP_DATA_PLANE },
  { "configuration socket", bg_tunnel_up_uapi, bg_tunnel_down_uapi,
    BG_SAY_STEP_CONFIGURATION_SOCKET },
  { "networks", bg_tunnel_up_networks, bg_tunnel_down_networks, BG_SAY_STEP_NETWORKS },
  { "addresses", bg_tunnel_up_addresses, bg_tunnel_down_addresses, BG_SAY_STEP_ADDRESSES },
  { "guard", bg_tunnel_up_guard, bg_tunnel_down_guard, BG_SAY_STEP_GUARD },
  { "gateway", bg_tunnel_up_gateway, bg_tunnel_down_gateway, BG_SAY_TEXT },
  { "hub", bg_tunnel_up_hub, bg_tunnel_down_hub, BG_SAY_STEP_HUB },
  { "line to the hub", bg_tunnel_up_line, bg_tunnel_down_line, BG_SAY_STEP_LINE },
  { "port mapping", bg_tunnel_up_mapping, bg_tunnel_down_mapping, BG_SAY_TEXT },
  { "peers", bg_tunnel_up_peers, bg_tunnel_down_peers, BG_SAY_STEP_PEERS },
  { "names", bg_tunnel_up_names, bg_tunnel_down_names, BG_SAY_TEXT },
  { "files", bg_tunnel_up_files, bg_tunnel_down_files, BG_SAY_TEXT },
  { "services", bg_tunnel_up_services, bg_tunnel_down_services, BG_SAY_TEXT },
  { "signaling", bg_tunnel_up_signaling, bg_tunnel_down_signaling, BG_SAY_STEP_SIGNALING },
};

/* --- Life --- */

static void
on_run_settled (gpointer owner, gboolean is_up, const GError *error)
{
  BgTunnel *self = owner;

  self->events->settled (self->owner, is_up, error);
}

BgTunnel *
bg_tunnel_new (const BgTunnelOptions *options, const BgTunnelEvents *events, gpointer owner)
{
  BgTunnel *self = g_new0 (BgTunnel, 1);

  self->secrets_dir = g_strdup (options->secrets_dir);
  self->keeper = options->keeper;
  self->hub_access = options->hub_access;
  self->network_log = options->network_log;
  self->files = options->files;
  self->engine = options->engine;
  self->state_dir = g_strdup (options->state_dir);
  self->hub_socket = g_strdup (options->hub_socket);
  self->dns_socket = g_strdup (options->dns_socket);
  self->tells_resolver = options->tells_resolver;
  self->in_namespace = options->in_namespace;
  self->runtime_dir = g_strdup (options->runtime_dir);
  self->path_limit = options->paths;
  self->health = options->health;
  self->events = events;
  self->owner = owner;
  self->lock_fd = -1;
  self->tun.fd = -1;
  self->pending = g_new0 (const char *, 1);
  self->run = bg_bring_up_new (steps, G_N_ELEMENTS (steps), on_run_settled, self);
  bg_tunnel_begin_inner (self);
  return self;
}

void
bg_tunnel_free (BgTunnel *self)
{
  if (!self)
    return;
  bg_bring_up_free (self->run);
  bg_tunnel_end_inner (self);
  g_clear_pointer (&self->config, bg_config_unref);
  g_clear_pointer (&self->started, bg_config_unref);
  g_free (self->pending);
  g_free (self->exit_id);
  bg_words_unref (self->exit_reason);
  g_free (self->secrets_dir);
  g_free (self->state_dir);
  bg_peer_offer_free (self->offer);
  g_free (self->offered_services);
  g_free (self->hub_socket);
  g_free (self->dns_socket);
  g_free (self->runtime_dir);
  g_free (self);
}

void
bg_tunnel_start (BgTunnel *self, BgConfig *config)
{
  g_clear_pointer (&self->config, bg_config_unref);
  g_clear_pointer (&self->started, bg_config_unref);
  g_clear_pointer (&self->pending, g_free);
  self->config = bg_config_ref (config);
  self->started = bg_config_ref (config);
  self->pending = g_new0 (const char *, 1);
  bg_bring_up_start (self->run);
}

void
bg_tunnel_leave_hub (BgTunnel *self)
{
  self->leaves_hub = TRUE;
}

void
bg_tunnel_stop (BgTunnel *self)
{
  bg_bring_up_stop (self->run);
}

gboolean
bg_tunnel_is_down (BgTunnel *self)
{
  return bg_bring_up_is_down (self->run);
}

gboolean
bg_tunnel_is_alive (BgTunnel *self)
{
  return !self->dataplane || bg_dataplane_is_alive (self->dataplane);
}

BgSignalingClient *
bg_tunnel_get_signaling (BgTunnel *self)
{
  return self->signaling;
}

BgRelayServer *
bg_tunnel_get_relay_server (BgTunnel *self)
{
  BgRelay *relay = self->relay ? bg_hub_relay_get (self->relay) : NULL;

  return relay ? bg_relay_get_server (relay) : NULL;
}

GPtrArray *
bg_tunnel_get_peers (BgTunnel *self)
{
  return self->peers ? bg_peer_set_get_peers (self->peers)
                     : g_ptr_array_new_with_free_func (g_object_unref);
}

BgPeerSet *
bg_tunnel_get_peer_set (BgTunnel *self)
{
  return self->peers;
}

GVariant *
bg_tunnel_list_access (BgTunnel *self)
{
  return self->access ? bg_access_control_list (self->access, self->config) : NULL;
}

const BgConfig *
bg_tunnel_get_started (BgTunnel *self)
{
  return self->started;
}

const char *
bg_tunnel_get_interface (BgTunnel *self)
{
  return self->ifname ? self->ifname : "";
}

guint
bg_tunnel_get_interface_index (BgTunnel *self)
{
  return self->ifname ? (guint) self->tun.ifindex : 0;
}

const char *const *
bg_tunnel_get_pending (BgTunnel *self)
{
  return self->pending;
}

const BgHubInfo *
bg_tunnel_get_hub (BgTunnel *self)
{
  return self->hub && bg_config_meets_own_hub (self->config) ? bg_local_hub_get_info (self->hub)
                                                             : NULL;
}
