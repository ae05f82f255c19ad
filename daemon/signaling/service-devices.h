/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The devices that a hub knows, and what an owner does with them (docs/devices.md, HTTP). `hub` with the access token of this device. Errors
 * are of BG_ERROR and said for people: NOT_AUTHORIZED (not an owner), NOT_FOUND (no such device; a hub that has no devices), EXISTS (the name is
 * taken), WRONG_STATE (the network is signed), SERVICE, TIMEOUT, FAILED. Main thread only. */

#include "signaling/service-hub.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  BG_SERVICE_DEVICE_PENDING,
  BG_SERVICE_DEVICE_ACTIVE,
  BG_SERVICE_DEVICE_LEFT,
  BG_SERVICE_DEVICE_REVOKED,
} BgServiceDeviceState;

typedef struct
{
  char *id;         /* 32 hexadecimal digits */
  char *name;       /* for people: of bg_printable_start() where it is not one of ours */
  char *public_key; /* base64; "" where the hub does not know it */
  char *address, *address6;          /* "" for none */
  gint64 created_at_s, seen_at_s;    /* Unix seconds; 0: not known */
  BgServiceDeviceState state;
  gboolean is_owner, is_online;
  char *replaces;   /* id of the device that has its name; NULL: none has */
} BgServiceDevice;

void bg_service_device_free (BgServiceDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgServiceDevice, bg_service_device_free)

/* "pending", "active", "left", "revoked" */
const char *bg_service_device_state_name (BgServiceDeviceState state);
/* FALSE, and `*state` stays: no such state. */
gboolean bg_service_device_state_parse (const char *text, BgServiceDeviceState *state);
/* 32 hexadecimal digits in lower case? */
gboolean bg_service_device_id_is_fine (const char *id);

void bg_service_devices_async (const BgServiceHub *hub, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Of BgServiceDevice, as the hub has them, at most BG_SERVICE_DEVICES_MAX; what is none is passed over. (transfer full) */
GPtrArray *bg_service_devices_finish (GAsyncResult *result, GError **error);
enum
{
  BG_SERVICE_DEVICES_MAX = 4096
};

/* The keys that were revoked in a network that is not signed: a set of GBytes of 32 (transfer full), at most BG_SERVICE_DEVICES_MAX; what is no
 * key is passed over. NOT_FOUND: a hub that does not say so. */
void bg_service_revoked_async (const BgServiceHub *hub, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GHashTable *bg_service_revoked_finish (GAsyncResult *result, GError **error);

/* Each for one device; BG_ERROR_INVALID_ARGUMENT where `id` cannot be one. */
void bg_service_device_rename_async (const BgServiceHub *hub, const char *id, const char *name, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
void bg_service_device_approve_async (const BgServiceHub *hub, const char *id, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer data);
void bg_service_device_revoke_async (const BgServiceHub *hub, const char *id, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
/* Of all three. */
gboolean bg_service_device_done (GAsyncResult *result, GError **error);

G_END_DECLS
