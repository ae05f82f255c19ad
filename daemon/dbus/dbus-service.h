/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The application on a bus: the tunnel at /org/bamgate/Tunnel1 beside an object manager, which lists the peers below.
 * Main thread only. */

#include "app/application.h"

G_BEGIN_DECLS

#define BG_DBUS_NAME "org.bamgate.Tunnel1"

typedef struct _BgDBusService BgDBusService;

/* Exports everything; own BG_DBUS_NAME afterwards, so that whoever sees the name finds the objects. */
BgDBusService *bg_dbus_service_new (GDBusConnection *connection, BgApplication *app, GError **error);
/* Takes it off the bus. Calls under way are still answered as the application finishes them. Fine on NULL. */
void bg_dbus_service_free (BgDBusService *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDBusService, bg_dbus_service_free)

G_END_DECLS
