/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Carries a network from one hub to another (docs/devices.md, Moving). What is at the old one stays there until that is told. Errors are of
 * BG_ERROR and said for people. Main thread only. */

#include "signaling/service-hub.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What it is at: "reading", "giving", "checking"; the texts stay. */
typedef void (*BgHubCarryNote) (gpointer owner, const char *step);

/* Reads all that `from` knows, gives it to `to`, and looks whether that has kept it. `from` has an owner's access token, `to` the new hub's own;
 * what is read there is read with the first. Both are copied. `entry`: what the log is to say of it, there from the beginning, so that nobody who comes
 * finds it missing; NULL where the network is not signed. */
void bg_hub_carry_async (const BgServiceHub *from, const BgServiceHub *to, GBytes *entry, BgHubCarryNote note, gpointer owner,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* What the old hub calls what it was asked for (transfer full); "" where the network is at the new hub already. */
char *bg_hub_carry_finish (GAsyncResult *result, GError **error);

/* The old hub is told that the network is at `url` now. `pin` NULL: as the system trusts; `entry`: of the log, NULL where the network is not
 * signed. */
void bg_hub_carry_tell_async (const BgServiceHub *from, const char *url, const char *pin, const char *digest, GBytes *entry,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* FALSE without an error: the network has changed since it was read, and has to be read again. */
gboolean bg_hub_carry_tell_finish (GAsyncResult *result, GError **error);

G_END_DECLS
