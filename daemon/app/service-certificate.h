/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The certificate that doors of published services show (docs/services.md, TLS): kept as the secret "service-certificate", asked for where there
 * is none, and again before its end. One serves all published services of this machine. Main thread only. */

#include "app/secret-store.h"
#include "common/words.h"
#include "publish/tls-server.h"

G_BEGIN_DECLS

typedef struct _BgServiceCertificate BgServiceCertificate;

typedef struct
{
  /* Whoever signs is asked. What this machine signs itself is the answer (DER, transfer full); NULL: it comes with
   * bg_service_certificate_take(), or never. */
  GBytes *(*ask) (gpointer owner, GBytes *request);
  /* It is another one, or there is something else to say of it. */
  void (*changed) (gpointer owner);
  /* Unix seconds. */
  gint64 (*now) (void);
} BgServiceCertificateOps;

/* `secrets` must outlive it. */
BgServiceCertificate *bg_service_certificate_new (BgSecretStore *secrets, const BgServiceCertificateOps *ops, gpointer owner);
/* Fine on NULL. */
void bg_service_certificate_free (BgServiceCertificate *self);
/* It is to be of the authority `root` (DER; NULL: there is none) for `names` and no others, the machine's own first (NULL: it has none). */
void bg_service_certificate_want (BgServiceCertificate *self, GBytes *root, const char *const *names);
/* Whoever signs is here (again): it is asked at once where it has to be. */
void bg_service_certificate_retry (BgServiceCertificate *self);
/* An answer, from whomever it is (DER); FALSE: it is none that could be used. */
gboolean bg_service_certificate_take (BgServiceCertificate *self, GBytes *certificate);
/* With what doors are to be opened from now on, and a number that is another for each; NULL: nothing. Borrowed. It stays until there is a better
 * one, also beyond its end. */
BgTlsServer *bg_service_certificate_get (BgServiceCertificate *self, guint *number);
/* Why there is none that people would accept; NULL: there is one. */
BgWords *bg_service_certificate_dup_failure (BgServiceCertificate *self);

G_END_DECLS
