/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "services-window.h"

/* Asks what is to be published, and publishes it. */
void applet_publish_dialog_open (AppletServicesWindow *window);
