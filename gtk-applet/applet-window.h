/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-application.h"

#define APPLET_TYPE_WINDOW (applet_window_get_type ())
G_DECLARE_FINAL_TYPE (AppletWindow, applet_window, APPLET, WINDOW, AdwApplicationWindow)

AppletWindow *applet_window_new (AppletApplication *application);
