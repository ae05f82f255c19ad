/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One entry of a menu on the session bus (com.canonical.dbusmenu); a click activates an action. */

#include <gio/gio.h>
#include <libdbusmenu-glib/dbusmenu-glib.h>

/* At the end of `parent`, which keeps it; `actions` has to outlive it. The others are as of the functions below. */
DbusmenuMenuitem *applet_menu_entry_add (DbusmenuMenuitem *parent, GActionGroup *actions,
                                         const char *label, const char *action, const char *target);
/* The same at the end of nothing yet. */
DbusmenuMenuitem *applet_menu_entry_new (GActionGroup *actions, const char *label,
                                         const char *action, const char *target);
DbusmenuMenuitem *applet_menu_entry_add_separator (DbusmenuMenuitem *parent);
/* The text as it is, where "_" would mark a key; what others name themselves may hold anything. */
void applet_menu_entry_set_label (DbusmenuMenuitem *entry, const char *text);
/* NULL: it cannot be clicked. `target`: a string for the action; NULL for none. */
void applet_menu_entry_set_action (DbusmenuMenuitem *entry, const char *action, const char *target);
void applet_menu_entry_set_visible (DbusmenuMenuitem *entry, gboolean visible);
/* `type`: "radio" or "checkmark". */
void applet_menu_entry_set_toggle (DbusmenuMenuitem *entry, const char *type, gboolean is_on);
