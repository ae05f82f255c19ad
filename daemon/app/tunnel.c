/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel.h"

#include "app/bring-up.h"
#include "app/instance-lock.h"
#include "app/network-watch.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "net/link-config.h"
#include "net/net-plan.h"
#include "net/tun-device.h"
#include "peer/data-commands.h"
#include "peer/main-timer.h"
#include "peer/peer-facts.h"
#include "transport/webrtc-session.h"
#include "uapi/uapi-server.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Figures for whoever looks without asking for more. */
#define STATS_EVERY_S 60

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
  GSource *data_events, *stats_timer;
  BgNetworkWatch *network;
  BgUapiServer *uapi;
  BgLinkConfig *link;
  BgHubProcess *hub;
  BgSignalingClient *signaling;
  BgPeerSet *peers;
  GHashTable *psk_digests; /* name of a static peer → digest of its preshared key */

  BgIpPrefix addresses[2];
  guint n_addresses;
  GSource *resync;
  char *complaint;
};

/* --- Step: settings --- */

gboolean
bg_tunnel_is_configured (const BgConfig *config)
{
  return (config->has_address || config->has_address6)
         && (config->static_peers->len > 0
             || ((config->server_url || config->host_hub) && config->device_name));
}

gboolean
bg_tunnel_read_key (BgSecretStore *secrets, WgKey *key, GError **error)
{
  char *text = bg_secret_store_read (secrets, "device-key", error);
  gboolean ok;

  if (!text)
    return FALSE;
  ok = bg_key_from_base64 (text, key->bytes);
  bg_secret_free (text);
  if (!ok)
    g_set_error (error, BG_ERROR, BG_ERROR_CONFIG, "secret device-key: not a WireGuard key");
  return ok;
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
  if (!bg_tunnel_read_key (self->secrets, &self->private_key, &local))
    {
      if (local)
        g_propagate_error (error, g_steal_pointer (&local));
      else
        g_set_error (error, BG_ERROR, BG_ERROR_NOT_CONFIGURED,
                     "there is no device-key among the secrets in %s", self->secrets_dir);
      return FALSE;
    }
  wg_key_clamp (&self->private_key);
  if (wg_key_public (&self->private_key, &self->public_key))
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_CONFIG, "secret device-key: not a usable key");
  return FALSE;
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
take_event (BgTunnel *self, const BgEvent *event)
{
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

static gboolean
on_data_events (int fd, GIOCondition condition, gpointer data)
{
  BgTunnel *self = data;
  BgEvent event;

  while (self->dataplane && bg_dataplane_pop_event (self->dataplane, &event))
    {
      take_event (self, &event);
      bg_dataplane_event_clear (&event);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_stats_timer (gpointer data)
{
  bg_tunnel_request_stats (data);
  return G_SOURCE_CONTINUE;
}

void
bg_tunnel_request_stats (BgTunnel *self)
{
  if (self->dataplane)
    bg_dataplane_request_stats (self->dataplane, 0); /* a full mailbox: the next time will do */
}

static void
watch_data_events (BgTunnel *self)
{
  self->data_events = g_unix_fd_source_new (bg_dataplane_event_fd (self->dataplane), G_IO_IN);
  g_source_set_callback (self->data_events, G_SOURCE_FUNC (on_data_events), self, NULL);
  g_source_attach (self->data_events, NULL);
  bg_arm_timer (&self->stats_timer, STATS_EVERY_S * 1000, on_stats_timer, self);
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
  watch_data_events (self);
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

  bg_clear_source (&self->data_events);
  bg_clear_source (&self->stats_timer);
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

static BgNetPlan *
make_plan (BgTunnel *self)
{
  BgNetPlan *plan = bg_net_plan_new ();

  bg_net_plan_set_mtu (plan, self->config->mtu);
  for (guint i = 0; i < self->n_addresses; i++)
    bg_net_plan_add_address (plan, BG_TAG_DEVICE, &self->addresses[i]);
  if (self->peers)
    bg_peer_set_add_to_plan (self->peers, plan);
  return bg_net_plan_seal (plan);
}

static gboolean
sync_link (BgTunnel *self, GError **error)
{
  g_autoptr (BgNetPlan) plan = make_plan (self);

  return bg_link_config_sync (self->link, plan, error);
}

static void
up_addresses (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  GError *error = NULL;

  self->link = bg_link_config_new (self->ifname, &error);
  if (self->link && !sync_link (self, &error))
    g_clear_pointer (&self->link, bg_link_config_free);
  bg_bring_up_step_done (run, error);
}

static void
down_addresses (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_clear_source (&self->resync);
  g_clear_pointer (&self->complaint, g_free);
  bg_link_config_clear (self->link);
  g_clear_pointer (&self->link, bg_link_config_free);
  bg_bring_up_step_undone (run);
}

static gboolean
on_resync (gpointer data)
{
  BgTunnel *self = data;
  g_autoptr (GError) error = NULL;

  bg_clear_source (&self->resync);
  g_clear_pointer (&self->complaint, g_free);
  if (!sync_link (self, &error))
    {
      bg_log (BG_TOPIC_NET, WARNING, NULL, "%s: %s", self->ifname, error->message);
      self->complaint = g_strdup_printf ("routes: %s", error->message);
    }
  self->events->signaling_changed (self->owner); /* the reason is made of both */
  return G_SOURCE_REMOVE;
}

static void
on_peers_routes_changed (BgPeerSet *peers, BgTunnel *self)
{
  if (self->link && !self->resync)
    bg_arm_timer (&self->resync, 0, on_resync, self);
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

static BgSignalPeer *
describe_self (BgTunnel *self)
{
  BgSignalPeer *me = g_new0 (BgSignalPeer, 1);
  GPtrArray *routes = g_ptr_array_new ();
  char text[BG_IP_PREFIX_TEXT], key[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (self->public_key.bytes, key);
  me->id = g_strdup (self->config->device_name);
  me->public_key = g_strdup (key);
  bg_ip_prefix_format (&self->addresses[0], text);
  me->address = g_strdup (text);
  for (guint i = 0; i < self->config->routes->len; i++)
    {
      bg_ip_prefix_format (&g_array_index (self->config->routes, BgIpPrefix, i), text);
      g_ptr_array_add (routes, g_strdup (text));
    }
  g_ptr_array_add (routes, NULL);
  me->routes = (char **) g_ptr_array_free (routes, FALSE);
  if (self->n_addresses > 1)
    {
      bg_ip_prefix_format (&self->addresses[1], text);
      me->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_hash_table_insert (me->metadata, g_strdup (BG_PEER_METADATA_ADDRESS6), g_strdup (text));
    }
  return me;
}

static void
say_self (BgTunnel *self)
{
  g_autoptr (BgSignalPeer) me = describe_self (self);

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

static gboolean
read_psk (BgTunnel *self, const char *name, WgKey *psk, GError **error)
{
  g_autofree char *secret = g_strdup_printf ("peer/%s/psk", name);
  g_autoptr (GError) local = NULL;
  char *text = bg_secret_store_read (self->secrets, secret, &local);
  gboolean ok = TRUE;

  memset (psk, 0, sizeof *psk);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (text && !bg_key_from_base64 (text, psk->bytes))
    {
      g_set_error (error, BG_ERROR, BG_ERROR_CONFIG, "secret %s: not a preshared key", secret);
      ok = FALSE;
    }
  bg_secret_free (text);
  return ok;
}

/* Tells two keys apart without keeping either. */
static char *
digest_of_psk (const WgKey *psk)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, psk->bytes, sizeof psk->bytes);
}

static gboolean
has_same_psk (BgTunnel *self, const char *name)
{
  g_autofree char *digest = NULL;
  WgKey psk;

  if (!read_psk (self, name, &psk, NULL))
    return FALSE; /* adding it says what is wrong */
  digest = digest_of_psk (&psk);
  wg_wipe (&psk, sizeof psk);
  return g_strcmp0 (digest, g_hash_table_lookup (self->psk_digests, name)) == 0;
}

static gboolean
add_static_peer (BgTunnel *self, const BgStaticPeer *peer, GError **error)
{
  g_autoptr (GArray) allowed = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  BgPeerConfig config = { .keepalive = peer->keepalive };
  gboolean ok;

  memcpy (config.key.bytes, peer->key, sizeof config.key.bytes);
  for (guint i = 0; i < peer->allowed_ips->len; i++)
    {
      BgAllowedIp ip = bg_allowed_ip (&g_array_index (peer->allowed_ips, BgIpPrefix, i));

      g_array_append_val (allowed, ip);
    }
  config.allowed_ips = (const BgAllowedIp *) (const void *) allowed->data;
  config.n_allowed_ips = allowed->len;
  ok = read_psk (self, peer->name, &config.psk, error)
       && bg_peer_set_add_static (self->peers, peer->name, &config,
                                  peer->has_endpoint ? peer->endpoint_host : NULL,
                                  peer->endpoint_port, error);
  if (ok)
    g_hash_table_insert (self->psk_digests, g_strdup (peer->name), digest_of_psk (&config.psk));
  wg_wipe (&config.psk, sizeof config.psk);
  return ok;
}

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

/* "stun:host:port" -> "stun://host:port" */
static char **
stun_urls (char *const *servers)
{
  GPtrArray *urls = g_ptr_array_new ();

  for (; servers && *servers; servers++)
    {
      const char *rest = g_str_has_prefix (*servers, "stun:") ? *servers + strlen ("stun:")
                                                              : *servers;

      g_ptr_array_add (
        urls, g_strconcat (g_str_has_prefix (rest, "//") ? "stun:" : "stun://", rest, NULL));
    }
  g_ptr_array_add (urls, NULL);
  return (char **) g_ptr_array_free (urls, FALSE);
}

/* The secret that TURN servers share with us; NULL where none is needed or known. */
static gboolean
read_turn_secret (BgTunnel *self, char **secret, GError **error)
{
  g_autoptr (GError) local = NULL;

  *secret = NULL;
  if (!self->config->turn_servers[0])
    return TRUE;
  *secret = bg_secret_store_read (self->secrets, "turn-secret", &local);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!*secret)
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL,
            "there is no secret turn-secret: the servers of ice.turn-servers are not used");
  return TRUE;
}

static void
close_peers (BgTunnel *self)
{
  if (!self->peers)
    return;
  bg_peer_set_close (self->peers);
  g_signal_handlers_disconnect_by_data (self->peers, self);
  g_clear_object (&self->peers);
}

static gboolean
make_peers (BgTunnel *self, GError **error)
{
  g_autofree char *pins = g_build_filename (self->state_dir, "known-peers", NULL);
  g_auto (GStrv) stun = stun_urls (self->config->stun_servers);
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
  if (!read_turn_secret (self, &turn_secret, error))
    return FALSE;
  config.turn_secret = turn_secret;
  self->peers = bg_peer_set_new (&config, error);
  bg_secret_free (turn_secret);
  if (!self->peers)
    return FALSE;
  g_signal_connect (self->peers, "peer-added", G_CALLBACK (on_peers_peer_added), self);
  g_signal_connect (self->peers, "peer-removed", G_CALLBACK (on_peers_peer_removed), self);
  g_signal_connect (self->peers, "routes-changed", G_CALLBACK (on_peers_routes_changed), self);
  for (guint i = 0; i < self->config->static_peers->len; i++)
    if (!add_static_peer (self, self->config->static_peers->pdata[i], error))
      return FALSE;
  return TRUE;
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
  self->psk_digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
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
  g_hash_table_unref (self->psk_digests);
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
  return self->complaint;
}

/* --- Live changes --- */

static gboolean
same_prefixes (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!bg_ip_prefix_equal (&g_array_index (a, BgIpPrefix, i), &g_array_index (b, BgIpPrefix, i)))
      return FALSE;
  return TRUE;
}

static gboolean
same_static_peer (const BgStaticPeer *a, const BgStaticPeer *b)
{
  return memcmp (a->key, b->key, sizeof a->key) == 0 && a->has_endpoint == b->has_endpoint
         && g_strcmp0 (a->endpoint_host, b->endpoint_host) == 0
         && a->endpoint_port == b->endpoint_port && a->keepalive == b->keepalive
         && same_prefixes (a->allowed_ips, b->allowed_ips);
}

static const BgStaticPeer *
find_static_peer (const BgConfig *config, const char *name)
{
  for (guint i = 0; i < config->static_peers->len; i++)
    {
      const BgStaticPeer *peer = config->static_peers->pdata[i];

      if (g_str_equal (peer->name, name))
        return peer;
    }
  return NULL;
}

/* Those that are gone or differ first: their keys and prefixes may be another's now. */
static void
apply_static_peers (BgTunnel *self, BgConfig *old)
{
  for (guint i = 0; i < old->static_peers->len; i++)
    {
      const BgStaticPeer *was = old->static_peers->pdata[i],
                         *is = find_static_peer (self->config, was->name);

      if (!is || !same_static_peer (was, is) || !has_same_psk (self, was->name))
        {
          bg_peer_set_remove_static (self->peers, was->name);
          g_hash_table_remove (self->psk_digests, was->name);
        }
    }
  for (guint i = 0; i < self->config->static_peers->len; i++)
    {
      const BgStaticPeer *is = self->config->static_peers->pdata[i],
                         *was = find_static_peer (old, is->name);
      g_autoptr (GError) error = NULL;

      if ((!was || !same_static_peer (was, is)
           || !g_hash_table_contains (self->psk_digests, is->name))
          && !add_static_peer (self, is, &error))
        bg_log (BG_TOPIC_CONFIG, WARNING, is->name, "%s", error->message);
    }
}

static gboolean
same_address (gboolean has_a, const BgIpPrefix *a, gboolean has_b, const BgIpPrefix *b)
{
  return has_a == has_b && (!has_a || bg_ip_prefix_equal (a, b));
}

static const char *
find_stubborn (BgTunnel *self, const BgConfig *a, const BgConfig *b)
{
  struct
  {
    const char *name;
    gboolean same;
  } stubborn[] = {
    { "network.server-url", g_strcmp0 (a->server_url, b->server_url) == 0 },
    { "network.server-pin", g_strcmp0 (a->server_pin, b->server_pin) == 0 },
    { "network.host-hub", a->host_hub == b->host_hub },
    { "network.hub-listen", g_strcmp0 (a->hub_listen, b->hub_listen) == 0 },
    { "device.name", g_strcmp0 (a->device_name, b->device_name) == 0 },
    { "device.interface", g_strcmp0 (a->interface, b->interface) == 0 },
    { "device.address", same_address (a->has_address, &a->address, b->has_address, &b->address) },
    { "device.address6",
      same_address (a->has_address6, &a->address6, b->has_address6, &b->address6) },
    { "device.mtu", a->mtu == b->mtu },
    { "device.listen-port", a->listen_port == b->listen_port },
    { "device.threads", a->threads == b->threads },
    { "ice.stun-servers",
      g_strv_equal ((const char *const *) a->stun_servers, (const char *const *) b->stun_servers) },
    { "ice.turn-servers",
      g_strv_equal ((const char *const *) a->turn_servers, (const char *const *) b->turn_servers) },
    { "ice.tcp", a->ice_tcp == b->ice_tcp },
    { "ice.force-relay", a->force_relay == b->force_relay },
    { "ice.paths", a->paths == b->paths },
    { "peer", b->static_peers->len == 0 || bg_dataplane_udp_port (self->dataplane) != 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (stubborn); i++)
    if (!stubborn[i].same)
      return stubborn[i].name;
  return NULL;
}

gboolean
bg_tunnel_apply (BgTunnel *self, BgConfig *config, const char **what)
{
  g_autoptr (BgConfig) old = NULL;

  *what = NULL;
  if (!self->peers || !self->dataplane)
    return TRUE;
  *what = find_stubborn (self, self->config, config);
  if (*what)
    return FALSE;
  old = g_steal_pointer (&self->config);
  self->config = bg_config_ref (config);
  bg_peer_set_set_accept_routes (self->peers, config->accept_routes);
  apply_static_peers (self, old);
  if (self->signaling && !same_prefixes (old->routes, config->routes))
    {
      say_self (self);
      bg_signaling_client_rejoin (self->signaling);
    }
  return TRUE;
}
