/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "applet-window.h"

#include "device-page.h"
#include "devices-window.h"
#include "endpoints-window.h"
#include "failure-words.h"
#include "import-dialog.h"
#include "invite-dialog.h"
#include "join-dialog.h"
#include "leave-dialog.h"
#include "names.h"
#include "peer-page.h"
#include "services-window.h"
#include "settings-window.h"
#include "setup-dialog.h"
#include "sidebar.h"
#include "stack.h"
#include "static-peer-dialog.h"
#include "toast.h"
#include "traffic.h"

#include <glib/gi18n.h>

struct _AppletWindow
{
  AdwApplicationWindow parent;
  AdwToastOverlay *toasts;
  GtkStack *root, *content;
  AdwStatusPage *away;
  AdwLeaflet *leaflet;
  AppletSidebar *sidebar;
  AppletDevicePage *device_page;
  AppletPeerPage *peer_page;

  AppletApplication *application; /* lives longer */
  BamgateClient *client;          /* NULL: no bus yet */
  AppletTraffic *traffic;
};

G_DEFINE_FINAL_TYPE (AppletWindow, applet_window, ADW_TYPE_APPLICATION_WINDOW)

AppletApplication *
applet_window_get_application (AppletWindow *self)
{
  return self->application;
}

BamgateClient *
applet_window_get_client (AppletWindow *self)
{
  return self->client;
}

void
applet_window_toast (AppletWindow *self, const char *text)
{
  adw_toast_overlay_add_toast (self->toasts, applet_toast_new (text));
}

void
applet_window_complain (AppletWindow *self, const char *what, const GError *error)
{
  g_autofree char *why = applet_failure_words (error);
  GtkWidget *dialog;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  dialog = adw_message_dialog_new (GTK_WINDOW (self), what, why);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  applet_names_present (GTK_WINDOW (dialog));
}

/* --- Which page --- */

static void
show_current (AppletWindow *self)
{
  gboolean is_peer = gtk_stack_get_visible_child (self->content) == GTK_WIDGET (self->peer_page);

  applet_sidebar_set_current (self->sidebar,
                              is_peer ? applet_peer_page_get_peer (self->peer_page) : NULL);
}

static void
show_content (AppletWindow *self, gpointer page)
{
  applet_stack_show (self->content, page);
  adw_leaflet_set_visible_child_name (self->leaflet, "content");
  show_current (self);
}

static void
show_peer (AppletWindow *self, const char *id)
{
  BamgatePeer *peer = self->client ? bamgate_client_find_peer (self->client, id) : NULL;

  if (!peer)
    {
      applet_window_toast (self, _ ("This machine is not there any more"));
      return;
    }
  applet_peer_page_set_peer (self->peer_page, peer);
  show_content (self, self->peer_page);
}

static void
on_peer_removed (BamgateClient *client, BamgatePeer *peer, AppletWindow *self)
{
  if (applet_peer_page_get_peer (self->peer_page) != peer)
    return;
  applet_stack_show (self->content, GTK_WIDGET (self->device_page));
  applet_peer_page_set_peer (self->peer_page, NULL);
  adw_leaflet_set_visible_child_name (self->leaflet, "sidebar");
  show_current (self);
}

/* A key alone may be left of a join that failed. */
static gboolean
has_network (BamgateClient *client)
{
  const char *const *addresses = bamgate_client_get_addresses (client);

  return *bamgate_client_get_server_url (client) || (addresses && *addresses)
         || g_list_model_get_n_items (bamgate_client_get_peers (client)) > 0;
}

/* The application asks once whether it is a wait or an absence. */
static void
show_away (AppletWindow *self)
{
  const GError *error = applet_application_get_client_error (self->application);
  g_autofree char *text =
    error
      ? applet_failure_words (error)
      : g_strdup (_ ("Its package may be about to be upgraded, or somebody stopped it. This window "
                     "comes back by itself when it runs."));
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_status_page_set_title (self->away, _ ("The Daemon Is Not Running"));
  adw_status_page_set_description (self->away, markup);
}

static void
show_root (AppletWindow *self)
{
  gboolean failed = applet_application_get_client_error (self->application) != NULL;

  if (self->client && bamgate_client_get_running (self->client))
    applet_stack_show_name (self->root, has_network (self->client) ? "main" : "welcome");
  else if (self->client || failed)
    {
      show_away (self);
      applet_stack_show_name (self->root, "away");
    }
  else
    applet_stack_show_name (self->root, "wait");
}

static void
on_leaflet_folded (AppletWindow *self)
{
  gboolean folded = adw_leaflet_get_folded (self->leaflet);

  applet_sidebar_set_folded (self->sidebar, folded);
  applet_device_page_set_folded (self->device_page, folded);
  applet_peer_page_set_folded (self->peer_page, folded);
}

/* --- Actions --- */

static void
enable (AppletWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
update_actions (AppletWindow *self)
{
  gboolean runs = self->client && bamgate_client_get_running (self->client);
  gboolean has_hub = runs && *bamgate_client_get_server_url (self->client) != '\0';

  enable (self, "join", runs);
  enable (self, "setup", runs);
  enable (self, "import", runs);
  enable (self, "settings", runs);
  enable (self, "show-settings", runs);
  enable (self, "leave", runs && has_network (self->client));
  enable (self, "add-peer", runs && has_network (self->client));
  enable (self, "invite", has_hub);
  enable (self, "devices", has_hub);
  enable (self, "show-devices", has_hub);
  enable (self, "endpoints", runs);
  enable (self, "services", runs);
}

static void
on_show_device (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletWindow *self = data;

  show_content (self, self->device_page);
}

static void
on_show_peer (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  show_peer (data, g_variant_get_string (parameter, NULL));
}

static void
on_back (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_leaflet_navigate (APPLET_WINDOW (data)->leaflet, ADW_NAVIGATION_DIRECTION_BACK);
}

static void
on_copy (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletWindow *self = data;

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          g_variant_get_string (parameter, NULL));
  applet_window_toast (self, _ ("Copied"));
}

static void
on_search (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletWindow *self = data;

  adw_leaflet_set_visible_child_name (self->leaflet, "sidebar");
  applet_sidebar_search (self->sidebar);
}

static void
on_join (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_join_dialog_open (data);
}

static void
on_setup (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_setup_dialog_open (data);
}

static void
on_import (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_import_dialog_open (data);
}

static void
on_add_peer (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_static_peer_dialog_open (data, NULL);
}

static void
on_leave (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_leave_dialog_open (data);
}

static void
on_invite (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_invite_dialog_open (data);
}

static void
on_settings (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_settings_window_open (data, NULL);
}

static void
on_show_settings (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_settings_window_open (data, g_variant_get_string (parameter, NULL));
}

static void
on_devices (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_devices_window_open (data, NULL);
}

static void
on_show_devices (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_devices_window_open (data, g_variant_get_string (parameter, NULL));
}

static void
on_endpoints (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_endpoints_window_open (data);
}

static void
on_services (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_services_window_open (data);
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletWindow *self = data;

  adw_show_about_window (
    GTK_WINDOW (self), "application-name", "bamgate", "application-icon", APPLET_ID, "version",
    BG_VERSION, "comments", _ ("A private network between your own machines"), "license-type",
    GTK_LICENSE_LGPL_2_1, "developer-name", _ ("The bamgate developers"),
    /* Translators: your names, one on each line */
    "translator-credits", _ ("translator-credits"), "debug-info-filename", "bamgate.txt", NULL);
}

static const GActionEntry entries[] = {
  { "show-device", on_show_device },
  { "show-peer", on_show_peer, "s" },
  { "back", on_back },
  { "copy", on_copy, "s" },
  { "search", on_search },
  { "join", on_join },
  { "setup", on_setup },
  { "import", on_import },
  { "add-peer", on_add_peer },
  { "leave", on_leave },
  { "invite", on_invite },
  { "devices", on_devices },
  { "show-devices", on_show_devices, "s" },
  { "endpoints", on_endpoints },
  { "services", on_services },
  { "settings", on_settings },
  { "show-settings", on_show_settings, "s" },
  { "about", on_about },
};

/* --- The daemon --- */

static void
on_client_changed (AppletWindow *self)
{
  show_root (self);
  update_actions (self);
}

static void
watch (AppletWindow *self, gpointer object, const char *signal)
{
  g_signal_connect_object (object, signal, G_CALLBACK (on_client_changed), self, G_CONNECT_SWAPPED);
}

static void
take_client (AppletWindow *self, BamgateClient *client)
{
  self->client = g_object_ref (client);
  self->traffic = applet_traffic_new (client);
  applet_traffic_set_active (self->traffic, gtk_widget_get_mapped (GTK_WIDGET (self)));
  applet_sidebar_set_client (self->sidebar, client);
  applet_device_page_set_client (self->device_page, client);
  watch (self, client, "notify::running");
  watch (self, client, "notify::addresses");
  watch (self, client, "notify::server-url");
  watch (self, bamgate_client_get_peers (client), "items-changed");
  g_signal_connect_object (client, "peer-removed", G_CALLBACK (on_peer_removed), self, 0);
}

static void
on_application_client (AppletWindow *self)
{
  BamgateClient *client = applet_application_get_client (self->application);

  if (client && !self->client)
    take_client (self, client);
  on_client_changed (self);
}

/* --- Life --- */

static void
on_map (AppletWindow *self)
{
  if (self->traffic)
    applet_traffic_set_active (self->traffic, TRUE);
}

static void
on_unmap (AppletWindow *self)
{
  if (self->traffic)
    applet_traffic_set_active (self->traffic, FALSE);
}

/* Nobody sees a window that is minimised. Later versions of GTK tell of a state when the surface is gone. */
static void
on_surface_state (AppletWindow *self)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (self));
  gboolean is_seen = surface && gtk_widget_get_mapped (GTK_WIDGET (self))
                     && !(gdk_toplevel_get_state (GDK_TOPLEVEL (surface))
                          & GDK_TOPLEVEL_STATE_MINIMIZED);

  if (self->traffic)
    applet_traffic_set_active (self->traffic, is_seen);
}

static void
applet_window_realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (applet_window_parent_class)->realize (widget);
  g_signal_connect_object (gtk_native_get_surface (GTK_NATIVE (widget)), "notify::state",
                           G_CALLBACK (on_surface_state), widget, G_CONNECT_SWAPPED);
}

static void
bind_size (AppletWindow *self)
{
  GSettings *settings = applet_application_get_settings (self->application);

  g_settings_bind (settings, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
}

static void
applet_window_dispose (GObject *object)
{
  AppletWindow *self = APPLET_WINDOW (object);

  g_clear_object (&self->traffic);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_WINDOW);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (applet_window_parent_class)->dispose (object);
}

static void
applet_window_class_init (AppletWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_window_dispose;
  widget_class->realize = applet_window_realize;
  g_type_ensure (APPLET_TYPE_SIDEBAR);
  g_type_ensure (APPLET_TYPE_DEVICE_PAGE);
  g_type_ensure (APPLET_TYPE_PEER_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/applet-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, root);
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, content);
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, away);
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, device_page);
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, peer_page);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "win.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Back, 0, "win.back", NULL);
}

static void
applet_window_init (AppletWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_names_tidy (GTK_WIDGET (self));
  applet_sidebar_capture_keys (self->sidebar, GTK_WIDGET (self));
  g_signal_connect (self, "map", G_CALLBACK (on_map), NULL);
  g_signal_connect (self, "unmap", G_CALLBACK (on_unmap), NULL);
  g_signal_connect_object (self->leaflet, "notify::folded", G_CALLBACK (on_leaflet_folded), self,
                           G_CONNECT_SWAPPED);
  on_leaflet_folded (self);
  applet_stack_show_name (self->root, "wait");
  applet_stack_show (self->content, GTK_WIDGET (self->device_page));
}

AppletWindow *
applet_window_new (AppletApplication *application)
{
  AppletWindow *self = g_object_new (APPLET_TYPE_WINDOW, "application", application, NULL);

  self->application = application;
  bind_size (self);
  g_signal_connect_object (application, "notify::client", G_CALLBACK (on_application_client), self,
                           G_CONNECT_SWAPPED);
  on_application_client (self);
  return self;
}
