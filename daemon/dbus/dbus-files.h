/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.bamgate.Tunnel1.Files, beside org.bamgate.Tunnel1: asks the bus whose each call is, and the application for the rest. */

#include "app/application.h"
#include "dbus/dbus-rights.h"
#include "introspection/bamgate-generated.h"

G_BEGIN_DECLS

#define BG_TYPE_DBUS_FILES (bg_dbus_files_get_type ())
G_DECLARE_FINAL_TYPE (BgDBusFiles, bg_dbus_files, BG, DBUS_FILES, BgDBusTunnel1FilesSkeleton)

BgDBusFiles *bg_dbus_files_new (BgApplication *app, BgDBusRights *rights);
/* Lets go of the application: calls that come, or are under way, fail. */
void bg_dbus_files_detach (BgDBusFiles *self);

G_END_DECLS
