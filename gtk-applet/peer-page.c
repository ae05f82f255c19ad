/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-page.h"

#include "applet-window.h"
#include "failure-words.h"
#include "format.h"
#include "machine-rows.h"
#include "names.h"
#include "peer-details.h"
#include "peer-offers.h"
#include "rows.h"
#include "sparkline.h"
#include "static-peer-dialog.h"
#include "traffic.h"
#include "words.h"

#include "common/printable.h"
#include "common/source.h"

#include <glib/gi18n.h>
#include <string.h>

/* "3 minutes ago" becomes wrong by itself. */
#define STALE_S 15

struct _AppletPeerPage
{
  AdwBin parent;
  AdwHeaderBar *header;
  AdwWindowTitle *title;
  GtkWidget *back;
  AdwActionRow *state_row, *advice, *path_row, *latency, *rates, *totals;
  GtkImage *state_icon;
  GtkWidget *reconnect, *forget;
  GtkWidget *addresses, *path, *traffic, *exit, *routes, *names, *identity, *history; /* groups */
  AppletSparkline *sparkline;
  GtkWidget *picture;                         /* around it */
  GtkWidget *dns_name;                        /* of addresses */
  GtkWidget *local, *remote, *endpoint, *mtu; /* of path */
  GtkWidget *program, *handshake, *connected, *key, *known, *confirmed, *kind,
    *dropped; /* of identity */

  BamgatePeer *peer;
  GVariant *details;         /* NULL: not known yet */
  GCancellable *cancellable; /* of what is asked of this peer */
  AppletRows address_rows, history_rows;
  AppletPeerOffers *offers;
  GSource *refresh, *stale;
  GSimpleActionGroup *actions;
};

G_DEFINE_FINAL_TYPE (AppletPeerPage, applet_peer_page, ADW_TYPE_BIN)

/* --- What is shown --- */

static void
show_state (AppletPeerPage *self)
{
  BamgatePeerState state = bamgate_peer_get_state (self->peer);
  AppletWords words = applet_words_peer (self->peer);
  g_autofree char *label = g_strdup_printf (_ ("Connection: %s"), words.word);

  applet_machine_rows_show_state (self->state_row, self->state_icon, words,
                                  bamgate_peer_get_state_reason (self->peer), label);
  gtk_widget_set_visible (self->reconnect, state == BAMGATE_PEER_STATE_DISCONNECTED);
  gtk_widget_set_visible (self->forget, state == BAMGATE_PEER_STATE_REFUSED);
  applet_fact_row_set (GTK_WIDGET (self->advice),
                       applet_words_advice (state, bamgate_peer_get_kind (self->peer)));
}

static void
show_addresses (AppletPeerPage *self)
{
  applet_machine_rows_show_addresses (&self->address_rows, bamgate_peer_get_addresses (self->peer),
                                      FALSE);
}

static void
show_dns_name (AppletPeerPage *self)
{
  g_autofree char *name = bg_printable (applet_peer_details_get_text (self->details, "dns-name"));

  applet_fact_row_set (self->dns_name, name);
}

static void
show_path (AppletPeerPage *self)
{
  BamgatePath path = bamgate_peer_get_path (self->peer);
  gboolean relayed = bamgate_peer_get_relayed (self->peer);
  g_autofree char *latency = applet_format_latency (bamgate_peer_get_latency (self->peer));
  guint mtu = applet_peer_details_get_mtu (self->details);
  g_autofree char *mtu_text = mtu > 0 ? g_strdup_printf ("%u", mtu) : NULL;
  const char *word = applet_words_path (path, relayed);

  gtk_widget_set_visible (self->path, path != BAMGATE_PATH_NONE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->path_row), word);
  adw_action_row_set_subtitle (self->path_row, applet_words_path_meaning (path, relayed));
  applet_names_say (GTK_WIDGET (self->path_row), word, NULL);
  applet_fact_row_set (GTK_WIDGET (self->latency), *latency ? latency : _ ("Not measured yet"));
  applet_fact_row_set (self->local, bamgate_peer_get_local_candidate (self->peer));
  applet_fact_row_set (self->remote, bamgate_peer_get_remote_candidate (self->peer));
  applet_fact_row_set (self->endpoint, applet_peer_details_get_text (self->details, "endpoint"));
  applet_fact_row_set (self->mtu, mtu_text);
}

static void
show_traffic (AppletPeerPage *self)
{
  AppletHistory *history = applet_traffic_get_history (self->peer);

  gtk_widget_set_visible (self->traffic,
                          bamgate_peer_get_state (self->peer) == BAMGATE_PEER_STATE_CONNECTED);
  gtk_widget_set_visible (self->picture, applet_history_get_peak (history) > 0);
  applet_machine_rows_show_traffic (GTK_WIDGET (self->rates), GTK_WIDGET (self->totals), history,
                                    bamgate_peer_get_rx_bytes (self->peer),
                                    bamgate_peer_get_tx_bytes (self->peer));
}

static void
show_key (AppletPeerPage *self)
{
  gint64 first_seen = applet_peer_details_get_time (self->details, "first-seen");
  gboolean confirmed = applet_peer_details_get_flag (self->details, "key-confirmed");
  g_autofree char *known = applet_format_ago (first_seen, g_get_real_time ());

  applet_fact_row_set (self->key, bamgate_peer_get_public_key (self->peer));
  applet_fact_row_set (self->known, first_seen > 0 ? known : NULL);
  applet_fact_row_set (self->confirmed, first_seen == 0 ? NULL
                                        : confirmed     ? _ ("Yes")
                                                        : _ ("Not yet"));
}

static void
show_identity (AppletPeerPage *self)
{
  gint64 now = g_get_real_time (), since = bamgate_peer_get_connected_since (self->peer);
  gboolean is_static = bamgate_peer_get_kind (self->peer) == BAMGATE_PEER_KIND_STATIC;
  g_autofree char *handshake = applet_format_ago (bamgate_peer_get_last_handshake (self->peer),
                                                  now);
  g_autofree char *connected = applet_format_ago (since, now);
  g_autofree char *program = bg_printable (bamgate_peer_get_implementation (self->peer));
  g_autofree char *dropped = applet_peer_details_describe_drops (self->details);

  show_key (self);
  applet_fact_row_set (self->handshake, handshake);
  applet_fact_row_set (self->connected, since > 0 ? connected : NULL);
  applet_fact_row_set (self->program, program);
  applet_fact_row_set (self->dropped, dropped);
  applet_fact_row_set (self->kind, is_static
                                     ? _ ("A WireGuard peer of the settings")
                                     : _ ("A machine of the network, introduced by the hub"));
}

static void
show_history (AppletPeerPage *self)
{
  g_autoptr (GPtrArray) stays = applet_peer_details_list_stays (self->details);
  g_autofree char *key = applet_peer_stays_key (stays);

  gtk_widget_set_visible (self->history, stays->len > 0);
  if (!applet_rows_begin (&self->history_rows, key))
    return;
  for (guint i = stays->len; i > 0; i--)
    applet_rows_add (&self->history_rows, applet_peer_stay_row_new (stays->pdata[i - 1]));
}

static void
enable (AppletPeerPage *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
show_actions (AppletPeerPage *self)
{
  BamgatePeerState state = bamgate_peer_get_state (self->peer);
  gboolean is_static = bamgate_peer_get_kind (self->peer) == BAMGATE_PEER_KIND_STATIC;
  const char *const *addresses = bamgate_peer_get_addresses (self->peer);

  enable (self, "ping", state == BAMGATE_PEER_STATE_CONNECTED || state == BAMGATE_PEER_STATE_IDLE);
  enable (self, "reconnect",
          state != BAMGATE_PEER_STATE_REFUSED && state != BAMGATE_PEER_STATE_UNKNOWN);
  enable (self, "forget", !is_static);
  enable (self, "edit", is_static);
  enable (self, "remove", is_static);
  enable (self, "copy-address", addresses && *addresses);
}

static gboolean
on_refresh (gpointer data)
{
  AppletPeerPage *self = data;
  g_autofree char *name = applet_words_peer_name (self->peer);

  bg_source_drop (&self->refresh);
  adw_window_title_set_title (self->title, name);
  show_state (self);
  show_addresses (self);
  show_dns_name (self);
  show_path (self);
  show_traffic (self);
  applet_peer_offers_show (self->offers, self->details);
  show_identity (self);
  show_history (self);
  show_actions (self);
  return G_SOURCE_REMOVE;
}

static void
queue_refresh (AppletPeerPage *self)
{
  if (self->peer && !self->refresh && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->refresh = bg_source_attach (applet_rows_refresh_source_new (), on_refresh, self);
}

/* --- What is known beyond the properties --- */

static void
on_details_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GVariant *details = bamgate_peer_get_details_finish (BAMGATE_PEER (source), result, &error);
  AppletPeerPage *self = data;

  if (!details) /* it went meanwhile, which the list says */
    return;
  g_clear_pointer (&self->details, g_variant_unref);
  self->details = details;
  queue_refresh (self);
}

static void
ask_for_details (AppletPeerPage *self)
{
  if (self->peer && gtk_widget_get_mapped (GTK_WIDGET (self)))
    bamgate_peer_get_details (self->peer, self->cancellable, on_details_got, self);
}

static void
on_peer_notify (BamgatePeer *peer, GParamSpec *pspec, AppletPeerPage *self)
{
  static const char *const beyond[] = { "state",           "path",         "relayed",    "routes",
                                        "accepted-routes", "accepted-dns", "public-key", NULL };

  if (g_strv_contains (beyond, pspec->name))
    ask_for_details (self);
  if (g_str_has_prefix (pspec->name, "accepted-"))
    applet_peer_offers_reload (self->offers);
  if (!g_str_has_suffix (pspec->name,
                         "-bytes")) /* counters are looked at when the picture changes */
    queue_refresh (self);
}

static gboolean
on_stale (gpointer data)
{
  ask_for_details (data);
  queue_refresh (data);
  return G_SOURCE_CONTINUE;
}

static void
on_map (AppletPeerPage *self)
{
  if (!self->stale)
    self->stale = bg_source_attach (g_timeout_source_new_seconds (STALE_S), on_stale, self);
  if (self->peer)
    on_refresh (self);
  ask_for_details (self);
}

static void
on_unmap (AppletPeerPage *self)
{
  bg_source_drop (&self->stale);
  bg_source_drop (&self->refresh);
}

static void
scroll_to_top (AppletPeerPage *self)
{
  GtkWidget *scrolled = gtk_widget_get_ancestor (GTK_WIDGET (self->state_row),
                                                 GTK_TYPE_SCROLLED_WINDOW);

  if (scrolled)
    gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)),
                              0);
}

void
applet_peer_page_set_peer (AppletPeerPage *self, BamgatePeer *peer)
{
  if (peer == self->peer)
    return;
  if (self->peer)
    {
      g_signal_handlers_disconnect_by_data (applet_traffic_get_history (self->peer), self);
      g_signal_handlers_disconnect_by_data (self->peer, self);
    }
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  bg_source_drop (&self->refresh);
  g_clear_pointer (&self->details, g_variant_unref);
  g_set_object (&self->peer, peer);
  applet_peer_offers_set_peer (self->offers, peer);
  applet_sparkline_set_history (self->sparkline, peer ? applet_traffic_get_history (peer) : NULL);
  if (!peer)
    return;
  scroll_to_top (self);
  g_signal_connect_object (peer, "notify", G_CALLBACK (on_peer_notify), self, 0);
  g_signal_connect_object (applet_traffic_get_history (peer), "changed", G_CALLBACK (queue_refresh),
                           self, G_CONNECT_SWAPPED);
  on_refresh (self);
  ask_for_details (self);
}

BamgatePeer *
applet_peer_page_get_peer (AppletPeerPage *self)
{
  return self->peer;
}

void
applet_peer_page_set_folded (AppletPeerPage *self, gboolean folded)
{
  adw_header_bar_set_show_start_title_buttons (self->header, folded);
  gtk_widget_set_visible (self->back, folded);
}

/* --- What can be done --- */

static AppletWindow *
window_of (AppletPeerPage *self)
{
  return APPLET_WINDOW (gtk_widget_get_ancestor (GTK_WIDGET (self), APPLET_TYPE_WINDOW));
}

/* `done`, or what the matter is. */
static void
toast_outcome (AppletWindow *window, const char *done, const GError *error)
{
  g_autofree char *why = error ? applet_failure_words (error) : NULL;

  applet_window_toast (window, why ? why : done);
}

static gboolean
was_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
on_ping_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = applet_words_peer_name (BAMGATE_PEER (source));
  g_autofree char *latency = NULL, *why = NULL, *text = NULL;
  guint64 us = 0;
  gboolean ok = bamgate_peer_ping_finish (BAMGATE_PEER (source), result, &us, &error);

  if (was_cancelled (error))
    return;
  latency = applet_format_latency ((gint64) us);
  why = error ? applet_failure_words (error) : NULL;
  /* Translators: a machine, and how long it took */
  text = ok ? g_strdup_printf (_ ("%s answered after %s"), name, latency)
            : g_strdup_printf (_ ("%s did not answer: %s"), name, why);
  applet_window_toast (window_of (data), text);
}

static void
on_ping_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletPeerPage *self = data;

  bamgate_peer_ping (self->peer, self->cancellable, on_ping_done, self);
}

static void
on_reconnect_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_peer_reconnect_finish (BAMGATE_PEER (source), result, &error);

  if (!was_cancelled (error))
    toast_outcome (window_of (data), _ ("A new connection is being made"), ok ? NULL : error);
}

static void
on_reconnect_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletPeerPage *self = data;

  bamgate_peer_reconnect (self->peer, self->cancellable, on_reconnect_done, self);
}

/* The peer may be off the list, and off this page, before the answer is here. */
static void
on_forget_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletWindow) window = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_peer_forget_finish (BAMGATE_PEER (source), result, &error);

  toast_outcome (window, _ ("The key is forgotten"), ok ? NULL : error);
}

static void
on_forget_response (AdwMessageDialog *dialog, const char *response, AppletPeerPage *self)
{
  if (g_str_equal (response, "forget") && self->peer)
    bamgate_peer_forget (self->peer, NULL, on_forget_done, g_object_ref (window_of (self)));
}

static void
on_forget_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletPeerPage *self = data;
  g_autofree char *name = applet_words_peer_name (self->peer);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                              NULL, NULL);

  adw_message_dialog_format_heading (ADW_MESSAGE_DIALOG (dialog), _ ("Forget the Key of %s?"),
                                     name);
  adw_message_dialog_set_body (
    ADW_MESSAGE_DIALOG (dialog),
    _ ("The key that the hub names next under this name is trusted and remembered. Do this only "
       "if you know why the key changed."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "forget",
                                    _ ("_Forget"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "forget",
                                              ADW_RESPONSE_DESTRUCTIVE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_forget_response), self, 0);
  applet_names_present (GTK_WINDOW (dialog));
}

static void
on_edit_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletPeerPage *self = data;

  applet_static_peer_dialog_open (window_of (self), bamgate_peer_get_id (self->peer));
}

static void
on_remove_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletPeerPage *self = data;

  applet_static_peer_dialog_remove (window_of (self), bamgate_peer_get_id (self->peer));
}

static void
on_copy_address_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletPeerPage *self = data;
  g_autofree char *bare = applet_words_bare_address (*bamgate_peer_get_addresses (self->peer));

  gtk_widget_activate_action (GTK_WIDGET (self), "win.copy", "s", bare);
}

static const GActionEntry entries[] = {
  { "ping", on_ping_activate },     { "reconnect", on_reconnect_activate },
  { "forget", on_forget_activate }, { "edit", on_edit_activate },
  { "remove", on_remove_activate }, { "copy-address", on_copy_address_activate },
};

/* --- Life --- */

static GtkWidget *
add_row (GtkWidget *group, GtkWidget *row)
{
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  return row;
}

static void
add_rows (AppletPeerPage *self)
{
  self->dns_name = add_row (self->addresses, applet_copy_row_new (_ ("Name"), NULL, ""));
  self->local = add_row (self->path, applet_fact_row_new (_ ("Our End"), NULL));
  self->remote = add_row (self->path, applet_fact_row_new (_ ("Its End"), NULL));
  self->endpoint = add_row (self->path, applet_fact_row_new (_ ("Endpoint"), NULL));
  self->mtu = add_row (self->path, applet_fact_row_new (_ ("Largest Packet"), NULL));
  self->kind = add_row (self->identity, applet_fact_row_new (_ ("Kind"), NULL));
  self->program = add_row (self->identity, applet_fact_row_new (_ ("Program"), NULL));
  self->connected = add_row (self->identity, applet_fact_row_new (_ ("Connection Made"), NULL));
  self->handshake = add_row (self->identity, applet_fact_row_new (_ ("Last Handshake"), NULL));
  self->key = add_row (self->identity, applet_copy_row_new (_ ("Public Key"), NULL, ""));
  self->known = add_row (self->identity, applet_fact_row_new (_ ("Key First Seen"), NULL));
  self->confirmed = add_row (self->identity,
                             applet_fact_row_new (_ ("Key Has Proved Itself"), NULL));
  self->dropped = add_row (self->identity, applet_fact_row_new (_ ("Dropped Packets"), NULL));
}

static void
applet_peer_page_dispose (GObject *object)
{
  AppletPeerPage *self = APPLET_PEER_PAGE (object);

  if (self->peer)
    g_signal_handlers_disconnect_by_data (self->peer, self);
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  on_unmap (self);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_PEER_PAGE);
  applet_rows_clear (&self->address_rows);
  g_clear_pointer (&self->offers, applet_peer_offers_free);
  applet_rows_clear (&self->history_rows);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->peer);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->details, g_variant_unref);
  G_OBJECT_CLASS (applet_peer_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, header);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, title);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, back);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, state_row);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, state_icon);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, reconnect);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, forget);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, advice);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, addresses);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, path);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, path_row);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, latency);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, traffic);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, sparkline);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, picture);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, rates);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, totals);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, exit);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, routes);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, names);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, identity);
  gtk_widget_class_bind_template_child (klass, AppletPeerPage, history);
}

static void
applet_peer_page_class_init (AppletPeerPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_peer_page_dispose;
  g_type_ensure (APPLET_TYPE_SPARKLINE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/bamgate/Applet/ui/peer-page.ui");
  bind_children (widget_class);
}

static void
applet_peer_page_init (AppletPeerPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_names_tidy (GTK_WIDGET (self));
  applet_rows_init (&self->address_rows, self->addresses);
  self->offers = applet_peer_offers_new (self->exit, self->routes, self->names);
  applet_rows_init (&self->history_rows, self->history);
  add_rows (self);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "peer", G_ACTION_GROUP (self->actions));
  g_signal_connect (self, "map", G_CALLBACK (on_map), NULL);
  g_signal_connect (self, "unmap", G_CALLBACK (on_unmap), NULL);
}
