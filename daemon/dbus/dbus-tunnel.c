/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-tunnel-private.h"

#include "app/application-endpoints.h"
#include "app/application-exit.h"
#include "app/application-names.h"
#include "dbus/dbus-errors.h"
#include "dbus/dbus-settings.h"

static void tunnel_iface_init (BgDBusTunnel1Iface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (BgDBusTunnel, bg_dbus_tunnel, BG_DBUS_TYPE_TUNNEL1_SKELETON,
                               G_IMPLEMENT_INTERFACE (BG_DBUS_TYPE_TUNNEL1, tunnel_iface_init))

/* --- What is so: the skeleton compares, and announces what differs when the loop is idle --- */

static void
refresh (BgDBusTunnel *self)
{
  BgDBusTunnel1 *bus = BG_DBUS_TUNNEL1 (self);
  const BgApplicationInfo *info = bg_application_get_info (self->app);
  g_autofree char *name = bg_application_dup_own_name (self->app);

  bg_dbus_tunnel1_set_state (bus, bg_state_name (info->state));
  bg_dbus_tunnel1_set_state_reason (bus, info->reason);
  bg_dbus_tunnel1_set_reasons (bus, bg_words_list_to_variant (info->reasons));
  bg_dbus_tunnel1_set_name (bus, info->name);
  bg_dbus_tunnel1_set_addresses (bus, info->addresses);
  bg_dbus_tunnel1_set_public_key (bus, info->public_key);
  bg_dbus_tunnel1_set_interface (bus, info->interface);
  bg_dbus_tunnel1_set_interface_index (bus, info->interface_index);
  bg_dbus_tunnel1_set_network_namespace (bus, info->network_namespace);
  bg_dbus_tunnel1_set_link_addresses (bus, info->link_addresses);
  bg_dbus_tunnel1_set_link_routes (bus, info->link_routes);
  bg_dbus_tunnel1_set_link_mtu (bus, info->link_mtu);
  bg_dbus_tunnel1_set_link_dns (bus, info->link_dns);
  bg_dbus_tunnel1_set_link_domains (bus, info->link_domains);
  bg_dbus_tunnel1_set_link_manager (bus, info->link_manager);
  bg_dbus_tunnel1_set_dns_manager (bus, info->dns_manager);
  bg_dbus_tunnel1_set_dns_name (bus, name);
  bg_dbus_tunnel1_set_server_url (bus, info->server_url);
  bg_dbus_tunnel1_set_signaling_state (bus, info->signaling_state);
  bg_dbus_tunnel1_set_routes (bus, info->routes);
  bg_dbus_tunnel1_set_accept_routes (bus, info->accept_routes);
  bg_dbus_tunnel1_set_exit_node (bus, info->exit_node);
  bg_dbus_tunnel1_set_exit_state (bus, bg_exit_state_name (info->exit_state));
  bg_dbus_tunnel1_set_exit_reason (bus, info->exit_reason);
  bg_dbus_tunnel1_set_exit_lan (bus, bg_application_exit_leaves_lan (self->app));
  bg_dbus_tunnel1_set_exit_strict (bus, bg_application_exit_is_strict (self->app));
  bg_dbus_tunnel1_set_pending_restart (bus, info->pending_restart);
  bg_dbus_tunnel1_set_up_since (bus, info->up_since_us);
  bg_dbus_tunnel1_set_rx_bytes (bus, info->rx_bytes);
  bg_dbus_tunnel1_set_tx_bytes (bus, info->tx_bytes);
  bg_dbus_tunnel1_set_port_mapping (bus, info->port_mapping);
  bg_dbus_tunnel1_set_drops (bus, info->drops ? info->drops : g_variant_new ("a{st}", NULL));
  bg_dbus_tunnel1_set_statistics_interval (bus, info->statistics_interval_ms);
  bg_dbus_network_refresh (self);
}

/* --- Who sets the interface up, while he is on the bus --- */

static void
on_manager_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  BgDBusTunnel *self = data;
  g_autofree char *kept = g_strdup (name);

  if (self->app)
    bg_application_forget_client (self->app, kept);
}

static void
unwatch_manager (BgDBusTunnel *self)
{
  if (!self->manager)
    return;
  g_bus_unwatch_name (self->manager_watch);
  g_clear_pointer (&self->manager, g_free);
}

static void
watch_manager (BgDBusTunnel *self)
{
  const char *manager = bg_application_get_info (self->app)->link_manager;
  GDBusConnection *connection = g_dbus_interface_skeleton_get_connection (
    G_DBUS_INTERFACE_SKELETON (self));

  if (g_strcmp0 (self->manager, *manager ? manager : NULL) == 0)
    return;
  unwatch_manager (self);
  if (!*manager || !connection)
    return;
  self->manager = g_strdup (manager);
  self->manager_watch = g_bus_watch_name_on_connection (
    connection, manager, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_manager_vanished, self, NULL);
}

static void
on_app_changed (BgApplication *app, BgDBusTunnel *self)
{
  refresh (self);
  watch_manager (self);
}

static void
on_app_state_changed (BgApplication *app, const char *old, const char *now, const char *reason,
                      BgDBusTunnel *self)
{
  refresh (self);
  /* whoever hears the signal finds the property changed */
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
  bg_dbus_tunnel1_emit_state_changed (BG_DBUS_TUNNEL1 (self), old, now, reason);
}

/* --- Calls --- */

BgDBusCall *
bg_dbus_call_new (BgDBusTunnel *self, GDBusMethodInvocation *invocation, BgDBusFinish finish)
{
  BgDBusCall *call = g_new0 (BgDBusCall, 1);

  call->self = g_object_ref (self);
  call->invocation = invocation;
  call->finish = finish;
  return call;
}

BgDBusCall *
bg_dbus_call_new_for_answer (BgDBusTunnel *self, GDBusMethodInvocation *invocation,
                             BgDBusAnswer answer)
{
  BgDBusCall *call = bg_dbus_call_new (self, invocation, NULL);

  call->answer = answer;
  return call;
}

void
bg_dbus_call_free (BgDBusCall *call)
{
  g_object_unref (call->self);
  g_free (call);
}

void
bg_dbus_tunnel_flush (BgDBusTunnel *self)
{
  if (self->app)
    refresh (self);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}

void
bg_dbus_on_call_done (GObject *app, GAsyncResult *result, gpointer data)
{
  g_autoptr (BgDBusCall) call = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = call->finish (BG_APPLICATION (app), result, &error);

  bg_dbus_tunnel_flush (call->self);
  if (ok)
    g_dbus_method_invocation_return_value (call->invocation, NULL);
  else
    bg_dbus_return_error (call->invocation, error);
}

void
bg_dbus_on_call_answered (GObject *app, GAsyncResult *result, gpointer data)
{
  g_autoptr (BgDBusCall) call = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = call->answer (BG_APPLICATION (app), result, &error), held = NULL;

  bg_dbus_tunnel_flush (call->self);
  if (!answer)
    {
      bg_dbus_return_error (call->invocation, error);
      return;
    }
  held = g_variant_take_ref (g_steal_pointer (&answer));
  g_dbus_method_invocation_return_value (call->invocation, g_variant_new_tuple (&held, 1));
}

/* Whose call it is, for what only some may do. */
typedef struct
{
  BgDBusCall *call;
  char *name, *to;
} MoveCall;

static void
on_mover_known (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree MoveCall *move = data;
  g_autofree char *name = move->name, *to = move->to;
  BgDBusTunnel *self = move->call->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 uid;

  if (!answer || !self->app)
    {
      g_dbus_method_invocation_return_error_literal (
        move->call->invocation, BG_ERROR, BG_ERROR_WRONG_STATE, "the bus does not say who calls");
      bg_dbus_call_free (move->call);
      return;
    }
  g_variant_get (answer, "(u)", &uid);
  bg_application_move_secret_async (self->app, name, to, uid, bg_dbus_on_call_answered, move->call);
}

gboolean
bg_dbus_tunnel_answered_detached (BgDBusTunnel *self, GDBusMethodInvocation *invocation)
{
  if (self->app)
    return FALSE;
  bg_dbus_return (invocation, BG_ERROR_WRONG_STATE, bg_words (DAEMON_STOPS));
  return TRUE;
}

static gboolean
handle_up (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_up_async (self->app, g_dbus_method_invocation_get_sender (invocation), options,
                             bg_dbus_on_call_done,
                             bg_dbus_call_new (self, invocation, bg_application_up_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_release_link (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_release_link_async (
      self->app, g_dbus_method_invocation_get_sender (invocation), bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_release_link_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_down (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_down_async (self->app, bg_dbus_on_call_done,
                               bg_dbus_call_new (self, invocation, bg_application_down_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_setup (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_setup_async (self->app, options, bg_dbus_on_call_done,
                                bg_dbus_call_new (self, invocation, bg_application_setup_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_join (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *invite,
             GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_join_async (self->app, invite, options, bg_dbus_on_call_done,
                               bg_dbus_call_new (self, invocation, bg_application_join_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_invite (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_invite_async (
      self->app, options, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, bg_application_invite_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_import (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *text,
               GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_import_async (
      self->app, text, options, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, bg_application_import_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_leave (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_leave_async (
      self->app, options, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, bg_application_leave_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_forget_peer (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *id)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);
  g_autoptr (GError) error = NULL;

  if (bg_dbus_tunnel_answered_detached (self, invocation))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (bg_application_forget_peer (self->app, id, &error))
    bg_dbus_tunnel1_complete_forget_peer (bus, invocation);
  else
    bg_dbus_return_error (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_configure (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *settings)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);
  g_autoptr (GVariant) changes = bg_dbus_settings_from_bus (settings, "");

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_configure_async (
      self->app, changes, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_configure_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_list_services (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_dbus_tunnel1_complete_list_services (bus, invocation,
                                            bg_application_list_services (self->app));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_list_access (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_dbus_tunnel1_complete_list_access (bus, invocation, bg_application_list_access (self->app));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_set_exit (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *name,
                 GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_set_exit_async (
      self->app, name, options, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_set_exit_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_set_endpoint_mode (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *key,
                          const char *mode)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);
  g_autoptr (GError) error = NULL;

  if (bg_dbus_tunnel_answered_detached (self, invocation))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (bg_application_set_endpoint_mode (self->app, key, mode, &error))
    bg_dbus_tunnel1_complete_set_endpoint_mode (bus, invocation);
  else
    bg_dbus_return_error (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_get_configuration (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_dbus_tunnel1_complete_get_configuration (bus, invocation,
                                                bg_application_get_configuration (self->app));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_reload (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_reload_async (self->app, bg_dbus_on_call_done,
                                 bg_dbus_call_new (self, invocation, bg_application_reload_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_statistics_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BgDBusCall) call = data;
  g_autoptr (GError) error = NULL;

  if (bg_dbus_statistics_set_finish (result, &error))
    {
      bg_dbus_tunnel_flush (call->self);
      g_dbus_method_invocation_return_value (call->invocation, NULL);
    }
  else
    bg_dbus_return_error (call->invocation, error);
}

static gboolean
handle_set_statistics_interval (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation,
                                guint milliseconds)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_dbus_statistics_set_async (self->statistics,
                                  g_dbus_method_invocation_get_connection (invocation),
                                  g_dbus_method_invocation_get_sender (invocation), milliseconds,
                                  on_statistics_set, bg_dbus_call_new (self, invocation, NULL));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_agent_registered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BgDBusCall) call = data;
  g_autoptr (GError) error = NULL;

  if (bg_dbus_agents_register_finish (result, &error))
    g_dbus_method_invocation_return_value (call->invocation, NULL);
  else
    bg_dbus_return_error (call->invocation, error);
}

static gboolean
handle_register_secret_agent (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation,
                              const char *path)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_dbus_agents_register_async (self->agents, g_dbus_method_invocation_get_sender (invocation),
                                   path, on_agent_registered,
                                   bg_dbus_call_new (self, invocation, NULL));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_unregister_secret_agent (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (bg_dbus_tunnel_answered_detached (self, invocation))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  bg_dbus_agents_unregister (self->agents, g_dbus_method_invocation_get_sender (invocation));
  bg_dbus_tunnel1_complete_unregister_secret_agent (bus, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_list_secrets (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_list_secrets_async (
      self->app, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, bg_application_list_secrets_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_diagnose (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_diagnose_async (
      self->app, options, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, bg_application_diagnose_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_move_secret (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *name,
                    const char *to)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);
  MoveCall *move;

  if (bg_dbus_tunnel_answered_detached (self, invocation))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  move = g_new (MoveCall, 1);
  *move =
    (MoveCall){ bg_dbus_call_new_for_answer (self, invocation, bg_application_move_secret_finish),
                g_strdup (name), g_strdup (to) };
  g_dbus_connection_call (
    g_dbus_method_invocation_get_connection (invocation), "org.freedesktop.DBus",
    "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser",
    g_variant_new ("(s)", g_dbus_method_invocation_get_sender (invocation)), G_VARIANT_TYPE ("(u)"),
    G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_mover_known, move);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_explain_error (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *message)
{
  const char *caller = g_dbus_method_invocation_get_sender (invocation);
  g_autoptr (BgWords) words = bg_dbus_dup_said (caller, message);

  if (words)
    bg_dbus_tunnel1_complete_explain_error (bus, invocation, words->wire);
  else
    bg_dbus_return (invocation, BG_ERROR_NOT_FOUND, bg_words (NO_SUCH_ERROR));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- Life --- */

BgDBusTunnel *
bg_dbus_tunnel_new (BgApplication *app, BgDBusRights *rights, BgDBusStatistics *statistics,
                    BgDBusAgents *agents)
{
  BgDBusTunnel *self = g_object_new (BG_TYPE_DBUS_TUNNEL, NULL);

  self->app = g_object_ref (app);
  self->statistics = statistics;
  self->agents = agents;
  bg_dbus_rights_guard (G_DBUS_INTERFACE_SKELETON (self), rights);
  bg_dbus_tunnel1_set_version (BG_DBUS_TUNNEL1 (self), BG_VERSION);
  refresh (self);
  g_signal_connect_object (app, "changed", G_CALLBACK (on_app_changed), self, 0);
  g_signal_connect_object (app, "state-changed", G_CALLBACK (on_app_state_changed), self, 0);
  return self;
}

void
bg_dbus_tunnel_detach (BgDBusTunnel *self)
{
  g_signal_handlers_disconnect_by_data (self->app, self);
  if (self->manager) /* whom this bus does not reach any more */
    bg_application_forget_client (self->app, self->manager);
  unwatch_manager (self);
  g_clear_object (&self->app);
  self->statistics = NULL;
  self->agents = NULL;
}

static void
bg_dbus_tunnel_dispose (GObject *object)
{
  unwatch_manager (BG_DBUS_TUNNEL (object));
  g_clear_object (&BG_DBUS_TUNNEL (object)->app);
  G_OBJECT_CLASS (bg_dbus_tunnel_parent_class)->dispose (object);
}

static void
bg_dbus_tunnel_class_init (BgDBusTunnelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bg_dbus_tunnel_dispose;
  bg_dbus_rights_guard_class (G_DBUS_INTERFACE_SKELETON_CLASS (klass));
}

static void
tunnel_iface_init (BgDBusTunnel1Iface *iface)
{
  iface->handle_up = handle_up;
  iface->handle_down = handle_down;
  iface->handle_release_link = handle_release_link;
  iface->handle_setup = handle_setup;
  iface->handle_join = handle_join;
  iface->handle_invite = handle_invite;
  bg_dbus_network_fill_iface (iface);
  iface->handle_import = handle_import;
  iface->handle_leave = handle_leave;
  iface->handle_forget_peer = handle_forget_peer;
  iface->handle_configure = handle_configure;
  iface->handle_set_exit = handle_set_exit;
  iface->handle_set_endpoint_mode = handle_set_endpoint_mode;
  iface->handle_get_configuration = handle_get_configuration;
  iface->handle_list_access = handle_list_access;
  iface->handle_list_services = handle_list_services;
  iface->handle_reload = handle_reload;
  iface->handle_set_statistics_interval = handle_set_statistics_interval;
  iface->handle_register_secret_agent = handle_register_secret_agent;
  iface->handle_unregister_secret_agent = handle_unregister_secret_agent;
  iface->handle_list_secrets = handle_list_secrets;
  iface->handle_move_secret = handle_move_secret;
  iface->handle_diagnose = handle_diagnose;
  iface->handle_explain_error = handle_explain_error;
}

static void
bg_dbus_tunnel_init (BgDBusTunnel *self)
{
}
