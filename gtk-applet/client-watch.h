/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What tray, notifications and rules want to hear of the tunnel and its peers, many changes at once. Latency and traffic are
 * none of it, which change all the time. */

#include <bamgate.h>

#define APPLET_TYPE_CLIENT_WATCH (applet_client_watch_get_type ())
G_DECLARE_FINAL_TYPE (AppletClientWatch, applet_client_watch, APPLET, CLIENT_WATCH, GObject)

/* Signal: "changed", also soon after a client was set. */
AppletClientWatch *applet_client_watch_new (void);
/* Whom to watch; NULL for nobody. */
void           applet_client_watch_set (AppletClientWatch *self, BamgateClient *client);
BamgateClient *applet_client_watch_get (AppletClientWatch *self);
