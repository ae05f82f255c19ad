/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Certificates with their keys, of PEM files. The hub's own is EC P-256, self-signed. Clients trust its key by pin, so its
 * names and dates matter to nobody. */

/* Reads key and certificate from the PEM file `path`; makes them (mode 0600) where there is no
 * file. */
GTlsCertificate *bg_hub_certificate_load_or_make (const char *path, GError **error);
/* Reads a certificate, with its chain, and its key; an error that names the file where one cannot be read, or the key is
 * another certificate's. */
GTlsCertificate *bg_hub_certificate_load (const char *certificate, const char *key, GError **error);
/* Past its last day? */
gboolean bg_hub_certificate_is_expired (GTlsCertificate *certificate);
