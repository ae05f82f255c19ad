/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "app/device-key.h"
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

static gboolean
check_settings (BgTunnel *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!bg_tunnel_is_configured (self->config))
    {
      g_set_error (
        error, BG_ERROR, BG_ERROR_NOT_CONFIGURED,
        "this machine is in no network yet: run “bamgatectl setup” or “bamgatectl join”");
      return FALSE;
    }
  self->secrets = bg_secret_store_new_files (self->secrets_dir, error);
  if (!self->secrets)
    return FALSE;
  if (!bg_device_key_read (self->secrets, &self->private_key, &self->public_key, &local))
    {
      if (local)
        g_propagate_error (error, g_steal_pointer (&local));
      else
        g_set_error (error, BG_ERROR, BG_ERROR_NOT_CONFIGURED,
                     "there is no device-key among the secrets in %s", self->secrets_dir);
      return FALSE;
    }
  return TRUE;
}

void
bg_tunnel_down_settings (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  wg_wipe (&self->private_key, sizeof self->private_key);
  g_clear_pointer (&self->secrets, bg_secret_store_free);
  bg_bring_up_step_undone (run);
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
  if (!check_settings (self, &error))
    g_clear_pointer (&self->secrets, bg_secret_store_free);
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
bg_tunnel_up_leftovers (gpointer owner, BgBringUp *run)
{
  g_autoptr (GError) error = NULL;
  guint n = bg_link_config_remove_leftovers (&error);

  if (error)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "leftovers: %s", error->message);
  else if (n > 0)
    bg_log (BG_TOPIC_NET, MESSAGE, NULL, "removed %u routes that a killed daemon had left", n);
  bg_bring_up_step_done (run, NULL);
}
