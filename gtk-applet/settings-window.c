/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings-window.h"

#include "access-rules.h"
#include "failure-words.h"
#include "notification-settings.h"
#include "route-text.h"
#include "rows.h"
#include "rule-settings.h"
#include "setting-row.h"
#include "toast.h"

#include <glib/gi18n.h>

#define APPLET_TYPE_SETTINGS_WINDOW (applet_settings_window_get_type ())
G_DECLARE_FINAL_TYPE (AppletSettingsWindow, applet_settings_window, APPLET, SETTINGS_WINDOW,
                      AdwPreferencesWindow)

static const AppletChoice levels[] = {
  { "debug", N_ ("Everything") }, { "info", N_ ("Informative") },  { "message", N_ ("Notable") },
  { "warning", N_ ("Warnings") }, { "critical", N_ ("Failures") }, { NULL },
};

static const AppletChoice resolvers[] = {
  { "auto", N_ ("Whoever Looks After Names Here") },
  { "resolved", "systemd-resolved" },
  { "networkmanager", "NetworkManager" },
  { "resolvconf", "resolvconf" },
  { "hosts", N_ ("Lines in /etc/hosts") },
  { "off", N_ ("Nobody") },
  { NULL },
};

static const AppletSetting table[] = {
  { "device.name", "device", APPLET_SETTING_TEXT, N_ ("Name in the Network"), NULL },
  { "device.autostart", "device", APPLET_SETTING_SWITCH, N_ ("Turn On When the System Starts"),
    N_ ("Unless it was turned off by hand before") },
  { "device.accept-routes", "accept", APPLET_SETTING_SWITCH,
    N_ ("Use Networks Behind Other Machines"),
    N_ (
      "Packets to what other machines offer then go through the tunnel; a machine's page shows what it offers") },
  { "device.routes-nat", "gateway", APPLET_SETTING_SWITCH,
    N_ ("Others Come With This Machine’s Address"),
    N_ ("Hosts in those networks then need no route back") },
  { "device.exit", "gateway", APPLET_SETTING_SWITCH, N_ ("Be an Exit for the Others"),
    N_ ("They may reach everything through this machine, the Internet too") },
  { "dns.suffix", "names", APPLET_SETTING_TEXT, N_ ("Domain of the Machines"), NULL },
  { "dns.search", "names", APPLET_SETTING_SWITCH, N_ ("The Domain May Be Left Out"),
    N_ ("“ssh laptop” is enough") },
  { "dns.resolver", "names", APPLET_SETTING_SWITCH, N_ ("Answer This Machine’s Questions"),
    N_ ("At its addresses in the tunnel, on port 53, and nobody else’s") },
  { "dns.manage", "names", APPLET_SETTING_CHOICE, N_ ("Names Are Told To"), NULL, resolvers },
  { "device.dns", "served", APPLET_SETTING_TEXT, N_ ("Addresses of Name Servers (A; B)"), NULL },
  { "device.dns-search", "served", APPLET_SETTING_TEXT, N_ ("Domains That They Know (A; B)"),
    NULL },
  { "ice.stun-servers", "ice", APPLET_SETTING_TEXT, N_ ("STUN Servers"), NULL },
  { "ice.turn-servers", "ice", APPLET_SETTING_TEXT, N_ ("TURN Servers (Relays)"), NULL },
  { "ice.tcp", "ice", APPLET_SETTING_SWITCH, N_ ("Try TCP Too"),
    N_ ("For networks that hold UDP back") },
  { "ice.force-relay", "ice", APPLET_SETTING_SWITCH, N_ ("Relays Only"),
    N_ ("Other machines do not learn this machine's addresses; slower") },
  { "device.mtu", "tunnel", APPLET_SETTING_TEXT, N_ ("Largest Packet (MTU)"), NULL },
  { "device.listen-port", "tunnel", APPLET_SETTING_TEXT, N_ ("UDP Port for Static Peers (0: Any)"),
    NULL },
  { "device.interface", "tunnel", APPLET_SETTING_TEXT, N_ ("Name of the Interface"), NULL },
  { "log.level", "log", APPLET_SETTING_CHOICE, N_ ("What the Daemon Logs"), NULL, levels },
};

struct _AppletSettingsWindow
{
  AdwPreferencesWindow parent;
  GtkWidget *device, *applet, *accept, *routes, *gateway, *names, *served, *ice, *tunnel,
    *log; /* groups, named in the table */
  GtkWidget *access, *new_allow, *new_deny;
  AdwPreferencesPage *general;
  GtkSwitch *background;
  GtkEditable *new_route;

  AppletWindow *window; /* lives longer: we are transient for it */
  GCancellable *cancellable;
  GtkWidget *rows[G_N_ELEMENTS (table)];
  AppletRows route_rows;
  char **offered; /* routes */
};

G_DEFINE_FINAL_TYPE (AppletSettingsWindow, applet_settings_window, ADW_TYPE_PREFERENCES_WINDOW)

static void load (AppletSettingsWindow *self);

static void
toast (AppletSettingsWindow *self, const char *text)
{
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), applet_toast_new (text));
}

/* --- Changing --- */

/* Who asked for a change. */
typedef struct
{
  AppletSettingsWindow *self;
  GtkWidget *row;
} Change;

static void
say_pending (AppletSettingsWindow *self)
{
  const char *const *pending = bamgate_client_get_pending_restart (
    applet_window_get_client (self->window));
  AdwToast *said;

  if (!pending || !*pending)
    return;
  said = applet_toast_new (_ ("In effect when the tunnel restarts"));
  adw_toast_set_button_label (said, _ ("Restart Now"));
  adw_toast_set_action_name (said, "app.restart-tunnel");
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), said);
}

static void
on_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Change *change = data;
  g_autoptr (AppletSettingsWindow) self = change->self;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_client_configure_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (ok)
    {
      say_pending (self);
      load (self);
    }
  else
    {
      g_autofree char *words = applet_failure_words (error);

      toast (self, words);
      if (change->row && ADW_IS_ENTRY_ROW (change->row))
        gtk_widget_add_css_class (change->row, "error");
      else
        load (self);
    }
}

static void
configure (AppletSettingsWindow *self, const char *key, GVariant *value, GtkWidget *row)
{
  Change *change = g_new (Change, 1);
  GVariantDict settings;

  *change = (Change){ g_object_ref (self), row };
  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert_value (&settings, key, value);
  bamgate_client_configure (applet_window_get_client (self->window), g_variant_dict_end (&settings),
                            self->cancellable, on_configured, change);
}

static void
on_setting_changed (const AppletSetting *setting, GVariant *value, gpointer data)
{
  AppletSettingsWindow *self = data;

  configure (self, setting->key, value, self->rows[setting - table]);
}

/* --- Routes --- */

static void
set_routes (AppletSettingsWindow *self, char **routes)
{
  configure (self, "device.routes", g_variant_new_strv ((const char *const *) routes, -1),
             GTK_WIDGET (self->new_route));
}

static void
on_route_removed (GtkButton *button, AppletSettingsWindow *self)
{
  const char *route = g_object_get_data (G_OBJECT (button), "applet-route");
  g_auto (GStrv) left = applet_routes_without (self->offered, route);

  set_routes (self, left);
}

static GtkWidget *
route_row_new (AppletSettingsWindow *self, const char *route)
{
  GtkWidget *row = applet_fact_row_new (route, _ ("Offered to the others"));
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *name = g_strdup_printf (_ ("Remove %s"), route);

  gtk_widget_remove_css_class (row, "fact");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data_full (G_OBJECT (button), "applet-route", g_strdup (route), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_route_removed), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
show_routes (AppletSettingsWindow *self, GVariant *value)
{
  g_autofree char *key = applet_setting_to_text (value);

  g_strfreev (self->offered);
  self->offered = value ? g_variant_dup_strv (value, NULL) : g_new0 (char *, 1);
  if (applet_rows_begin (&self->route_rows, key))
    for (guint i = 0; self->offered[i]; i++)
      applet_rows_add (&self->route_rows, route_row_new (self, self->offered[i]));
}

static void
on_new_route_apply (AppletSettingsWindow *self)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv)
    routes = applet_routes_with (self->offered, gtk_editable_get_text (self->new_route), &error);

  if (!routes)
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->new_route), "error");
      toast (self, error->message);
      return;
    }
  gtk_editable_set_text (self->new_route, "");
  set_routes (self, routes);
}

static void
on_new_route_changed (AppletSettingsWindow *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self->new_route), "error");
}

/* --- Showing --- */

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletSettingsWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    settings = bamgate_client_get_configuration_finish (BAMGATE_CLIENT (source), result, &error);
  g_autoptr (GVariant) routes = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!settings)
    {
      g_autofree char *words = applet_failure_words (error);

      toast (self, words);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (settings, table[i].key, NULL);

      applet_setting_row_show (self->rows[i], value);
    }
  routes = g_variant_lookup_value (settings, "device.routes", G_VARIANT_TYPE_STRING_ARRAY);
  show_routes (self, routes);
}

static void
load (AppletSettingsWindow *self)
{
  bamgate_client_get_configuration (applet_window_get_client (self->window), self->cancellable,
                                    on_loaded, g_object_ref (self));
}

/* --- Life --- */

static void
add_rows (AppletSettingsWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      GObject *group = gtk_widget_get_template_child (GTK_WIDGET (self),
                                                      APPLET_TYPE_SETTINGS_WINDOW, table[i].group);

      self->rows[i] = applet_setting_row_new (&table[i], on_setting_changed, self);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->rows[i]);
    }
}

static void
applet_settings_window_dispose (GObject *object)
{
  AppletSettingsWindow *self = APPLET_SETTINGS_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_SETTINGS_WINDOW);
  G_OBJECT_CLASS (applet_settings_window_parent_class)->dispose (object);
}

static void
applet_settings_window_finalize (GObject *object)
{
  AppletSettingsWindow *self = APPLET_SETTINGS_WINDOW (object);

  applet_rows_clear (&self->route_rows);
  g_strfreev (self->offered);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (applet_settings_window_parent_class)->finalize (object);
}

static void
applet_settings_window_class_init (AppletSettingsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_settings_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_settings_window_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/settings-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, general);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, device);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, applet);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, accept);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, routes);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, gateway);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, names);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, served);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, access);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, new_allow);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, new_deny);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, ice);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, tunnel);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, log);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, background);
  gtk_widget_class_bind_template_child (widget_class, AppletSettingsWindow, new_route);
}

static void
applet_settings_window_init (AppletSettingsWindow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_rows_init (&self->route_rows, self->routes);
  add_rows (self);
  g_signal_connect_swapped (self->new_route, "apply", G_CALLBACK (on_new_route_apply), self);
  g_signal_connect_swapped (self->new_route, "changed", G_CALLBACK (on_new_route_changed), self);
}

/* What goes on without a window. */
static void
add_background (AppletSettingsWindow *self)
{
  GSettings *settings = applet_application_get_settings (
    applet_window_get_application (self->window));
  BamgateClient *client = applet_window_get_client (self->window);

  g_settings_bind (settings, "run-in-background", self->background, "active",
                   G_SETTINGS_BIND_DEFAULT);
  adw_preferences_page_add (
    self->general, ADW_PREFERENCES_GROUP (applet_notification_settings_new (settings, client)));
  adw_preferences_page_add (self->general,
                            ADW_PREFERENCES_GROUP (applet_rule_settings_new (settings, client)));
}

void
applet_settings_window_open (AppletWindow *window, const char *page)
{
  AppletApplication *application = applet_window_get_application (window);
  AppletSettingsWindow *self = g_object_new (APPLET_TYPE_SETTINGS_WINDOW, "transient-for", window,
                                             "application", application, NULL);

  self->window = window;
  add_background (self);
  applet_access_rules_new (applet_window_get_client (window), self->access, self->new_allow,
                           self->new_deny);
  if (page)
    adw_preferences_window_set_visible_page_name (ADW_PREFERENCES_WINDOW (self), page);
  load (self);
  gtk_window_present (GTK_WINDOW (self));
}
