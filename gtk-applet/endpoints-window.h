/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an account binds to this machine: where each endpoint is reached, and how the account is, with its API key. */

#include "side-window.h"

#define APPLET_TYPE_ENDPOINTS_WINDOW (applet_endpoints_window_get_type ())
G_DECLARE_FINAL_TYPE (AppletEndpointsWindow, applet_endpoints_window, APPLET, ENDPOINTS_WINDOW, AppletSideWindow)

/* One beside `window`, the same each time. */
void applet_endpoints_window_open (AppletWindow *window);
