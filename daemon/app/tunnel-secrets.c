/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "app/device-key.h"
#include "common/error.h"

/* What has to be asked of people is known here. */
static gboolean
read_secrets (BgTunnel *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  self->secrets = bg_secret_keeper_open (self->keeper, error);
  if (!self->secrets)
    return FALSE;
  if (bg_device_key_read (self->secrets, &self->private_key, &self->public_key, &local))
    return TRUE;
  g_clear_pointer (&self->secrets, bg_secret_store_free);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    bg_error_set (error, BG_ERROR_NOT_CONFIGURED, NO_DEVICE_KEY, self->secrets_dir);
  return FALSE;
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer owner)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  if (!bg_secret_keeper_fetch_finish (self->keeper, result, &error) || !read_secrets (self, &error))
    bg_secret_keeper_forget (self->keeper);
  bg_bring_up_step_done (self->run, error);
}

void
bg_tunnel_up_secrets (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_secret_keeper_fetch_async (self->keeper, NULL, bg_bring_up_get_cancellable (run), on_fetched,
                                self);
}

void
bg_tunnel_down_secrets (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  wg_wipe (&self->private_key, sizeof self->private_key);
  g_clear_pointer (&self->secrets, bg_secret_store_free);
  bg_secret_keeper_forget (self->keeper);
  bg_bring_up_step_undone (run);
}
