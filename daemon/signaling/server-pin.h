/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A pin is the base64 SHA-256 of a server's SubjectPublicKeyInfo (RFC 7469, 2.4). With a pin
 * exactly that key is trusted, whatever its certificate says; without one, the system's trust
 * decides. */

/* 44 characters that decode to 32 bytes? */
gboolean bg_server_pin_is_valid (const char *pin);
/* The pin of a certificate's key, or NULL for a certificate that cannot be read. */
char *bg_server_pin_of_certificate (GTlsCertificate *certificate);
/* Prepares a session of its own for requests under `pin` (NULL: the system's trust). */
SoupSession *bg_server_pin_session_new (const char *pin);
/* Makes `message`, sent in such a session, accept the pinned key and refuse all others. */
void bg_server_pin_attach (SoupMessage *message, const char *pin);

G_END_DECLS
