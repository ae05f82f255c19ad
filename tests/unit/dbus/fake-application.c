/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit/dbus/fake-application-private.h"

#include "app/application-exit.h"
#include "app/application-names.h"

struct _BgPeer
{
  GObject parent;
  BgApplication *app; /* borrowed */
  char *id;
  BgPeerInfo info;
  guint reads;
};
G_DEFINE_FINAL_TYPE (BgPeer, bg_peer, G_TYPE_OBJECT)

G_DEFINE_FINAL_TYPE (BgApplication, bg_application, G_TYPE_OBJECT)

static guint app_state_changed, app_peer_added, app_peer_removed, peer_changed;
guint fake_application_changed;
static const char *const no_strings[] = { NULL };

/* --- Peers --- */

static void
bg_peer_finalize (GObject *object)
{
  g_free (BG_PEER (object)->id);
  G_OBJECT_CLASS (bg_peer_parent_class)->finalize (object);
}

static void
bg_peer_class_init (BgPeerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bg_peer_finalize;
  peer_changed = g_signal_new ("changed", BG_TYPE_PEER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 0);
}

static void
bg_peer_init (BgPeer *self)
{
}

const BgPeerInfo *
bg_peer_get_info (BgPeer *self)
{
  self->reads++;
  return &self->info;
}

guint
fake_peer_reads (BgPeer *peer)
{
  return peer->reads;
}

GVariant *
bg_peer_get_details (BgPeer *self)
{
  return g_variant_new_parsed ("@a{sv} {'static': <%b>}", self->info.is_static);
}

const char *
bg_peer_public_state_name (BgPeerPublicState state)
{
  static const char *const names[] = { "disconnected", "connecting", "connected", "refused",
                                       "idle" };

  return names[state];
}

void
bg_peer_ping_async (BgPeer *self, guint timeout_ms, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  if (self->info.state == BG_PEER_PUBLIC_CONNECTED)
    g_task_return_int (task, 1234);
  else
    g_task_return_new_error (task, BG_ERROR, BG_ERROR_TIMEOUT, "peer %s: no answer", self->id);
}

gint64
bg_peer_ping_finish (BgPeer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

gboolean
bg_peer_reconnect (BgPeer *self, GError **error)
{
  if (self->info.is_static)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_WRONG_STATE, "peer %s: static", self->id);
      return FALSE;
    }
  self->info.state = BG_PEER_PUBLIC_CONNECTING;
  g_signal_emit (self, peer_changed, 0);
  return TRUE;
}

gboolean
bg_peer_forget (BgPeer *self, GError **error)
{
  fake_application_remove_peer (self->app, self->id);
  return TRUE;
}

void
fake_peer_set_latency (BgPeer *peer, gint64 latency_us)
{
  peer->info.latency_us = latency_us;
  g_signal_emit (peer, peer_changed, 0);
}

BgPeer *
fake_application_add_peer (BgApplication *self, const char *id, gboolean is_static)
{
  static const char *const addresses[] = { "10.0.0.3", NULL };
  BgPeer *peer = g_object_new (BG_TYPE_PEER, NULL);

  peer->app = self;
  peer->id = g_strdup (id);
  peer->info = (BgPeerInfo){
    .id = peer->id,
    .has_key = TRUE,
    .addresses = addresses,
    .state = BG_PEER_PUBLIC_CONNECTED,
    .state_reason = "",
    .path = BG_TRANSPORT_ICE,
    .local_candidate = "",
    .remote_candidate = "",
    .routes = no_strings,
    .accepted_routes = no_strings,
    .dns = no_strings,
    .dns_search = no_strings,
    .accepted_dns = no_strings,
    .accepted_search = no_strings,
    .services = no_strings,
    .latency_us = -1,
    .implementation = "bamgated 0.1.0",
    .is_static = is_static,
  };
  g_ptr_array_add (self->peers, peer);
  g_signal_emit (self, app_peer_added, 0, peer);
  return peer;
}

void
fake_application_remove_peer (BgApplication *self, const char *id)
{
  for (guint i = 0; i < self->peers->len; i++)
    {
      g_autoptr (BgPeer) peer = g_object_ref (self->peers->pdata[i]);

      if (!g_str_equal (peer->id, id))
        continue;
      g_ptr_array_remove_index (self->peers, i);
      g_signal_emit (self, app_peer_removed, 0, peer);
      return;
    }
}

/* --- Application --- */

static void
bg_application_finalize (GObject *object)
{
  BgApplication *self = BG_APPLICATION (object);

  g_free (self->manager);
  g_free (self->reason);
  g_ptr_array_unref (self->peers);
  g_hash_table_unref (self->intervals);
  g_clear_pointer (&self->last_changes, g_variant_unref);
  g_clear_object (&self->held_up);
  g_clear_object (&self->endpoints);
  G_OBJECT_CLASS (bg_application_parent_class)->finalize (object);
}

static void
bg_application_class_init (BgApplicationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bg_application_finalize;
  app_state_changed = g_signal_new ("state-changed", BG_TYPE_APPLICATION, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING,
                                    G_TYPE_STRING);
  fake_application_changed = g_signal_new ("changed", BG_TYPE_APPLICATION, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("files-changed", BG_TYPE_APPLICATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
  app_peer_added = g_signal_new ("peer-added", BG_TYPE_APPLICATION, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, BG_TYPE_PEER);
  app_peer_removed = g_signal_new ("peer-removed", BG_TYPE_APPLICATION, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, BG_TYPE_PEER);
}

static void
bg_application_init (BgApplication *self)
{
  static const char *const addresses[] = { "10.0.0.2/24", NULL };

  self->peers = g_ptr_array_new_with_free_func (g_object_unref);
  self->intervals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->info = (BgApplicationInfo){
    .state = BG_STATE_OFF,
    .reason = "",
    .name = "laptop",
    .addresses = addresses,
    .public_key = "",
    .interface = "",
    .network_namespace = "",
    .link_addresses = no_strings,
    .link_routes = no_strings,
    .link_dns = no_strings,
    .link_domains = no_strings,
    .link_manager = "",
    .dns_manager = "",
    .server_url = "https://hub.example.net",
    .signaling_state = "offline",
    .routes = no_strings,
    .network_id = "",
    .membership = "unsigned",
    .hub_move = "",
    .pending_restart = no_strings,
  };
}

BgApplication *
fake_application_new (void)
{
  return g_object_new (BG_TYPE_APPLICATION, NULL);
}

char *
bg_application_dup_name_of (BgApplication *self, const char *id)
{
  return g_strconcat (id, ".bamgate.internal", NULL);
}

char *
bg_application_dup_own_name (BgApplication *self)
{
  return bg_application_dup_name_of (self, self->info.name);
}

gboolean
bg_application_exit_leaves_lan (BgApplication *self)
{
  return TRUE;
}

gboolean
bg_application_exit_is_strict (BgApplication *self)
{
  return FALSE;
}

const char *
bg_state_name (BgState state)
{
  static const char *const names[] = {
    "off", "starting", "online", "degraded", "stopping", "failed"
  };

  return names[state];
}

const BgApplicationInfo *
bg_application_get_info (BgApplication *self)
{
  return &self->info;
}

GPtrArray *
bg_application_get_peers (BgApplication *self)
{
  return g_ptr_array_ref (self->peers);
}

void
fake_application_set_state (BgApplication *self, BgState state, const char *reason)
{
  BgState old = self->info.state;

  g_free (self->reason);
  self->reason = g_strdup (reason);
  self->info.reason = self->reason;
  self->info.state = state;
  g_signal_emit (self, fake_application_changed, 0);
  g_signal_emit (self, app_state_changed, 0, bg_state_name (old), bg_state_name (state), reason);
}

void
fake_application_set_bytes (BgApplication *self, guint64 rx, guint64 tx)
{
  self->info.rx_bytes = rx;
  self->info.tx_bytes = tx;
  g_signal_emit (self, fake_application_changed, 0);
}

static gboolean
on_idle_up (gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);

  fake_application_set_state (self, BG_STATE_ONLINE, "");
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

void
bg_application_up_async (BgApplication *self, const char *client, GVariant *options,
                         GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  gboolean manage = FALSE;

  if (g_variant_lookup (options, "manage-link", "b", &manage) && manage)
    {
      self->info.link_manager = self->manager = g_strdup (client);
      g_signal_emit (self, fake_application_changed, 0);
    }
  else if (g_variant_n_children (options) > 0)
    {
      g_task_return_new_error (task, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "unknown option");
      g_object_unref (task);
      return;
    }
  if (self->hold_up)
    {
      self->held_up = task;
      return;
    }
  fake_application_set_state (self, BG_STATE_STARTING, "");
  g_idle_add (on_idle_up, task);
}

gboolean
bg_application_up_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_release_link_async (BgApplication *self, const char *client,
                                   GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  bg_application_forget_client (self, client);
  g_task_return_boolean (task, TRUE);
}

gboolean
bg_application_release_link_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_forget_client (BgApplication *self, const char *client)
{
  if (g_strcmp0 (self->manager, client) != 0)
    return;
  g_clear_pointer (&self->manager, g_free);
  self->info.link_manager = "";
  g_signal_emit (self, fake_application_changed, 0);
}

void
fake_application_hold_up (BgApplication *self)
{
  self->hold_up = TRUE;
}

gboolean
fake_application_has_held_up (BgApplication *self)
{
  return self->held_up != NULL;
}

void
fake_application_finish_up (BgApplication *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->held_up);

  g_task_return_boolean (task, TRUE);
}

static void
return_io_error (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "the disk is full");
}

void
bg_application_down_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  fake_application_set_state (self, BG_STATE_OFF, "");
  fake_return_true (self, callback, data);
}

gboolean
bg_application_down_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_setup_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                            gpointer data)
{
  fake_return_true (self, callback, data);
}

gboolean
bg_application_setup_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_join_async (BgApplication *self, const char *invite, GVariant *options,
                           GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

gboolean
bg_application_join_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_invite_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                             gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "code", "s", "ABCD-EFGH");
  g_variant_dict_insert (&dict, "expires-in", "u", 600);
  g_task_return_pointer (task, g_variant_dict_end (&dict), (GDestroyNotify) g_variant_unref);
}

void
bg_application_import_async (BgApplication *self, const char *text, GVariant *options,
                             GAsyncReadyCallback callback, gpointer data)
{
  bg_application_invite_async (self, options, callback, data);
}

GVariant *
bg_application_import_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return bg_application_invite_finish (self, result, error);
}

void
bg_application_leave_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                            gpointer data)
{
  bg_application_invite_async (self, options, callback, data);
}

GVariant *
bg_application_leave_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) invite = bg_application_invite_finish (self, result, error);

  return g_variant_ref_sink (g_variant_new_parsed ("@a{sv} {'kept': <['device-key']>}"));
}

gboolean
bg_application_forget_peer (BgApplication *self, const char *name, GError **error)
{
  return TRUE;
}

GVariant *
bg_application_invite_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bg_application_configure_async (BgApplication *self, GVariant *changes,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_clear_pointer (&self->last_changes, g_variant_unref);
  self->last_changes = g_variant_ref (changes);
  fake_return_true (self, callback, data);
}

gboolean
bg_application_configure_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_set_exit_async (BgApplication *self, const char *name, GVariant *options,
                               GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

gboolean
bg_application_set_exit_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

const char *
bg_exit_state_name (BgExitState state)
{
  return "";
}

GVariant *
fake_application_last_changes (BgApplication *self)
{
  return self->last_changes;
}

GVariant *
bg_application_list_access (BgApplication *self)
{
  return g_variant_new_parsed (
    "[{'action': <'deny'>, 'rule': <'all from attic'>, 'packets': <uint64 0>, 'known': <false>},"
    " {'action': <'allow'>, 'rule': <'tcp 22 8000-8100'>, 'packets': <uint64 17>, 'known': <true>}]");
}

GVariant *
bg_application_list_services (BgApplication *self)
{
  return g_variant_new ("aa{sv}", NULL);
}

void
bg_application_diagnose_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                               gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_return_pointer (
    task,
    g_variant_ref_sink (g_variant_new_parsed (
      "[{'check': <'tunnel.state'>, 'verdict': <'ok'>, 'found': <'the tunnel is up'>,"
      "  'found-reason': <('doctor-tunnel-up', @av [])>}]")),
    (GDestroyNotify) g_variant_unref);
}

GVariant *
bg_application_diagnose_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
bg_application_get_configuration (BgApplication *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "device.name", "s", "laptop");
  return g_variant_dict_end (&dict);
}

void
bg_application_reload_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  return_io_error (self, callback, data);
}

gboolean
bg_application_reload_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

guint
fake_application_interval (BgApplication *self)
{
  GHashTableIter iter;
  gpointer value;
  guint shortest = 0;

  g_hash_table_iter_init (&iter, self->intervals);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (shortest == 0 || GPOINTER_TO_UINT (value) < shortest)
      shortest = GPOINTER_TO_UINT (value);
  return shortest;
}

guint
fake_application_clients (BgApplication *self)
{
  return g_hash_table_size (self->intervals);
}

void
bg_application_set_statistics_interval (BgApplication *self, const char *client, guint interval_ms)
{
  if (interval_ms == 0)
    g_hash_table_remove (self->intervals, client);
  else
    g_hash_table_replace (self->intervals, g_strdup (client), GUINT_TO_POINTER (interval_ms));
  self->info.statistics_interval_ms = fake_application_interval (self);
  g_signal_emit (self, fake_application_changed, 0);
}

const char *
bg_transport_kind_name (BgTransportKind kind)
{
  static const char *const names[] = { "", "data-channel", "ice", "direct", "udp" };

  return names[kind];
}

/* --- Secrets --- */

void
bg_application_set_secret_source (BgApplication *self, const BgSecretSourceOps *ops,
                                  gpointer source)
{
}

void
bg_application_secret_source_grew (BgApplication *self)
{
}

void
bg_application_list_secrets_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_return_pointer (task, g_variant_ref_sink (g_variant_new_parsed ("@aa{sv} []")),
                         (GDestroyNotify) g_variant_unref);
}

GVariant *
bg_application_list_secrets_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bg_application_move_secret_async (BgApplication *self, const char *name, const char *to,
                                  guint32 uid, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_return_pointer (task, g_variant_ref_sink (g_variant_new_parsed ("{'owner': <%s>}", to)),
                         (GDestroyNotify) g_variant_unref);
}

GVariant *
bg_application_move_secret_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
