/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SHA-256 fingerprints of DTLS certificates, in the form of SDP: "AB:CD:…" (RFC 8122, 5). */

#include <glib.h>

G_BEGIN_DECLS

/* Of dtls-certificate.h's. Any thread; borrowed. */
const char *bg_dtls_fingerprint_get_own (GError **error);
/* Of a certificate as PEM; NULL where it is none. */
char *bg_dtls_fingerprint_of_pem (const char *pem);

G_END_DECLS
