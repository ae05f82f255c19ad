/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* With what this machine shows who it is, to an ingress or at a door: a private key and the certificate for it, as PEM. A value that never changes,
 * counted; any thread. The key is wiped when the last one lets go. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *certificate;        /* the leaf first, then what else was given */
  char *key;                /* secret; SEC1 or PKCS#8 */
  gint64 not_before, not_after; /* of the leaf, Unix seconds */

  /*< private >*/
  gatomicrefcount refs;
} BgTlsIdentity;

/* NULL where either is not to be read, or the key is not the certificate's. */
BgTlsIdentity *bg_tls_identity_new (const char *certificate, const char *key);
BgTlsIdentity *bg_tls_identity_ref (BgTlsIdentity *self);
void bg_tls_identity_unref (BgTlsIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgTlsIdentity, bg_tls_identity_unref)
/* The same texts? Both may be NULL. */
gboolean bg_tls_identity_equal (const BgTlsIdentity *a, const BgTlsIdentity *b);

/* When a new one is due, in Unix seconds: 30 days before its end, but never before two thirds of its time have passed. */
gint64 bg_tls_identity_get_due (const BgTlsIdentity *self);

G_END_DECLS
