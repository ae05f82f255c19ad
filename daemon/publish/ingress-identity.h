/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* With what this machine shows an ingress who it is: a private key and the certificate for it, as PEM. A value that never changes,
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
} BgIngressIdentity;

/* NULL where either is not to be read, or the key is not the certificate's. */
BgIngressIdentity *bg_ingress_identity_new (const char *certificate, const char *key);
BgIngressIdentity *bg_ingress_identity_ref (BgIngressIdentity *self);
void bg_ingress_identity_unref (BgIngressIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgIngressIdentity, bg_ingress_identity_unref)
/* The same texts? Both may be NULL. */
gboolean bg_ingress_identity_equal (const BgIngressIdentity *a, const BgIngressIdentity *b);

/* When a new one is due, in Unix seconds: 30 days before its end, but never before two thirds of its time have passed. */
gint64 bg_ingress_identity_get_due (const BgIngressIdentity *self);

G_END_DECLS
