/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The objects of endpoints and accounts on the bus: as many as the application has, and their counters as often as somebody wants them.
 * Main thread only. */

#include "dbus/dbus-rights.h"
#include "app/application.h"

G_BEGIN_DECLS

typedef struct _BgDBusEndpoints BgDBusEndpoints;

/* `manager` lives longer. */
BgDBusEndpoints *bg_dbus_endpoints_new (BgApplication *app, GDBusObjectManagerServer *manager, BgDBusRights *rights);
/* Takes the objects off the bus. */
void bg_dbus_endpoints_free (BgDBusEndpoints *self);

G_END_DECLS
