/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/certificate-pin.h"
#include "common/key-text.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

G_STATIC_ASSERT (BG_KEY_BYTES == 256 / 8);

static X509 *
read_certificate (GTlsCertificate *certificate)
{
  g_autoptr (GByteArray) der = NULL;
  const unsigned char *p;

  g_object_get (certificate, "certificate", &der, NULL);
  if (der == NULL)
    return NULL;
  p = der->data;
  return d2i_X509 (NULL, &p, (long) der->len);
}

char *
bg_certificate_pin (GTlsCertificate *certificate)
{
  X509 *x509 = read_certificate (certificate);
  unsigned char *spki = NULL, digest[BG_KEY_BYTES];
  char *pin = NULL;
  int len = x509 != NULL ? i2d_X509_PUBKEY (X509_get_X509_PUBKEY (x509), &spki) : -1;

  if (len > 0 && EVP_Digest (spki, (size_t) len, digest, NULL, EVP_sha256 (), NULL) == 1)
    {
      pin = g_malloc (BG_KEY_TEXT_LEN + 1);
      bg_key_to_base64 (digest, pin);
    }
  OPENSSL_free (spki);
  X509_free (x509);
  return pin;
}
