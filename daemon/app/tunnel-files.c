/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#define MIB ((guint64) 1024 * 1024)

void
bg_tunnel_follow_files (BgTunnel *self)
{
  gboolean receives = bg_config_receives_files (self->config) && self->signaling;
  BgIpPrefix hosts[G_N_ELEMENTS (self->addresses)];

  if (!self->has_files)
    return;
  for (guint i = 0; i < self->n_addresses; i++)
    hosts[i] = bg_ip_prefix_host (&self->addresses[i]);
  bg_files_open (self->files, self->ifname, hosts, receives ? self->n_addresses : 0,
                 self->config->files_quota * MIB);
}

void
bg_tunnel_up_files (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->has_files = TRUE;
  bg_tunnel_follow_files (self);
  bg_bring_up_step_done (run, NULL);
}

void
bg_tunnel_down_files (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->has_files = FALSE;
  bg_files_close (self->files);
  bg_bring_up_step_undone (run);
}
