/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a device gets, renews and gives back what it shows the hub: POST /auth/register, /auth/refresh and /auth/leave (docs/devices.md). Errors are of
 * BG_ERROR and said for people. Main thread only. */

#include "signaling/device-credential.h"
#include "signaling/service-hub.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *device_id;
  char *access_token, *refresh_token; /* secret */
  guint expires_in_s;
  gint64 refresh_age_s; /* -1: not said */
  gboolean is_pending;

  /* of a registration alone */
  char *address;      /* "10.0.0.2/24" */
  char *address6;     /* "fd00::2/64"; NULL: none */
  char *turn_secret;  /* secret; "" for none */
  guint log_entries;  /* 0: the network is not signed */
} BgServiceCredential;

void bg_service_credential_free (BgServiceCredential *credential);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgServiceCredential, bg_service_credential_free)
/* Borrows. */
BgCredentialGrant bg_service_credential_as_grant (const BgServiceCredential *credential);

/* Who registers. */
typedef struct
{
  const char *code;       /* an invite's, and then the hub has no bearer; NULL: by the token that is its bearer */
  const char *name;
  const char *public_key; /* base64 */
  const guint8 *private_key; /* secret, BG_KEY_BYTES: proves that `public_key` is ours, where the hub asks for that; NULL: it cannot be proved */
  const char *address;    /* that it has, "10.0.0.2/24": this one or none, by the token; NULL: as the hub likes */
} BgServiceNewcomer;

/* Takes all that it needs of both now, and wipes what is secret. */
void bg_service_register_async (const BgServiceHub *hub, const BgServiceNewcomer *newcomer, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data);
/* On error `*refusal` says what it means; BG_REFUSAL_ABSENT: this is a hub of before, or a Go program's. */
BgServiceCredential *bg_service_register_finish (GAsyncResult *result, BgCredentialRefusal *refusal, GError **error);

/* The hub said that the network is elsewhere (421): where, as it says it (borrowed from `result`, `*pin` NULL: none). Before bg_service_register_finish(), which
 * fails then. */
gboolean bg_service_register_is_sent_on (GAsyncResult *result, const char **url, const char **pin);

void bg_service_refresh_async (const BgServiceHub *hub, const char *device_id, const char *refresh_token, gboolean rotate,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
BgServiceCredential *bg_service_refresh_finish (GAsyncResult *result, BgCredentialRefusal *refusal, GError **error);

/* Waits no longer than BG_SERVICE_LEAVE_S. */
void bg_service_leave_async (const BgServiceHub *hub, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean bg_service_leave_finish (GAsyncResult *result, GError **error);
enum
{
  BG_SERVICE_LEAVE_S = 3
};

G_END_DECLS
