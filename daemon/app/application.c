/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application.h"

#include "app/config.h"
#include "app/device-key.h"
#include "app/enrolment.h"
#include "app/tunnel.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "peer/main-timer.h"

#include <glib/gstdio.h>
#include <string.h>

struct _BgApplication
{
  GObject parent;
  char *config_path, *secrets_dir, *state_dir, *runtime_dir;
  BgConfig *config;
  BgTunnel *tunnel;

  BgState state;
  char *reason;
  GError *broken;                       /* why the tunnel is being taken down by itself */
  gboolean up_again;                    /* once it is down */
  gboolean forget_pins;                 /* and before that */
  GPtrArray *up_waiters, *down_waiters; /* GTask */
  gboolean enrolling;

  gint64 up_since_us;
  guint64 rx_bytes, tx_bytes;
  GVariant *drops;        /* a{st} */
  GHashTable *statistics; /* client -> interval in ms */
  GSource *statistics_timer;
  guint statistics_ms;

  char *public_key;
  BgApplicationInfo info;
  char **info_addresses, **info_routes;
  char *info_server_url;
};

G_DEFINE_FINAL_TYPE (BgApplication, bg_application, G_TYPE_OBJECT)

enum
{
  STATE_CHANGED,
  CHANGED,
  PEER_ADDED,
  PEER_REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *const state_names[] = {
  [BG_STATE_OFF] = "off",           [BG_STATE_STARTING] = "starting", [BG_STATE_ONLINE] = "online",
  [BG_STATE_DEGRADED] = "degraded", [BG_STATE_STOPPING] = "stopping", [BG_STATE_FAILED] = "failed",
};

#define TO(state) (1u << BG_STATE_##state)

static const guint may_become[] = {
  [BG_STATE_OFF] = TO (STARTING),
  [BG_STATE_STARTING] = TO (ONLINE) | TO (DEGRADED) | TO (STOPPING) | TO (FAILED),
  [BG_STATE_ONLINE] = TO (DEGRADED) | TO (STOPPING),
  [BG_STATE_DEGRADED] = TO (ONLINE) | TO (STOPPING),
  [BG_STATE_STOPPING] = TO (OFF) | TO (FAILED) | TO (STARTING),
  [BG_STATE_FAILED] = TO (OFF) | TO (STARTING),
};

const char *
bg_state_name (BgState state)
{
  return state_names[state];
}

static void
bg_application_finalize (GObject *object)
{
  BgApplication *self = BG_APPLICATION (object);

  bg_clear_source (&self->statistics_timer);
  g_clear_pointer (&self->tunnel, bg_tunnel_free);
  g_clear_pointer (&self->config, bg_config_unref);
  g_clear_pointer (&self->drops, g_variant_unref);
  g_ptr_array_unref (self->up_waiters);
  g_ptr_array_unref (self->down_waiters);
  g_hash_table_unref (self->statistics);
  g_clear_error (&self->broken);
  g_strfreev (self->info_addresses);
  g_strfreev (self->info_routes);
  g_free (self->info_server_url);
  g_free (self->public_key);
  g_free (self->reason);
  g_free (self->config_path);
  g_free (self->secrets_dir);
  g_free (self->state_dir);
  g_free (self->runtime_dir);
  G_OBJECT_CLASS (bg_application_parent_class)->finalize (object);
}

static void
bg_application_class_init (BgApplicationClass *klass)
{
  GType type = BG_TYPE_APPLICATION;

  G_OBJECT_CLASS (klass)->finalize = bg_application_finalize;
  signals[STATE_CHANGED] = g_signal_new ("state-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING,
                                         G_TYPE_STRING);
  signals[CHANGED] = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  signals[PEER_ADDED] = g_signal_new ("peer-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, BG_TYPE_PEER);
  signals[PEER_REMOVED] = g_signal_new ("peer-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, BG_TYPE_PEER);
}

static void
bg_application_init (BgApplication *self)
{
  self->reason = g_strdup ("");
  self->public_key = g_strdup ("");
  self->up_waiters = g_ptr_array_new_with_free_func (g_object_unref);
  self->down_waiters = g_ptr_array_new_with_free_func (g_object_unref);
  self->statistics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* --- What is so --- */

static char **
texts_of_prefixes (const BgIpPrefix *prefixes, guint n)
{
  char **texts = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      texts[i] = g_malloc (BG_IP_PREFIX_TEXT);
      bg_ip_prefix_format (&prefixes[i], texts[i]);
    }
  return texts;
}

static void
fill_lists (BgApplication *self)
{
  const BgConfig *config = self->config;
  BgIpPrefix addresses[2];
  guint n = 0;

  if (config->has_address)
    addresses[n++] = config->address;
  if (config->has_address6)
    addresses[n++] = config->address6;
  g_strfreev (self->info_addresses);
  g_strfreev (self->info_routes);
  g_free (self->info_server_url);
  self->info_addresses = texts_of_prefixes (addresses, n);
  self->info_routes = texts_of_prefixes ((const BgIpPrefix *) (const void *) config->routes->data,
                                         config->routes->len);
  self->info_server_url = g_strdup (config->server_url ? config->server_url : "");
}

static gboolean
is_up (BgApplication *self)
{
  return self->state == BG_STATE_ONLINE || self->state == BG_STATE_DEGRADED;
}

static void
refresh_info (BgApplication *self)
{
  BgSignalingClient *signaling = bg_tunnel_get_signaling (self->tunnel);
  const BgConfig *config = self->config;

  fill_lists (self);
  self->info = (BgApplicationInfo){
    .state = self->state,
    .reason = self->reason,
    .name = config->device_name ? config->device_name : "",
    .addresses = (const char *const *) self->info_addresses,
    .public_key = self->public_key,
    .interface = is_up (self) ? config->interface : "",
    .server_url = self->info_server_url,
    .signaling_state = bg_signaling_state_name (
      signaling ? bg_signaling_client_get_state (signaling) : BG_SIGNALING_OFFLINE),
    .routes = (const char *const *) self->info_routes,
    .accept_routes = config->accept_routes,
    .up_since_us = self->up_since_us,
    .rx_bytes = self->rx_bytes,
    .tx_bytes = self->tx_bytes,
    .drops = self->drops,
    .statistics_interval_ms = self->statistics_ms,
  };
}

static void
announce (BgApplication *self)
{
  refresh_info (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

const BgApplicationInfo *
bg_application_get_info (BgApplication *self)
{
  return &self->info;
}

GPtrArray *
bg_application_get_peers (BgApplication *self)
{
  return bg_tunnel_get_peers (self->tunnel);
}

static void
set_state (BgApplication *self, BgState state, const char *reason)
{
  BgState old = self->state;
  g_autofree char *kept = g_strdup (reason ? reason : "");

  if (state != old && !(may_become[old] & 1u << state))
    {
      bg_log (BG_TOPIC_APP, CRITICAL, NULL, "refused move %s -> %s", state_names[old],
              state_names[state]);
      return;
    }
  if (state == old && g_str_equal (kept, self->reason))
    return;
  g_free (self->reason);
  self->reason = g_steal_pointer (&kept);
  self->state = state;
  if (!is_up (self))
    self->up_since_us = 0;
  else if (self->up_since_us == 0)
    self->up_since_us = g_get_real_time ();
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "%s -> %s%s%s", state_names[old], state_names[state],
          *self->reason ? ": " : "", self->reason);
  announce (self);
  g_signal_emit (self, signals[STATE_CHANGED], 0, state_names[old], state_names[state],
                 self->reason);
}

/* --- Up and down --- */

static void
answer_all (GPtrArray **waiters, const GError *error)
{
  g_autoptr (GPtrArray) tasks = *waiters;

  *waiters = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    if (error)
      g_task_return_error (tasks->pdata[i], g_error_copy (error));
    else
      g_task_return_boolean (tasks->pdata[i], TRUE);
}

static void
follow_signaling (BgApplication *self)
{
  BgSignalingClient *signaling = bg_tunnel_get_signaling (self->tunnel);
  const char *reason = signaling ? bg_signaling_client_get_reason (signaling) : NULL;

  if (!signaling || bg_signaling_client_get_state (signaling) == BG_SIGNALING_ONLINE)
    set_state (self, BG_STATE_ONLINE, bg_tunnel_get_complaint (self->tunnel));
  else
    set_state (self, BG_STATE_DEGRADED,
               reason && *reason ? reason : "connecting to the signalling service");
}

static void
start (BgApplication *self)
{
  set_state (self, BG_STATE_STARTING, NULL);
  bg_tunnel_start (self->tunnel, self->config);
}

static void
unlink_pins (BgApplication *self)
{
  g_autofree char *pins = g_build_filename (self->state_dir, "known-peers", NULL);

  g_unlink (pins);
}

static void
settle_down (BgApplication *self, const GError *error)
{
  g_autoptr (GError) broken = g_steal_pointer (&self->broken);
  g_autoptr (GError)
    stopped = g_error_new (BG_ERROR, BG_ERROR_WRONG_STATE, "the tunnel was taken down");
  const GError *why = error ? error : broken;

  self->rx_bytes = self->tx_bytes = 0;
  g_clear_pointer (&self->drops, g_variant_unref);
  if (self->forget_pins)
    unlink_pins (self);
  self->forget_pins = FALSE;
  if (self->up_again && !error)
    {
      self->up_again = FALSE;
      answer_all (&self->down_waiters, NULL);
      start (self);
      return;
    }
  self->up_again = FALSE;
  if (why)
    set_state (self, BG_STATE_FAILED, why->message);
  else
    set_state (self, BG_STATE_OFF, NULL);
  answer_all (&self->up_waiters, why ? why : stopped);
  answer_all (&self->down_waiters, NULL);
}

static void
on_tunnel_settled (gpointer owner, gboolean up, const GError *error)
{
  BgApplication *self = owner;
  g_autoptr (BgApplication) alive = g_object_ref (self);

  if (!up)
    {
      settle_down (self, error);
      return;
    }
  follow_signaling (self);
  bg_tunnel_request_stats (self->tunnel);
  answer_all (&self->up_waiters, NULL);
}

static void
on_tunnel_broken (gpointer owner, const GError *error)
{
  BgApplication *self = owner;

  if (self->state == BG_STATE_STOPPING)
    return;
  self->broken = g_error_copy (error);
  set_state (self, BG_STATE_STOPPING, error->message);
  bg_tunnel_stop (self->tunnel);
}

static void
on_tunnel_signaling_changed (gpointer owner)
{
  BgApplication *self = owner;

  if (is_up (self))
    follow_signaling (self);
  announce (self);
}

static void
on_tunnel_peer_added (gpointer owner, BgPeer *peer)
{
  g_signal_emit (owner, signals[PEER_ADDED], 0, peer);
}

static void
on_tunnel_peer_removed (gpointer owner, BgPeer *peer)
{
  g_signal_emit (owner, signals[PEER_REMOVED], 0, peer);
}

static void
on_tunnel_stats (gpointer owner, guint64 rx_bytes, guint64 tx_bytes, GVariant *drops)
{
  BgApplication *self = owner;
  g_autoptr (GVariant) sunk = g_variant_ref_sink (drops);

  if (self->rx_bytes == rx_bytes && self->tx_bytes == tx_bytes && self->drops
      && g_variant_equal (self->drops, sunk))
    return;
  g_clear_pointer (&self->drops, g_variant_unref);
  self->drops = g_steal_pointer (&sunk);
  self->rx_bytes = rx_bytes;
  self->tx_bytes = tx_bytes;
  announce (self);
}

static const BgTunnelEvents tunnel_events = {
  on_tunnel_settled,    on_tunnel_broken,       on_tunnel_signaling_changed,
  on_tunnel_peer_added, on_tunnel_peer_removed, on_tunnel_stats,
};

/* Refuses an a{sv} that has anything in it. */
static gboolean
has_no_options (GVariant *options, GError **error)
{
  const char *name;

  if (!options || g_variant_n_children (options) == 0)
    return TRUE;
  g_variant_get_child (options, 0, "{&sv}", &name, NULL);
  g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "there is no option “%s”", name);
  return FALSE;
}

void
bg_application_up_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                         gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;

  g_task_set_source_tag (task, bg_application_up_async);
  if (!has_no_options (options, &error))
    g_task_return_error (task, error);
  else if (is_up (self))
    g_task_return_boolean (task, TRUE);
  else if (self->state == BG_STATE_STOPPING && !self->up_again)
    g_task_return_new_error (task, BG_ERROR, BG_ERROR_WRONG_STATE,
                             "the tunnel is being taken down");
  else
    {
      g_ptr_array_add (self->up_waiters, task);
      if (self->state == BG_STATE_OFF || self->state == BG_STATE_FAILED)
        start (self);
      return;
    }
  g_object_unref (task);
}

gboolean
bg_application_up_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_down_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, bg_application_down_async);
  self->up_again = FALSE;
  if (self->state == BG_STATE_OFF || self->state == BG_STATE_FAILED)
    {
      if (self->state == BG_STATE_FAILED)
        set_state (self, BG_STATE_OFF, NULL);
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_ptr_array_add (self->down_waiters, task);
  if (self->state == BG_STATE_STOPPING)
    return;
  set_state (self, BG_STATE_STOPPING, NULL);
  bg_tunnel_stop (self->tunnel);
}

gboolean
bg_application_down_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Settings --- */

static void
read_public_key (BgApplication *self)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_store_new_files (self->secrets_dir, NULL);
  WgKey private_key, public_key;
  char text[BG_KEY_TEXT_LEN + 1] = "";

  if (secrets && bg_device_key_read (secrets, &private_key, &public_key, NULL))
    {
      bg_key_to_base64 (public_key.bytes, text);
      wg_wipe (&private_key, sizeof private_key);
    }
  g_free (self->public_key);
  self->public_key = g_strdup (text);
}

static void
take_config (BgApplication *self, BgConfig *take)
{
  g_autoptr (BgConfig) old = g_steal_pointer (&self->config);

  self->config = take;
  if (g_strcmp0 (old->log_level, take->log_level) != 0)
    bg_log_configure (take->log_level, NULL); /* checked when it was loaded */
  read_public_key (self);
}

/* To a tunnel that runs. */
static void
apply_config (BgApplication *self)
{
  const char *what;

  if (is_up (self) && !bg_tunnel_apply (self->tunnel, self->config, &what))
    bg_log (BG_TOPIC_CONFIG, MESSAGE, NULL,
            "%s changed: the settings take effect when the tunnel comes up next", what);
  announce (self);
}

static gboolean
may_change (BgApplication *self, GTask *task)
{
  if (!self->enrolling)
    return TRUE;
  g_task_return_new_error (task, BG_ERROR, BG_ERROR_WRONG_STATE, "setup or join is under way");
  return FALSE;
}

/* Takes `fresh`, or `error` where there is none. */
static void
use_config (BgApplication *self, BgConfig *fresh, GTask *task, GError *error)
{
  if (!fresh)
    {
      g_task_return_error (task, error);
      return;
    }
  take_config (self, fresh);
  apply_config (self);
  g_task_return_boolean (task, TRUE);
}

void
bg_application_configure_async (BgApplication *self, GVariant *changes,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgConfig *fresh;

  g_task_set_source_tag (task, bg_application_configure_async);
  if (!may_change (self, task))
    return;
  fresh = bg_config_change (self->config, self->config_path, changes, &error);
  use_config (self, fresh, task, error);
}

gboolean
bg_application_configure_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

GVariant *
bg_application_get_configuration (BgApplication *self)
{
  return bg_config_to_variant (self->config);
}

void
bg_application_reload_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgConfig *fresh;

  g_task_set_source_tag (task, bg_application_reload_async);
  if (!may_change (self, task))
    return;
  fresh = bg_config_load (self->config_path, &error);
  use_config (self, fresh, task, error);
}

gboolean
bg_application_reload_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Setup, join, invite --- */

/* Keys pinned in one network mean nothing in the next. */
static void
forget_pins (BgApplication *self, BgConfig *old)
{
  if (g_strcmp0 (old->server_url, self->config->server_url) == 0)
    return;
  unlink_pins (self);
  /* A set of peers that is still on its way down may write them once more. */
  self->forget_pins = TRUE;
}

static gboolean
commit (BgApplication *self, BgEnrolment *enrolment, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_store_new_files (self->secrets_dir, error);
  g_autoptr (BgConfig) old = bg_config_ref (self->config);
  BgConfig *fresh;

  if (!secrets)
    return FALSE;
  fresh = bg_enrolment_commit (enrolment, self->config, self->config_path, secrets, error);
  if (!fresh)
    return FALSE;
  take_config (self, fresh);
  forget_pins (self, old);
  return TRUE;
}

static void
on_enrolled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (BgEnrolment) enrolment = bg_enrolment_finish (result, &error);

  self->enrolling = FALSE;
  if (!enrolment || !commit (self, enrolment, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  announce (self);
  if (is_up (self))
    {
      self->up_again = TRUE;
      set_state (self, BG_STATE_STOPPING, "entering another network");
      bg_tunnel_stop (self->tunnel);
    }
  else if (self->state == BG_STATE_FAILED)
    set_state (self, BG_STATE_OFF, NULL);
  g_task_return_boolean (task, TRUE);
}

static BgEnrolmentOptions *
begin_enrolment (BgApplication *self, BgEnrolmentKind kind, GVariant *options, GTask *task)
{
  GError *error = NULL;
  g_autoptr (BgEnrolmentOptions) parsed = bg_enrolment_options_parse (kind, options, &error);

  if (!parsed)
    g_task_return_error (task, error);
  else if (!may_change (self, task))
    return NULL;
  else if (!parsed->force && (self->config->server_url || self->config->host_hub))
    g_task_return_new_error (task, BG_ERROR, BG_ERROR_WRONG_STATE,
                             "this machine belongs to the network of %s already; “force” leaves it",
                             self->config->server_url ? self->config->server_url : "its own hub");
  else if (parsed->host && self->config->host_hub && is_up (self))
    g_task_return_new_error (task, BG_ERROR, BG_ERROR_WRONG_STATE,
                             "the hub of this machine is running: take the tunnel down first");
  else
    {
      self->enrolling = TRUE;
      return g_steal_pointer (&parsed);
    }
  return NULL;
}

void
bg_application_setup_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                            gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  BgEnrolmentOptions *parsed;

  g_task_set_source_tag (task, bg_application_setup_async);
  parsed = begin_enrolment (self, BG_ENROLMENT_SETUP, options, task);
  if (parsed)
    bg_enrolment_setup_async (parsed, self->config, self->state_dir, on_enrolled,
                              g_object_ref (task));
}

gboolean
bg_application_setup_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_join_async (BgApplication *self, const char *invite, GVariant *options,
                           GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  BgEnrolmentOptions *parsed;

  g_task_set_source_tag (task, bg_application_join_async);
  parsed = begin_enrolment (self, BG_ENROLMENT_JOIN, options, task);
  if (parsed)
    bg_enrolment_join_async (parsed, invite, self->config, on_enrolled, g_object_ref (task));
}

gboolean
bg_application_join_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What the other machine is told to dial, with the pin. */
static char *
public_server (BgApplication *self)
{
  const BgHubInfo *hub = bg_tunnel_get_hub (self->tunnel);
  const char *pin = hub ? hub->pin : self->config->server_pin;
  g_autofree char *base = bg_server_url_http_base (self->config->server_url);

  return pin ? g_strconcat (base, "#sha256=", pin, NULL) : g_steal_pointer (&base);
}

static void
on_service_invited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  guint expires_in = 0;
  g_autofree char *code = bg_service_invite_finish (result, &expires_in, &error);
  const char *server = g_task_get_task_data (task);
  g_autofree char *command = NULL;
  GVariantDict dict;

  if (!code)
    {
      g_task_return_error (task, error);
      return;
    }
  command = g_strdup_printf ("bamgatectl join %s %s", code, server);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "code", "s", code);
  g_variant_dict_insert (&dict, "expires-in", "u", expires_in);
  g_variant_dict_insert (&dict, "server-url", "s", server);
  g_variant_dict_insert (&dict, "join-command", "s", command);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify) g_variant_unref);
}

static void
ask_for_invite (BgApplication *self, GTask *task)
{
  const BgHubInfo *hub = bg_tunnel_get_hub (self->tunnel);
  g_autoptr (BgSecretStore) secrets = NULL;
  GError *error = NULL;
  char *token = NULL;

  g_task_set_task_data (task, public_server (self), g_free); /* the settings may change meanwhile */
  if (hub)
    {
      bg_service_invite_async (hub->url, hub->pin, hub->token, NULL, on_service_invited,
                               g_object_ref (task));
      return;
    }
  secrets = bg_secret_store_new_files (self->secrets_dir, &error);
  if (secrets)
    token = bg_secret_store_read (secrets, "token", &error);
  if (error)
    g_task_return_error (task, error);
  else
    bg_service_invite_async (self->config->server_url, self->config->server_pin, token, NULL,
                             on_service_invited, g_object_ref (task));
  bg_secret_free (token);
}

void
bg_application_invite_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                             gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;

  g_task_set_source_tag (task, bg_application_invite_async);
  if (!has_no_options (options, &error))
    g_task_return_error (task, error);
  else if (!self->config->server_url)
    g_task_return_new_error (task, BG_ERROR, BG_ERROR_NOT_CONFIGURED,
                             "this machine is in no network yet: run “bamgatectl setup”");
  else if (self->config->host_hub && !bg_tunnel_get_hub (self->tunnel))
    g_task_return_new_error (task, BG_ERROR, BG_ERROR_WRONG_STATE,
                             "the hub of this machine rests: run “bamgatectl up”");
  else
    ask_for_invite (self, task);
}

GVariant *
bg_application_invite_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Statistics --- */

static gboolean
on_statistics_timer (gpointer data)
{
  BgApplication *self = data;

  bg_tunnel_request_stats (self->tunnel);
  return G_SOURCE_CONTINUE;
}

static guint
shortest_interval (BgApplication *self)
{
  guint shortest = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->statistics);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (shortest == 0 || GPOINTER_TO_UINT (value) < shortest)
      shortest = GPOINTER_TO_UINT (value);
  return shortest;
}

void
bg_application_set_statistics_interval (BgApplication *self, const char *client, guint interval_ms)
{
  if (interval_ms == 0)
    g_hash_table_remove (self->statistics, client);
  else
    g_hash_table_replace (self->statistics, g_strdup (client), GUINT_TO_POINTER (interval_ms));
  interval_ms = shortest_interval (self);
  if (interval_ms == self->statistics_ms)
    return;
  self->statistics_ms = interval_ms;
  bg_clear_source (&self->statistics_timer);
  if (interval_ms > 0)
    {
      bg_tunnel_request_stats (self->tunnel);
      bg_arm_timer (&self->statistics_timer, interval_ms, on_statistics_timer, self);
    }
  announce (self);
}

/* --- Life --- */

BgApplication *
bg_application_new (const BgApplicationOptions *options, GError **error)
{
  g_autoptr (BgConfig) config = bg_config_load (options->config_path, error);
  BgTunnelOptions tunnel = {
    .secrets_dir = options->secrets_dir,
    .state_dir = options->state_dir,
    .runtime_dir = options->runtime_dir,
    .paths = options->paths,
  };
  BgApplication *self;

  if (!config)
    return NULL;
  if (options->paths && !(options->paths & config->paths))
    {
      g_set_error (error, BG_ERROR, BG_ERROR_CONFIG,
                   "%s: [ice] paths: none of them is allowed by --paths", options->config_path);
      return NULL;
    }
  self = g_object_new (BG_TYPE_APPLICATION, NULL);
  self->config_path = g_strdup (options->config_path);
  self->secrets_dir = g_strdup (options->secrets_dir);
  self->state_dir = g_strdup (options->state_dir);
  self->runtime_dir = g_strdup (options->runtime_dir);
  self->config = g_steal_pointer (&config);
  self->tunnel = bg_tunnel_new (&tunnel, &tunnel_events, self);
  read_public_key (self);
  refresh_info (self);
  return self;
}

gboolean
bg_application_wants_up (BgApplication *self)
{
  return self->config->autostart && bg_tunnel_is_configured (self->config);
}

const char *
bg_application_get_log_level (BgApplication *self)
{
  return self->config->log_level;
}
