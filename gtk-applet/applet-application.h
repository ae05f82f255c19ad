/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <adwaita.h>
#include <bamgate.h>

#define APPLET_ID "org.bamgate.Applet"

#define APPLET_TYPE_APPLICATION (applet_application_get_type ())
G_DECLARE_FINAL_TYPE (AppletApplication, applet_application, APPLET, APPLICATION, AdwApplication)

/* The one instance of a session. Properties, with notification: "client". Actions: up, down, restart-tunnel, connect, show-window, show-peer (s), copy-address (s), invite,
 * quit. */
AppletApplication *applet_application_new (void);

/* The daemon; NULL until the system bus answered, and where there is none: then the error says why. */
BamgateClient *applet_application_get_client (AppletApplication *self);
const GError  *applet_application_get_client_error (AppletApplication *self);
/* Tries the system bus again, and to start the daemon. */
void applet_application_connect (AppletApplication *self);

/* Offers the file at `path` to a peer, and tells how it goes on. */
void applet_application_send_file (AppletApplication *self, const char *peer, const char *path);

/* Something that a person asked for did not go: said in the window, and in a notification without one. */
void applet_application_fail (AppletApplication *self, const char *what, const GError *error);
/* Somebody tries again: what was said before is over. */
void applet_application_calm (AppletApplication *self);

GSettings *applet_application_get_settings (AppletApplication *self);
