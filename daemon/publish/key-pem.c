/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/key-pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

char *
bg_pem_text (BIO *memory)
{
  char *bytes;
  long len = BIO_get_mem_data (memory, &bytes);

  return g_strndup (bytes, (gsize) len);
}

char *
bg_key_to_pem (EVP_PKEY *key)
{
  g_autoptr (BIO) memory = BIO_new (BIO_s_secmem ());

  if (!memory || !PEM_write_bio_PKCS8PrivateKey (memory, key, NULL, NULL, 0, NULL, NULL))
    return NULL;
  return bg_pem_text (memory);
}

/* A key that has a password is none: nobody is here to be asked. */
static int
no_password (char *buffer, int size, int writing, void *data)
{
  return -1;
}

EVP_PKEY *
bg_key_from_pem (const char *text)
{
  g_autoptr (BIO) memory = BIO_new_mem_buf (text, -1);
  EVP_PKEY *key = memory ? PEM_read_bio_PrivateKey (memory, NULL, no_password, NULL) : NULL;

  ERR_clear_error ();
  return key;
}

X509 *
bg_certificate_read (GBytes *der)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (der, &len), *end = bytes;
  g_autoptr (X509) certificate = d2i_X509 (NULL, &end, (long) len);

  ERR_clear_error ();
  return certificate && end == bytes + len ? g_steal_pointer (&certificate) : NULL;
}

X509 *
bg_certificate_from_pem (const char *text)
{
  g_autoptr (BIO) memory = BIO_new_mem_buf (text, -1);
  X509 *certificate = memory ? PEM_read_bio_X509 (memory, NULL, NULL, NULL) : NULL;

  ERR_clear_error ();
  return certificate;
}
