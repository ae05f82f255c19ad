/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is around the tunnel: this machine's other networks, and the hosts that it talks to beside the tunnel. */
#include "app/tunnel-private.h"

#include "common/log.h"

/* In a namespace of its own nothing is beside the tunnel that could be covered. */
BgLocalNetworks *
bg_tunnel_get_surroundings (BgTunnel *self)
{
  return self->networks && !self->in_namespace ? bg_networks_watch_get (self->networks) : NULL;
}

static GArray *
list_outside (BgTunnel *self)
{
  return self->in_namespace ? g_array_new (FALSE, TRUE, sizeof (BgOutsideHost))
                            : bg_outside_hosts_list (self->outside);
}

static void
tell (BgTunnel *self)
{
  BgLocalNetworks *networks = bg_tunnel_get_surroundings (self);
  g_autoptr (GArray) outside = list_outside (self);

  if (self->link)
    bg_tunnel_link_set_surroundings (self->link, networks, outside);
  if (self->peers)
    bg_peer_set_set_surroundings (self->peers, networks, outside);
}

static void
on_networks_changed (gpointer data, gboolean changed)
{
  BgTunnel *self = data;

  if (self->peers)
    bg_peer_set_note_networks (self->peers, bg_networks_watch_get (self->networks));
  bg_tunnel_map_ports (self);
  if (!changed)
    return;
  bg_tunnel_tell_offer (self);
  bg_tunnel_serve_networks (self);
  bg_outside_hosts_refresh (self->outside); /* another network may know other addresses */
  if (self->network)
    bg_network_watch_update (self->network, bg_networks_watch_get (self->networks));
  tell (self);
}

static void
on_outside_hosts_changed (gpointer data)
{
  tell (data);
}

/* Servers matter where somebody's routes could get in their way. */
static void
add_servers (BgTunnel *self)
{
  const BgConfig *config = self->config;
  gboolean takes_routes = config->accept_routes || config->accepts->len > 0;

  if (config->server_url && !bg_config_meets_own_hub (config))
    bg_outside_hosts_add (self->outside, BG_OUTSIDE_HUB, config->server_url);
  for (char *const *server = config->stun_servers; takes_routes && *server; server++)
    bg_outside_hosts_add (self->outside, BG_OUTSIDE_STUN, *server);
  for (char *const *server = config->turn_servers; takes_routes && *server; server++)
    bg_outside_hosts_add (self->outside, BG_OUTSIDE_TURN, *server);
}

void
bg_tunnel_tell_surroundings (BgTunnel *self)
{
  tell (self);
}

void
bg_tunnel_find_servers (BgTunnel *self)
{
  if (!self->outside)
    self->outside = bg_outside_hosts_new (on_outside_hosts_changed, self);
  bg_outside_hosts_begin (self->outside);
  add_servers (self);
  bg_outside_hosts_end (self->outside);
  if (self->signaling && !bg_tunnel_get_hub (self))
    bg_outside_hosts_set_hub (self->outside, bg_signaling_client_get_hub_address (self->signaling));
}

void
bg_tunnel_up_networks (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  g_autoptr (GError) error = NULL;

  bg_tunnel_find_servers (self);
  self->networks = bg_networks_watch_new (self->ifname, on_networks_changed, self, &error);
  if (error)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
  bg_bring_up_step_done (run, NULL);
}

void
bg_tunnel_down_networks (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  g_clear_pointer (&self->networks, bg_networks_watch_free);
  g_clear_pointer (&self->outside, bg_outside_hosts_free);
  bg_bring_up_step_undone (run);
}
