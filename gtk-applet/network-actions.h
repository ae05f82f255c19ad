/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is done with the network as a whole: asked before it is done. A recovery code is shown once, and kept nowhere. */

#include "devices-window.h"

void applet_network_protect (AppletDevicesWindow *window);
void applet_network_recover (AppletDevicesWindow *window);
/* Shows what this machine would sign with, for an owner. */
void applet_network_show_signing_key (AppletDevicesWindow *window);
/* Ends an alarm; `head`: the entry that is true; "": it is none of a fork. */
void applet_network_trust (AppletDevicesWindow *window, const char *head);
void applet_network_allow_unsigned (AppletDevicesWindow *window, gboolean allow);
