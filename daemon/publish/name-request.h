/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a machine asks the network's authority with, and whether what comes back is what it may use. Any thread. */

#include <glib.h>

G_BEGIN_DECLS

/* A new key on P-256 as PEM (bg_secret_free()), and a request for a certificate of it (RFC 2986, DER) that says nothing else: the authority
 * knows whose it is. BG_ERROR_FAILED where OpenSSL makes none. */
gboolean bg_name_request_new (char **key, GBytes **request, GError **error);
/* Is `certificate` (PEM) one of `key` for `name`, at `now` (Unix seconds), of a TLS server, from the authority `root` (DER)? Whoever has
 * that installed takes it then. */
gboolean bg_name_request_is_answered (GBytes *root, const char *certificate, const char *key, const char *name, gint64 now);
/* Is a certificate (PEM) for a name that is none of `names`, which are as it has them (`*.` in front)? TRUE where it cannot be read. */
gboolean bg_name_request_has_other_names (const char *certificate, const char *const *names);

G_END_DECLS
