/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The devices of the network, as the bus says them: the one place that knows whether the hub decides who is in it (service-devices.h), or
 * the log that its owners sign (application-network.h). A device is named by its id at the hub, its WireGuard key in base64, or its
 * name where no other has that. Errors as of both. Main thread only. */

#include "app/application-network.h"

G_BEGIN_DECLS

/* → aa{sv}, as of ListDevices on the bus. What the hub alone knows is missing where the log is there and the hub does not answer. */
void      bg_application_list_devices_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
GVariant *bg_application_list_devices_finish (BgApplication *self, GAsyncResult *result, GError **error);

/* What the bus is told with GetNetwork, a{sv}, floating. */
GVariant *bg_application_get_network (BgApplication *self);

/* Each for one device. */
void bg_application_rename_device_async  (BgApplication *self, const char *device, const char *name, GAsyncReadyCallback callback,
                                          gpointer data);
void bg_application_revoke_device_async  (BgApplication *self, const char *device, GAsyncReadyCallback callback, gpointer data);
/* options: "key" s, and the grant as of bg_application_approve_async(), in a signed network. */
void bg_application_approve_device_async (BgApplication *self, const char *device, GVariant *options, GAsyncReadyCallback callback,
                                          gpointer data);
/* The rest in a signed network only. */
void bg_application_grant_device_async   (BgApplication *self, const char *device, GVariant *options, GAsyncReadyCallback callback,
                                          gpointer data);
void bg_application_add_owner_device_async (BgApplication *self, const char *device, const char *signing_key,
                                            GAsyncReadyCallback callback, gpointer data);
void bg_application_remove_owner_device_async (BgApplication *self, const char *device, GAsyncReadyCallback callback, gpointer data);
/* Of all of these. */
gboolean bg_application_change_device_finish (BgApplication *self, GAsyncResult *result, GError **error);

/* → aa{sv}, as of ListInvites on the bus, of which the hub's half is missing where the log is there and the hub does not answer; and a{sv}, as of
 * CancelInvite, for the one that is called `id` there. BG_ERROR_NOT_FOUND: none was. (transfer full) */
void      bg_application_list_invites_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
void      bg_application_cancel_invite_async (BgApplication *self, const char *id, GAsyncReadyCallback callback, gpointer data);
/* Of both. */
GVariant *bg_application_invites_finish (BgApplication *self, GAsyncResult *result, GError **error);

/* options: none yet; ends with bg_application_recover_finish(). */
void bg_application_recover_network_async (BgApplication *self, const char *code, GVariant *options, GAsyncReadyCallback callback,
                                           gpointer data);
/* options: "head" s; ends with bg_application_trust_finish(). */
void bg_application_trust_network_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback, gpointer data);

G_END_DECLS
