/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A machine of the network as a row, made from what ListDevices says of it. Its buttons are actions of the window: device.approve, device.rename,
 * device.revoke, device.add-owner and device.remove-owner, each for the word that names the machine. */

#include "common/device-entry.h"

#include <adwaita.h>

/* What others named, without what a screen would obey; free with g_free(). */
char       *applet_device_name (GVariant *device);

/* `may_sign`: this machine is an owner; `is_signed`: the network has such. */
GtkWidget *applet_device_row_new (GVariant *device, gboolean may_sign, gboolean is_signed);
