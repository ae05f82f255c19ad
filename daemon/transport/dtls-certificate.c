/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dtls-certificate.h"

#include "common/error.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

enum
{
  SERIAL_BYTES = 8,
  DAY_S = 24 * 3600,
  DAYS = 3650, /* whoever was told the fingerprint does not look at it */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)

static gboolean
set_serial (X509 *certificate)
{
  guint8 bytes[SERIAL_BYTES];
  g_autoptr (BIGNUM) number = NULL;

  if (RAND_bytes (bytes, sizeof bytes) != 1)
    return FALSE;
  bytes[0] = (bytes[0] & 0x3f) | 0x40; /* positive, and not short */
  number = BN_bin2bn (bytes, sizeof bytes, NULL);
  return number && BN_to_ASN1_INTEGER (number, X509_get_serialNumber (certificate));
}

static gboolean
set_name (X509 *certificate)
{
  X509_NAME *name = X509_get_subject_name (certificate);

  return X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC, (const guint8 *) "WebRTC", -1, -1, 0)
         && X509_set_issuer_name (certificate, name);
}

static gboolean
fill (X509 *certificate, EVP_PKEY *key)
{
  return X509_set_version (certificate, 2) && set_serial (certificate) && set_name (certificate)
         && X509_gmtime_adj (X509_getm_notBefore (certificate), -DAY_S)
         && X509_time_adj_ex (X509_getm_notAfter (certificate), DAYS, 0, NULL)
         && X509_set_pubkey (certificate, key) && X509_sign (certificate, key, EVP_sha256 ()) > 0;
}

static char *
to_pem (X509 *certificate, EVP_PKEY *key)
{
  g_autoptr (BIO) text = BIO_new (BIO_s_mem ());
  char *bytes;
  long len;

  if (!text || !PEM_write_bio_X509 (text, certificate)
      || !PEM_write_bio_PrivateKey (text, key, NULL, NULL, 0, NULL, NULL))
    return NULL;
  len = BIO_get_mem_data (text, &bytes);
  return g_strndup (bytes, (gsize) len);
}

static char *
make (void)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509) certificate = X509_new ();

  return key && certificate && fill (certificate, key) ? to_pem (certificate, key) : NULL;
}

const char *
bg_dtls_certificate_get_pem (GError **error)
{
  static GMutex lock;
  static char *own;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (!own)
    own = make ();
  if (!own)
    bg_error_set (error, BG_ERROR_FAILED, TEXT, ERR_reason_error_string (ERR_peek_last_error ()));
  return own;
}
