/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-writer.h"

G_BEGIN_DECLS

/* Access tokens (docs/devices.md, HTTP): JSON Web Tokens (RFC 7519) with HS256, under keys that only this hub has. A key is made when
 * it is first needed, signs for 30 days, and is forgotten when nothing that it signed is good any more. Times are Unix seconds and
 * come from the caller. */
typedef struct _BgHubAccessTokens BgHubAccessTokens;

/* Takes `keys` (of BgHubSigningKey, by time); `writer` lives longer. */
BgHubAccessTokens *bg_hub_access_tokens_new (GPtrArray *keys, BgHubWriter *writer);
void bg_hub_access_tokens_free (BgHubAccessTokens *tokens);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubAccessTokens, bg_hub_access_tokens_free)

/* Of BgHubSigningKey, by time; borrowed. */
const GPtrArray *bg_hub_access_tokens_get_keys (BgHubAccessTokens *tokens);
/* The bytes with which a key signs, in hexadecimal (transfer full), and a key's secret made of them, for another hub. */
char *bg_hub_signing_key_to_hex (const BgHubSigningKey *key);
char *bg_hub_signing_secret_of_hex (const char *hex);

/* One for a device, good for BG_ACCESS_LIFETIME_S; NULL where there are no random numbers. */
char *bg_hub_access_tokens_make (BgHubAccessTokens *tokens, const char *device, gboolean is_owner, gint64 now);
/* The id of the device that a token is of (transfer full); NULL where it is none of ours, or over. What that device may is
 * asked elsewhere. */
char *bg_hub_access_tokens_read (BgHubAccessTokens *tokens, const char *token, gint64 now);

G_END_DECLS
