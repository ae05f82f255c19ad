/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-writer.h"

G_BEGIN_DECLS

/* The refresh tokens of devices (docs/devices.md, HTTP), of which only hashes are kept. Times are Unix seconds and come from the
 * caller. */
typedef struct _BgHubCredentials BgHubCredentials;

/* Takes `rows` (of BgHubCredential); `writer` lives longer. */
BgHubCredentials *bg_hub_credentials_new (GPtrArray *rows, BgHubWriter *writer);
void bg_hub_credentials_free (BgHubCredentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubCredentials, bg_hub_credentials_free)

/* A first token of the device with this id, "bgr_" and 64 hexadecimal digits; those that it had are good no more. NULL where there
 * are no random numbers. */
char *bg_hub_credentials_issue (BgHubCredentials *credentials, const char *device, gint64 now);
/* Somebody shows a token. `next` is the one to go on with (transfer full), `age` how many seconds ago that was made; NULL where the
 * verdict is a refusal. */
BgRefreshVerdict bg_hub_credentials_refresh (BgHubCredentials *credentials, const char *device, BgDeviceState state,
                                             const char *token, gboolean rotate, gint64 now, char **next, gint64 *age);
/* NULL: it has none. Borrowed until the next change. */
const BgHubCredential *bg_hub_credentials_find (BgHubCredentials *credentials, const char *device);
void bg_hub_credentials_forget (BgHubCredentials *credentials, const char *device);

G_END_DECLS
