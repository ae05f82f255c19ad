/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an owner does with one machine of the network: asked before it is done. */

#include "devices-window.h"

/* `device`: of ListDevices. */
void applet_device_approve (AppletDevicesWindow *window, GVariant *device);
void applet_device_rename (AppletDevicesWindow *window, GVariant *device);
void applet_device_revoke (AppletDevicesWindow *window, GVariant *device);
void applet_device_add_owner (AppletDevicesWindow *window, GVariant *device);
void applet_device_remove_owner (AppletDevicesWindow *window, GVariant *device);
