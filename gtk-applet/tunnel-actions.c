/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tunnel-actions.h"

#include "words.h"

#include <glib/gi18n.h>

static GVariant *
no_options (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
}

/* Switches that a person moved go back to what is so. */
static void
fail (AppletApplication *application, GObject *client, const char *what, const GError *error)
{
  g_object_notify (client, "state");
  applet_application_fail (application, what, error);
}

static void
on_up_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletApplication) application = data;
  g_autoptr (GError) error = NULL;

  if (!bamgate_client_up_finish (BAMGATE_CLIENT (source), result, &error))
    fail (application, source, _ ("The Tunnel Did Not Come Up"), error);
}

static void
on_down_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletApplication) application = data;
  g_autoptr (GError) error = NULL;

  if (!bamgate_client_down_finish (BAMGATE_CLIENT (source), result, &error))
    fail (application, source, _ ("The Tunnel Was Not Turned Off"), error);
}

static void
on_down_before_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletApplication) application = data;
  g_autoptr (GError) error = NULL;

  if (bamgate_client_down_finish (BAMGATE_CLIENT (source), result, &error))
    bamgate_client_up (BAMGATE_CLIENT (source), no_options (), NULL, on_up_done,
                       g_steal_pointer (&application));
  else
    fail (application, source, _ ("The Tunnel Was Not Restarted"), error);
}

/* Calls live as long as the application: a tunnel that comes up does so without a window too. */
void
applet_tunnel_up (AppletApplication *application)
{
  BamgateClient *client = applet_application_get_client (application);

  applet_application_calm (application);
  if (client)
    bamgate_client_up (client, no_options (), NULL, on_up_done, g_object_ref (application));
}

/* A window that waits, and whose it is. */
typedef struct
{
  AppletApplication *application;
  GWeakRef window;
} Waiting;

static void
on_up_done_waiting (GObject *source, GAsyncResult *result, gpointer data)
{
  Waiting *waiting = data;
  g_autoptr (GtkWindow) window = g_weak_ref_get (&waiting->window);

  if (window)
    gtk_window_destroy (window);
  g_weak_ref_clear (&waiting->window);
  on_up_done (source, result, waiting->application);
  g_free (waiting);
}

void
applet_tunnel_up_before_close (AppletApplication *application, GtkWindow *window)
{
  BamgateClient *client = applet_application_get_client (application);
  Waiting *waiting;

  applet_application_calm (application);
  if (!client)
    {
      gtk_window_destroy (window);
      return;
    }
  waiting = g_new0 (Waiting, 1);
  waiting->application = g_object_ref (application);
  g_weak_ref_init (&waiting->window, window);
  bamgate_client_up (client, no_options (), NULL, on_up_done_waiting, waiting);
}

static void
on_up_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  applet_tunnel_up (data);
}

static void
on_down_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  BamgateClient *client = applet_application_get_client (data);

  if (client)
    bamgate_client_down (client, NULL, on_down_done, g_object_ref (data));
}

static void
on_restart_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  BamgateClient *client = applet_application_get_client (data);

  if (client)
    bamgate_client_down (client, NULL, on_down_before_up, g_object_ref (data));
}

static const GActionEntry entries[] = {
  { "up", on_up_activate },
  { "down", on_down_activate },
  { "restart-tunnel", on_restart_activate },
};

static void
enable (AppletApplication *application, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (application), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* Up while it waits for the next attempt makes one at once. */
static void
update (AppletApplication *application)
{
  BamgateClient *client = applet_application_get_client (application);
  BamgateState state = client ? bamgate_client_get_state (client) : BAMGATE_STATE_UNKNOWN;
  gboolean is_up = applet_words_is_up (state);

  enable (application, "up",
          state == BAMGATE_STATE_OFF || state == BAMGATE_STATE_FAILED
            || state == BAMGATE_STATE_STARTING);
  enable (application, "down", is_up || state == BAMGATE_STATE_FAILED);
  enable (application, "restart-tunnel", is_up);
}

static void
on_client_notify (AppletApplication *application)
{
  BamgateClient *client = applet_application_get_client (application);

  if (client)
    {
      g_signal_handlers_disconnect_by_func (client, update, application);
      g_signal_connect_object (client, "notify::state", G_CALLBACK (update), application,
                               G_CONNECT_SWAPPED);
    }
  update (application);
}

void
applet_tunnel_actions_add (AppletApplication *application)
{
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   application);
  g_signal_connect (application, "notify::client", G_CALLBACK (on_client_notify), NULL);
  update (application);
}
