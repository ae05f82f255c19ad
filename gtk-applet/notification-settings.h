/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the person wants to be told: a group of rows for a page of settings. */

#include <adwaita.h>
#include <bamgate.h>

#define APPLET_TYPE_NOTIFICATION_SETTINGS (applet_notification_settings_get_type ())
G_DECLARE_FINAL_TYPE (AppletNotificationSettings, applet_notification_settings, APPLET, NOTIFICATION_SETTINGS,
                      AdwPreferencesGroup)

/* `settings` is the applet's; `client` names the peers, and may be NULL. */
AppletNotificationSettings *applet_notification_settings_new (GSettings *settings, BamgateClient *client);
/* For one that a .ui file made; again with another client. */
void applet_notification_settings_show (AppletNotificationSettings *self, GSettings *settings, BamgateClient *client);
