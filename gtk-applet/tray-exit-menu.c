/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tray-exit-menu.h"

#include "exit-words.h"
#include "menu-entry.h"

#include <glib/gi18n.h>

#define MAX_EXITS 12

struct AppletTrayExitMenu
{
  GActionGroup *actions;
  DbusmenuMenuitem *entry, *none, *end, *lan, *strict;
  GPtrArray *choices; /* of DbusmenuMenuitem, for each of `names` */
  char **names;
};

static void
replace_choices (AppletTrayExitMenu *self, char **names)
{
  guint position;

  for (guint i = 0; i < self->choices->len; i++)
    dbusmenu_menuitem_child_delete (self->entry, self->choices->pdata[i]);
  g_ptr_array_set_size (self->choices, 0);
  position = dbusmenu_menuitem_get_position (self->end, self->entry);
  for (guint i = 0; names[i]; i++)
    {
      DbusmenuMenuitem *choice = applet_menu_entry_new (self->actions, "", "set-exit", names[i]);

      dbusmenu_menuitem_child_add_position (self->entry, choice, position + i);
      g_ptr_array_add (self->choices, choice);
    }
}

static char *
label_of (BamgateClient *client, const char *name)
{
  BamgatePeer *peer = bamgate_client_find_peer (client, name);

  if (peer && bamgate_peer_get_state (peer) == BAMGATE_PEER_STATE_CONNECTED)
    return g_strdup (name);
  /* Translators: a machine that everything could go through, and that cannot be reached now. */
  return g_strdup_printf (_ ("%s: not connected"), name);
}

static void
label_choices (AppletTrayExitMenu *self, BamgateClient *client)
{
  const char *chosen = bamgate_client_get_exit_node (client);

  for (guint i = 0; self->names[i]; i++)
    {
      g_autofree char *label = label_of (client, self->names[i]);
      DbusmenuMenuitem *choice = self->choices->pdata[i];

      applet_menu_entry_set_label (choice, label);
      applet_menu_entry_set_toggle (choice, "radio", g_str_equal (self->names[i], chosen));
    }
  applet_menu_entry_set_toggle (self->none, "radio", !*chosen);
}

static void
take_names (AppletTrayExitMenu *self, char **names)
{
  if (!self->names
      || !g_strv_equal ((const char *const *) names, (const char *const *) self->names))
    replace_choices (self, names);
  g_strfreev (self->names);
  self->names = names;
}

void
applet_tray_exit_menu_update (AppletTrayExitMenu *self, BamgateClient *client)
{
  gboolean is_running = client && bamgate_client_get_running (client);
  g_autofree char *title = NULL;

  take_names (self, is_running ? applet_exit_list (client, MAX_EXITS) : g_new0 (char *, 1));
  applet_menu_entry_set_visible (self->entry, *self->names != NULL);
  if (!*self->names)
    return;
  title = applet_exit_title (applet_exit_of (client), bamgate_client_get_exit_node (client));
  applet_menu_entry_set_label (self->entry, title);
  label_choices (self, client);
  applet_menu_entry_set_toggle (self->lan, "checkmark", bamgate_client_get_exit_lan (client));
  applet_menu_entry_set_toggle (self->strict, "checkmark", bamgate_client_get_exit_strict (client));
}

AppletTrayExitMenu *
applet_tray_exit_menu_new (DbusmenuMenuitem *parent, GActionGroup *actions)
{
  AppletTrayExitMenu *self = g_new0 (AppletTrayExitMenu, 1);

  self->actions = actions;
  self->choices = g_ptr_array_new_with_free_func (g_object_unref);
  self->entry = applet_menu_entry_add (parent, actions, "", "show-window", NULL);
  self->none = applet_menu_entry_add (self->entry, actions, _ ("No Exit"), "set-exit", "");
  self->end = applet_menu_entry_add_separator (self->entry);
  self->lan = applet_menu_entry_add (self->entry, actions, _ ("Reach Networks Nearby Too"),
                                     "exit-lan", NULL);
  self->strict = applet_menu_entry_add (self->entry, actions, _ ("Nothing Goes Out Without It"),
                                        "exit-strict", NULL);
  applet_tray_exit_menu_update (self, NULL);
  return self;
}

void
applet_tray_exit_menu_free (AppletTrayExitMenu *self)
{
  g_ptr_array_unref (self->choices);
  g_strfreev (self->names);
  g_free (self);
}
