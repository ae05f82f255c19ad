/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-network.h"
#include "app/application-authority.h"
#include "app/application-private.h"

#include "app/down-mark.h"
#include "app/entry-journal.h"
#include "app/failure.h"
#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "net/link-config.h"
#include "net/outside-names.h"
#include "peer/main-timer.h"
#include "signaling/proxy.h"

G_DEFINE_FINAL_TYPE (BgApplication, bg_application, G_TYPE_OBJECT)

enum
{
  STATE_CHANGED,
  CHANGED,
  PEER_ADDED,
  PEER_REMOVED,
  FIGURES,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
bg_application_finalize (GObject *object)
{
  BgApplication *self = BG_APPLICATION (object);

  g_clear_pointer (&self->settings_watch, bg_settings_watch_free);
  bg_clear_source (&self->statistics_timer);
  g_clear_pointer (&self->tunnel, bg_tunnel_free);
  g_clear_pointer (&self->files, bg_files_free);
  g_clear_pointer (&self->hub_access, bg_hub_access_free);
  g_clear_pointer (&self->next_address6, g_free);
  g_clear_pointer (&self->leavers, g_hash_table_unref);
  g_clear_pointer (&self->following, bg_hub_following_free);
  g_clear_pointer (&self->network_log, bg_network_log_free);
  g_clear_pointer (&self->keeper, bg_secret_keeper_free);
  bg_words_unref (self->shut);
  g_clear_pointer (&self->strictness, bg_strictness_free);
  g_clear_object (&self->endpoints);
  g_clear_pointer (&self->engine, bg_forwarding_engine_free);
  g_clear_pointer (&self->health, bg_health_free);
  g_clear_pointer (&self->retry, bg_retry_free);
  g_clear_pointer (&self->config, bg_config_unref);
  g_clear_pointer (&self->drops, g_variant_unref);
  g_ptr_array_unref (self->up_waiters);
  g_ptr_array_unref (self->down_waiters);
  g_ptr_array_unref (self->diagnosis_waiters);
  bg_source_drop (&self->diagnosis_due);
  g_hash_table_unref (self->statistics);
  g_clear_error (&self->broken);
  g_strfreev (self->info_addresses);
  g_strfreev (self->info_routes);
  g_strfreev (self->info_link_addresses);
  g_strfreev (self->info_link_routes);
  g_clear_pointer (&self->info_mapping, g_variant_unref);
  g_strfreev (self->info_link_dns);
  g_strfreev (self->info_link_domains);
  g_free (self->link_manager);
  bg_lent_exit_free (self->lent_exit);
  g_free (self->info_server_url);
  g_free (self->info_network_id);
  g_free (self->public_key);
  g_clear_pointer (&self->cause, g_ptr_array_unref);
  g_clear_pointer (&self->reasons, g_ptr_array_unref);
  g_free (self->reason);
  g_free (self->config_path);
  g_free (self->secrets_dir);
  g_free (self->state_dir);
  g_free (self->hub_socket);
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
  g_signal_new ("files-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PEER_ADDED] = g_signal_new ("peer-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, BG_TYPE_PEER);
  signals[PEER_REMOVED] = g_signal_new ("peer-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, BG_TYPE_PEER);
  signals[FIGURES] = g_signal_new ("figures", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
bg_application_init (BgApplication *self)
{
  self->public_key = g_strdup ("");
  self->up_waiters = g_ptr_array_new_with_free_func (g_object_unref);
  self->down_waiters = g_ptr_array_new_with_free_func (g_object_unref);
  self->diagnosis_waiters = g_ptr_array_new_with_free_func (g_object_unref);
  self->statistics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

gboolean
bg_application_is_up (BgApplication *self)
{
  return self->state == BG_STATE_ONLINE || self->state == BG_STATE_DEGRADED;
}

void
bg_application_announce (BgApplication *self)
{
  bg_application_refresh_info (self);
  g_signal_emit (self, signals[CHANGED], 0);
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
follow_health (BgApplication *self)
{
  bg_application_set_state (
    self, bg_health_is_degraded (self->health) ? BG_STATE_DEGRADED : BG_STATE_ONLINE,
    bg_health_describe (self->health));
}

static void
on_health_changed (gpointer owner)
{
  BgApplication *self = owner;

  if (bg_application_is_up (self))
    follow_health (self);
  else if (self->state == BG_STATE_OFF || self->state == BG_STATE_FAILED)
    bg_application_set_state (self, self->state,
                              self->cause ? g_ptr_array_ref (self->cause) : NULL);
}

static void
on_strictness_changed (gpointer owner)
{
  BgApplication *self = owner;
  BgWords *why = bg_strictness_get_complaint (self->strictness);

  bg_health_set (self->health, BG_CONCERN_STRICT, why ? bg_words_ref (why) : NULL);
}

static void
start (BgApplication *self)
{
  /* What the last attempt met stands until this one has ended. */
  GPtrArray *met = self->state == BG_STATE_STARTING && self->reasons
                     ? g_ptr_array_ref (self->reasons)
                     : NULL;

  bg_retry_begin (self->retry);
  bg_application_set_state (self, BG_STATE_STARTING, met);
  bg_tunnel_manage_link (self->tunnel, self->link_manager != NULL);
  bg_tunnel_start (self->tunnel, self->config);
}

static void
on_retry_due (gpointer owner)
{
  start (owner);
}

/* Down for good, or until somebody acts. */
static void
rest (BgApplication *self, const GError *why)
{
  g_autoptr (GError) stopped = bg_error (BG_ERROR_WRONG_STATE, TAKEN_DOWN_MEANWHILE);

  bg_retry_cancel (self->retry);
  if (why)
    bg_application_set_state_because (self, BG_STATE_FAILED, bg_error_dup_words (why));
  else
    bg_application_set_state_because (self, BG_STATE_OFF, bg_application_why_off (self));
  answer_all (&self->up_waiters, why ? why : stopped);
  answer_all (&self->down_waiters, NULL);
}

/* Whoever asked for it hears what this attempt met; the next ones are nobody's in particular. */
static void
try_later (BgApplication *self, const GError *why)
{
  g_autoptr (GPtrArray) reasons = bg_words_list_take (bg_error_dup_words (why));
  g_autoptr (GError) told = NULL;
  BgWords *next;

  bg_retry_failed (self->retry);
  next = bg_retry_describe (self->retry);
  g_ptr_array_add (reasons, next);
  told = bg_error (why->domain == BG_ERROR ? (BgError) why->code : BG_ERROR_FAILED,
                   ERROR_TRIED_AGAIN, why, next);
  bg_application_set_state (self, BG_STATE_STARTING, g_steal_pointer (&reasons));
  answer_all (&self->up_waiters, told);
  answer_all (&self->down_waiters, NULL);
}

static void
settle_down (BgApplication *self, const GError *error)
{
  g_autoptr (GError) broken = g_steal_pointer (&self->broken);
  const GError *why = error ? error : broken;
  gboolean again = self->up_again;

  self->rx_bytes = self->tx_bytes = 0;
  g_clear_pointer (&self->drops, g_variant_unref);
  if (self->forget_pins)
    bg_entry_journal_unlink_peers (self->state_dir);
  self->forget_pins = self->up_again = FALSE;
  bg_application_take_address6 (self);
  if (again && !error)
    {
      answer_all (&self->down_waiters, NULL);
      start (self);
    }
  else if (why && self->wanted && !bg_failure_is_final (why))
    try_later (self, why);
  else
    rest (self, self->wanted ? why : NULL);
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
  bg_retry_succeeded (self->retry);
  bg_application_read_public_key (self);
  follow_health (self);
  bg_application_apply_config (self); /* they may have changed on the way up */
  bg_tunnel_request_stats (self->tunnel);
  answer_all (&self->up_waiters, NULL);
  bg_secret_keeper_settle (self->keeper);
}

static void
on_tunnel_broken (gpointer owner, const GError *error)
{
  BgApplication *self = owner;

  if (self->state == BG_STATE_STOPPING)
    return;
  self->broken = g_error_copy (error);
  bg_application_set_state_because (self, BG_STATE_STOPPING, bg_error_dup_words (error));
  bg_tunnel_stop (self->tunnel);
}

static void
on_tunnel_signaling_changed (gpointer owner)
{
  bg_application_announce (owner);
}

static void
on_tunnel_moved (gpointer owner, const char *line)
{
  bg_application_hear_moved (owner, line);
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
  bg_application_announce (self);
}

static void
on_tunnel_figures (gpointer owner, const BgEvent *event)
{
  g_signal_emit (owner, signals[FIGURES], 0, event);
}

static void
on_tunnel_link_changed (gpointer owner)
{
  bg_application_announce (owner);
}

static void
on_tunnel_mapping_changed (gpointer owner)
{
  bg_application_announce (owner);
}

static void
on_tunnel_names_changed (gpointer owner)
{
  BgApplication *self = owner;

  bg_endpoints_judge_again (self->endpoints);
  bg_application_announce (owner);
}

static void
on_log_grown (gpointer owner)
{
  BgApplication *self = owner;

  if (!self->tunnel)
    return;
  bg_tunnel_take_log (self->tunnel);
  bg_application_follow_log (self);
  bg_application_announce (self);
}

static void
on_log_revoked (gpointer owner)
{
  BgApplication *self = owner;

  if (self->tunnel)
    bg_tunnel_take_revoked (self->tunnel);
}

static void
on_log_changed (gpointer owner)
{
  BgApplication *self = owner;

  if (self->tunnel)
    bg_application_announce (self);
}

static void
open_hub_async (gpointer owner, GCancellable *cancellable, GAsyncReadyCallback callback,
                gpointer data)
{
  bg_application_open_hub_async (owner, cancellable, callback, data);
}

static const BgServiceHub *
open_hub_finish (gpointer owner, GAsyncResult *result, GError **error)
{
  return bg_application_open_hub_finish (owner, result, error);
}

static const BgNetworkLogDoor log_door = { open_hub_async, open_hub_finish };

static gboolean
on_log_ask (gpointer owner, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 entry,
            guint16 offset)
{
  BgApplication *self = owner;

  return self->tunnel && bg_tunnel_ask_peer (self->tunnel, name, key, entry, offset);
}

static const BgNetworkLogEvents log_events = { on_log_grown, on_log_changed, on_log_revoked,
                                               on_log_ask };

static void
on_tunnel_member_left (gpointer owner, const char *name, const char *key)
{
  bg_application_follow_leave (owner, name, key);
}

static GBytes *
on_tunnel_sign_names (gpointer owner, const guint8 key[BG_ENTRY_KEY], GBytes *request)
{
  return bg_application_sign_names (owner, key, request);
}

static const BgTunnelEvents tunnel_events = {
  .settled = on_tunnel_settled,
  .broken = on_tunnel_broken,
  .signaling_changed = on_tunnel_signaling_changed,
  .moved = on_tunnel_moved,
  .link_changed = on_tunnel_link_changed,
  .mapping_changed = on_tunnel_mapping_changed,
  .peer_added = on_tunnel_peer_added,
  .peer_removed = on_tunnel_peer_removed,
  .stats = on_tunnel_stats,
  .figures = on_tunnel_figures,
  .names_changed = on_tunnel_names_changed,
  .member_left = on_tunnel_member_left,
  .sign_names = on_tunnel_sign_names,
};

/* A person's word holds over restarts; what cannot be written down holds for now. */
static void
forget_down (BgApplication *self)
{
  g_autoptr (GError) error = NULL;

  if (!bg_down_mark_clear (self->state_dir, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "the tunnel will be down after a restart: %s",
            error->message);
}

BgWords *
bg_application_why_off (BgApplication *self)
{
  return self->config->autostart && bg_tunnel_is_configured (self->config)
             && bg_down_mark_is_set (self->state_dir)
           ? bg_words (STAYS_DOWN)
           : NULL;
}

/* At once, also where the next attempt is waited for. */
static void
bring_up (BgApplication *self)
{
  self->wanted = TRUE;
  if (self->state == BG_STATE_OFF || self->state == BG_STATE_FAILED
      || bg_retry_is_waiting (self->retry))
    start (self);
}

/* Reads the options; FALSE for bad ones. */
static gboolean
parse_up (BgApplication *self, GVariant *options, gboolean *manage, BgLentExit **lent,
          GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);

  *manage = FALSE;
  if (g_variant_dict_contains (&dict, "manage-link")
      && !g_variant_dict_lookup (&dict, "manage-link", "b", manage))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_MANAGE_LINK);
      return FALSE;
    }
  g_variant_dict_remove (&dict, "manage-link");
  if (*manage && !bg_application_parse_lent_exit (self, &dict, lent, error))
    return FALSE;
  return bg_bus_options_end (&dict, error);
}

/* The word of somebody who wants the tunnel by itself holds for later, and beyond whoever manages its link. */
static gboolean
take_wish (BgApplication *self, const char *client, gboolean manage, BgLentExit **lent,
           GError **error)
{
  if (manage && !bg_application_take_link (self, client, error))
    return FALSE;
  if (manage)
    {
      bg_application_take_lent_exit (self, g_steal_pointer (lent));
      return TRUE;
    }
  forget_down (self);
  self->wanted_alone = TRUE;
  return TRUE;
}

void
bg_application_up_async (BgApplication *self, const char *client, GVariant *options,
                         GAsyncReadyCallback callback, gpointer data)
{
  gboolean manage;
  g_autoptr (BgLentExit) lent = NULL;
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;

  g_task_set_source_tag (task, bg_application_up_async);
  if (!parse_up (self, options, &manage, &lent, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->state == BG_STATE_STOPPING && !self->up_again)
    {
      bg_task_return_error (task, BG_ERROR_WRONG_STATE, GOING_DOWN);
      return;
    }
  if (!bg_application_is_up (self) && !bg_tunnel_is_configured (self->config))
    {
      bg_task_return_error (task, BG_ERROR_NOT_CONFIGURED, NO_NETWORK);
      return;
    }
  if (!take_wish (self, client, manage, &lent, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (bg_application_is_up (self))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_ptr_array_add (self->up_waiters, g_object_ref (task));
  bring_up (self);
}

gboolean
bg_application_up_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_start (BgApplication *self)
{
  bg_application_start_endpoints (self);
  if (self->config->autostart && bg_tunnel_is_configured (self->config)
      && !bg_down_mark_is_set (self->state_dir))
    bring_up (self);
  else /* the way up does it */
    bg_tunnel_remove_leftovers (self->tunnel, self->config->exit_node != NULL);
}

void
bg_application_retry_changed (BgApplication *self)
{
  if (self->wanted && self->state == BG_STATE_FAILED)
    start (self);
  else
    bg_retry_now (self->retry);
}

static void
restart (BgApplication *self, BgWords *take)
{
  self->up_again = TRUE;
  bg_application_set_state_because (self, BG_STATE_STOPPING, take);
  bg_tunnel_stop (self->tunnel);
}

void
bg_application_come_again (BgApplication *self)
{
  if (bg_application_is_up (self) || self->state == BG_STATE_STARTING)
    restart (self, bg_words (HUB_RENAMES_DEVICE));
}

void
bg_application_enter_network (BgApplication *self)
{
  forget_down (self);
  bg_application_announce (self);
  if (bg_retry_now (self->retry))
    return;
  if (bg_application_is_up (self) || self->state == BG_STATE_STARTING)
    restart (self, bg_words (ENTERING_ANOTHER_NETWORK));
  else if (self->state == BG_STATE_FAILED || self->state == BG_STATE_OFF)
    bg_application_set_state (self, BG_STATE_OFF, NULL);
}

void
bg_application_forget_network (BgApplication *self, gboolean was_wanted)
{
  forget_down (self);
  if (was_wanted && bg_tunnel_is_configured (self->config))
    bring_up (self);
  else
    bg_application_set_state (self, BG_STATE_OFF, NULL);
  bg_application_announce (self);
}

/* TRUE where it is down already. */
static gboolean
go_down (BgApplication *self)
{
  gboolean waits = bg_retry_is_waiting (self->retry);

  self->up_again = self->wanted = FALSE;
  bg_retry_cancel (self->retry);
  if (self->state == BG_STATE_OFF || self->state == BG_STATE_FAILED || waits)
    {
      bg_application_set_state_because (self, BG_STATE_OFF, bg_application_why_off (self));
      return TRUE;
    }
  if (self->state != BG_STATE_STOPPING)
    {
      bg_application_set_state (self, BG_STATE_STOPPING, NULL);
      bg_tunnel_stop (self->tunnel);
    }
  return FALSE;
}

void
bg_application_rest_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, bg_application_rest_async);
  if (go_down (self))
    g_task_return_boolean (task, TRUE);
  else
    g_ptr_array_add (self->down_waiters, g_object_ref (task));
}

gboolean
bg_application_stop_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *not_remembered = g_task_get_task_data (task);

  bg_application_stop_finish (BG_APPLICATION (source), result, NULL);
  if (not_remembered)
    bg_task_return_error (task, BG_ERROR_FAILED, DOWN_NOT_REMEMBERED, not_remembered);
  else
    g_task_return_boolean (task, TRUE);
}

void
bg_application_down_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;

  g_task_set_source_tag (task, bg_application_down_async);
  bg_application_drop_link (self);
  if (!bg_down_mark_set (self->state_dir, &error))
    g_task_set_task_data (task, error, (GDestroyNotify) g_error_free);
  bg_application_rest_async (self, on_stopped, task);
}

void
bg_application_leave_hub (BgApplication *self)
{
  bg_tunnel_leave_hub (self->tunnel);
}

gboolean
bg_application_down_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Life --- */

BgApplication *
bg_application_new (const BgApplicationOptions *options, GError **error)
{
  g_autoptr (BgConfig) config = bg_entry_journal_finish (options->config_path, options->secrets_dir,
                                                         options->state_dir, error)
                                  ? bg_config_load (options->config_path, error)
                                  : NULL;
  BgTunnelOptions tunnel = {
    .secrets_dir = options->secrets_dir,
    .state_dir = options->state_dir,
    .hub_socket = options->hub_socket,
    .dns_socket = options->dns_socket,
    .tells_resolver = options->secrets_owner.kind == BG_SECRET_SYSTEM,
    .in_namespace = options->in_namespace,
    .runtime_dir = options->runtime_dir,
    .paths = options->paths,
  };
  BgApplication *self;

  if (!config)
    return NULL;
  if (options->paths && !(options->paths & config->paths))
    {
      bg_error_set (error, BG_ERROR_CONFIG, NO_PATH_ALLOWED, options->config_path);
      return NULL;
    }
  self = g_object_new (BG_TYPE_APPLICATION, NULL);
  self->config_path = g_strdup (options->config_path);
  self->secrets_dir = g_strdup (options->secrets_dir);
  self->state_dir = g_strdup (options->state_dir);
  self->hub_socket = g_strdup (options->hub_socket);
  self->runtime_dir = g_strdup (options->runtime_dir);
  self->config = g_steal_pointer (&config);
  bg_proxy_set (self->config->proxy);
  self->health = bg_health_new (on_health_changed, self);
  self->retry = bg_retry_new (on_retry_due, self);
  self->strictness = bg_strictness_new (options->state_dir, on_strictness_changed, self);
  bg_strictness_set_config (self->strictness, self->config);
  bg_outside_names_use (self->config->exit_node != NULL);
  self->keeper = bg_secret_keeper_new (options->secrets_dir, &options->secrets_owner, self->config);
  bg_application_set_secret_source (self, NULL, NULL);
  tunnel.health = self->health;
  tunnel.keeper = self->keeper;
  self->hub_access = bg_hub_access_new (self->keeper, &bg_application_hub_events, self);
  tunnel.hub_access = self->hub_access;
  self->network_log = bg_network_log_new (options->state_dir, self->health, &log_door, &log_events,
                                          self);
  self->leavers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  tunnel.network_log = self->network_log;
  self->files = bg_application_files_new (self);
  tunnel.files = self->files;
  self->engine = bg_forwarding_engine_new ();
  tunnel.engine = self->engine;
  bg_application_begin_following (self);
  self->tunnel = bg_tunnel_new (&tunnel, &tunnel_events, self);
  self->endpoints = bg_application_make_endpoints (self, options);
  bg_application_read_public_key (self);
  bg_application_take_cause (self, bg_words_list_take (bg_application_why_off (self)));
  bg_application_refresh_info (self);
  bg_application_watch_settings (self);
  return self;
}

gboolean
bg_application_is_alive (BgApplication *self)
{
  return bg_tunnel_is_alive (self->tunnel);
}

const char *
bg_application_get_log_level (BgApplication *self)
{
  return self->config->log_level;
}
