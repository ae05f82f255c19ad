/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A device that joins a network meets its log: holds it against what the invite says, and signs its own record with the invite's secret
 * (docs/devices.md, In an invite). Main thread only. */

#include "membership/trust-text.h"
#include "signaling/service-hub.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* `hub` with an access token. `trust` (of trust-text.h) NULL: the invite came without, and the log is taken as the hub gives it. `record`: name, key and
 * addresses; its grant is the invite's. `was_sent`: another hub sent this device to this one, and a log that is signed has to say so too. */
void bg_newcomer_async (const BgServiceHub *hub, const char *trust, const BgMemberRecord *record, gboolean was_sent,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* The whole log, GBytes (transfer full), which the record is in by then; empty: the network is not signed. BG_ERROR_SERVICE: it is another one than the
 * invite's, or no log at all. */
GPtrArray *bg_newcomer_finish (GAsyncResult *result, GError **error);

G_END_DECLS
