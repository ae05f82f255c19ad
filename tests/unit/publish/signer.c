/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signer.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_REQ, X509_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)

static EVP_PKEY *
authority (void)
{
  static EVP_PKEY *key;

  if (!key)
    key = EVP_EC_gen ("P-256");
  return key;
}

static X509_REQ *
read_request (const char *text)
{
  g_autoptr (BIO) memory = BIO_new_mem_buf (text, -1);

  return PEM_read_bio_X509_REQ (memory, NULL, NULL, NULL);
}

static gboolean
is_good (X509_REQ *request)
{
  return X509_REQ_verify (request, X509_REQ_get0_pubkey (request)) == 1
         && X509_NAME_get_index_by_NID (X509_REQ_get_subject_name (request), NID_commonName, -1)
              < 0;
}

static char *
text_of (BIO *memory)
{
  char *bytes;
  long len = BIO_get_mem_data (memory, &bytes);

  return g_strndup (bytes, (gsize) len);
}

char *
signer_sign (const char *text, int since, int lifetime)
{
  static long serial;
  g_autoptr (X509_REQ) request = read_request (text);
  g_autoptr (X509) made = X509_new ();
  g_autoptr (BIO) memory = BIO_new (BIO_s_mem ());

  if (!request || !is_good (request))
    return NULL;
  X509_set_version (made, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (made), ++serial);
  X509_gmtime_adj (X509_getm_notBefore (made), since);
  X509_gmtime_adj (X509_getm_notAfter (made), since + lifetime);
  X509_set_subject_name (made, X509_REQ_get_subject_name (request));
  X509_set_pubkey (made, X509_REQ_get0_pubkey (request));
  g_assert_cmpint (X509_sign (made, authority (), EVP_sha256 ()), >, 0);
  g_assert_true (PEM_write_bio_X509 (memory, made));
  return text_of (memory);
}

char *
signer_describe (const char *text)
{
  g_autoptr (X509_REQ) request = read_request (text);
  STACK_OF (X509_EXTENSION) * extensions;
  char group[32] = "", *name, *described;
  int digest = NID_undef;

  if (!request || !is_good (request))
    return NULL;
  EVP_PKEY_get_group_name (X509_REQ_get0_pubkey (request), group, sizeof group, NULL);
  OBJ_find_sigid_algs (X509_REQ_get_signature_nid (request), &digest, NULL);
  extensions = X509_REQ_get_extensions (request);
  name = X509_NAME_oneline (X509_REQ_get_subject_name (request), NULL, 0);
  described = g_strdup_printf ("%s %s %s extensions=%d", group, OBJ_nid2sn (digest), name,
                               extensions ? sk_X509_EXTENSION_num (extensions) : 0);
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  OPENSSL_free (name);
  return described;
}

char *
signer_as_sec1 (const char *text)
{
  g_autoptr (BIO) memory = BIO_new_mem_buf (text, -1), out = BIO_new (BIO_s_mem ());
  g_autoptr (EVP_PKEY) key = PEM_read_bio_PrivateKey (memory, NULL, NULL, NULL);

  g_assert_true (PEM_write_bio_PrivateKey_traditional (out, key, NULL, NULL, 0, NULL, NULL));
  return text_of (out);
}
