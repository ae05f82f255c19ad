/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The actions "up" and "down" of the application, for tray, notifications and desktop file. What does not work is told by a
 * notification: nobody may be looking at a window. */

#include <bamgate.h>

typedef struct AppletSwitchActions AppletSwitchActions;

/* Adds them to `application`, which outlives it. */
AppletSwitchActions *applet_switch_actions_new  (GApplication *application);
void                 applet_switch_actions_free (AppletSwitchActions *self);
/* NULL: there is no tunnel to turn on. */
void applet_switch_actions_set_client (AppletSwitchActions *self, BamgateClient *client);
