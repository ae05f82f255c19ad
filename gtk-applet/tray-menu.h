/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The menu of the tray item, as com.canonical.dbusmenu on the session bus. A click activates an action of the application. */

#include "tray-look.h"

#define APPLET_TRAY_MENU_PATH "/org/bamgate/Applet/Menu"

typedef struct AppletTrayMenu AppletTrayMenu;

/* `actions` has to outlive it. */
AppletTrayMenu *applet_tray_menu_new  (GActionGroup *actions);
void            applet_tray_menu_free (AppletTrayMenu *self);
/* Shows the tunnel as it is now; `client` may be NULL. */
void applet_tray_menu_update (AppletTrayMenu *self, const AppletGlance *glance, BamgateClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppletTrayMenu, applet_tray_menu_free)
