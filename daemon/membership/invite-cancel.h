/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Invites that are taken back, one behind the other. Main thread only. */

#include "membership/network-sync.h"

G_BEGIN_DECLS

/* `only` (its public half) NULL: all that are open at `now` (Unix seconds). `seed`: who signs (copied, and wiped). Where `log` and `sync`, which it belongs to,
 * end before it does, that is an error. */
void bg_invite_cancel_async (BgNetworkSync *sync, BgMembershipLog *log, const guint8 seed[BG_SEED_BYTES], const guint8 *only, guint64 now,
                             GAsyncReadyCallback callback, gpointer data);
/* The public halves, in base64, of those that somebody had used by then; all others are over (free with g_strfreev()). NULL with an error where something could not
 * be signed: BG_ERROR_NOT_FOUND there is no such invite, or as of bg_network_sync_sign_finish(); what was cancelled before stays so. */
char **bg_invite_cancel_finish (GAsyncResult *result, GError **error);

G_END_DECLS
