/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The network's log at the hub: GET and POST /network/log (docs/devices.md, HTTP). `hub` with the access token of this device. What comes is bytes
 * that nobody has looked at. Errors are of BG_ERROR and said for people. Main thread only. */

#include "signaling/service-hub.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Asks for all from the entry `from` on. */
void bg_service_log_fetch_async (const BgServiceHub *hub, guint32 from, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer data);
/* GBytes, from that entry on (transfer full); how many there are in all. BG_ERROR_NOT_FOUND: the hub keeps none. */
GPtrArray *bg_service_log_fetch_finish (GAsyncResult *result, guint32 *count, GError **error);

typedef enum
{
  BG_LOG_POST_FAILED,
  BG_LOG_POST_TAKEN,
  BG_LOG_POST_ELSEWHERE, /* the log has gone on meanwhile, or contradicts them (409) */
} BgLogPost;

/* `entries`: GBytes, at most 16. */
void bg_service_log_post_async (const BgServiceHub *hub, const GPtrArray *entries, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data);
BgLogPost bg_service_log_post_finish (GAsyncResult *result, GError **error);

G_END_DECLS
