/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Does anybody answer at a hub's address? Asks without a token for nothing in particular; any answer of HTTP will do. `url` in any form
 * that bg_server_url_normalize() takes, `pin` as of bg_signaling_client_new(). Errors are of BG_ERROR and said for people. */
void bg_service_look_async (const char *url, const char *pin, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data);
/* `ahead_us`: by how much this machine's clock is ahead of the server's; the server says whole seconds. 0, and `has_clock` FALSE, where it
 * says none. */
gboolean bg_service_look_finish (GAsyncResult *result, gboolean *has_clock, gint64 *ahead_us,
                                 GError **error);

G_END_DECLS
