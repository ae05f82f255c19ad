/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-offers.h"

#include "accept-choice.h"
#include "applet-window.h"
#include "exit-words.h"
#include "failure-words.h"
#include "format.h"
#include "peer-details.h"
#include "quiet-switch.h"
#include "rows.h"

#include "common/printable.h"

#include <glib/gi18n.h>

#define SWITCH_KEY "applet-switch"
#define ROUTE_KEY "applet-route"

struct AppletPeerOffers
{
  GtkWidget *exit_group, *routes_group, *names_group;
  GtkWidget *exit_row, *ask_row, *own_row, *servers, *domains;
  GtkSwitch *exit, *all, *ask;
  AppletRows routes; /* a row with a switch for each */
  BamgatePeer *peer; /* NULL: none */
  BamgateClient *client;
  GVariant *details;
  AppletAccept *accept; /* NULL: not known yet */
  GCancellable *cancellable;
  gboolean is_showing; /* what changes is our doing */
};

/* --- Changing --- */

static void
show_again (AppletPeerOffers *self)
{
  if (self->peer)
    applet_peer_offers_show (self, self->details);
}

/* What was refused goes back. */
static void
finish (AppletPeerOffers *self, const GError *error)
{
  GtkWidget *window = gtk_widget_get_ancestor (self->routes_group, APPLET_TYPE_WINDOW);
  g_autofree char *words = error ? applet_failure_words (error) : NULL;

  if (words && window)
    applet_window_toast (APPLET_WINDOW (window), words);
  show_again (self);
  applet_peer_offers_reload (self);
}

static void
on_peer_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  bamgate_peer_configure_finish (BAMGATE_PEER (source), result, &error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    finish (data, error);
}

static void
change (AppletPeerOffers *self, GVariant *changes)
{
  bamgate_peer_configure (self->peer, changes, self->cancellable, on_peer_configured, self);
}

static void
on_reset_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  bamgate_client_configure_finish (BAMGATE_CLIENT (source), result, &error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    finish (data, error);
}

static void
on_reset_clicked (AppletPeerOffers *self)
{
  g_autofree char *section = g_strconcat ("accept.", bamgate_peer_get_id (self->peer), NULL);
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert_value (&changes, section, g_variant_new ("a{sv}", NULL));
  bamgate_client_configure (self->client, g_variant_dict_end (&changes), self->cancellable,
                            on_reset_done, self);
}

static void
on_route_switched (AppletPeerOffers *self, GtkSwitch *toggle, gboolean wanted)
{
  change (self, applet_accept_take (self->accept, bamgate_peer_get_routes (self->peer),
                                    g_object_get_data (G_OBJECT (toggle), ROUTE_KEY), wanted));
}

static void
on_exit_switched (AppletPeerOffers *self, gboolean wanted)
{
  gtk_widget_activate_action (self->exit_row, "app.set-exit", "s",
                              wanted ? bamgate_peer_get_id (self->peer) : "");
}

static gboolean
on_state_set (GtkSwitch *toggle, gboolean wanted, AppletPeerOffers *self)
{
  if (self->is_showing || wanted == gtk_switch_get_state (toggle) || !self->peer)
    return TRUE;
  if (toggle == self->exit)
    on_exit_switched (self, wanted);
  else if (!self->accept)
    show_again (self);
  else if (toggle == self->all)
    change (self, applet_accept_take_all (wanted));
  else if (toggle == self->ask)
    change (self, applet_accept_ask (self->accept, wanted));
  else
    on_route_switched (self, toggle, wanted);
  return TRUE; /* what is so is said by the daemon */
}

/* --- What is taken, of the settings --- */

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    settings = bamgate_client_get_configuration_finish (BAMGATE_CLIENT (source), result, &error);
  AppletPeerOffers *self = data;

  if (!settings) /* the daemon is away, which the window says */
    return;
  g_clear_pointer (&self->accept, applet_accept_free);
  self->accept = applet_accept_read (settings, bamgate_peer_get_id (self->peer));
  show_again (self);
}

void
applet_peer_offers_reload (AppletPeerOffers *self)
{
  if (self->client)
    bamgate_client_get_configuration (self->client, self->cancellable, on_loaded, self);
}

/* --- Rows --- */

static GtkSwitch *
add_switch (AppletPeerOffers *self, GtkWidget *row)
{
  GtkWidget *toggle = gtk_switch_new ();

  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  g_object_set_data (G_OBJECT (row), SWITCH_KEY, toggle);
  g_signal_connect (toggle, "state-set", G_CALLBACK (on_state_set), self);
  return GTK_SWITCH (toggle);
}

static GtkWidget *
switch_row_new (AppletPeerOffers *self, GtkWidget *group, const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  add_switch (self, row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  return row;
}

static void
show_switch (GtkSwitch *toggle, gboolean is_on)
{
  applet_quiet_switch_show (toggle, is_on, is_on);
}

/* --- Networks --- */

static GtkWidget *
route_row_new (AppletPeerOffers *self, const AppletPeerRoute *route)
{
  GtkWidget *row = applet_peer_route_row_new (route);

  if (route->is_offered)
    g_object_set_data_full (G_OBJECT (add_switch (self, row)), ROUTE_KEY, g_strdup (route->route),
                            g_free);
  return row;
}

static void
show_route_switches (AppletPeerOffers *self, gboolean is_static)
{
  for (guint i = 0; i < self->routes.rows->len; i++)
    {
      GtkSwitch *toggle = g_object_get_data (self->routes.rows->pdata[i], SWITCH_KEY);
      const char *route = toggle ? g_object_get_data (G_OBJECT (toggle), ROUTE_KEY) : NULL;

      if (!toggle)
        continue;
      gtk_widget_set_visible (GTK_WIDGET (toggle), !is_static);
      gtk_widget_set_sensitive (GTK_WIDGET (toggle), self->accept != NULL);
      show_switch (toggle, self->accept && applet_accept_has (self->accept, route));
    }
}

static void
show_routes (AppletPeerOffers *self)
{
  g_autoptr (GPtrArray) routes = applet_peer_details_list_routes (self->peer, self->details);
  g_autofree char *key = applet_peer_routes_key (routes);
  gboolean is_static = bamgate_peer_get_kind (self->peer) == BAMGATE_PEER_KIND_STATIC;
  GtkWidget *all_row = gtk_widget_get_ancestor (GTK_WIDGET (self->all), ADW_TYPE_ACTION_ROW);

  gtk_widget_set_visible (self->routes_group, routes->len > 0);
  if (applet_rows_begin (&self->routes, key))
    for (guint i = 0; i < routes->len; i++)
      applet_rows_add (&self->routes, route_row_new (self, routes->pdata[i]));
  show_route_switches (self, is_static);
  gtk_widget_set_visible (all_row, !is_static);
  gtk_widget_set_sensitive (GTK_WIDGET (self->all), self->accept != NULL);
  show_switch (self->all, self->accept && self->accept->takes_all);
  gtk_widget_set_visible (self->own_row, self->accept && self->accept->is_own);
}

/* --- Names --- */

static void
show_names (AppletPeerOffers *self)
{
  g_autofree char *servers = applet_format_list (bamgate_peer_get_dns (self->peer));
  g_autofree char *domains = applet_format_list (bamgate_peer_get_dns_search (self->peer));
  g_autofree char *shown_servers = bg_printable (servers), *shown = bg_printable (domains);

  gtk_widget_set_visible (self->names_group, *servers || *domains);
  applet_fact_row_set (self->servers, shown_servers);
  applet_fact_row_set (self->domains, shown);
  gtk_widget_set_sensitive (GTK_WIDGET (self->ask), self->accept != NULL);
  gtk_widget_set_visible (self->ask_row, *servers && *domains);
  show_switch (self->ask, self->accept && self->accept->asks);
}

/* --- The exit --- */

static void
show_exit (AppletPeerOffers *self)
{
  const char *id = bamgate_peer_get_id (self->peer);
  gboolean is_chosen = g_str_equal (id, bamgate_client_get_exit_node (self->client));
  const char *carries = applet_exit_families (self->peer);

  gtk_widget_set_visible (self->exit_group, is_chosen || applet_exit_is_offered (self->peer));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->exit_row), carries);
  show_switch (self->exit, is_chosen);
}

/* --- The whole --- */

void
applet_peer_offers_show (AppletPeerOffers *self, GVariant *details)
{
  GVariant *kept = details ? g_variant_ref (details) : NULL;

  if (!self->peer)
    {
      g_clear_pointer (&kept, g_variant_unref);
      return;
    }
  g_clear_pointer (&self->details, g_variant_unref);
  self->details = kept;
  self->is_showing = TRUE;
  show_exit (self);
  show_routes (self);
  show_names (self);
  self->is_showing = FALSE;
}

static void
let_go (AppletPeerOffers *self)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  g_clear_object (&self->peer);
  g_clear_pointer (&self->accept, applet_accept_free);
  g_clear_pointer (&self->details, g_variant_unref);
}

void
applet_peer_offers_set_peer (AppletPeerOffers *self, BamgatePeer *peer)
{
  BamgateClient *client = peer ? bamgate_bus_object_get_client (BAMGATE_BUS_OBJECT (peer)) : NULL;

  let_go (self);
  if (!client)
    return;
  self->peer = g_object_ref (peer);
  self->client = g_object_ref (client);
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (self->client, "notify::exit-node", G_CALLBACK (show_again), self);
  g_signal_connect_swapped (self->client, "notify::accept-routes",
                            G_CALLBACK (applet_peer_offers_reload), self);
  applet_peer_offers_reload (self);
}

static GtkWidget *
own_row_new (AppletPeerOffers *self)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_As for Others"));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Chosen for This One Alone"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row),
                               _ ("The settings about other machines’ networks do not count here"));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_reset_clicked), self);
  return row;
}

static void
make_routes (AppletPeerOffers *self)
{
  GtkWidget *all = switch_row_new (self, self->routes_group, _ ("Use All Networks Behind It"),
                                   _ ("Those too that it offers later"));

  self->all = g_object_get_data (G_OBJECT (all), SWITCH_KEY);
  self->own_row = own_row_new (self);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->routes_group), self->own_row);
  applet_rows_init (&self->routes, self->routes_group);
}

static void
make_names (AppletPeerOffers *self)
{
  self->ask_row = switch_row_new (
    self, self->names_group, _ ("Ask Its Name Servers"),
    _ ("For names within its domains, through the tunnel and nobody else"));
  self->ask = g_object_get_data (G_OBJECT (self->ask_row), SWITCH_KEY);
  self->domains = applet_fact_row_new (_ ("Domains"), NULL);
  self->servers = applet_fact_row_new (_ ("Name Servers"), NULL);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->names_group), self->domains);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->names_group), self->servers);
}

AppletPeerOffers *
applet_peer_offers_new (GtkWidget *exit, GtkWidget *routes, GtkWidget *names)
{
  AppletPeerOffers *self = g_new0 (AppletPeerOffers, 1);

  self->exit_group = exit;
  self->routes_group = routes;
  self->names_group = names;
  self->exit_row = switch_row_new (self, exit, _ ("Use as Exit"), "");
  self->exit = g_object_get_data (G_OBJECT (self->exit_row), SWITCH_KEY);
  make_routes (self);
  make_names (self);
  return self;
}

void
applet_peer_offers_free (AppletPeerOffers *self)
{
  let_go (self);
  applet_rows_clear (&self->routes);
  g_free (self);
}
