/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Starting with the session from inside a sandbox, which the desktop's background portal may allow. Outside there is a file in
 * the system's autostart folder, which looks after itself. */

#include <gio/gio.h>

/* Keeps the portal in step with "run-in-background" while `settings` lives; asks at once where they differ. */
void applet_autostart_follow (GDBusConnection *session_bus, GSettings *settings);
