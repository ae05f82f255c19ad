/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The certificate that new connections are shown: our own, or one of files that others renew. These are read again when
 * something changes where they are; what cannot be used leaves the old one in place, and is said in the log. */
typedef struct _BgHubTls BgHubTls;

/* Of the PEM file at `path`, made where it is missing. */
BgHubTls *bg_hub_tls_new_own (const char *path, GError **error);
/* Of PEM files; `key` NULL: it is in `certificate` too. */
BgHubTls *bg_hub_tls_new (const char *certificate, const char *key, GError **error);
void bg_hub_tls_free (BgHubTls *tls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubTls, bg_hub_tls_free)

/* Borrowed; ask for every connection anew. */
GTlsCertificate *bg_hub_tls_get_certificate (BgHubTls *tls);
/* The pin of our own certificate; NULL for another one, which clients trust as their system does. */
const char *bg_hub_tls_get_pin (BgHubTls *tls);
/* Reads given files again, now. */
void bg_hub_tls_reload (BgHubTls *tls);

G_END_DECLS
