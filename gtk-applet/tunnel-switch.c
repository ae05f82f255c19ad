/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tunnel-switch.h"

#include "quiet-switch.h"
#include "words.h"

#include <glib/gi18n.h>

#define CLIENT_KEY "applet-client"
#define SHOWING_KEY "applet-showing"

static gboolean
on_switch_state_set (GtkSwitch *tunnel_switch, gboolean wanted, gpointer data)
{
  BamgateClient *client = g_object_get_data (G_OBJECT (tunnel_switch), CLIENT_KEY);

  if (client && !g_object_get_data (G_OBJECT (tunnel_switch), SHOWING_KEY)
      && wanted != applet_words_is_up (bamgate_client_get_state (client)))
    gtk_widget_activate_action (GTK_WIDGET (tunnel_switch), wanted ? "app.up" : "app.down", NULL);
  return TRUE; /* what is so is said by the daemon */
}

/* The knob is where the tunnel is to be; the colour comes when it is there. */
static void
show (GtkSwitch *tunnel_switch)
{
  BamgateClient *client = g_object_get_data (G_OBJECT (tunnel_switch), CLIENT_KEY);
  BamgateState state = bamgate_client_get_state (client);
  AppletWords words = applet_words_state (state);

  g_object_set_data (G_OBJECT (tunnel_switch), SHOWING_KEY, tunnel_switch);
  applet_quiet_switch_show (tunnel_switch, applet_words_is_up (state),
                            state == BAMGATE_STATE_ONLINE || state == BAMGATE_STATE_DEGRADED);
  g_object_set_data (G_OBJECT (tunnel_switch), SHOWING_KEY, NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (tunnel_switch),
                            state != BAMGATE_STATE_STOPPING && state != BAMGATE_STATE_UNKNOWN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (tunnel_switch), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Tunnel"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words.word,
                                  -1);
}

void
applet_tunnel_switch_set_client (GtkSwitch *tunnel_switch, BamgateClient *client)
{
  BamgateClient *before = g_object_get_data (G_OBJECT (tunnel_switch), CLIENT_KEY);

  if (before == client)
    return;
  if (before)
    g_signal_handlers_disconnect_by_data (before, tunnel_switch);
  else
    g_signal_connect (tunnel_switch, "state-set", G_CALLBACK (on_switch_state_set), NULL);
  g_object_set_data_full (G_OBJECT (tunnel_switch), CLIENT_KEY,
                          client ? g_object_ref (client) : NULL, g_object_unref);
  if (!client)
    return;
  g_signal_connect_object (client, "notify::state", G_CALLBACK (show), tunnel_switch,
                           G_CONNECT_SWAPPED);
  show (tunnel_switch);
}
