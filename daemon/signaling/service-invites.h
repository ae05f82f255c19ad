/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The invites that are open at a hub (docs/devices.md, HTTP). `hub` with the access token of this device. Errors are of BG_ERROR and said for
 * people: NOT_AUTHORIZED (not an owner), NOT_FOUND (no such invite; a hub that lists none), SERVICE, TIMEOUT, FAILED. Main thread only. */

#include "signaling/service-hub.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *id;          /* 16 hexadecimal digits, which say nothing of the code */
  char *signing_key; /* public half, in base64, of the log's invite that goes with it; "": none does */
  char *made_by;     /* the device that asked for it, as it is called now; "": not known */
  gint64 created_at_s, expires_at_s; /* Unix seconds; 0: not known */
} BgServiceInvite;

void bg_service_invite_free (BgServiceInvite *invite);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgServiceInvite, bg_service_invite_free)
/* 16 hexadecimal digits in lower case? */
gboolean bg_service_invite_id_is_fine (const char *id);

/* What became of one that was to be cancelled. */
typedef enum
{
  BG_INVITE_CANCELLED, /* now, or before */
  BG_INVITE_WAS_USED,
  BG_INVITE_HAD_EXPIRED,
} BgInviteEnd;
/* "cancelled", "used", "expired" */
const char *bg_invite_end_name (BgInviteEnd end);

void bg_service_invites_async (const BgServiceHub *hub, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Of BgServiceInvite, the oldest first, at most BG_SERVICE_INVITES_MAX; what is none is passed over. (transfer full) */
GPtrArray *bg_service_invites_finish (GAsyncResult *result, GError **error);
enum
{
  BG_SERVICE_INVITES_MAX = 4096
};

/* BG_ERROR_NOT_FOUND also where `id` cannot be one. */
void bg_service_invite_cancel_async (const BgServiceHub *hub, const char *id, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer data);
gboolean bg_service_invite_cancel_finish (GAsyncResult *result, BgInviteEnd *end, GError **error);

G_END_DECLS
