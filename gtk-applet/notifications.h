/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells the person what notices.h finds worth telling, through the desktop's notifications, and takes it back when it is over.
 * Settings: "notify-attention", "notify-peers". */

#include <bamgate.h>

#define APPLET_TYPE_NOTIFICATIONS (applet_notifications_get_type ())
G_DECLARE_FINAL_TYPE (AppletNotifications, applet_notifications, APPLET, NOTIFICATIONS, GObject)

/* `application` has the actions that clicks activate, and outlives it. */
AppletNotifications *applet_notifications_new (GApplication *application, GSettings *settings);
/* The tunnel to speak of; NULL for none. */
void applet_notifications_set_client (AppletNotifications *self, BamgateClient *client);

/* Whether the person wants to hear when the peer comes and goes, and changing it. */
gboolean applet_notifications_wants (GSettings *settings, const char *peer);
void     applet_notifications_want  (GSettings *settings, const char *peer, gboolean is_wanted);
