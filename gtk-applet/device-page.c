/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device-page.h"

#include "access-rules.h"
#include "client-watch.h"
#include "exit-rows.h"
#include "format.h"
#include "machine-rows.h"
#include "names.h"
#include "rows.h"
#include "sparkline.h"
#include "traffic.h"
#include "tunnel-switch.h"
#include "words.h"

#include "common/join-line.h"
#include "common/network-manager.h"
#include "common/printable.h"
#include "common/source.h"

#include <glib/gi18n.h>
#include <string.h>

struct _AppletDevicePage
{
  AdwBin parent;
  AdwHeaderBar *header;
  GtkWidget *back;
  AdwActionRow *state_row, *hub_row, *rates, *totals;
  GtkImage *state_icon;
  GtkSwitch *tunnel_switch;
  GtkActionable *hub_copy;
  AppletSparkline *sparkline;
  GtkWidget *picture;             /* around it */
  GtkWidget *exit, *exit_options; /* groups, as are these */
  GtkWidget *addresses, *traffic, *routes, *names, *access, *identity;
  GtkWidget *dns_name, *dns_manager;                             /* rows of names */
  GtkWidget *rules;                                              /* row of access */
  GtkWidget *name, *key, *since, *interface, *manager, *version; /* rows of identity */

  BamgateClient *client;
  AppletRows address_rows, route_rows;
  AppletExitRows *exit_rows;
  GCancellable *cancellable; /* of what is asked of the daemon */
  AppletClientWatch *watch;  /* of the peers, of which some can be exits */
  GSource *refresh;
  guint plugin_watch;
  char *plugin; /* NetworkManager's, on the bus; NULL: it does not run */
};

G_DEFINE_FINAL_TYPE (AppletDevicePage, applet_device_page, ADW_TYPE_BIN)

static void
show_state (AppletDevicePage *self)
{
  AppletWords words = applet_words_client (self->client);
  g_autofree char *label = g_strdup_printf (_ ("Tunnel: %s"), words.word);

  applet_machine_rows_show_state (self->state_row, self->state_icon, words,
                                  bamgate_client_get_state_reason (self->client), label);
}

static void
show_hub (AppletDevicePage *self)
{
  const char *url = bamgate_client_get_server_url (self->client);
  g_autofree char *hub = bg_join_line_hub (url);
  g_autofree char *shown = bg_printable (hub ? hub : url);
  const char *line = applet_words_signaling (bamgate_client_get_signaling_state (self->client));
  g_autofree char *both = *line ? g_strdup_printf ("%s\n%s", shown, line) : g_strdup (shown);
  g_autofree char *label = g_strdup_printf (_ ("Hub: %s, %s"), shown, line);

  gtk_widget_set_visible (GTK_WIDGET (self->hub_row), *url != '\0');
  adw_action_row_set_subtitle (self->hub_row, both);
  gtk_actionable_set_action_target (self->hub_copy, "s", url);
  gtk_actionable_set_action_name (self->hub_copy, "win.copy");
  applet_names_say (GTK_WIDGET (self->hub_row), label, NULL);
}

static void
show_addresses (AppletDevicePage *self)
{
  applet_machine_rows_show_addresses (&self->address_rows,
                                      bamgate_client_get_addresses (self->client), TRUE);
}

static void
show_routes (AppletDevicePage *self)
{
  const char *const *routes = bamgate_client_get_routes (self->client);
  g_autofree char *key = applet_format_list (routes);

  if (!applet_rows_begin (&self->route_rows, key))
    return;
  for (guint i = 0; routes && routes[i]; i++)
    applet_rows_add (&self->route_rows, applet_fact_row_new (_ ("Offered"), routes[i]));
  if (!routes || !*routes)
    applet_rows_add (&self->route_rows, applet_fact_row_new (_ ("Offered"), _ ("None")));
}

/* What is at work goes by its own name; a file has none. */
static char *
say_dns_manager (const char *manager)
{
  if (!*manager)
    return g_strdup (_ ("Nobody: programs do not find machines by their names"));
  return g_str_equal (manager, "hosts") ? g_strdup (_ ("The file /etc/hosts"))
                                        : bg_printable (manager);
}

static void
show_names (AppletDevicePage *self)
{
  g_autofree char *name = bg_printable (bamgate_client_get_dns_name (self->client));
  g_autofree char *manager = say_dns_manager (bamgate_client_get_dns_manager (self->client));

  gtk_widget_set_visible (self->names, *name != '\0');
  applet_fact_row_set (self->dns_name, name);
  applet_fact_row_set (self->dns_manager,
                       *bamgate_client_get_link_manager (self->client) ? NULL : manager);
}

static void
show_traffic (AppletDevicePage *self)
{
  AppletHistory *history = applet_traffic_get_history (self->client);

  gtk_widget_set_visible (self->picture, applet_history_get_peak (history) > 0);
  applet_machine_rows_show_traffic (GTK_WIDGET (self->rates), GTK_WIDGET (self->totals), history,
                                    bamgate_client_get_rx_bytes (self->client),
                                    bamgate_client_get_tx_bytes (self->client));
}

/* What is done in the daemon's place, and how that ends; NULL where nothing is. */
static const char *
say_manager (AppletDevicePage *self)
{
  const char *manager = bamgate_client_get_link_manager (self->client);

  if (*manager == '\0')
    return NULL;
  return g_strcmp0 (manager, self->plugin) == 0
           ? _ ("NetworkManager. Turn its connection off to end that.")
           : _ ("Another program. Where addresses are missing, turn the tunnel off and on.");
}

static void
show_identity (AppletDevicePage *self)
{
  BamgateState state = bamgate_client_get_state (self->client);
  gint64 since = bamgate_client_get_up_since (self->client);
  g_autofree char *name = bg_printable (bamgate_client_get_name (self->client));
  g_autofree char *up = applet_format_ago (since, g_get_real_time ());
  gboolean is_up = since > 0 && (state == BAMGATE_STATE_ONLINE || state == BAMGATE_STATE_DEGRADED);

  applet_fact_row_set (self->name, name);
  applet_fact_row_set (self->key, bamgate_client_get_public_key (self->client));
  applet_fact_row_set (self->since, is_up ? up : NULL);
  applet_fact_row_set (self->interface, bamgate_client_get_interface (self->client));
  applet_fact_row_set (self->manager, say_manager (self));
  applet_fact_row_set (self->version, bamgate_client_get_version (self->client));
  gtk_widget_set_visible (self->traffic, is_up);
}

static gboolean
on_refresh (gpointer data)
{
  AppletDevicePage *self = data;

  bg_source_drop (&self->refresh);
  show_state (self);
  applet_exit_rows_show (self->exit_rows, self->client);
  show_hub (self);
  show_addresses (self);
  show_routes (self);
  show_names (self);
  show_traffic (self);
  show_identity (self);
  return G_SOURCE_REMOVE;
}

/* Many things change at once; they are shown once. */
static void
queue_refresh (AppletDevicePage *self)
{
  if (!self->refresh && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->refresh = bg_source_attach (applet_rows_refresh_source_new (), on_refresh, self);
}

/* Counters are looked at when the picture changes: one frame for all of them. */
static void
on_client_notify (BamgateClient *client, GParamSpec *pspec, AppletDevicePage *self)
{
  if (!g_str_has_suffix (pspec->name, "-bytes"))
    queue_refresh (self);
}

static void
take_plugin (AppletDevicePage *self, const char *owner)
{
  g_free (self->plugin);
  self->plugin = g_strdup (owner);
  queue_refresh (self);
}

static void
on_plugin_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer self)
{
  take_plugin (self, owner);
}

static void
on_plugin_vanished (GDBusConnection *bus, const char *name, gpointer self)
{
  take_plugin (self, NULL);
}

static void
on_rules_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    rules = bamgate_client_list_access_finish (BAMGATE_CLIENT (source), result, &error);
  AppletDevicePage *self = data;
  g_autofree char *said = NULL;

  if (!rules) /* it went meanwhile, or the daemon is away, which the window says */
    return;
  said = applet_access_summary (rules);
  applet_fact_row_set (self->rules, said);
}

static void
ask_for_rules (AppletDevicePage *self)
{
  if (self->client && gtk_widget_get_mapped (GTK_WIDGET (self)))
    bamgate_client_list_access (self->client, self->cancellable, on_rules_got, self);
}

static void
on_map (AppletDevicePage *self)
{
  if (!self->client)
    return;
  on_refresh (self);
  ask_for_rules (self);
}

/* Somebody may have been at the settings. */
static void
on_realize (AppletDevicePage *self)
{
  g_signal_connect_object (gtk_widget_get_root (GTK_WIDGET (self)), "notify::is-active",
                           G_CALLBACK (ask_for_rules), self, G_CONNECT_SWAPPED);
}

void
applet_device_page_set_client (AppletDevicePage *self, BamgateClient *client)
{
  AppletHistory *history = applet_traffic_get_history (client);

  g_return_if_fail (!self->client);
  self->client = g_object_ref (client);
  applet_client_watch_set (self->watch, client);
  applet_tunnel_switch_set_client (self->tunnel_switch, client);
  applet_sparkline_set_history (self->sparkline, history);
  g_signal_connect_object (client, "notify", G_CALLBACK (on_client_notify), self, 0);
  self->plugin_watch = g_bus_watch_name_on_connection (
    bamgate_client_get_connection (client), BG_NETWORK_MANAGER_PLUGIN,
    G_BUS_NAME_WATCHER_FLAGS_NONE, on_plugin_appeared, on_plugin_vanished, self, NULL);
  g_signal_connect_object (history, "changed", G_CALLBACK (queue_refresh), self, G_CONNECT_SWAPPED);
  on_refresh (self);
}

void
applet_device_page_set_folded (AppletDevicePage *self, gboolean folded)
{
  adw_header_bar_set_show_start_title_buttons (self->header, folded);
  gtk_widget_set_visible (self->back, folded);
  gtk_widget_set_visible (GTK_WIDGET (self->tunnel_switch),
                          folded); /* else it is beside us, in the sidebar */
}

static GtkWidget *
add_row (GtkWidget *group, GtkWidget *row)
{
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  return row;
}

static void
applet_device_page_dispose (GObject *object)
{
  AppletDevicePage *self = APPLET_DEVICE_PAGE (object);

  if (self->plugin_watch > 0)
    g_bus_unwatch_name (self->plugin_watch);
  self->plugin_watch = 0;
  g_clear_pointer (&self->plugin, g_free);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->watch);
  bg_source_drop (&self->refresh);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_DEVICE_PAGE);
  applet_rows_clear (&self->address_rows);
  applet_rows_clear (&self->route_rows);
  g_clear_pointer (&self->exit_rows, applet_exit_rows_free);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (applet_device_page_parent_class)->dispose (object);
}

static void
applet_device_page_class_init (AppletDevicePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_device_page_dispose;
  g_type_ensure (APPLET_TYPE_SPARKLINE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/device-page.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, header);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, back);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, state_row);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, state_icon);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, tunnel_switch);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, hub_row);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, hub_copy);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, exit);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, exit_options);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, addresses);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, traffic);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, sparkline);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, picture);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, rates);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, totals);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, routes);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, names);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, access);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicePage, identity);
}

static void
applet_device_page_init (AppletDevicePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_names_tidy (GTK_WIDGET (self));
  self->exit_rows = applet_exit_rows_new (self->exit, self->exit_options);
  applet_rows_init (&self->address_rows, self->addresses);
  applet_rows_init (&self->route_rows, self->routes);
  self->dns_name = add_row (self->names, applet_copy_row_new (_ ("Name"), NULL, ""));
  self->dns_manager = add_row (self->names, applet_fact_row_new (_ ("Names Are Told To"), NULL));
  self->name = add_row (self->identity, applet_fact_row_new (_ ("Name"), NULL));
  self->since = add_row (self->identity, applet_fact_row_new (_ ("Online Since"), NULL));
  self->key = add_row (self->identity, applet_copy_row_new (_ ("Public Key"), NULL, ""));
  self->interface = add_row (self->identity, applet_fact_row_new (_ ("Interface"), NULL));
  self->manager = add_row (self->identity, applet_fact_row_new (_ ("Interface Set Up By"), NULL));
  self->version = add_row (self->identity, applet_fact_row_new (_ ("Version of the Daemon"), NULL));
  self->cancellable = g_cancellable_new ();
  self->rules = add_row (self->access, applet_fact_row_new (_ ("Rules"), NULL));
  self->watch = applet_client_watch_new ();
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (queue_refresh), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (self, "map", G_CALLBACK (on_map), NULL);
  g_signal_connect (self, "realize", G_CALLBACK (on_realize), NULL);
}
