/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A window beside the first one, which stays open there: what it says in toasts, copies ("win.copy", s) and opens in the browser
 * ("link.open", s). */

#include "applet-window.h"

#define APPLET_TYPE_SIDE_WINDOW (applet_side_window_get_type ())
G_DECLARE_DERIVABLE_TYPE (AppletSideWindow, applet_side_window, APPLET, SIDE_WINDOW, AdwPreferencesWindow)

struct _AppletSideWindowClass
{
  AdwPreferencesWindowClass parent_class;
  /* The client is there now: shows it for the first time. */
  void (*begin) (AppletSideWindow *self);
};

/* Shows the one of `type` beside `window`, the same each time; it belongs to GTK. */
gpointer applet_side_window_open (AppletWindow *window, GType type);

AppletWindow *applet_side_window_get_window (AppletSideWindow *self);
BamgateClient *applet_side_window_get_client (AppletSideWindow *self);
/* Cancelled when the window closes. */
GCancellable *applet_side_window_get_cancellable (AppletSideWindow *self);

void applet_side_window_toast (AppletSideWindow *self, const char *text);
/* Why something failed; a call that was cancelled needs no word. */
void applet_side_window_fail (AppletSideWindow *self, const GError *error);
