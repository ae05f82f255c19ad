/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <adwaita.h>
#include <bamgate.h>

/* This machine and the others, as the list to choose from. Asks for win.show-device and win.show-peer. */
#define APPLET_TYPE_SIDEBAR (applet_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (AppletSidebar, applet_sidebar, APPLET, SIDEBAR, AdwBin)

/* Property: "menu-model". The client is set once. */
void applet_sidebar_set_client (AppletSidebar *self, BamgateClient *client);
/* Is it alone in the window? */
void applet_sidebar_set_folded (AppletSidebar *self, gboolean folded);
/* Whose page is open; NULL: this machine's, or none. */
void applet_sidebar_set_current (AppletSidebar *self, BamgatePeer *peer);
/* Typing anywhere in `widget` searches. */
void applet_sidebar_capture_keys (AppletSidebar *self, GtkWidget *widget);
void applet_sidebar_search       (AppletSidebar *self);
