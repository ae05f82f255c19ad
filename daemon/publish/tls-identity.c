/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/tls-identity.h"

#include "common/secret-text.h"
#include "publish/key-pem.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

enum
{
  WINDOW_S = 30 * 24 * 3600,
  SHARE = 3, /* the window is this part of the whole time at most */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

static gint64
unix_seconds (const ASN1_TIME *time)
{
  struct tm parts;
  g_autoptr (GDateTime) date = NULL;

  if (!ASN1_TIME_to_tm (time, &parts))
    return 0;
  date = g_date_time_new_utc (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                              parts.tm_min, parts.tm_sec);
  return date ? g_date_time_to_unix (date) : 0;
}

static BgTlsIdentity *
identity_new (const char *certificate, const char *key, X509 *leaf)
{
  BgTlsIdentity *self = g_new0 (BgTlsIdentity, 1);

  g_atomic_ref_count_init (&self->refs);
  self->certificate = g_strdup (certificate);
  self->key = g_strdup (key);
  self->not_before = unix_seconds (X509_get0_notBefore (leaf));
  self->not_after = unix_seconds (X509_get0_notAfter (leaf));
  return self;
}

BgTlsIdentity *
bg_tls_identity_new (const char *certificate, const char *key)
{
  g_autoptr (X509) leaf = bg_certificate_from_pem (certificate);
  g_autoptr (EVP_PKEY) own = bg_key_from_pem (key);
  gboolean is_pair = leaf && own && X509_check_private_key (leaf, own);

  ERR_clear_error ();
  return is_pair ? identity_new (certificate, key, leaf) : NULL;
}

BgTlsIdentity *
bg_tls_identity_ref (BgTlsIdentity *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
bg_tls_identity_unref (BgTlsIdentity *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->certificate);
  bg_secret_free (self->key);
  g_free (self);
}

gboolean
bg_tls_identity_equal (const BgTlsIdentity *a, const BgTlsIdentity *b)
{
  if (!a || !b)
    return a == b;
  return strcmp (a->certificate, b->certificate) == 0 && strcmp (a->key, b->key) == 0;
}

gint64
bg_tls_identity_get_due (const BgTlsIdentity *self)
{
  gint64 lifetime = MAX (self->not_after - self->not_before, 0);

  return self->not_after - MIN (WINDOW_S, lifetime / SHARE);
}
