/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "send-dialog.h"

#include "client-watch.h"

#include "common/printable.h"

#include <glib/gi18n.h>

typedef struct
{
  AppletApplication *application;
  GPtrArray *paths; /* char * */
  GtkWindow *window;
  GtkWidget *list;
  AppletClientWatch *watch;
} Sending;

static void
sending_free (gpointer data)
{
  Sending *sending = data;

  g_signal_handlers_disconnect_by_data (sending->watch, sending);
  g_object_unref (sending->watch);
  g_ptr_array_unref (sending->paths);
  g_free (sending);
}

static void
on_send_clicked (GtkButton *button, Sending *sending)
{
  const char *peer = g_object_get_data (G_OBJECT (button), "peer");

  for (guint i = 0; i < sending->paths->len; i++)
    applet_application_send_file (sending->application, peer, sending->paths->pdata[i]);
  gtk_window_destroy (sending->window);
}

/* What is connected, or would be. */
static gboolean
may_take (BamgatePeer *peer)
{
  BamgatePeerState state = bamgate_peer_get_state (peer);

  return bamgate_peer_get_kind (peer) == BAMGATE_PEER_KIND_NETWORK
         && (state == BAMGATE_PEER_STATE_CONNECTED || state == BAMGATE_PEER_STATE_IDLE);
}

static GtkWidget *
button_new (BamgatePeer *peer, Sending *sending)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Send"));
  g_autofree char *name = bg_printable (bamgate_peer_get_id (peer));
  g_autofree char *told = g_strdup_printf (_ ("Send to “%s”"), name);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, told, -1);
  g_object_set_data_full (G_OBJECT (button), "peer", g_strdup (bamgate_peer_get_id (peer)), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (on_send_clicked), sending);
  return button;
}

static GtkWidget *
row_new (BamgatePeer *peer, Sending *sending)
{
  GtkWidget *row = adw_action_row_new (), *button = button_new (peer, sending);
  g_autofree char *name = bg_printable (bamgate_peer_get_id (peer));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

/* Who is there now. */
static void
fill (Sending *sending)
{
  BamgateClient *client = applet_application_get_client (sending->application);
  g_autoptr (GPtrArray) peers = client ? bamgate_client_list_peers (client) : g_ptr_array_new ();
  GtkWidget *row;

  while ((row = GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (sending->list), 0))))
    gtk_list_box_remove (GTK_LIST_BOX (sending->list), row);
  for (guint i = 0; i < peers->len; i++)
    if (may_take (peers->pdata[i]))
      gtk_list_box_append (GTK_LIST_BOX (sending->list), row_new (peers->pdata[i], sending));
}

static void
on_watch_changed (AppletClientWatch *watch, Sending *sending)
{
  fill (sending);
}

static void
on_client (AppletApplication *application, GParamSpec *pspec, AppletClientWatch *watch)
{
  applet_client_watch_set (watch, applet_application_get_client (application));
}

/* The applet may have been started for this: the daemon is not known yet. */
static void
follow (Sending *sending)
{
  sending->watch = applet_client_watch_new ();
  g_signal_connect (sending->watch, "changed", G_CALLBACK (on_watch_changed), sending);
  g_signal_connect_object (sending->application, "notify::client", G_CALLBACK (on_client),
                           sending->watch, 0);
  on_client (sending->application, NULL, sending->watch);
  fill (sending);
}

static GtkWidget *
list_new (void)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_list_box_set_placeholder (GTK_LIST_BOX (list),
                                gtk_label_new (_ ("No machine is connected that could take it.")));
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_widget_set_valign (list, GTK_ALIGN_START);
  return list;
}

static GtkWidget *
body_new (GtkWidget *list)
{
  GtkWidget *clamp = adw_clamp_new (), *scrolled = gtk_scrolled_window_new ();

  gtk_widget_set_margin_top (list, 12);
  gtk_widget_set_margin_bottom (list, 12);
  gtk_widget_set_margin_start (list, 12);
  gtk_widget_set_margin_end (list, 12);
  adw_clamp_set_child (ADW_CLAMP (clamp), list);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), clamp);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static GtkWindow *
window_new (AppletApplication *application, Sending *sending)
{
  GtkWidget *window = adw_window_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  g_autofree char *title = g_strdup_printf (
    ngettext ("Send %u File to", "Send %u Files to", sending->paths->len), sending->paths->len);

  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  sending->list = list_new ();
  gtk_box_append (GTK_BOX (box), body_new (sending->list));
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_window_set_title (GTK_WINDOW (window), title);
  gtk_window_set_default_size (GTK_WINDOW (window), 360, 420);
  gtk_window_set_application (GTK_WINDOW (window), GTK_APPLICATION (application));
  return GTK_WINDOW (window);
}

void
applet_send_dialog_show (AppletApplication *application, GFile **files, guint n)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->application = application;
  sending->paths = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++)
    if (g_file_peek_path (files[i]))
      g_ptr_array_add (sending->paths, g_file_get_path (files[i]));
  sending->window = window_new (application, sending);
  g_object_set_data_full (G_OBJECT (sending->window), "sending", sending, sending_free);
  follow (sending);
  gtk_window_present (sending->window);
}
