/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-authority.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static void
extend (X509 *certificate, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;

  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  g_assert_nonnull (extension);
  X509_add_ext (certificate, extension, -1);
  X509_EXTENSION_free (extension);
}

static TestIdentity
begin (const char *name, const TestIdentity *issuer, int days)
{
  static long serial;
  TestIdentity made = { X509_new (), EVP_EC_gen ("P-256") };
  X509_NAME *subject = X509_get_subject_name (made.certificate);

  X509_set_version (made.certificate, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (made.certificate), ++serial);
  X509_gmtime_adj (X509_getm_notBefore (made.certificate), -2L * 24 * 3600);
  X509_gmtime_adj (X509_getm_notAfter (made.certificate), days * 24L * 3600);
  X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_ASC, (const guchar *) name, -1, -1, 0);
  X509_set_issuer_name (made.certificate,
                        issuer ? X509_get_subject_name (issuer->certificate) : subject);
  X509_set_pubkey (made.certificate, made.key);
  return made;
}

static void
sign (TestIdentity *made, const TestIdentity *issuer)
{
  g_assert_cmpint (X509_sign (made->certificate, issuer ? issuer->key : made->key, EVP_sha256 ()),
                   >, 0);
}

TestIdentity
test_authority (const char *name, const TestIdentity *issuer)
{
  TestIdentity made = begin (name, issuer, 30);

  extend (made.certificate, made.certificate, NID_basic_constraints, "critical,CA:TRUE");
  extend (made.certificate, made.certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend (made.certificate, made.certificate, NID_subject_key_identifier, "hash");
  sign (&made, issuer);
  return made;
}

TestIdentity
test_leaf (const char *name, const TestIdentity *issuer, const char *san, int days)
{
  TestIdentity made = begin (name, issuer, days);

  extend (made.certificate, issuer->certificate, NID_basic_constraints, "critical,CA:FALSE");
  if (san)
    extend (made.certificate, issuer->certificate, NID_subject_alt_name, san);
  sign (&made, issuer);
  return made;
}

void
test_identity_clear (TestIdentity *identity)
{
  X509_free (identity->certificate);
  EVP_PKEY_free (identity->key);
}

static char *
text_of (BIO *bio)
{
  char *data;
  long len = BIO_get_mem_data (bio, &data);
  char *text = g_strndup (data, (gsize) len);

  BIO_free (bio);
  return text;
}

char *
test_certificate_pem (const TestIdentity *identity)
{
  BIO *bio = BIO_new (BIO_s_mem ());

  PEM_write_bio_X509 (bio, identity->certificate);
  return text_of (bio);
}

char *
test_key_pem (const TestIdentity *identity)
{
  BIO *bio = BIO_new (BIO_s_mem ());

  PEM_write_bio_PrivateKey (bio, identity->key, NULL, NULL, 0, NULL, NULL);
  return text_of (bio);
}
