/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-window.h"

/* Shows the settings, `page` of them first: "general", "routes", "connections"; NULL for the first. */
void applet_settings_window_open (AppletWindow *window, const char *page);
