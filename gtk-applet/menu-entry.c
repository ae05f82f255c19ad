/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "menu-entry.h"

#include "common/printable.h"

#define ACTION_KEY "bamgate-action"

static void
on_activated (DbusmenuMenuitem *entry, guint when, GActionGroup *actions)
{
  const char *action = g_object_get_data (G_OBJECT (entry), ACTION_KEY);
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;

  if (action && g_action_parse_detailed_name (action, &name, &target, NULL))
    g_action_group_activate_action (actions, name, target);
}

void
applet_menu_entry_set_label (DbusmenuMenuitem *entry, const char *text)
{
  g_autofree char *printable = bg_printable (text);
  g_auto (GStrv) parts = g_strsplit (printable, "_", -1);
  g_autofree char *escaped = g_strjoinv ("__", parts);

  dbusmenu_menuitem_property_set (entry, DBUSMENU_MENUITEM_PROP_LABEL, escaped);
}

void
applet_menu_entry_set_action (DbusmenuMenuitem *entry, const char *action, const char *target)
{
  char *detailed = NULL;

  if (action)
    detailed = target ? g_action_print_detailed_name (action, g_variant_new_string (target))
                      : g_strdup (action);
  g_object_set_data_full (G_OBJECT (entry), ACTION_KEY, detailed, g_free);
  dbusmenu_menuitem_property_set_bool (entry, DBUSMENU_MENUITEM_PROP_ENABLED, action != NULL);
}

void
applet_menu_entry_set_visible (DbusmenuMenuitem *entry, gboolean visible)
{
  dbusmenu_menuitem_property_set_bool (entry, DBUSMENU_MENUITEM_PROP_VISIBLE, visible);
}

void
applet_menu_entry_set_toggle (DbusmenuMenuitem *entry, const char *type, gboolean is_on)
{
  dbusmenu_menuitem_property_set (entry, DBUSMENU_MENUITEM_PROP_TOGGLE_TYPE, type);
  dbusmenu_menuitem_property_set_int (entry, DBUSMENU_MENUITEM_PROP_TOGGLE_STATE,
                                      is_on ? DBUSMENU_MENUITEM_TOGGLE_STATE_CHECKED
                                            : DBUSMENU_MENUITEM_TOGGLE_STATE_UNCHECKED);
}

DbusmenuMenuitem *
applet_menu_entry_new (GActionGroup *actions, const char *label, const char *action,
                       const char *target)
{
  DbusmenuMenuitem *entry = dbusmenu_menuitem_new ();

  applet_menu_entry_set_label (entry, label);
  applet_menu_entry_set_action (entry, action, target);
  g_signal_connect (entry, DBUSMENU_MENUITEM_SIGNAL_ITEM_ACTIVATED, G_CALLBACK (on_activated),
                    actions);
  return entry;
}

DbusmenuMenuitem *
applet_menu_entry_add (DbusmenuMenuitem *parent, GActionGroup *actions, const char *label,
                       const char *action, const char *target)
{
  DbusmenuMenuitem *entry = applet_menu_entry_new (actions, label, action, target);
  g_autoptr (GObject) ours = G_OBJECT (entry); /* from here on it is the parent's */

  dbusmenu_menuitem_child_append (parent, entry);
  return entry;
}

DbusmenuMenuitem *
applet_menu_entry_add_separator (DbusmenuMenuitem *parent)
{
  DbusmenuMenuitem *entry = dbusmenu_menuitem_new ();
  g_autoptr (GObject) ours = G_OBJECT (entry);

  dbusmenu_menuitem_property_set (entry, DBUSMENU_MENUITEM_PROP_TYPE,
                                  DBUSMENU_CLIENT_TYPES_SEPARATOR);
  dbusmenu_menuitem_child_append (parent, entry);
  return entry;
}
