/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "side-window.h"

/* Asks where an endpoint is to be had, and says it to the daemon. */
void applet_listen_dialog_open (AppletSideWindow *window, BamgateEndpoint *endpoint);
