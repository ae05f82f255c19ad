/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "app/ice-servers.h"
#include "common/error.h"

#include <errno.h>
#include <glib/gstdio.h>

static void
follow (BgTunnel *self, BgPeer *peer)
{
  g_signal_connect_swapped (peer, "changed", G_CALLBACK (bg_tunnel_look_at_names), self);
}

static void
on_peers_peer_added (BgPeerSet *peers, BgPeer *peer, BgTunnel *self)
{
  follow (self, peer);
  bg_tunnel_look_at_names (self);
  self->events->peer_added (self->owner, peer);
  bg_tunnel_follow_exit (self);
}

static void
on_peers_peer_removed (BgPeerSet *peers, BgPeer *peer, BgTunnel *self)
{
  g_signal_handlers_disconnect_by_data (peer, self);
  bg_tunnel_look_at_names (self);
  self->events->peer_removed (self->owner, peer);
  bg_tunnel_follow_exit (self);
}

static guint
allowed_paths (BgTunnel *self)
{
  return self->path_limit ? self->config->paths & self->path_limit : self->config->paths;
}

static void
close_peers (BgTunnel *self)
{
  if (!self->peers)
    return;
  bg_tunnel_unfollow_members (self);
  bg_tunnel_leave_exit (self);
  bg_peer_set_close (self->peers);
  bg_access_control_follow (self->access, NULL);
  bg_tunnel_link_follow (self->link, NULL);
  g_signal_handlers_disconnect_by_data (self->peers, self);
  g_clear_pointer (&self->static_peers, bg_static_peers_free);
  g_clear_object (&self->peers);
}

/* What [ice] says; the lists are borrowed, the secret is not. */
static BgConnectWhen
connect_when (const char *word)
{
  if (g_str_equal (word, "always"))
    return BG_CONNECT_ALWAYS;
  return g_str_equal (word, "on-demand") ? BG_CONNECT_ON_DEMAND : BG_CONNECT_AUTO;
}

static gboolean
fill_ice (BgTunnel *self, char **stun, char **turn_secret, BgPeerSetConfig *config, GError **error)
{
  if (!bg_ice_servers_read_turn_secret (self->config, self->secrets, turn_secret, error))
    return FALSE;
  config->paths = allowed_paths (self);
  config->stun_servers = (const char *const *) stun;
  config->turn_servers = (const char *const *) self->config->turn_servers;
  config->turn_secret = *turn_secret;
  config->relay = self->relay ? bg_hub_relay_get (self->relay) : NULL;
  config->mapper = self->mapper;
  config->relay_only = self->config->force_relay;
  config->ice_tcp = self->config->ice_tcp;
  config->connect = connect_when (self->config->connect);
  config->connect_always = (const char *const *) self->config->connect_always;
  config->idle_s = self->config->idle_timeout;
  return TRUE;
}

gboolean
bg_tunnel_set_ice (BgTunnel *self, GError **error)
{
  g_auto (GStrv) stun = bg_ice_servers_stun_urls (self->config);
  BgPeerSetConfig config = { 0 };
  char *turn_secret = NULL;

  if (self->relay)
    bg_hub_relay_set_config (self->relay, self->config);
  bg_tunnel_map_ports (self);
  if (!fill_ice (self, stun, &turn_secret, &config, error))
    return FALSE;
  bg_peer_set_set_ice (self->peers, &config);
  bg_secret_free (turn_secret);
  return TRUE;
}

static gboolean
make_peers (BgTunnel *self, GError **error)
{
  g_autofree char *pins = g_build_filename (self->state_dir, BG_KNOWN_PEERS_FILE, NULL);
  g_auto (GStrv) stun = bg_ice_servers_stun_urls (self->config);
  char *turn_secret = NULL;
  BgPeerSetConfig config = {
    .self_id = self->config->device_name ? self->config->device_name : "",
    .self_key = self->public_key,
    .private_key = &self->private_key,
    .addresses = self->addresses,
    .n_addresses = self->n_addresses,
    .interface = self->ifname,
    .accept_routes = self->config->accept_routes,
    .accepts = self->config->accepts,
    .offer = self->offer,
    .offer_for = bg_tunnel_offer_for,
    .offer_owner = self,
    .pins_path = pins,
    .dataplane = self->dataplane,
    .log = bg_network_log_get (self->network_log),
    .revoked = bg_network_log_get_revoked (self->network_log),
    .signaling = self->signaling,
  };

  if (g_mkdir_with_parents (self->state_dir, 0700) != 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, self->state_dir, bg_arg_errno (errno));
      return FALSE;
    }
  if (!fill_ice (self, stun, &turn_secret, &config, error))
    return FALSE;
  self->peers = bg_peer_set_new (&config, error);
  bg_secret_free (turn_secret);
  if (!self->peers)
    return FALSE;
  g_signal_connect (self->peers, "peer-added", G_CALLBACK (on_peers_peer_added), self);
  g_signal_connect (self->peers, "peer-removed", G_CALLBACK (on_peers_peer_removed), self);
  bg_tunnel_follow_members (self);
  bg_access_control_follow (self->access, self->peers);
  bg_tunnel_link_follow (self->link, self->peers);
  bg_tunnel_tell_surroundings (self);
  self->static_peers = bg_static_peers_new (self->peers, self->secrets);
  return bg_static_peers_add (self->static_peers, self->config, error);
}

static void
announce_known_peers (BgTunnel *self)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self->peers);

  /* Those remembered from earlier were there before anybody listened. */
  for (guint i = 0; i < peers->len; i++)
    if (!bg_peer_get_info (peers->pdata[i])->is_static)
      {
        follow (self, peers->pdata[i]);
        self->events->peer_added (self->owner, peers->pdata[i]);
      }
}

void
bg_tunnel_up_peers (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  if (make_peers (self, &error))
    {
      announce_known_peers (self);
      bg_tunnel_follow_exit (self);
    }
  else
    close_peers (self);
  bg_bring_up_step_done (run, error);
}

void
bg_tunnel_down_peers (gpointer owner, BgBringUp *run)
{
  close_peers (owner);
  bg_bring_up_step_undone (run);
}
