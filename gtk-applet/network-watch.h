/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which network this machine is in, as NetworkManager says; none where it does not run. */

#include "network-rules.h"

#include <gio/gio.h>

#define APPLET_TYPE_NETWORK_WATCH (applet_network_watch_get_type ())
G_DECLARE_FINAL_TYPE (AppletNetworkWatch, applet_network_watch, APPLET, NETWORK_WATCH, GObject)

/* Signal: "changed". */
AppletNetworkWatch  *applet_network_watch_new (GDBusConnection *system_bus);
/* Borrowed; without an id while there is none, or it is not known yet. */
const AppletNetwork *applet_network_watch_get (AppletNetworkWatch *self);
