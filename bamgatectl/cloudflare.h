/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Cloudflare's REST API, version 4, as far as a Worker needs it. One request at a time, waited for in the main loop within a
 * call (call.h), where Ctrl-C ends it. What only asks is tried again after a fault of the network or of Cloudflare's; what
 * changes something is not, since it may have been done: that is CLOUDFLARE_ERROR_UNSURE, and whoever asked looks how things
 * are. Where Cloudflare has had too many requests it is waited as long as it says. TLS is verified, redirects are not followed.
 *
 * BAMGATE_CLOUDFLARE_API, for tests, is "http://ADDRESS:PORT" of a program on this machine that plays Cloudflare: everything
 * goes there, by loopback addresses only. With https its certificate has to be one that this machine trusts for Cloudflare. */

#include "bamgatectl/call.h"
#include "bamgatectl/cloudflare-answer.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _Cloudflare Cloudflare;

/* `token` is an API token; `call` outlives it. NULL: the token, or the variable, will not do. */
Cloudflare *cloudflare_new (Call *call, const char *token, GError **error);
void cloudflare_free (Cloudflare *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cloudflare, cloudflare_free)

/* Something else is waited for now. */
void cloudflare_say (Cloudflare *self, const char *what);
/* FALSE: Ctrl-C. */
gboolean cloudflare_pause (Cloudflare *self, guint ms);
/* The account that it is about: its own tokens are known there alone. */
void cloudflare_set_account (Cloudflare *self, const char *account);

/* The whole answer, of which "success" is true. `path` is behind the base of the API, `json` (may be NULL) the body. Free with
 * json_object_unref(). */
JsonObject *cloudflare_ask (Cloudflare *self, const char *method, const char *path, const char *json, GError **error);
/* The same with a form, for an upload. */
JsonObject *cloudflare_put_form (Cloudflare *self, const char *path, SoupMultipart *form, GError **error);

/* Looks at https://HOST/PATH once, which is no part of the API and sees nothing of the API token; `bearer` may be NULL. The
 * body, at most 64 KiB of UTF-8; free with g_free(). */
char *cloudflare_visit (Cloudflare *self, const char *host, const char *path, const char *bearer, guint *status,
                        GError **error);

/* Whether the text can stand in a header as it is: printable ASCII without blanks, 16 to 4096 of them. */
gboolean cloudflare_is_word (const char *text);

G_END_DECLS
