/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What this machine publishes for its peers, which is added and removed here, and what they publish. */

#include "side-window.h"

#define APPLET_TYPE_SERVICES_WINDOW (applet_services_window_get_type ())
G_DECLARE_FINAL_TYPE (AppletServicesWindow, applet_services_window, APPLET, SERVICES_WINDOW, AppletSideWindow)

/* One beside `window`, the same each time. */
void applet_services_window_open (AppletWindow *window);

/* What this machine publishes, aa{sv} as of ListServices; NULL: not known yet. */
GVariant *applet_services_window_get_services (AppletServicesWindow *self);
/* Says what was done, and shows anew what is so. */
void applet_services_window_done (AppletServicesWindow *self, const char *text);
