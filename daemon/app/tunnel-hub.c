/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

static void
on_hub_started (GObject *source, GAsyncResult *result, gpointer data)
{
  BgTunnel *self = data;
  GError *error = NULL;

  if (!bg_hub_process_start_finish (self->hub, result, &error))
    g_clear_pointer (&self->hub, bg_hub_process_free);
  bg_bring_up_step_done (self->run, error);
}

void
bg_tunnel_up_hub (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  g_autofree char *public_url = NULL;

  if (!self->config->host_hub)
    {
      bg_bring_up_step_done (run, NULL);
      return;
    }
  if (self->config->server_url)
    public_url = bg_server_url_http_base (self->config->server_url);
  self->hub = bg_hub_process_new (&(BgHubProcessOptions){
    .state_dir = self->state_dir, .listen = self->config->hub_listen, .public_url = public_url });
  bg_hub_process_start_async (self->hub, bg_bring_up_get_cancellable (run), on_hub_started, self);
}

static void
on_hub_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  BgTunnel *self = data;

  bg_hub_process_stop_finish (self->hub, result);
  g_clear_pointer (&self->hub, bg_hub_process_free);
  bg_bring_up_step_undone (self->run);
}

void
bg_tunnel_down_hub (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  if (self->hub)
    bg_hub_process_stop_async (self->hub, on_hub_stopped, self);
  else
    bg_bring_up_step_undone (run);
}
