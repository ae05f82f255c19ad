/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-application.h"

#define APPLET_TYPE_WINDOW (applet_window_get_type ())
G_DECLARE_FINAL_TYPE (AppletWindow, applet_window, APPLET, WINDOW, AdwApplicationWindow)

AppletWindow *applet_window_new (AppletApplication *application);

AppletApplication *applet_window_get_application (AppletWindow *self);
/* NULL without a bus. */
BamgateClient *applet_window_get_client (AppletWindow *self);

/* A few words that go by themselves; plain text. */
void applet_window_toast (AppletWindow *self, const char *text);
/* What failed and why; stays until it is read. `what` is a sentence: "The file could not be imported". */
void applet_window_complain (AppletWindow *self, const char *what, const GError *error);
