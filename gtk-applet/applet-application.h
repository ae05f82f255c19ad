/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <adwaita.h>
#include <bamgate.h>

#define APPLET_ID "org.bamgate.Applet"

#define APPLET_TYPE_APPLICATION (applet_application_get_type ())
G_DECLARE_FINAL_TYPE (AppletApplication, applet_application, APPLET, APPLICATION, AdwApplication)

/* The one instance of a session. Properties, with notification: "client". */
AppletApplication *applet_application_new (void);

/* The daemon; NULL until the system bus answered, and where there is none: then the error says why. */
BamgateClient *applet_application_get_client (AppletApplication *self);
const GError  *applet_application_get_client_error (AppletApplication *self);
/* Tries the system bus again. */
void applet_application_connect (AppletApplication *self);

GSettings *applet_application_get_settings (AppletApplication *self);
