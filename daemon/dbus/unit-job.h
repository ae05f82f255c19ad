/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What systemd is about to do with the unit that we are the process of: of two SIGTERMs one may be half of a restart. Asks
 * on the bus, for a second at most; anybody may. Main thread only. */
void bg_unit_job_ask_async (GDBusConnection *connection, GAsyncReadyCallback callback, gpointer data);
/* "stop", "restart" and the like, as of org.freedesktop.systemd1.Job (transfer full); NULL and an error where nobody says, or
 * there is no job. */
char *bg_unit_job_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
