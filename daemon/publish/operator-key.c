/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-key.h"

#include "common/error.h"
#include "common/secret-text.h"
#include "publish/key-pem.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define ORGANISATION "bamgate"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_REQ, X509_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)

static gboolean
fill (X509_REQ *request, EVP_PKEY *key)
{
  X509_NAME *name = X509_REQ_get_subject_name (request);

  return X509_REQ_set_version (request, X509_REQ_VERSION_1)
         && X509_NAME_add_entry_by_txt (name, "O", MBSTRING_ASC, (const guint8 *) ORGANISATION, -1,
                                        -1, 0)
         && X509_REQ_set_pubkey (request, key) && X509_REQ_sign (request, key, EVP_sha384 ()) > 0;
}

static char *
request_to_pem (EVP_PKEY *key)
{
  g_autoptr (X509_REQ) request = X509_REQ_new ();
  g_autoptr (BIO) memory = BIO_new (BIO_s_mem ());

  if (!request || !memory || !fill (request, key) || !PEM_write_bio_X509_REQ (memory, request))
    return NULL;
  return bg_pem_text (memory);
}

gboolean
bg_operator_key_new (char **key, char **request, GError **error)
{
  g_autoptr (EVP_PKEY) made = EVP_EC_gen ("P-384");
  char *key_text = made ? bg_key_to_pem (made) : NULL;
  char *request_text = key_text ? request_to_pem (made) : NULL;

  if (request_text)
    {
      *key = key_text;
      *request = request_text;
      return TRUE;
    }
  bg_secret_free (key_text);
  bg_error_set (error, BG_ERROR_FAILED, ACCOUNT_KEY_NOT_MADE,
                ERR_reason_error_string (ERR_peek_last_error ()));
  return FALSE;
}
