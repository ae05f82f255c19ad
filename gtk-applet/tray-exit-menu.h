/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The entry of the tray's menu that chooses the exit, with a menu of its own. */

#include <bamgate.h>
#include <libdbusmenu-glib/dbusmenu-glib.h>

typedef struct AppletTrayExitMenu AppletTrayExitMenu;

/* At the end of `parent`; it activates set-exit, exit-lan and exit-strict of `actions`, which has to outlive it. */
AppletTrayExitMenu *applet_tray_exit_menu_new (DbusmenuMenuitem *parent, GActionGroup *actions);
void applet_tray_exit_menu_free (AppletTrayExitMenu *self);
/* Shows what can be chosen, and is; nothing where nobody offers it. `client` may be NULL. */
void applet_tray_exit_menu_update (AppletTrayExitMenu *self, BamgateClient *client);
