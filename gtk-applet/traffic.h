/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads the counters of the tunnel and of its peers while somebody looks: the daemon refreshes them for that time alone. */

#include "history.h"

#include <bamgate.h>

#define APPLET_TYPE_TRAFFIC (applet_traffic_get_type ())
G_DECLARE_FINAL_TYPE (AppletTraffic, applet_traffic, APPLET, TRAFFIC, GObject)

AppletTraffic *applet_traffic_new (BamgateClient *client);
/* Is somebody looking? */
void           applet_traffic_set_active (AppletTraffic *self, gboolean active);
/* Of the client or of one of its peers, as long as that lives. */
AppletHistory *applet_traffic_get_history (gpointer client_or_peer);
