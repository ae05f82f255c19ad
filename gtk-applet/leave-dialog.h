/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-window.h"

/* Asks whether this machine is to leave its network, and leaves it. */
void applet_leave_dialog_open (AppletWindow *window);
