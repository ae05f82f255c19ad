/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.bamgate.Tunnel1.Account: translates between a source of endpoints and the bus; holds no state of its own. */

#include "app/application-endpoints.h"
#include "dbus/dbus-rights.h"
#include "introspection/bamgate-generated.h"

G_BEGIN_DECLS

#define BG_TYPE_DBUS_ACCOUNT (bg_dbus_account_get_type ())
G_DECLARE_FINAL_TYPE (BgDBusAccount, bg_dbus_account, BG, DBUS_ACCOUNT, BgDBusTunnel1AccountSkeleton)

BgDBusAccount *bg_dbus_account_new (BgApplication *app, const BgEndpointSourceInfo *info, BgDBusRights *rights);
/* It is so now. */
void bg_dbus_account_refresh (BgDBusAccount *self, const BgEndpointSourceInfo *info);
/* Lets go of the application: calls under way are still answered, new ones fail. */
void bg_dbus_account_detach (BgDBusAccount *self);

G_END_DECLS
