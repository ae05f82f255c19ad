/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/name-request.h"

#include "common/error.h"
#include "common/secret-text.h"
#include "publish/key-pem.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GENERAL_NAMES, GENERAL_NAMES_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_REQ, X509_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)

static GBytes *
make_request (EVP_PKEY *key)
{
  g_autoptr (X509_REQ) request = X509_REQ_new ();
  guint8 *bytes = NULL;
  GBytes *der = NULL;
  int len;

  if (!request || !X509_REQ_set_version (request, X509_REQ_VERSION_1)
      || !X509_REQ_set_pubkey (request, key) || X509_REQ_sign (request, key, EVP_sha256 ()) <= 0)
    return NULL;
  len = i2d_X509_REQ (request, &bytes);
  if (len > 0)
    der = g_bytes_new (bytes, (gsize) len);
  OPENSSL_free (bytes);
  return der;
}

gboolean
bg_name_request_new (char **key, GBytes **request, GError **error)
{
  g_autoptr (EVP_PKEY) made = EVP_EC_gen ("P-256");
  GBytes *der = made ? make_request (made) : NULL;
  char *text = der ? bg_key_to_pem (made) : NULL;

  if (text)
    {
      *key = text;
      *request = der;
      return TRUE;
    }
  g_clear_pointer (&der, g_bytes_unref);
  bg_error_set (error, BG_ERROR_FAILED, CERTIFICATE_NOT_MADE,
                ERR_reason_error_string (ERR_peek_last_error ()));
  return FALSE;
}

static gboolean
set_expectations (X509_STORE_CTX *context, const char *name, gint64 now)
{
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param (context);

  X509_VERIFY_PARAM_set_time (param, now);
  return X509_STORE_CTX_set_purpose (context, X509_PURPOSE_SSL_SERVER)
         && X509_VERIFY_PARAM_set1_host (param, name, 0);
}

static gboolean
is_trusted (X509 *root, X509 *certificate, const char *name, gint64 now)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();

  return store && context && X509_STORE_add_cert (store, root)
         && X509_STORE_CTX_init (context, store, certificate, NULL)
         && set_expectations (context, name, now) && X509_verify_cert (context) == 1;
}

gboolean
bg_name_request_is_answered (GBytes *root, const char *certificate, const char *key,
                             const char *name, gint64 now)
{
  g_autoptr (X509) anchor = bg_certificate_read (root),
                   leaf = bg_certificate_from_pem (certificate);
  g_autoptr (EVP_PKEY) own = bg_key_from_pem (key);
  gboolean fits = anchor && leaf && own && X509_check_private_key (leaf, own) == 1
                  && is_trusted (anchor, leaf, name, now);

  ERR_clear_error ();
  return fits;
}

static gboolean
is_one_of (const GENERAL_NAME *name, const char *const *names)
{
  g_autofree char *text = NULL;

  if (name->type != GEN_DNS)
    return FALSE;
  text = g_strndup ((const char *) ASN1_STRING_get0_data (name->d.dNSName),
                    (gsize) ASN1_STRING_length (name->d.dNSName));
  return g_strv_contains (names, text);
}

gboolean
bg_name_request_has_other_names (const char *certificate, const char *const *names)
{
  g_autoptr (X509) leaf = bg_certificate_from_pem (certificate);
  g_autoptr (GENERAL_NAMES) own = leaf ? X509_get_ext_d2i (leaf, NID_subject_alt_name, NULL, NULL)
                                       : NULL;

  for (int i = 0; i < sk_GENERAL_NAME_num (own); i++)
    if (!is_one_of (sk_GENERAL_NAME_value (own, i), names))
      return TRUE;
  return own == NULL;
}
