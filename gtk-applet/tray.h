/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tray item: a StatusNotifierItem, there while the session has somebody who shows those. Nothing needs it. */

#include <bamgate.h>

#define APPLET_TYPE_TRAY (applet_tray_get_type ())
G_DECLARE_FINAL_TYPE (AppletTray, applet_tray, APPLET, TRAY, GObject)

/* On the session bus. `application` has the actions that clicks activate. Property: "shown", whether somebody took the
 * item. Signal: "activation-token" (string), the right to raise a window, before the click that it belongs to. */
AppletTray *applet_tray_new (GApplication *application);
/* The tunnel to show; NULL for none. */
void applet_tray_set_client (AppletTray *self, BamgateClient *client);
