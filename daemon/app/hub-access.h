/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the hub lets this device in with: its own credential, renewed and kept (signaling/device-credential.h), or the token that all share, where
 * the hub keeps no devices or this one has not registered yet. Main thread only. */

#include "app/config.h"
#include "app/secret-keeper.h"
#include "common/words.h"
#include "signaling/service-credential.h"
#include "signaling/service-hub.h"

G_BEGIN_DECLS

typedef struct _BgHubAccess BgHubAccess;

/* Who this device is, as the hub says; what it does not say is NULL. Borrowed. */
typedef struct
{
  const char *name, *address, *address6;
} BgHubIdentity;

/* From the main loop, or from within a call here; the owner may call back. */
typedef struct
{
  /* Another bearer, or something else to say of it. */
  void (*changed) (gpointer owner);
  void (*identified) (gpointer owner, const BgHubIdentity *identity);
} BgHubAccessEvents;

/* `keeper` must outlive it. */
BgHubAccess *bg_hub_access_new (BgSecretKeeper *keeper, const BgHubAccessEvents *events, gpointer owner);
/* Whoever waits is told that it was cancelled. */
void bg_hub_access_free (BgHubAccess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubAccess, bg_hub_access_free)

/* From now on this hub, whose shared token is its bearer (NULL or "": none), for this device (without a code; copied). The same as before: nothing
 * happens. The owner of the secret "device-credential" has been asked for it where that is a person. */
void bg_hub_access_open (BgHubAccess *self, const BgServiceHub *hub, const BgServiceNewcomer *device);
/* The same for the device of these settings. */
void bg_hub_access_open_as (BgHubAccess *self, const BgServiceHub *hub, const BgConfig *config, const char *public_key);
/* No hub any more; wipes. */
void bg_hub_access_close (BgHubAccess *self);
gboolean bg_hub_access_is_open (BgHubAccess *self);

/* The secret "device-credential" may be another. */
void bg_hub_access_reload (BgHubAccess *self);
/* The hub's answer said that it keeps devices. TRUE: this device registers now, and will have a bearer's word of its own. */
gboolean bg_hub_access_hear_devices (BgHubAccess *self);
/* The hub let `bearer` in no further (401, 403). */
void bg_hub_access_bounce (BgHubAccess *self, const char *bearer);
/* It may know this device by another name or address than we do: `identified` tells. */
void bg_hub_access_ask_identity (BgHubAccess *self);
/* The network changed, or somebody waits. */
void bg_hub_access_hurry (BgHubAccess *self);

/* What goes into the header; NULL: nothing. Borrowed until `changed`. */
const char *bg_hub_access_get_bearer (BgHubAccess *self);
/* Is there any use in dialling now? */
gboolean bg_hub_access_may_dial (BgHubAccess *self);
/* Why the hub does not let this device in, for people; NULL: it does, as far as is known. Borrowed. */
BgWords *bg_hub_access_get_reason (BgHubAccess *self);
/* Of the device at the hub; NULL: it is not registered. Borrowed. */
const char *bg_hub_access_get_device_id (BgHubAccess *self);
gboolean bg_hub_access_is_pending (BgHubAccess *self);
/* Does this device manage the others, as the access token says that the hub gave it? In a network that is not signed that is who owns it. */
gboolean bg_hub_access_is_owner (BgHubAccess *self);
/* The hub, with an access token also where an owner's word is still waited for, which opens the log of members alone. FALSE: there is none now. Borrowed until
 * `changed`. */
gboolean bg_hub_access_get_hub (BgHubAccess *self, BgServiceHub *hub);

/* Waits until there is a bearer, or it is clear that there is none: then that is the error (BG_ERROR_NOT_AUTHORIZED, BG_ERROR_FAILED). */
void bg_hub_access_wait_async (BgHubAccess *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean bg_hub_access_wait_finish (BgHubAccess *self, GAsyncResult *result, GError **error);

G_END_DECLS
