/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The authority of a network for certificates of its names (RFC 5280): a key on P-256, as browsers take no Ed25519, and a certificate of its own
 * that is good below the network's suffix and for nothing else. Pure: the time comes in, in Unix seconds. Any thread. */

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_NAME_AUTHORITY_DAYS = 3650,
  BG_NAME_CERTIFICATE_DAYS = 45,
  BG_NAME_REQUEST_MAX = 512,      /* bytes of a request that is looked at */
  BG_NAME_CERTIFICATE_MAX = 2048, /* of what answers it */
  BG_NAME_CERTIFICATE_NAMES = 24,
  BG_NAME_CERTIFICATE_TEXT = 1400, /* bytes of all names together, which leave room for the rest */
};

/* A new authority for the names below `suffix` of the network that people know as `id`: its key as PEM (bg_secret_free()), its certificate as
 * DER, signed with that key. The certificate names no other authority (path length 0), serves TLS servers alone, and is constrained to
 * the suffix, with no address at all (4.2.1.10, critical). BG_ERROR_FAILED where OpenSSL makes none. */
gboolean bg_name_authority_new (const char *suffix, const char *id, gint64 now, char **key, GBytes **certificate, GError **error);
/* A certificate for `names` (DNS, lower case, `*.` in front allowed, NULL at the end, 1 to BG_NAME_CERTIFICATE_NAMES), which the authority's constraints
 * have to hold, DER, good for BG_NAME_CERTIFICATE_DAYS and never outside of the authority's time. Of `request` (RFC 2986, DER) nothing
 * counts but its key, on P-256, and that it is signed with it. BG_ERROR_INVALID_ARGUMENT: the request is none; BG_ERROR_WRONG_STATE:
 * key and certificate do not belong together, or a name is not below the suffix. */
GBytes *bg_name_authority_sign (const char *key, GBytes *certificate, GBytes *request, const char *const *names, gint64 now,
                                GError **error);

/* A certificate as PEM; NULL where the bytes are none. Free with g_free(). */
char *bg_certificate_to_pem (GBytes *certificate);
/* "SHA-256 of the certificate", upper case with colons, as browsers show it. Free with g_free(). */
char *bg_certificate_fingerprint (GBytes *certificate);

G_END_DECLS
