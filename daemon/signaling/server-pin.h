/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* With a pin (common/certificate-pin.h) exactly that key is trusted, whatever its certificate says;
 * without one, the system's trust decides. */

/* 44 characters that decode to 32 bytes? */
gboolean bg_server_pin_is_valid (const char *pin);
/* Is `pin` (NULL: always) of use with the normalised `url`: well formed, and TLS to hold it against? */
gboolean bg_server_pin_check (const char *pin, const char *url, GError **error);
/* Prepares a session of its own for requests under `pin` (NULL: the system's trust), by the proxy of bg_proxy_set(). */
SoupSession *bg_server_pin_session_new (const char *pin);
/* Makes `message`, sent in such a session, accept the pinned key and refuse all others. */
void bg_server_pin_attach (SoupMessage *message, const char *pin);

G_END_DECLS
