/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel.h"

#include "app/bring-up.h"
#include "app/config-diff.h"
#include "app/data-events.h"
#include "app/device-key.h"
#include "app/ice-servers.h"
#include "app/instance-lock.h"
#include "app/network-watch.h"
#include "app/own-description.h"
#include "app/static-peers.h"
#include "app/tunnel-link.h"
#include "common/error.h"
#include "common/log.h"
#include "net/link-config.h"
#include "net/tun-device.h"
#include "peer/data-commands.h"
#include "transport/webrtc-session.h"
#include "uapi/uapi-server.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

struct _BgTunnel
{
  char *secrets_dir, *state_dir, *runtime_dir;
  guint path_limit;
  const BgTunnelEvents *events;
  gpointer owner;
  BgBringUp *run;
  BgConfig *config;

  /* made by the steps, in this order */
  BgSecretStore *secrets;
  WgKey private_key, public_key;
  int lock_fd;
  BgTunDevice tun;
  char *ifname;
  BgDataplane *dataplane;
  BgDataEvents *data_events;
  BgNetworkWatch *network;
  BgUapiServer *uapi;
  BgTunnelLink *link;
  BgHubProcess *hub;
  BgSignalingClient *signaling;
  BgPeerSet *peers;
  BgStaticPeers *static_peers;

  BgIpPrefix addresses[2];
  guint n_addresses;
};

/* --- Step: settings --- */

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

static void
down_settings (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  wg_wipe (&self->private_key, sizeof self->private_key);
  g_clear_pointer (&self->secrets, bg_secret_store_free);
  bg_bring_up_step_undone (run);
}

static void
up_settings (gpointer owner, BgBringUp *run)
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

static void
up_lock (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  self->lock_fd = bg_instance_lock_take (self->runtime_dir, self->config->interface, &error);
  bg_bring_up_step_done (run, error);
}

static void
down_lock (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  close (self->lock_fd);
  self->lock_fd = -1;
  bg_bring_up_step_undone (run);
}

/* --- Step: leftovers of a killed daemon --- */

static void
up_leftovers (gpointer owner, BgBringUp *run)
{
  g_autoptr (GError) error = NULL;
  guint n = bg_link_config_remove_leftovers (&error);

  if (error)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "leftovers: %s", error->message);
  else if (n > 0)
    bg_log (BG_TOPIC_NET, MESSAGE, NULL, "removed %u routes that a killed daemon had left", n);
  bg_bring_up_step_done (run, NULL);
}

/* --- Step: interface --- */

static void
up_interface (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  if (bg_tun_device_open (&self->tun, self->config->interface, &error))
    self->ifname = g_strdup (self->tun.name);
  bg_bring_up_step_done (run, error);
}

static void
down_interface (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_tun_device_close (&self->tun);
  g_clear_pointer (&self->ifname, g_free);
  bg_bring_up_step_undone (run);
}

/* --- Step: data plane --- */

static GVariant *
drops_variant (const BgEvent *event)
{
  GVariantBuilder drops;

  g_variant_builder_init (&drops, G_VARIANT_TYPE ("a{st}"));
  for (int why = 0; why < BG_DROP_REASONS; why++)
    if (event->drops[why] > 0)
      g_variant_builder_add (&drops, "{st}", bg_drop_name ((BgDrop) why), event->drops[why]);
  return g_variant_builder_end (&drops);
}

static void
take_stats (BgTunnel *self, const BgEvent *event)
{
  guint64 rx = 0, tx = 0;

  for (guint i = 0; i < event->n_stats; i++)
    {
      rx += event->stats[i].rx_bytes;
      tx += event->stats[i].tx_bytes;
    }
  self->events->stats (self->owner, rx, tx, drops_variant (event));
}

static void
on_data_event (gpointer owner, const BgEvent *event)
{
  BgTunnel *self = owner;

  if (event->type == BG_EVENT_FAILED)
    {
      g_autoptr (GError) error = g_error_new (BG_ERROR, BG_ERROR_FAILED, "interface %s: %s",
                                              self->ifname, g_strerror (event->error));

      self->events->broken (self->owner, error);
      return;
    }
  if (self->uapi && bg_uapi_server_take_event (self->uapi, event))
    return;
  if (self->peers)
    bg_peer_set_take_event (self->peers, event);
  if (event->type == BG_EVENT_STATS)
    take_stats (self, event);
  else if (event->type == BG_EVENT_PATH)
    bg_tunnel_request_stats (self);
}

void
bg_tunnel_request_stats (BgTunnel *self)
{
  if (self->dataplane)
    bg_dataplane_request_stats (self->dataplane, 0); /* a full mailbox: the next time will do */
}

static void
up_dataplane (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  BgAllowedIp addresses[G_N_ELEMENTS (self->addresses)];
  BgDataplaneConfig config = {
    .addresses = addresses,
    .n_addresses = self->n_addresses,
    .tun_fd = self->tun.fd,
    .tun_mtu = self->config->mtu,
    .tun_vnet_hdr = self->tun.vnet_hdr,
    .tun_udp_super = self->tun.udp_super,
    .udp_port = (uint16_t) self->config->listen_port,
    .udp = self->config->static_peers->len > 0 || self->config->listen_port != 0,
    .threads = self->config->threads,
  };
  int code = 0;

  for (guint i = 0; i < self->n_addresses; i++)
    addresses[i] = bg_allowed_ip (&self->addresses[i]);
  self->tun.fd = -1; /* the data plane's from here */
  self->dataplane = bg_dataplane_new (&config, &self->private_key, &code);
  if (!self->dataplane)
    {
      bg_bring_up_step_done (
        run, code == EADDRINUSE ? g_error_new (BG_ERROR, BG_ERROR_EXISTS, "UDP port %u is in use",
                                               self->config->listen_port)
                                : g_error_new (BG_ERROR, BG_ERROR_FAILED, "%s", g_strerror (code)));
      return;
    }
  self->data_events = bg_data_events_new (self->dataplane, on_data_event, self);
  bg_bring_up_step_done (run, NULL);
}

static void
wait_for_sessions (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  bg_webrtc_session_wait_closed_all ();
  g_task_return_boolean (task, TRUE);
}

static void
on_sessions_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  BgTunnel *self = data;

  g_clear_pointer (&self->data_events, bg_data_events_free);
  if (!bg_dataplane_free (g_steal_pointer (&self->dataplane)))
    bg_log (BG_TOPIC_DATA, WARNING, NULL, "packets were still out when the data plane ended");
  bg_bring_up_step_undone (self->run);
}

/* Sessions end on threads of their own, and hold packets of the data plane's pool until then. */
static void
down_dataplane (gpointer owner, BgBringUp *run)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_sessions_gone, owner);

  g_task_run_in_thread (task, wait_for_sessions);
}

/* --- Step: configuration socket --- */

static void
up_uapi (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  g_autoptr (GError) error = NULL;

  self->uapi = bg_uapi_server_new (self->dataplane, self->ifname, &self->private_key, NULL, &error);
  if (!self->uapi)
    bg_log (BG_TOPIC_UAPI, WARNING, NULL, "no configuration socket, wg(8) will not see %s: %s",
            self->ifname, error->message);
  bg_bring_up_step_done (run, NULL);
}

static void
down_uapi (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  g_clear_pointer (&self->uapi, bg_uapi_server_free);
  bg_bring_up_step_undone (run);
}

/* --- Step: addresses --- */

static void
on_link_synced (gpointer owner)
{
  BgTunnel *self = owner;

  self->events->signaling_changed (self->owner); /* the reason is made of both */
}

static void
up_addresses (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  self->link = bg_tunnel_link_new (self->ifname, self->config->mtu, self->addresses,
                                   self->n_addresses, on_link_synced, self, &error);
  bg_bring_up_step_done (run, error);
}

static void
down_addresses (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  g_clear_pointer (&self->link, bg_tunnel_link_free);
  bg_bring_up_step_undone (run);
}

/* --- Step: hub of this machine --- */

static void
on_hub_started (GObject *source, GAsyncResult *result, gpointer data)
{
  BgTunnel *self = data;
  GError *error = NULL;

  if (!bg_hub_process_start_finish (self->hub, result, &error))
    g_clear_pointer (&self->hub, bg_hub_process_free);
  bg_bring_up_step_done (self->run, error);
}

static void
up_hub (gpointer owner, BgBringUp *run)
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
  self->hub = bg_hub_process_new (self->state_dir, self->config->hub_listen, public_url);
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

static void
down_hub (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  if (self->hub)
    bg_hub_process_stop_async (self->hub, on_hub_stopped, self);
  else
    bg_bring_up_step_undone (run);
}

/* --- Step: service --- */

static void
say_self (BgTunnel *self)
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
on_signaling_state_changed (BgSignalingClient *client, BgTunnel *self)
{
  self->events->signaling_changed (self->owner);
}

static void
up_service (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  if (self->config->server_url || self->hub)
    {
      self->signaling = make_client (self, &error);
      if (self->signaling)
        {
          say_self (self);
          g_signal_connect (self->signaling, "state-changed",
                            G_CALLBACK (on_signaling_state_changed), self);
        }
    }
  bg_bring_up_step_done (run, error);
}

static void
down_service (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  if (self->signaling)
    g_signal_handlers_disconnect_by_data (self->signaling, self);
  g_clear_object (&self->signaling);
  bg_bring_up_step_undone (run);
}

/* --- Step: peers --- */

static void
on_peers_peer_added (BgPeerSet *peers, BgPeer *peer, BgTunnel *self)
{
  self->events->peer_added (self->owner, peer);
}

static void
on_peers_peer_removed (BgPeerSet *peers, BgPeer *peer, BgTunnel *self)
{
  self->events->peer_removed (self->owner, peer);
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
  bg_peer_set_close (self->peers);
  bg_tunnel_link_follow (self->link, NULL);
  g_signal_handlers_disconnect_by_data (self->peers, self);
  g_clear_pointer (&self->static_peers, bg_static_peers_free);
  g_clear_object (&self->peers);
}

static gboolean
make_peers (BgTunnel *self, GError **error)
{
  g_autofree char *pins = g_build_filename (self->state_dir, "known-peers", NULL);
  g_auto (GStrv) stun = bg_ice_servers_stun_urls (self->config);
  char *turn_secret = NULL;
  BgPeerSetConfig config = {
    .self_id = self->config->device_name ? self->config->device_name : "",
    .self_key = self->public_key,
    .addresses = self->addresses,
    .n_addresses = self->n_addresses,
    .interface = self->ifname,
    .paths = allowed_paths (self),
    .accept_routes = self->config->accept_routes,
    .stun_servers = (const char *const *) stun,
    .turn_servers = (const char *const *) self->config->turn_servers,
    .relay_only = self->config->force_relay,
    .ice_tcp = self->config->ice_tcp,
    .pins_path = pins,
    .dataplane = self->dataplane,
    .signaling = self->signaling,
  };

  if (g_mkdir_with_parents (self->state_dir, 0700) != 0)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", self->state_dir, g_strerror (errno));
      return FALSE;
    }
  if (!bg_ice_servers_read_turn_secret (self->config, self->secrets, &turn_secret, error))
    return FALSE;
  config.turn_secret = turn_secret;
  self->peers = bg_peer_set_new (&config, error);
  bg_secret_free (turn_secret);
  if (!self->peers)
    return FALSE;
  g_signal_connect (self->peers, "peer-added", G_CALLBACK (on_peers_peer_added), self);
  g_signal_connect (self->peers, "peer-removed", G_CALLBACK (on_peers_peer_removed), self);
  bg_tunnel_link_follow (self->link, self->peers);
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
      self->events->peer_added (self->owner, peers->pdata[i]);
}

static void
up_peers (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  if (make_peers (self, &error))
    announce_known_peers (self);
  else
    close_peers (self);
  bg_bring_up_step_done (run, error);
}

static void
down_peers (gpointer owner, BgBringUp *run)
{
  close_peers (owner);
  bg_bring_up_step_undone (run);
}

/* --- Step: signaling --- */

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

static void
up_signaling (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  if (self->signaling)
    bg_signaling_client_start (self->signaling);
  self->network = bg_network_watch_new (self->ifname, on_network_changed, self);
  bg_bring_up_step_done (run, NULL);
}

static void
down_signaling (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  g_clear_pointer (&self->network, bg_network_watch_free);
  if (self->signaling)
    bg_signaling_client_stop (self->signaling);
  bg_bring_up_step_undone (run);
}

static const BgStep steps[] = {
  { "settings", up_settings, down_settings },
  { "lock", up_lock, down_lock },
  { "leftovers", up_leftovers, NULL },
  { "interface", up_interface, down_interface },
  { "data plane", up_dataplane, down_dataplane },
  { "configuration socket", up_uapi, down_uapi },
  { "addresses", up_addresses, down_addresses },
  { "hub", up_hub, down_hub },
  { "service", up_service, down_service },
  { "peers", up_peers, down_peers },
  { "signaling", up_signaling, down_signaling },
};

/* --- Life --- */

static void
on_run_settled (gpointer owner, gboolean is_up, const GError *error)
{
  BgTunnel *self = owner;

  self->events->settled (self->owner, is_up, error);
}

BgTunnel *
bg_tunnel_new (const BgTunnelOptions *options, const BgTunnelEvents *events, gpointer owner)
{
  BgTunnel *self = g_new0 (BgTunnel, 1);

  self->secrets_dir = g_strdup (options->secrets_dir);
  self->state_dir = g_strdup (options->state_dir);
  self->runtime_dir = g_strdup (options->runtime_dir);
  self->path_limit = options->paths;
  self->events = events;
  self->owner = owner;
  self->lock_fd = -1;
  self->tun.fd = -1;
  self->run = bg_bring_up_new (steps, G_N_ELEMENTS (steps), on_run_settled, self);
  return self;
}

void
bg_tunnel_free (BgTunnel *self)
{
  if (!self)
    return;
  bg_bring_up_free (self->run);
  g_clear_pointer (&self->config, bg_config_unref);
  g_free (self->secrets_dir);
  g_free (self->state_dir);
  g_free (self->runtime_dir);
  g_free (self);
}

void
bg_tunnel_start (BgTunnel *self, BgConfig *config)
{
  g_clear_pointer (&self->config, bg_config_unref);
  self->config = bg_config_ref (config);
  bg_bring_up_start (self->run);
}

void
bg_tunnel_stop (BgTunnel *self)
{
  bg_bring_up_stop (self->run);
}

gboolean
bg_tunnel_is_down (BgTunnel *self)
{
  return bg_bring_up_is_down (self->run);
}

BgSignalingClient *
bg_tunnel_get_signaling (BgTunnel *self)
{
  return self->signaling;
}

GPtrArray *
bg_tunnel_get_peers (BgTunnel *self)
{
  return self->peers ? bg_peer_set_get_peers (self->peers)
                     : g_ptr_array_new_with_free_func (g_object_unref);
}

const BgHubInfo *
bg_tunnel_get_hub (BgTunnel *self)
{
  return self->hub ? bg_hub_process_get_info (self->hub) : NULL;
}

const char *
bg_tunnel_get_complaint (BgTunnel *self)
{
  return self->link ? bg_tunnel_link_get_complaint (self->link) : NULL;
}

/* --- Live changes --- */

/* The data plane opens its UDP port when it starts, or never. */
static const char *
find_stubborn (BgTunnel *self, const BgConfig *config)
{
  const char *what = bg_config_diff_restart (self->config, config);

  if (!what && config->static_peers->len > 0 && bg_dataplane_udp_port (self->dataplane) == 0)
    what = "peer";
  return what;
}

gboolean
bg_tunnel_apply (BgTunnel *self, BgConfig *config, const char **what)
{
  g_autoptr (BgConfig) old = NULL;

  *what = NULL;
  if (!self->peers || !self->dataplane)
    return TRUE;
  *what = find_stubborn (self, config);
  if (*what)
    return FALSE;
  old = g_steal_pointer (&self->config);
  self->config = bg_config_ref (config);
  bg_peer_set_set_accept_routes (self->peers, config->accept_routes);
  bg_static_peers_apply (self->static_peers, old, config);
  if (self->signaling && bg_config_diff_routes (old, config))
    {
      say_self (self);
      bg_signaling_client_rejoin (self->signaling);
    }
  return TRUE;
}
