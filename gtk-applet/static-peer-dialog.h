/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-window.h"

/* Asks for a WireGuard peer of the settings, or shows the one of that name to change it; NULL: a new one. */
void applet_static_peer_dialog_open (AppletWindow *window, const char *name);
/* Asks whether the one of that name shall go. */
void applet_static_peer_dialog_remove (AppletWindow *window, const char *name);
