/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.bamgate.Tunnel1: translates between the application and the bus; holds no state of its own. Its Peers are set by
 * BgDBusService, which exports them. */

#include "app/application.h"
#include "dbus/dbus-agents.h"
#include "dbus/dbus-rights.h"
#include "dbus/dbus-statistics.h"
#include "introspection/bamgate-generated.h"

G_BEGIN_DECLS

#define BG_TYPE_DBUS_TUNNEL (bg_dbus_tunnel_get_type ())
G_DECLARE_FINAL_TYPE (BgDBusTunnel, bg_dbus_tunnel, BG, DBUS_TUNNEL, BgDBusTunnel1Skeleton)

/* `agents` and `statistics` are borrowed until bg_dbus_tunnel_detach(). */
BgDBusTunnel *bg_dbus_tunnel_new (BgApplication *app, BgDBusRights *rights, BgDBusStatistics *statistics,
                                  BgDBusAgents *agents);
/* Lets go of the application: calls under way are still answered, new ones fail. */
void bg_dbus_tunnel_detach (BgDBusTunnel *self);

G_END_DECLS
