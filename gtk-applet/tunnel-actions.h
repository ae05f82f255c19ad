/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The actions "up" and "down" of the application, for tray, notifications and desktop file. What does not work is told by a
 * notification: nobody may be looking at a window. */

#include <bamgate.h>

typedef struct AppletTunnelActions AppletTunnelActions;

/* Adds them to `application`, which outlives it. */
AppletTunnelActions *applet_tunnel_actions_new  (GApplication *application);
void                 applet_tunnel_actions_free (AppletTunnelActions *self);
/* NULL: there is no tunnel to turn on. */
void applet_tunnel_actions_set_client (AppletTunnelActions *self, BamgateClient *client);
