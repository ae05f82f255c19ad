/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The authority of a signed network for certificates of its names (docs/services.md, TLS), and names that owners give machines. What an owner
 * signs has the errors of application-network.h. Main thread only. */

#include "app/application.h"

G_BEGIN_DECLS

/* This machine is the authority from now on, in the place of the one before, with a key of its own that stays here. BG_ERROR_WRONG_STATE:
 * the tunnel is down, and the network's suffix not known. */
void     bg_application_make_authority_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_make_authority_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* `device` ("": nobody any more) is called `name` too. BG_ERROR_INVALID_ARGUMENT: it is no label, or a machine's own name. */
void     bg_application_give_name_async (BgApplication *self, const char *name, const char *device, GAsyncReadyCallback callback,
                                         gpointer data);
gboolean bg_application_give_name_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* A certificate (DER, transfer full) for the names that the device with this WireGuard key has, and for no others, whatever `request` (DER) says;
 * NULL where this machine is not the authority, the log has no such device, or there is an alarm. */
GBytes  *bg_application_sign_names (BgApplication *self, const guint8 key[32], GBytes *request);

G_END_DECLS
