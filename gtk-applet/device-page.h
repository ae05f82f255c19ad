/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <adwaita.h>
#include <bamgate.h>

/* All about this machine. */
#define APPLET_TYPE_DEVICE_PAGE (applet_device_page_get_type ())
G_DECLARE_FINAL_TYPE (AppletDevicePage, applet_device_page, APPLET, DEVICE_PAGE, AdwBin)

/* The client is set once. */
void applet_device_page_set_client (AppletDevicePage *self, BamgateClient *client);
/* Is it alone in the window? */
void applet_device_page_set_folded (AppletDevicePage *self, gboolean folded);
