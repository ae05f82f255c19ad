/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What hubs had before there were devices: GET /invite/{code}, POST /invite, GET /network-info. Errors are of BG_ERROR and said for
 * people: NOT_FOUND "the invite code is unknown or was used", "the invite code has expired"; NOT_AUTHORIZED; SERVICE; TIMEOUT; FAILED.
 * Main thread only. */

#include "signaling/service-hub.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *server_url;  /* as the hub names itself, with "/connect": for a BgSignalingClient */
  char *token;       /* secret */
  char *turn_secret; /* secret; "" for none */
  char *address;     /* "10.0.0.2/24" */
  char *subnet;      /* "10.0.0.0/24" */
} BgInviteGrant;
void bg_invite_grant_free (BgInviteGrant *grant);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgInviteGrant, bg_invite_grant_free)
/* Redeems a code for the device with `public_key` (base64, not secret): hubs give the same key the
 * same answer again while the code is good; older ones and workers ignore it. NULL: none yet. */
void bg_service_redeem_async (const BgServiceHub *hub, const char *code, const char *public_key, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data);
BgInviteGrant *bg_service_redeem_finish (GAsyncResult *result, GError **error);
/* Makes an invite: `code` "ABCD-EFGH", `expires_in` seconds. `signing_key`: public half, in base64, of the log's invite that goes with it, by which the two are
 * found together; NULL: none does. */
void bg_service_invite_async (const BgServiceHub *hub, const char *signing_key, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer data);
char *bg_service_invite_finish (GAsyncResult *result, guint *expires_in, GError **error);
/* An address (NULL where the network is full) and the subnet, for a device that the hub lets in.
 * Hubs keep the address for `public_key` (may be NULL), and name the one that it has already. */
void bg_service_network_info_async (const BgServiceHub *hub, const char *public_key, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer data);
/* `devices` (NULL, or transfer full): name → public key in base64, "" where it is not known. */
gboolean bg_service_network_info_finish (GAsyncResult *result, char **next_address, char **subnet, GHashTable **devices,
                                         GError **error);
/* Of the same answer, what the hub makes credentials for its relay of (spec 4.1): free with explicit_bzero() and
 * g_free(); "" or NULL with an error where it does not tell. */
char *bg_service_relay_secret_finish (GAsyncResult *result, GError **error);

G_END_DECLS
