/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-certificate.h"
#include "common/error.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <string.h>

enum
{
  VALID_DAYS = 30 * 365,
  BACKDATE_DAYS = 1
};

static gboolean
set_names (X509 *x509)
{
  X509_NAME *name = X509_get_subject_name (x509);

  return X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC,
                                     (const unsigned char *) "bamgate-hub", -1, -1, 0)
         && X509_set_issuer_name (x509, name);
}

static gboolean
set_serial (X509 *x509)
{
  uint64_t serial;

  return RAND_bytes ((unsigned char *) &serial, sizeof serial) == 1
         && ASN1_INTEGER_set_uint64 (X509_get_serialNumber (x509), serial >> 1);
}

static X509 *
make_certificate (EVP_PKEY *key)
{
  X509 *x509 = X509_new ();

  if (x509 != NULL && X509_set_version (x509, X509_VERSION_3) && set_serial (x509)
      && set_names (x509)
      && X509_time_adj_ex (X509_getm_notBefore (x509), -BACKDATE_DAYS, 0, NULL) != NULL
      && X509_time_adj_ex (X509_getm_notAfter (x509), VALID_DAYS, 0, NULL) != NULL
      && X509_set_pubkey (x509, key) && X509_sign (x509, key, EVP_sha256 ()) > 0)
    return x509;
  X509_free (x509);
  return NULL;
}

/* Both in one file, so that one rename puts them in place. */
static gboolean
write_pem (const char *path, EVP_PKEY *key, X509 *x509, GError **error)
{
  BIO *bio = BIO_new (BIO_s_secmem ());
  char *pem = NULL;
  long len = 0;
  gboolean ok = FALSE;

  if (bio != NULL && PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL)
      && PEM_write_bio_X509 (bio, x509))
    len = BIO_get_mem_data (bio, &pem);
  if (len > 0)
    ok = g_file_set_contents_full (
      path, pem, len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
  else
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "certificate: it cannot be written as PEM");
  BIO_free (bio);
  return ok;
}

static gboolean
make_file (const char *path, GError **error)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *x509 = key != NULL ? make_certificate (key) : NULL;
  gboolean ok = FALSE;

  if (x509 != NULL)
    ok = write_pem (path, key, x509, error);
  else
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "certificate: OpenSSL cannot make one");
  X509_free (x509);
  EVP_PKEY_free (key);
  return ok;
}

GTlsCertificate *
bg_hub_certificate_load_or_make (const char *path, GError **error)
{
  GTlsCertificate *certificate;

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !make_file (path, error))
    return NULL;
  certificate = g_tls_certificate_new_from_file (path, error);
  if (certificate == NULL)
    g_prefix_error (error, "%s: ", path);
  return certificate;
}

/* Certificates of others */

static int
no_passphrase (char *buffer, int size, int writing, void *data)
{
  return -1;
}

static EVP_PKEY *
key_of_pem (const char *pem)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey (bio, NULL, no_passphrase, NULL) : NULL;

  BIO_free (bio);
  return key;
}

static X509 *
certificate_of_pem (const char *pem)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  X509 *x509 = bio != NULL ? PEM_read_bio_X509 (bio, NULL, no_passphrase, NULL) : NULL;

  BIO_free (bio);
  return x509;
}

/* GnuTLS would say so to every client instead. */
static gboolean
is_pair (const char *certificate_pem, const char *key_pem)
{
  X509 *x509 = certificate_of_pem (certificate_pem);
  EVP_PKEY *key = key_of_pem (key_pem);
  gboolean ok = x509 != NULL && key != NULL && X509_check_private_key (x509, key) == 1;

  X509_free (x509);
  EVP_PKEY_free (key);
  return ok;
}

static void
pem_free (char *pem)
{
  if (pem != NULL)
    OPENSSL_cleanse (pem, strlen (pem));
  g_free (pem);
}

static GTlsCertificate *
certificate_of (const char *certificate_pem, const char *key_pem, GError **error)
{
  char *both = g_strconcat (certificate_pem, "\n", key_pem, NULL);
  GTlsCertificate *certificate = g_tls_certificate_new_from_pem (both, -1, error);

  pem_free (both);
  return certificate;
}

GTlsCertificate *
bg_hub_certificate_load (const char *certificate, const char *key, GError **error)
{
  GTlsCertificate *loaded = NULL;
  char *certificate_pem = NULL, *key_pem = NULL;

  if (!g_file_get_contents (certificate, &certificate_pem, NULL, error)
      || !g_file_get_contents (key, &key_pem, NULL, error))
    goto out;
  if (is_pair (certificate_pem, key_pem))
    loaded = certificate_of (certificate_pem, key_pem, error);
  else
    g_set_error (error, BG_ERROR, BG_ERROR_CONFIG,
                 "%s holds no certificate, or %s not its key as PEM", certificate, key);
out:
  pem_free (certificate_pem);
  pem_free (key_pem);
  return loaded;
}

gboolean
bg_hub_certificate_is_expired (GTlsCertificate *certificate)
{
  g_autoptr (GDateTime) until = g_tls_certificate_get_not_valid_after (certificate);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  return until != NULL && g_date_time_compare (until, now) < 0;
}
