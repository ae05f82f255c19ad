/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define BG_DBUS_PATH "/org/bamgate/Tunnel1"

/* An object below ours: `folder` ("peers") and `name`, in which every byte but ASCII letters and digits becomes _ and two hexadecimal
 * digits. Free with g_free(). */
char *bg_dbus_path_make (const char *folder, const char *name);
