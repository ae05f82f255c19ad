/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-window.h"

/* Asks for a file of wg-quick or of the Go bamgate, and lets the daemon import it. */
void applet_import_dialog_open (AppletWindow *window);
