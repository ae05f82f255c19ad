/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Does the network around want a sign-in before it lets anything out? One request without TLS to the hub's own host, which such a
 * network answers in its place. Nobody else is asked. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

/* `hub_url`: normalised. Without TLS the hub itself is asked, else port 80 of its host. Four seconds at most. */
void bg_portal_probe_async (const char *hub_url, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data);
/* Where people sign in ("http://portal.example"), "" where it did not say; NULL: no sign of such a network. Free with g_free(). */
char *bg_portal_probe_finish (GAsyncResult *result);

/* The same of an answer: `location` may be NULL, `host` is who was asked. Pure. */
char *bg_portal_judge (guint status, const char *location, const char *host);

G_END_DECLS
