/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-window.h"

/* Asks for an invitation and joins its network. */
void applet_join_dialog_open (AppletWindow *window);
