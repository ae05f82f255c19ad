/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-application.h"

/* Adds up, down and restart-tunnel to the application's actions; each is there when it makes sense. */
void applet_tunnel_actions_add (AppletApplication *application);

/* What the action up does, whatever the tunnel's state is as far as we know. */
void applet_tunnel_up (AppletApplication *application);
/* The same, for a window that shows what is waited for: it is destroyed when that is over, unless somebody did so before. */
void applet_tunnel_up_before_close (AppletApplication *application, GtkWindow *window);
