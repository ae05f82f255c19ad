/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit-actions.h"

#include <glib/gi18n.h>

/* Controls that a person moved go back to what is so. */
static void
on_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletApplication) application = data;
  g_autoptr (GError) error = NULL;

  if (bamgate_client_set_exit_finish (BAMGATE_CLIENT (source), result, &error))
    return;
  g_object_notify (source, "exit-node");
  applet_application_fail (application, _ ("The Exit Was Not Changed"), error);
}

static void
set_exit (AppletApplication *application, const char *name, const char *option, gboolean value)
{
  BamgateClient *client = applet_application_get_client (application);
  GVariantDict options;

  if (!client)
    return;
  g_variant_dict_init (&options, NULL);
  if (option)
    g_variant_dict_insert (&options, option, "b", value);
  applet_application_calm (application);
  bamgate_client_set_exit (client, name ? name : bamgate_client_get_exit_node (client),
                           g_variant_dict_end (&options), NULL, on_set, g_object_ref (application));
}

static void
on_set_exit_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  set_exit (data, g_variant_get_string (parameter, NULL), NULL, FALSE);
}

static void
on_lan_change_state (GSimpleAction *action, GVariant *value, gpointer data)
{
  set_exit (data, NULL, "lan", g_variant_get_boolean (value));
}

static void
on_strict_change_state (GSimpleAction *action, GVariant *value, gpointer data)
{
  set_exit (data, NULL, "strict", g_variant_get_boolean (value));
}

static const GActionEntry entries[] = {
  { "set-exit", on_set_exit_activate, "s" },
  { "exit-lan", NULL, NULL, "true", on_lan_change_state },
  { "exit-strict", NULL, NULL, "false", on_strict_change_state },
};

static void
show (AppletApplication *application, const char *name, gboolean value)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (application), name);

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (value));
}

static void
update (AppletApplication *application)
{
  BamgateClient *client = applet_application_get_client (application);

  if (!client)
    return;
  show (application, "exit-lan", bamgate_client_get_exit_lan (client));
  show (application, "exit-strict", bamgate_client_get_exit_strict (client));
}

static void
on_client_notify (AppletApplication *application)
{
  BamgateClient *client = applet_application_get_client (application);

  if (client)
    {
      g_signal_handlers_disconnect_by_func (client, update, application);
      g_signal_connect_object (client, "notify::exit-lan", G_CALLBACK (update), application,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (client, "notify::exit-strict", G_CALLBACK (update), application,
                               G_CONNECT_SWAPPED);
    }
  update (application);
}

void
applet_exit_actions_add (AppletApplication *application)
{
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   application);
  g_signal_connect (application, "notify::client", G_CALLBACK (on_client_notify), NULL);
  update (application);
}
