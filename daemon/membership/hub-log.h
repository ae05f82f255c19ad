/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The log that a hub has, read whole into memory and checked from its first entry on, whatever log this machine has. Main thread only. */

#include "membership/network-sync.h"

G_BEGIN_DECLS

typedef struct _BgHubLog BgHubLog;

/* `hub` is handed to `ops`, and outlives it. */
BgHubLog *bg_hub_log_new (const BgNetworkHubOps *ops, gpointer hub);
/* Who waits for it is told that it was cancelled. */
void bg_hub_log_free (BgHubLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubLog, bg_hub_log_free)

/* Once. */
void bg_hub_log_read_async (BgHubLog *self, GAsyncReadyCallback callback, gpointer data);
/* bg_membership_log_free(); of no entries: the hub has none. NULL and BG_ERROR_SERVICE: it is no log. */
BgMembershipLog *bg_hub_log_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
