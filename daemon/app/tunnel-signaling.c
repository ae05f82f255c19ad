/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "app/own-description.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"

void
bg_tunnel_say_self (BgTunnel *self)
{
  g_autoptr (BgPeerOffer) offer = NULL;
  g_autoptr (BgSignalPeer) me = NULL;

  bg_tunnel_renew_offer (self);
  offer = bg_own_offer_for (self->offer, self->config, NULL);
  me = bg_own_description_new (self->started->device_name, offer, &self->public_key,
                               self->addresses, self->n_addresses);
  bg_signaling_client_set_self (self->signaling, me);
}

/* Only the settings' own URL: the hub of this machine is reached on this machine. */
static void
judge_url (BgTunnel *self)
{
  const char *url = bg_config_meets_own_hub (self->config) ? NULL : self->config->server_url;
  g_autofree char *base = url && bg_server_url_is_readable (url) ? bg_server_url_http_base (url)
                                                                 : NULL;
  g_autoptr (BgWords) text = base ? bg_words (NOT_ENCRYPTED, base) : NULL;

  bg_health_set (self->health, BG_CONCERN_READABLE, bg_words_ref (text));
  if (text)
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "%s", text->text);
}

/* A line that is there stays, whatever becomes of what opened it: the hub ends it where it wants to. */
static void
start_or_stop (BgTunnel *self)
{
  BgSignalingState state = bg_signaling_client_get_state (self->signaling);

  if (bg_hub_access_may_dial (self->hub_access))
    bg_signaling_client_start (self->signaling);
  else if (state != BG_SIGNALING_ONLINE && state != BG_SIGNALING_OFFLINE)
    bg_signaling_client_stop (self->signaling);
}

static gboolean
take_access (BgTunnel *self, GError **error)
{
  const char *bearer = bg_hub_access_get_bearer (self->hub_access);
  BgServiceHub hub;

  bg_hub_access_get_hub (self->hub_access, &hub);
  if (!bg_signaling_client_set_token (self->signaling, bearer)
      || !bg_signaling_client_set_server (self->signaling, hub.url, bearer, hub.pin, error))
    {
      bg_error_set (error && *error ? NULL : error, BG_ERROR_INVALID_ARGUMENT, TOKEN_BAD);
      return FALSE;
    }
  bg_hub_relay_set_hub (self->relay, hub.url, bearer, hub.pin);
  return TRUE;
}

static gboolean
aim_at (BgTunnel *self, const char *url, const char *token, const char *pin, GError **error)
{
  char key[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (self->public_key.bytes, key);
  bg_hub_access_open_as (self->hub_access, &(BgServiceHub){ url, pin, token }, self->started, key);
  return take_access (self, error);
}

static gboolean
aim_at_settings (BgTunnel *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  char *token = bg_secret_store_read (self->secrets, "token", &local);
  gboolean ok;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  ok = aim_at (self, self->config->server_url, token, self->config->server_pin, error);
  bg_secret_free (token);
  return ok;
}

/* The hub of this machine comes first: `known` is FALSE while it is to run and does not. */
static gboolean
find_hub (BgTunnel *self, gboolean *known, GError **error)
{
  const BgHubInfo *hub = bg_tunnel_get_hub (self);

  *known = hub || !bg_config_meets_own_hub (self->config);
  if (hub)
    return aim_at (self, hub->url, hub->token, hub->pin, error);
  return !*known || aim_at_settings (self, error);
}

/* While there is no hub, that is the concern, and not the line. */
static void
judge_signaling (BgTunnel *self)
{
  BgSignalingState state = bg_signaling_client_get_state (self->signaling);
  BgWords *barred = bg_hub_access_get_reason (self->hub_access);
  BgWords *reason = bg_words_ref (bg_signaling_client_get_reason (self->signaling));

  if (barred && state != BG_SIGNALING_ONLINE)
    bg_words_take (&reason, bg_words_ref (barred));
  else if (state == BG_SIGNALING_ONLINE || state == BG_SIGNALING_OFFLINE)
    g_clear_pointer (&reason, bg_words_unref);
  else if (!reason)
    reason = bg_words (CONNECTING_TO_HUB);
  bg_health_set (self->health, BG_CONCERN_SIGNALING, reason);
}

/* Beside the line, so that the first peers meet at the relay already; once more where that was too early. */
static void
ask_for_relay (BgTunnel *self)
{
  BgSignalingState state = bg_signaling_client_get_state (self->signaling);

  if (state == BG_SIGNALING_CONNECTING || state == BG_SIGNALING_ONLINE)
    bg_hub_relay_ask (self->relay);
}

/* What the line's end says of this device. */
static void
hear_of_device (BgTunnel *self)
{
  const char *token;
  guint refusal = bg_signaling_client_get_refusal (self->signaling, &token);
  BgSignalingState state = bg_signaling_client_get_state (self->signaling);

  if (state == BG_SIGNALING_WAITING && refusal == BG_SIGNALING_CLOSED_BY_RULE)
    bg_hub_access_ask_identity (self->hub_access);
  else if (state == BG_SIGNALING_WAITING && refusal != 0)
    bg_hub_access_bounce (self->hub_access, token);
}

/* One that came with the token of all goes in under its own right from the first time on: it would be cut, and come again. */
static void
on_devices (BgSignalingClient *client, BgTunnel *self)
{
  if (bg_hub_access_hear_devices (self->hub_access))
    bg_signaling_client_hold_join (client);
}

static void
on_signaling_state_changed (BgSignalingClient *client, BgTunnel *self)
{
  judge_signaling (self);
  hear_of_device (self);
  ask_for_relay (self);
  if (!bg_tunnel_get_hub (self))
    bg_outside_hosts_set_hub (self->outside, bg_signaling_client_get_hub_address (client));
  self->events->signaling_changed (self->owner);
}

void
bg_tunnel_aim (BgTunnel *self)
{
  g_autoptr (GError) error = NULL;
  gboolean known;

  if (!self->signaling_started)
    return;
  judge_url (self);
  if (!find_hub (self, &known, &error))
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "the line to the hub stays as it was: %s",
            error->message);
  else if (known)
    start_or_stop (self);
  else
    {
      bg_hub_access_close (self->hub_access);
      if (bg_signaling_client_get_state (self->signaling) != BG_SIGNALING_OFFLINE)
        bg_signaling_client_stop (self->signaling);
    }
}

void
bg_tunnel_follow_hub_access (BgTunnel *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->signaling || !bg_hub_access_is_open (self->hub_access))
    return;
  if (!take_access (self, &error))
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "the line to the hub stays as it was: %s",
            error->message);
  else if (self->signaling_started)
    start_or_stop (self);
  judge_signaling (self);
}

static void
on_relay_awaited (gpointer owner, gboolean awaited)
{
  BgTunnel *self = owner;

  if (self->peers)
    bg_peer_set_hold (self->peers, awaited);
}

static void
make_relay (BgTunnel *self)
{
  char key[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (self->public_key.bytes, key);
  self->relay = bg_hub_relay_new (self->health, self->secrets, key, on_relay_awaited, self);
  bg_hub_relay_set_config (self->relay, self->config);
}

static void
drop_line (BgTunnel *self)
{
  if (self->signaling)
    g_signal_handlers_disconnect_by_data (self->signaling, self);
  g_clear_object (&self->signaling);
  g_clear_pointer (&self->relay, bg_hub_relay_free);
  bg_hub_access_close (self->hub_access);
}

void
bg_tunnel_up_line (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;
  gboolean known;

  if (self->config->server_url || self->config->host_hub)
    {
      self->signaling = bg_signaling_client_new (NULL, NULL, NULL, NULL);
      make_relay (self);
      bg_tunnel_say_self (self);
      g_signal_connect (self->signaling, "state-changed", G_CALLBACK (on_signaling_state_changed),
                        self);
      g_signal_connect (self->signaling, "devices", G_CALLBACK (on_devices), self);
      if (!find_hub (self, &known, &error))
        drop_line (self);
    }
  bg_bring_up_step_done (run, error);
}

void
bg_tunnel_down_line (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  drop_line (self);
  bg_health_set (self->health, BG_CONCERN_SIGNALING, NULL);
  bg_bring_up_step_undone (run);
}

/* Nobody tells a socket that its address is gone. */
static void
on_network_changed (gpointer data, gboolean moved)
{
  BgTunnel *self = data;

  bg_local_hub_retry_now (self->hub);
  bg_hub_access_hurry (self->hub_access);
  if (self->signaling)
    bg_signaling_client_retry_now (self->signaling);
  if (moved)
    bg_peer_set_doubt (self->peers);
}

static void
on_network_steady (gpointer data)
{
  bg_peer_set_seek_better (((BgTunnel *) data)->peers);
}

static const BgNetworkEvents network_events = { on_network_changed, on_network_steady };

void
bg_tunnel_up_signaling (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->signaling_started = self->signaling != NULL;
  bg_tunnel_aim (self);
  if (self->networks)
    self->network = bg_network_watch_new (bg_networks_watch_get (self->networks), &network_events,
                                          self);
  bg_tunnel_watch_sleep (self);
  bg_bring_up_step_done (run, NULL);
}

void
bg_tunnel_down_signaling (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_tunnel_unwatch_sleep (self);
  g_clear_pointer (&self->network, bg_network_watch_free);
  self->signaling_started = FALSE;
  bg_health_set (self->health, BG_CONCERN_READABLE, NULL);
  if (self->signaling)
    bg_signaling_client_stop (self->signaling);
  bg_bring_up_step_undone (run);
}
