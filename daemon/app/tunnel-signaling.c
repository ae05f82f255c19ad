/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "app/own-description.h"
#include "common/error.h"

void
bg_tunnel_say_self (BgTunnel *self)
{
  g_autoptr (BgSignalPeer) me = bg_own_description_new (self->config, &self->public_key,
                                                        self->addresses, self->n_addresses);

  bg_signaling_client_set_self (self->signaling, me);
}

static BgSignalingClient *
make_client (BgTunnel *self, GError **error)
{
  const BgHubInfo *hub = self->hub ? bg_hub_process_get_info (self->hub) : NULL;
  g_autoptr (GError) local = NULL;
  BgSignalingClient *client;
  char *token;

  if (hub)
    return bg_signaling_client_new (hub->url, hub->token, hub->pin, error);
  token = bg_secret_store_read (self->secrets, "token", &local);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  client = bg_signaling_client_new (self->config->server_url, token, self->config->server_pin,
                                    error);
  bg_secret_free (token);
  return client;
}

static void
judge_signaling (BgTunnel *self)
{
  const char *reason = bg_signaling_client_get_reason (self->signaling);

  if (bg_signaling_client_get_state (self->signaling) == BG_SIGNALING_ONLINE)
    reason = NULL;
  else if (!reason || !*reason)
    reason = "connecting to the hub";
  bg_health_set (self->health, BG_CONCERN_SIGNALING, reason);
}

static void
on_signaling_state_changed (BgSignalingClient *client, BgTunnel *self)
{
  judge_signaling (self);
  self->events->signaling_changed (self->owner);
}

void
bg_tunnel_up_service (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  if (self->config->server_url || self->hub)
    {
      self->signaling = make_client (self, &error);
      if (self->signaling)
        {
          bg_tunnel_say_self (self);
          g_signal_connect (self->signaling, "state-changed",
                            G_CALLBACK (on_signaling_state_changed), self);
        }
    }
  bg_bring_up_step_done (run, error);
}

void
bg_tunnel_down_service (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  if (self->signaling)
    g_signal_handlers_disconnect_by_data (self->signaling, self);
  g_clear_object (&self->signaling);
  bg_health_set (self->health, BG_CONCERN_SIGNALING, NULL);
  bg_bring_up_step_undone (run);
}

/* Nobody tells a socket that its address is gone. */
static void
on_network_changed (gpointer data, gboolean moved)
{
  BgTunnel *self = data;

  if (self->signaling)
    bg_signaling_client_retry_now (self->signaling);
  if (moved)
    bg_peer_set_doubt (self->peers);
}

void
bg_tunnel_up_signaling (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  if (self->signaling)
    {
      bg_signaling_client_start (self->signaling);
      judge_signaling (self);
    }
  self->network = bg_network_watch_new (self->ifname, on_network_changed, self);
  bg_bring_up_step_done (run, NULL);
}

void
bg_tunnel_down_signaling (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  g_clear_pointer (&self->network, bg_network_watch_free);
  if (self->signaling)
    bg_signaling_client_stop (self->signaling);
  bg_bring_up_step_undone (run);
}
