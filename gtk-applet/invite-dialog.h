/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-window.h"

/* Asks the hub for an invitation and shows it until it ends. */
void applet_invite_dialog_open (AppletWindow *window);
