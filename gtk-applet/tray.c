/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tray.h"

#include "client-watch.h"
#include "status-notifier-item.h"
#include "tray-menu.h"

#include "common/printable.h"
#include "common/source.h"

#define ITEM_PATH "/StatusNotifierItem"
#define WATCHER "org.kde.StatusNotifierWatcher"
#define RETRY_MS 500
#define RETRIES 5
#define WATCHER_PATH "/StatusNotifierWatcher"

struct _AppletTray
{
  GObject parent;
  GApplication *application; /* it owns the tray */
  GDBusConnection *bus;
  AppletStatusNotifierItem *item;
  AppletTrayMenu *menu;
  AppletClientWatch *watch;
  GCancellable *asking; /* while the watcher is asked */
  char *watcher;        /* its unique name; NULL: there is none */
  GSource *retry;
  guint retries_left;
  guint watcher_id;
  gboolean is_shown;
};

G_DEFINE_FINAL_TYPE (AppletTray, applet_tray, G_TYPE_OBJECT)

enum
{
  PROP_SHOWN = 1,
  PROPS
};
static GParamSpec *props[PROPS];
static guint token_signal;

/* --- What it shows --- */

static GVariant *
no_pixmap (void)
{
  return g_variant_new ("a(iiay)", NULL);
}

static GVariant *
tool_tip (const char *title, const char *text)
{
  /* Panels read markup in the text. */
  g_autofree char *printable = bg_printable (text);
  g_autofree char *escaped = g_markup_escape_text (printable, -1);

  return g_variant_new ("(s@a(iiay)ss)", "", no_pixmap (), title, escaped);
}

static void
show_look (AppletTray *self, AppletLook look)
{
  if (g_strcmp0 (applet_status_notifier_item_get_icon_name (self->item), applet_look_icon (look))
      == 0)
    return;
  applet_status_notifier_item_set_icon_name (self->item, applet_look_icon (look));
  applet_status_notifier_item_set_icon_accessible_desc (self->item, applet_look_words (look));
  applet_status_notifier_item_emit_new_icon (self->item);
}

static void
show_status (AppletTray *self, const char *status)
{
  if (g_strcmp0 (applet_status_notifier_item_get_status (self->item), status) == 0)
    return;
  applet_status_notifier_item_set_status (self->item, status);
  applet_status_notifier_item_emit_new_status (self->item, status);
}

static void
show_words (AppletTray *self, const AppletGlance *glance)
{
  g_autofree char *line = applet_glance_line (glance);
  g_autofree char *more = applet_glance_more (glance);
  g_autoptr (GVariant) tip = g_variant_ref_sink (tool_tip (line, more));
  GVariant *old = applet_status_notifier_item_get_tool_tip (self->item);

  if (old && g_variant_equal (old, tip))
    return;
  applet_status_notifier_item_set_tool_tip (self->item, tip);
  applet_status_notifier_item_emit_new_tool_tip (self->item);
}

static void
on_watch_changed (AppletClientWatch *watch, AppletTray *self)
{
  BamgateClient *client = applet_client_watch_get (watch);
  AppletGlance glance = applet_glance_take (client);

  show_look (self, applet_glance_look (&glance));
  show_words (self, &glance);
  show_status (self, applet_glance_needs_help (&glance) ? "NeedsAttention" : "Active");
  applet_tray_menu_update (self->menu, &glance, client);
}

/* --- Clicks --- */

static void
open_window (AppletTray *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->application), "show-window", NULL);
}

static gboolean
handle_activate (AppletStatusNotifierItem *item, GDBusMethodInvocation *call, int x, int y,
                 AppletTray *self)
{
  open_window (self);
  applet_status_notifier_item_complete_activate (item, call);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_secondary_activate (AppletStatusNotifierItem *item, GDBusMethodInvocation *call, int x,
                           int y, AppletTray *self)
{
  open_window (self);
  applet_status_notifier_item_complete_secondary_activate (item, call);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Who asks shows the menu by itself. */
static gboolean
handle_context_menu (AppletStatusNotifierItem *item, GDBusMethodInvocation *call, int x, int y,
                     AppletTray *self)
{
  applet_status_notifier_item_complete_context_menu (item, call);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_scroll (AppletStatusNotifierItem *item, GDBusMethodInvocation *call, int delta,
               const char *orientation, AppletTray *self)
{
  applet_status_notifier_item_complete_scroll (item, call);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_token (AppletStatusNotifierItem *item, GDBusMethodInvocation *call, const char *token,
              AppletTray *self)
{
  g_signal_emit (self, token_signal, 0, token);
  applet_status_notifier_item_complete_provide_xdg_activation_token (item, call);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- Who shows it --- */

static void
set_shown (AppletTray *self, gboolean is_shown)
{
  if (is_shown == self->is_shown)
    return;
  self->is_shown = is_shown;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SHOWN]);
}

static void register_later (AppletTray *self);

static void
on_registered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error)
    {
      g_debug ("tray: %s", error->message);
      register_later (data);
    }
  set_shown (data, answer != NULL);
}

/* By path: a panel that is told a name asks for its owner, and some forget the item then. */
static void
register_item (AppletTray *self)
{
  g_dbus_connection_call (self->bus, self->watcher, WATCHER_PATH, WATCHER,
                          "RegisterStatusNotifierItem", g_variant_new ("(s)", ITEM_PATH), NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, self->asking, on_registered, self);
}

static gboolean
on_retry (gpointer data)
{
  AppletTray *self = data;

  bg_source_drop (&self->retry);
  register_item (self);
  return G_SOURCE_REMOVE;
}

/* Some have their name before they listen. */
static void
register_later (AppletTray *self)
{
  if (self->retries_left == 0)
    return;
  self->retries_left--;
  bg_source_drop (&self->retry);
  self->retry = bg_source_attach (g_timeout_source_new (RETRY_MS), on_retry, self);
}

static void
stop_asking (AppletTray *self)
{
  g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  g_clear_pointer (&self->watcher, g_free);
  bg_source_drop (&self->retry);
}

static void
on_watcher_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
  AppletTray *self = data;

  stop_asking (self);
  self->watcher = g_strdup (owner);
  self->asking = g_cancellable_new ();
  self->retries_left = RETRIES;
  register_item (self);
}

static void
on_watcher_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  stop_asking (data);
  set_shown (data, FALSE);
}

/* --- Life --- */

void
applet_tray_set_client (AppletTray *self, BamgateClient *client)
{
  applet_client_watch_set (self->watch, client);
}

static void
make_item (AppletTray *self)
{
  AppletStatusNotifierItem *item = applet_status_notifier_item_skeleton_new ();

  applet_status_notifier_item_set_category (item, "Communications");
  applet_status_notifier_item_set_id (item, "bamgate");
  applet_status_notifier_item_set_title (item, "bamgate");
  applet_status_notifier_item_set_attention_icon_name (item,
                                                       applet_look_icon (APPLET_LOOK_ATTENTION));
  applet_status_notifier_item_set_attention_accessible_desc (
    item, applet_look_words (APPLET_LOOK_ATTENTION));
  applet_status_notifier_item_set_icon_pixmap (item, no_pixmap ());
  applet_status_notifier_item_set_overlay_icon_pixmap (item, no_pixmap ());
  applet_status_notifier_item_set_attention_icon_pixmap (item, no_pixmap ());
  applet_status_notifier_item_set_menu (item, APPLET_TRAY_MENU_PATH);
  g_signal_connect (item, "handle-activate", G_CALLBACK (handle_activate), self);
  g_signal_connect (item, "handle-secondary-activate", G_CALLBACK (handle_secondary_activate),
                    self);
  g_signal_connect (item, "handle-context-menu", G_CALLBACK (handle_context_menu), self);
  g_signal_connect (item, "handle-scroll", G_CALLBACK (handle_scroll), self);
  g_signal_connect (item, "handle-provide-xdg-activation-token", G_CALLBACK (handle_token), self);
  self->item = item;
}

static void
go_on_the_bus (AppletTray *self)
{
  g_autoptr (GError) error = NULL;

  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->item), self->bus,
                                         ITEM_PATH, &error))
    {
      g_warning ("no tray item: %s", error->message);
      return;
    }
  self->watcher_id = g_bus_watch_name_on_connection (
    self->bus, WATCHER, G_BUS_NAME_WATCHER_FLAGS_NONE, on_watcher_appeared, on_watcher_vanished,
    self, NULL);
}

AppletTray *
applet_tray_new (GApplication *application)
{
  AppletTray *self = g_object_new (APPLET_TYPE_TRAY, NULL);
  GDBusConnection *bus = g_application_get_dbus_connection (application);

  self->application = application;
  self->menu = applet_tray_menu_new (G_ACTION_GROUP (application));
  on_watch_changed (self->watch, self);
  if (bus)
    {
      self->bus = g_object_ref (bus);
      go_on_the_bus (self);
    }
  return self;
}

static void
applet_tray_dispose (GObject *object)
{
  AppletTray *self = APPLET_TRAY (object);

  if (self->watcher_id)
    g_bus_unwatch_name (self->watcher_id);
  self->watcher_id = 0;
  stop_asking (self);
  g_clear_object (&self->watch);
  if (self->item && self->bus)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->item));
  if (self->item)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  g_clear_pointer (&self->menu, applet_tray_menu_free);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (applet_tray_parent_class)->dispose (object);
}

static void
applet_tray_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SHOWN)
    g_value_set_boolean (value, APPLET_TRAY (object)->is_shown);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
applet_tray_class_init (AppletTrayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = applet_tray_dispose;
  object_class->get_property = applet_tray_get_property;
  props[PROP_SHOWN] = g_param_spec_boolean ("shown", NULL, NULL, FALSE,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, PROPS, props);
  token_signal = g_signal_new ("activation-token", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                               NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
applet_tray_init (AppletTray *self)
{
  self->watch = applet_client_watch_new ();
  make_item (self);
  g_signal_connect (self->watch, "changed", G_CALLBACK (on_watch_changed), self);
}
