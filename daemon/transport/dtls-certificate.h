/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The certificate that this process shows in DTLS: its own, valid for nobody but who was told its fingerprint (RFC 8827, 6.5). */

#include <glib.h>

G_BEGIN_DECLS

/* Certificate and private key as PEM, made by the first call: ECDSA with P-256, as browsers have it, in a millisecond. Any thread;
 * borrowed. NULL with an error where OpenSSL makes none. */
const char *bg_dtls_certificate_get_pem (GError **error);

G_END_DECLS
