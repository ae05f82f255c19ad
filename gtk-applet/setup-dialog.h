/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-window.h"

/* Makes this machine the first of a network. */
void applet_setup_dialog_open (AppletWindow *window);
