/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Addresses of standard TURN servers with credentials of the "TURN REST API" kind, which coturn's use-auth-secret
 * takes: user name "<unix expiry>:<name>", password base64 (HMAC-SHA1 (secret, user name)). */

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_TURN_LIFETIME = 86400, /* s that credentials are good for */
};

/* `uri`, "turn:HOST[:PORT][?transport=udp|tcp]" or the same with "turns:" (RFC 7065), as GStreamer's "add-turn-server" takes it: "turn://USER:PASSWORD@HOST…", each part percent-encoded. `now` is
 * in unix seconds. Holds a password: keep it out of logs. */
char *bg_turn_url (const char *uri, const char *secret, const char *name, gint64 now);
/* One for each of `uris`, NULL-terminated; NULL where there is no uri or no secret. Free with g_strfreev(). */
char **bg_turn_urls (const char *const *uris, const char *secret, const char *name, gint64 now);

G_END_DECLS
