/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which machines the network has and had, who says so, and what an owner does about it. */

#include "side-window.h"

#define APPLET_TYPE_DEVICES_WINDOW (applet_devices_window_get_type ())
G_DECLARE_FINAL_TYPE (AppletDevicesWindow, applet_devices_window, APPLET, DEVICES_WINDOW, AppletSideWindow)

/* `waiting`: the name of a machine that waits, and is asked about; NULL, "": none. */
void applet_devices_window_open (AppletWindow *window, const char *waiting);

/* For what is done in it. */
BamgateClient *applet_devices_window_get_client (AppletDevicesWindow *self);
/* Says it, and shows anew what is so. */
void applet_devices_window_done (AppletDevicesWindow *self, const char *text);
/* The same of what did not work; a call that was cancelled needs no word. */
void applet_devices_window_fail (AppletDevicesWindow *self, const GError *error);
