/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The key with which this machine shows an ingress who it is, and what asks for a certificate for it. Any thread. */

#include <glib.h>

G_BEGIN_DECLS

/* A new key on P-384 as PEM (PKCS#8), and a request for a certificate (RFC 2986) as PEM, signed with SHA-384: the organisation "bamgate"
 * and neither a common name, which the account refuses, nor extensions. Free the key with bg_secret_free(), the request with g_free().
 * BG_ERROR_FAILED, and nothing is set, where OpenSSL makes none. */
gboolean bg_operator_key_new (char **key, char **request, GError **error);

G_END_DECLS
