/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "applet-application.h"

#include "applet-window.h"
#include "background.h"
#include "exit-actions.h"
#include "failure-words.h"
#include "secret-agent.h"
#include "send-dialog.h"
#include "tunnel-actions.h"
#include "words.h"

#include "common/source.h"

#include <glib/gi18n.h>

#define FAILURE_ID "action-failed"
#define MAX_RETRY_S 30

struct _AppletApplication
{
  AdwApplication parent;
  GSettings *settings;
  GCancellable *cancellable;
  BamgateClient *client;
  GError *client_error;
  AppletBackground *background;
  GSource *retry; /* of the system bus */
  guint retry_s;
  gboolean is_reconnecting;
  gboolean is_hidden;  /* the first activation shows nothing */
  gboolean is_staying; /* without a window too */
};

enum
{
  PROP_CLIENT = 1,
  PROPS
};
static GParamSpec *props[PROPS];

G_DEFINE_FINAL_TYPE (AppletApplication, applet_application, ADW_TYPE_APPLICATION)

/* --- The daemon --- */

static void
set_client_error (AppletApplication *self, GError *error)
{
  g_clear_error (&self->client_error);
  self->client_error = error;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CLIENT]);
}

static void
on_client_running (AppletApplication *self)
{
  if (bamgate_client_get_running (self->client) && self->client_error)
    set_client_error (self, NULL);
}

/* Why the daemon that could be called does not run. */
static void
on_configuration_got (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GVariant)
    settings = bamgate_client_get_configuration_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || (error && bamgate_client_get_running (BAMGATE_CLIENT (source))))
    g_clear_error (&error);
  else
    set_client_error (data, error);
}

/* A call starts it, where it can be started. */
static void
wake_daemon (AppletApplication *self)
{
  if (!bamgate_client_get_running (self->client))
    bamgate_client_get_configuration (self->client, self->cancellable, on_configuration_got, self);
}

/* No socket, nobody behind it; takes and gives, NULL too. */
static GError *
error_of_no_bus (GError *error)
{
  if (error && error->domain == G_IO_ERROR)
    {
      error->domain = G_DBUS_ERROR;
      error->code = G_DBUS_ERROR_NO_SERVER;
    }
  return error;
}

static AppletWindow *find_window (AppletApplication *self);
static void open_bus (AppletApplication *self);
static GtkWindow *show_window (AppletApplication *self);
static void on_bus_closed (AppletApplication *self);

/* A window is about one client for all its life. */
static void
replace_client (AppletApplication *self, BamgateClient *client)
{
  AppletWindow *window = find_window (self);
  gboolean was_seen = window && gtk_widget_get_mapped (GTK_WIDGET (window));

  g_clear_object (&self->client);
  self->client = client;
  g_signal_connect_object (bamgate_client_get_connection (client), "closed",
                           G_CALLBACK (on_bus_closed), self, G_CONNECT_SWAPPED);
  if (!window || !self->is_reconnecting)
    return;
  gtk_window_destroy (GTK_WINDOW (window));
  if (was_seen)
    show_window (self);
}

static void
on_client_made (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  BamgateClient *client = bamgate_client_new_for_connection_finish (result, &error);
  AppletApplication *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      return;
    }
  error = error_of_no_bus (error);
  if (client)
    {
      replace_client (self, client);
      self->is_reconnecting = FALSE;
      g_signal_connect_object (client, "notify::running", G_CALLBACK (on_client_running), self,
                               G_CONNECT_SWAPPED);
      wake_daemon (self);
    }
  applet_background_set_client (self->background, self->client);
  set_client_error (self, error);
}

/* --- Its bus --- */

static gboolean
on_retry (gpointer data)
{
  AppletApplication *self = data;

  bg_source_drop (&self->retry);
  open_bus (self);
  return G_SOURCE_REMOVE;
}

static void
retry_soon (AppletApplication *self)
{
  self->retry_s = CLAMP (2 * self->retry_s, 1, MAX_RETRY_S);
  bg_source_drop (&self->retry);
  self->retry = bg_source_attach (g_timeout_source_new_seconds (self->retry_s), on_retry, self);
}

/* The bus restarts, and the session does not end with it. */
static void
on_bus_closed (AppletApplication *self)
{
  self->is_reconnecting = TRUE;
  self->retry_s = 0;
  retry_soon (self);
}

static void
on_bus_open (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GDBusConnection) bus = g_dbus_connection_new_for_address_finish (result, &error);
  AppletApplication *self = data;

  if (bus)
    {
      bamgate_client_new_for_connection (bus, TRUE, self->cancellable, on_client_made, self);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      return;
    }
  if (self->is_reconnecting)
    retry_soon (self);
  set_client_error (self, error_of_no_bus (error));
}

/* Not the bus that the process shares: that one stays closed as long as somebody has it. */
static void
open_bus (AppletApplication *self)
{
  GError *error = NULL;
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, &error);

  if (address)
    g_dbus_connection_new_for_address (address,
                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                       NULL, self->cancellable, on_bus_open, self);
  else
    set_client_error (self, error_of_no_bus (error));
}

void
applet_application_connect (AppletApplication *self)
{
  if (self->client)
    wake_daemon (self);
  else
    open_bus (self);
}

static AppletWindow *
find_window (AppletApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l; l = l->next)
    if (APPLET_IS_WINDOW (l->data))
      return l->data;
  return NULL;
}

/* For who looks at no window. */
static void
notify_of (AppletApplication *self, const char *what, const GError *error)
{
  g_autoptr (GNotification) shown = g_notification_new (what);
  g_autoptr (GIcon) icon = g_themed_icon_new (APPLET_ID "-attention-symbolic");
  g_autofree char *words = applet_failure_words (error);
  /* Some desktops read markup in a body, and others show it. */
  g_autofree char *body = g_strdelimit (g_strdup (words), "<>&", '?');

  g_notification_set_body (shown, body);
  g_notification_set_icon (shown, icon);
  g_notification_set_default_action (shown, "app.show-window");
  g_application_send_notification (G_APPLICATION (self), FAILURE_ID, shown);
}

void
applet_application_fail (AppletApplication *self, const char *what, const GError *error)
{
  AppletWindow *window = find_window (self);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (window && gtk_widget_get_mapped (GTK_WIDGET (window)))
    applet_window_complain (window, what, error);
  else
    notify_of (self, what, error);
}

void
applet_application_calm (AppletApplication *self)
{
  g_application_withdraw_notification (G_APPLICATION (self), FAILURE_ID);
}

BamgateClient *
applet_application_get_client (AppletApplication *self)
{
  return self->client;
}

const GError *
applet_application_get_client_error (AppletApplication *self)
{
  return self->client_error;
}

GSettings *
applet_application_get_settings (AppletApplication *self)
{
  return self->settings;
}

void
applet_application_send_file (AppletApplication *self, const char *peer, const char *path)
{
  applet_background_send_file (self->background, peer, path);
}

/* --- Actions --- */

static GtkWindow *
show_window (AppletApplication *self)
{
  AppletWindow *window = find_window (self);
  g_autofree char *token = applet_background_take_token (self->background);

  if (!window)
    window = applet_window_new (self);
  if (token)
    gtk_window_set_startup_id (GTK_WINDOW (window), token);
  gtk_window_present (GTK_WINDOW (window));
  return GTK_WINDOW (window);
}

static void
on_show_window_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  show_window (data);
}

static void
on_show_peer_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_action_group_activate_action (G_ACTION_GROUP (show_window (data)), "show-peer", parameter);
}

/* Those that wait; the one with this name is asked about. */
static void
on_show_devices_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_action_group_activate_action (G_ACTION_GROUP (show_window (data)), "show-devices", parameter);
}

static void
on_invite_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_action_group_activate_action (G_ACTION_GROUP (show_window (data)), "invite", NULL);
}

/* Of the peer with this id; "" for this machine's own. */
static void
on_copy_address_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletApplication *self = data;
  const char *id = g_variant_get_string (parameter, NULL);
  BamgatePeer *peer = self->client && *id ? bamgate_client_find_peer (self->client, id) : NULL;
  const char *const *addresses = peer           ? bamgate_peer_get_addresses (peer)
                                 : *id          ? NULL
                                 : self->client ? bamgate_client_get_addresses (self->client)
                                                : NULL;
  g_autofree char *bare = addresses && *addresses ? applet_words_bare_address (*addresses) : NULL;

  if (bare)
    gdk_clipboard_set_text (gdk_display_get_clipboard (gdk_display_get_default ()), bare);
}

static void
on_connect_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_application_connect (data);
}

static void
on_quit_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_application_quit (G_APPLICATION (data));
}

static const GActionEntry actions[] = {
  { "show-window", on_show_window_activate },
  { "show-peer", on_show_peer_activate, "s" },
  { "show-devices", on_show_devices_activate, "s" },
  { "copy-address", on_copy_address_activate, "s" },
  { "invite", on_invite_activate },
  { "connect", on_connect_activate },
  { "quit", on_quit_activate },
};

static const struct
{
  const char *action, *keys;
} accelerators[] = {
  { "app.quit", "<Control>q" },        { "window.close", "<Control>w" },
  { "win.search", "<Control>f" },      { "win.invite", "<Control>i" },
  { "win.join", "<Control>j" },        { "win.settings", "<Control>comma" },
  { "win.show-device", "<Control>d" }, { "win.devices", "<Control>m" },
};

static void
add_actions (AppletApplication *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  applet_tunnel_actions_add (self);
  applet_exit_actions_add (self);
  for (guint i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accelerators[i].action,
                                           (const char *[]){ accelerators[i].keys, NULL });
}

/* --- Life --- */

/* Tray, notifications and rules go on without a window, where the person wants them to. */
static void
update_staying (AppletApplication *self)
{
  gboolean stays = g_settings_get_boolean (self->settings, "run-in-background");

  if (stays == self->is_staying)
    return;
  self->is_staying = stays;
  if (stays)
    g_application_hold (G_APPLICATION (self));
  else
    g_application_release (G_APPLICATION (self));
}

static void
applet_application_startup (GApplication *application)
{
  AppletApplication *self = APPLET_APPLICATION (application);

  G_APPLICATION_CLASS (applet_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (APPLET_ID);
  add_actions (self);
  self->settings = g_settings_new (APPLET_ID);
  g_signal_connect_object (self->settings, "changed::run-in-background",
                           G_CALLBACK (update_staying), self, G_CONNECT_SWAPPED);
  update_staying (self);
  self->background = applet_background_new (application, self->settings);
  applet_secret_agent_follow (self);
  applet_application_connect (self);
}

static void
applet_application_activate (GApplication *application)
{
  AppletApplication *self = APPLET_APPLICATION (application);

  if (!self->is_hidden)
    show_window (self);
  self->is_hidden = FALSE;
}

/* Files that a file manager hands over. */
static void
applet_application_open (GApplication *application, GFile **files, int n, const char *hint)
{
  applet_send_dialog_show (APPLET_APPLICATION (application), files, (guint) n);
}

static void
applet_application_shutdown (GApplication *application)
{
  AppletApplication *self = APPLET_APPLICATION (application);

  g_cancellable_cancel (self->cancellable);
  bg_source_drop (&self->retry);
  g_clear_pointer (&self->background, applet_background_free);
  g_clear_object (&self->client);
  g_clear_object (&self->settings);
  G_APPLICATION_CLASS (applet_application_parent_class)->shutdown (application);
}

/* --background of a second one leaves the first as it is. */
static int
applet_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  AppletApplication *self = APPLET_APPLICATION (application);
  g_autoptr (GError) error = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("bamgate-applet %s\n", BG_VERSION);
      return 0;
    }
  if (!g_variant_dict_contains (options, "background"))
    return -1;
  if (!g_application_register (application, NULL, &error))
    {
      g_printerr ("bamgate-applet: %s\n", error->message);
      return 1;
    }
  if (g_application_get_is_remote (application))
    return 0;
  self->is_hidden = TRUE;
  return -1;
}

static void
applet_application_finalize (GObject *object)
{
  AppletApplication *self = APPLET_APPLICATION (object);

  g_clear_object (&self->cancellable);
  g_clear_error (&self->client_error);
  G_OBJECT_CLASS (applet_application_parent_class)->finalize (object);
}

static void
applet_application_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CLIENT)
    g_value_set_object (value, APPLET_APPLICATION (object)->client);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
applet_application_class_init (AppletApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->get_property = applet_application_get_property;
  object_class->finalize = applet_application_finalize;
  application_class->startup = applet_application_startup;
  application_class->activate = applet_application_activate;
  application_class->open = applet_application_open;
  application_class->shutdown = applet_application_shutdown;
  application_class->handle_local_options = applet_application_handle_local_options;
  props[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, BAMGATE_TYPE_CLIENT,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, PROPS, props);
}

static void
applet_application_init (AppletApplication *self)
{
  const GOptionEntry entries[] = {
    { "background", 'b', 0, G_OPTION_ARG_NONE, NULL, N_ ("Start without a window"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version"), NULL },
    { NULL },
  };

  self->cancellable = g_cancellable_new ();
  g_application_add_main_option_entries (G_APPLICATION (self), entries);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[FILE…]"));
  g_application_set_option_context_summary (
    G_APPLICATION (self),
    _ (
      "Look after this machine's bamgate tunnel in a window. With files: send them to a machine."));
}

AppletApplication *
applet_application_new (void)
{
  return g_object_new (APPLET_TYPE_APPLICATION, "application-id", APPLET_ID, "resource-base-path",
                       "/org/bamgate/Applet", "flags", G_APPLICATION_HANDLES_OPEN, NULL);
}
