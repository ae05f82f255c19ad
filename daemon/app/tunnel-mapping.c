/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

void
bg_tunnel_map_ports (BgTunnel *self)
{
  gboolean may_ask = self->config->port_mapping && self->networks;

  if (self->mapper)
    bg_port_mapper_set_networks (self->mapper,
                                 may_ask ? bg_networks_watch_get (self->networks) : NULL);
}

void
bg_tunnel_up_mapping (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->mapper = bg_port_mapper_new ();
  bg_tunnel_map_ports (self);
  bg_bring_up_step_done (run, NULL);
}

static void
on_given_back (gpointer data)
{
  BgTunnel *self = data;

  g_clear_pointer (&self->mapper, bg_port_mapper_free);
  bg_bring_up_step_undone (self->run);
}

void
bg_tunnel_down_mapping (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_port_mapper_give_back (self->mapper, on_given_back, self);
}
