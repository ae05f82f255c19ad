/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "app/instance-lock.h"
#include "common/error.h"
#include "common/log.h"
#include "net/link-config.h"

#include <unistd.h>

gboolean
bg_tunnel_is_configured (const BgConfig *config)
{
  return (config->has_address || config->has_address6)
         && (config->static_peers->len > 0
             || ((config->server_url || config->host_hub) && config->device_name));
}

void
bg_tunnel_up_settings (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  self->n_addresses = 0;
  if (self->config->has_address)
    self->addresses[self->n_addresses++] = self->config->address;
  if (self->config->has_address6)
    self->addresses[self->n_addresses++] = self->config->address6;
  if (!bg_tunnel_is_configured (self->config))
    error = bg_error (BG_ERROR_NOT_CONFIGURED, NO_NETWORK);
  else
    bg_network_log_check (self->network_log, &error);
  bg_bring_up_step_done (run, error);
}

/* --- Step: lock --- */

void
bg_tunnel_up_lock (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  self->lock_fd = bg_instance_lock_take (self->runtime_dir, self->config->interface, &error);
  bg_bring_up_step_done (run, error);
}

void
bg_tunnel_down_lock (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  close (self->lock_fd);
  self->lock_fd = -1;
  bg_bring_up_step_undone (run);
}

/* --- Step: leftovers of a killed daemon --- */

void
bg_tunnel_remove_leftovers (BgTunnel *self, gboolean keep_exit)
{
  g_autoptr (GError) error = NULL;
  guint n;

  if (self->in_namespace) /* which is gone with its daemon */
    return;
  n = bg_link_config_remove_leftovers (keep_exit, &error);
  if (error)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "leftovers: %s", error->message);
  else if (n > 0)
    bg_log (BG_TOPIC_NET, MESSAGE, NULL, "removed %u routes that a killed daemon had left", n);
  bg_tunnel_remove_gateway_leftovers (self);
}

void
bg_tunnel_up_leftovers (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_tunnel_remove_leftovers (self, self->config->exit_node != NULL);
  bg_bring_up_step_done (run, NULL);
}
