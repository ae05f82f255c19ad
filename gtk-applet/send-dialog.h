/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-application.h"

/* Asks to which machine the files go, and sends them there. `files`: `n` of them. */
void applet_send_dialog_show (AppletApplication *application, GFile **files, guint n);
