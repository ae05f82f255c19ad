/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Gives every BG_ERROR its name on the bus, org.bamgate.Tunnel1.Error.*; fine to call again. */
void bg_dbus_errors_register (void);
/* Answers a call with `error`. What has no name on the bus goes out as …Error.Failed with the same words. */
void bg_dbus_return_error (GDBusMethodInvocation *invocation, const GError *error);

G_END_DECLS
