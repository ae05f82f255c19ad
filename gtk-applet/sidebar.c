/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sidebar.h"

#include "names.h"
#include "peer-row.h"
#include "sentence.h"
#include "stack.h"
#include "tunnel-switch.h"
#include "words.h"

#include "common/printable.h"

#include <glib/gi18n.h>
#include <string.h>

struct _AppletSidebar
{
  AdwBin parent;
  AdwHeaderBar *header;
  GtkRevealer *restart_bar;
  AdwActionRow *device_row;
  GtkImage *state_icon;
  GtkSwitch *tunnel_switch;
  GtkSearchBar *search_bar;
  GtkEditable *search_entry;
  GtkStack *stack;
  GtkListView *list;
  AdwStatusPage *nobody;
  GtkButton *nobody_button;
  GMenuModel *menu_model;

  BamgateClient *client;
  GtkCustomFilter *filter;
  GListModel *found;
  char *wanted; /* folded; NULL: everybody */
  BamgatePeer *current;
  GPtrArray *rows; /* that are bound; not owned */
};

enum
{
  PROP_MENU_MODEL = 1,
  PROPS
};
static GParamSpec *props[PROPS];

G_DEFINE_FINAL_TYPE (AppletSidebar, applet_sidebar, ADW_TYPE_BIN)

/* --- This machine --- */

/* With the exit, or why there is trouble. */
static char *
describe (BamgateClient *client, const char *word, const char *reason)
{
  AppletExit exit = applet_exit_of (client);
  g_autofree char *title = applet_exit_title (exit, bamgate_client_get_exit_node (client));

  if (*reason)
    return applet_exit_is_blocked (exit) ? applet_sentence (reason)
                                         : g_strdup_printf ("%s: %s", word, reason);
  return exit == APPLET_EXIT_ACTIVE ? g_strdup_printf ("%s · %s", word, title) : g_strdup (word);
}

static void
show_device (AppletSidebar *self)
{
  AppletWords words = applet_words_client (self->client);
  g_autofree char *name = bg_printable (bamgate_client_get_name (self->client));
  g_autofree char *reason = bg_printable (bamgate_client_get_state_reason (self->client));
  g_autofree char *said = describe (self->client, words.word, reason);
  g_autofree char *label = g_strdup_printf (_ ("This machine, %s: %s"), name, words.word);
  const char *classes[] = { words.style, NULL };
  gboolean pending = *bamgate_client_get_pending_restart (self->client) != NULL;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->device_row),
                                 *name ? name : _ ("This Machine"));
  adw_action_row_set_subtitle (self->device_row, said);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->device_row), *reason ? reason : NULL);
  gtk_image_set_from_icon_name (self->state_icon, words.icon);
  gtk_widget_set_css_classes (GTK_WIDGET (self->state_icon), classes);
  applet_names_say (GTK_WIDGET (self->device_row), label, reason);
  gtk_widget_set_visible (GTK_WIDGET (self->restart_bar), pending);
  gtk_revealer_set_reveal_child (self->restart_bar, pending);
}

/* --- The others --- */

/* What is to be done about having nobody: come online, or invite somebody. */
static void
show_nobody (AppletSidebar *self)
{
  BamgateState state = bamgate_client_get_state (self->client);
  gboolean is_up = applet_words_is_up (state);
  gboolean has_hub = *bamgate_client_get_server_url (self->client) != '\0';

  gtk_widget_set_visible (GTK_WIDGET (self->nobody_button), !is_up || has_hub);
  adw_status_page_set_title (self->nobody,
                             is_up ? _ ("No Other Machine Yet") : _ ("The Tunnel Is Off"));
  if (!is_up)
    adw_status_page_set_description (self->nobody,
                                     _ ("The other machines are seen when it is on."));
  else if (has_hub)
    adw_status_page_set_description (self->nobody, _ ("Let your other machines join this one."));
  else
    adw_status_page_set_description (
      self->nobody, _ ("There is neither a hub nor a static peer in the settings."));
  gtk_button_set_label (self->nobody_button, is_up ? _ ("_Invite a Machine") : _ ("_Turn On"));
  applet_names_tidy (GTK_WIDGET (self->nobody_button));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->nobody_button),
                                  is_up ? "win.invite" : "app.up");
}

static void
show_peers (AppletSidebar *self)
{
  guint all = g_list_model_get_n_items (bamgate_client_get_peers (self->client));

  if (g_list_model_get_n_items (self->found) > 0)
    applet_stack_show_name (self->stack, "peers");
  else
    applet_stack_show_name (self->stack, all > 0 ? "nothing-found" : "nobody");
  if (all == 0)
    show_nobody (self);
}

static gboolean
is_found (gpointer item, gpointer data)
{
  AppletSidebar *self = data;
  g_autofree char *key = self->wanted ? applet_words_search_key (item) : NULL;

  return !key || strstr (key, self->wanted);
}

static void
on_search_changed (AppletSidebar *self)
{
  const char *text = gtk_editable_get_text (self->search_entry);

  g_free (self->wanted);
  self->wanted = *text ? g_utf8_casefold (text, -1) : NULL;
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  show_peers (self);
}

/* Enter in the search opens the first that was found. */
static void
on_search_activate (AppletSidebar *self)
{
  g_autoptr (BamgatePeer) peer = g_list_model_get_item (self->found, 0);

  if (peer)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-peer", "s",
                                bamgate_peer_get_id (peer));
}

static void
mark_row (AppletSidebar *self, GtkWidget *row)
{
  GtkWidget *item = gtk_widget_get_parent (row);
  BamgatePeer *peer = applet_peer_row_get_peer (APPLET_PEER_ROW (row));

  if (item && peer && peer == self->current)
    gtk_widget_add_css_class (item, "current");
  else if (item)
    gtk_widget_remove_css_class (item, "current");
}

static void
on_factory_setup (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  gtk_list_item_set_child (item, applet_peer_row_new ());
}

static void
on_factory_bind (GtkListItemFactory *factory, GtkListItem *item, AppletSidebar *self)
{
  GtkWidget *row = gtk_list_item_get_child (item);

  applet_peer_row_set_peer (APPLET_PEER_ROW (row), gtk_list_item_get_item (item));
  g_ptr_array_add (self->rows, row);
  mark_row (self, row);
}

static void
on_factory_unbind (GtkListItemFactory *factory, GtkListItem *item, AppletSidebar *self)
{
  GtkWidget *row = gtk_list_item_get_child (item);

  applet_peer_row_set_peer (APPLET_PEER_ROW (row), NULL);
  mark_row (self, row);
  g_ptr_array_remove_fast (self->rows, row);
}

static void
on_list_activate (GtkListView *list, guint position, AppletSidebar *self)
{
  g_autoptr (BamgatePeer) peer = g_list_model_get_item (self->found, position);

  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-peer", "s", bamgate_peer_get_id (peer));
}

static void
fill_list (AppletSidebar *self)
{
  GListModel *peers = g_object_ref (bamgate_client_get_peers (self->client));
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkFilterListModel *found;
  GtkNoSelection *model;

  self->filter = gtk_custom_filter_new (is_found, self, NULL);
  found = gtk_filter_list_model_new (peers, GTK_FILTER (g_object_ref (self->filter)));
  self->found = G_LIST_MODEL (found);
  model = gtk_no_selection_new (G_LIST_MODEL (g_object_ref (found)));
  g_signal_connect (factory, "setup", G_CALLBACK (on_factory_setup), NULL);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_factory_bind), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_factory_unbind), self, 0);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (model));
  g_object_unref (factory);
  g_object_unref (model);
  g_signal_connect_object (self->found, "items-changed", G_CALLBACK (show_peers), self,
                           G_CONNECT_SWAPPED);
}

static void
on_client_changed (AppletSidebar *self)
{
  show_device (self);
  show_peers (self);
}

void
applet_sidebar_set_client (AppletSidebar *self, BamgateClient *client)
{
  static const char *const shown[] = { "state",      "state-reason", "name",      "pending-restart",
                                       "server-url", "exit-node",    "exit-state" };

  g_return_if_fail (!self->client);
  self->client = g_object_ref (client);
  applet_tunnel_switch_set_client (self->tunnel_switch, client);
  fill_list (self);
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      g_autofree char *signal = g_strconcat ("notify::", shown[i], NULL);

      g_signal_connect_object (client, signal, G_CALLBACK (on_client_changed), self,
                               G_CONNECT_SWAPPED);
    }
  on_client_changed (self);
}

void
applet_sidebar_set_folded (AppletSidebar *self, gboolean folded)
{
  adw_header_bar_set_show_end_title_buttons (self->header, folded);
}

void
applet_sidebar_set_current (AppletSidebar *self, BamgatePeer *peer)
{
  g_set_object (&self->current, peer);
  for (guint i = 0; i < self->rows->len; i++)
    mark_row (self, self->rows->pdata[i]);
}

void
applet_sidebar_capture_keys (AppletSidebar *self, GtkWidget *widget)
{
  gtk_search_bar_set_key_capture_widget (self->search_bar, widget);
}

void
applet_sidebar_search (AppletSidebar *self)
{
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

static void
applet_sidebar_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_MENU_MODEL)
    g_value_set_object (value, APPLET_SIDEBAR (object)->menu_model);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
applet_sidebar_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_MENU_MODEL)
    g_set_object (&APPLET_SIDEBAR (object)->menu_model, g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
applet_sidebar_dispose (GObject *object)
{
  AppletSidebar *self = APPLET_SIDEBAR (object);

  if (self->list)
    gtk_list_view_set_model (self->list, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_SIDEBAR);
  g_clear_object (&self->found);
  g_clear_object (&self->filter);
  g_clear_object (&self->current);
  g_clear_object (&self->client);
  g_clear_object (&self->menu_model);
  G_OBJECT_CLASS (applet_sidebar_parent_class)->dispose (object);
}

static void
applet_sidebar_finalize (GObject *object)
{
  AppletSidebar *self = APPLET_SIDEBAR (object);

  g_free (self->wanted);
  g_ptr_array_unref (self->rows);
  G_OBJECT_CLASS (applet_sidebar_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, AppletSidebar, header);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, restart_bar);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, device_row);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, state_icon);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, tunnel_switch);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, search_bar);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, search_entry);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, stack);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, list);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, nobody);
  gtk_widget_class_bind_template_child (klass, AppletSidebar, nobody_button);
}

static void
applet_sidebar_class_init (AppletSidebarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = applet_sidebar_get_property;
  object_class->set_property = applet_sidebar_set_property;
  object_class->dispose = applet_sidebar_dispose;
  object_class->finalize = applet_sidebar_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/bamgate/Applet/ui/sidebar.ui");
  bind_children (widget_class);
  props[PROP_MENU_MODEL] = g_param_spec_object ("menu-model", NULL, NULL, G_TYPE_MENU_MODEL,
                                                G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, PROPS, props);
}

/* As narrow as it may be, whatever the list says: what stands beside it does not move then. */
static void
measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
         int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure (adw_bin_get_child (ADW_BIN (widget)), orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = *minimum;
}

static void
allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (adw_bin_get_child (ADW_BIN (widget)), width, height, baseline, NULL);
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
applet_sidebar_init (AppletSidebar *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_layout_manager (GTK_WIDGET (self),
                                 gtk_custom_layout_new (get_request_mode, measure, allocate));
  applet_names_tidy (GTK_WIDGET (self));
  gtk_search_bar_connect_entry (self->search_bar, self->search_entry);
  g_signal_connect_object (self->search_entry, "search-changed", G_CALLBACK (on_search_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search_entry, "activate", G_CALLBACK (on_search_activate), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list, "activate", G_CALLBACK (on_list_activate), self, 0);
}
