/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.bamgate.Tunnel1.Endpoint: translates between an endpoint and the bus; holds no state of its own but its key. */

#include "app/application-endpoints.h"
#include "dbus/dbus-rights.h"
#include "introspection/bamgate-generated.h"

G_BEGIN_DECLS

#define BG_TYPE_DBUS_ENDPOINT (bg_dbus_endpoint_get_type ())
G_DECLARE_FINAL_TYPE (BgDBusEndpoint, bg_dbus_endpoint, BG, DBUS_ENDPOINT, BgDBusTunnel1EndpointSkeleton)

BgDBusEndpoint *bg_dbus_endpoint_new (BgApplication *app, const BgEndpointInfo *info, BgDBusRights *rights);
/* It is so now. */
void bg_dbus_endpoint_refresh (BgDBusEndpoint *self, const BgEndpointInfo *info);
/* Reads its counters. */
void bg_dbus_endpoint_count (BgDBusEndpoint *self);
/* Lets go of the application: new calls fail. */
void bg_dbus_endpoint_detach (BgDBusEndpoint *self);

G_END_DECLS
