/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/dtls-certificate.h"
#include "transport/dtls-fingerprint.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

static X509 *
read_certificate (const char *pem)
{
  BIO *text = BIO_new_mem_buf (pem, -1);
  X509 *certificate = PEM_read_bio_X509 (text, NULL, NULL, NULL);

  BIO_free (text);
  g_assert_nonnull (certificate);
  return certificate;
}

static EVP_PKEY *
read_key (const char *pem)
{
  BIO *text = BIO_new_mem_buf (pem, -1);
  EVP_PKEY *key = PEM_read_bio_PrivateKey (text, NULL, NULL, NULL);

  BIO_free (text);
  g_assert_nonnull (key);
  return key;
}

/* The key is the certificate's, which is valid now and signed by itself. */
static void
test_certificate (void)
{
  const char *pem = bg_dtls_certificate_get_pem (NULL);
  X509 *certificate = read_certificate (pem);
  EVP_PKEY *key = read_key (pem);
  char group[32] = "";

  g_assert_cmpint (X509_check_private_key (certificate, key), ==, 1);
  g_assert_cmpint (X509_verify (certificate, key), ==, 1);
  g_assert_cmpint (X509_cmp_current_time (X509_get0_notBefore (certificate)), <, 0);
  g_assert_cmpint (X509_cmp_current_time (X509_get0_notAfter (certificate)), >, 0);
  g_assert_cmpint (EVP_PKEY_get_group_name (key, group, sizeof group, NULL), ==, 1);
  g_assert_cmpstr (group, ==, "prime256v1");
  g_assert_true (bg_dtls_certificate_get_pem (NULL) == pem);
  X509_free (certificate);
  EVP_PKEY_free (key);
}

static void
test_fingerprint (void)
{
  X509 *certificate = read_certificate (bg_dtls_certificate_get_pem (NULL));
  g_autoptr (GString) text = g_string_new (NULL);
  guint8 digest[32];
  unsigned int len;

  g_assert_cmpint (X509_digest (certificate, EVP_sha256 (), digest, &len), ==, 1);
  for (guint i = 0; i < len; i++)
    g_string_append_printf (text, i ? ":%02X" : "%02X", digest[i]);
  g_assert_cmpstr (bg_dtls_fingerprint_get_own (NULL), ==, text->str);
  X509_free (certificate);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dtls-certificate/certificate", test_certificate);
  g_test_add_func ("/dtls-certificate/fingerprint", test_fingerprint);
  return g_test_run ();
}
