/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/certificate-pin.h"
#include "common/key-text.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

G_STATIC_ASSERT (BG_KEY_BYTES == 256 / 8);

/* The last one asked for, which is mostly the next, too: a device meets one hub again and again, and reading its certificate
 * takes longer than all the rest of accepting it. */
static struct
{
  GMutex lock;
  GByteArray *der;
  char *pin;
} last;

static char *
recall (const GByteArray *der)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&last.lock);

  if (last.der == NULL || last.der->len != der->len
      || memcmp (last.der->data, der->data, der->len) != 0)
    return NULL;
  return g_strdup (last.pin);
}

static void
remember (GByteArray *der, const char *pin)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&last.lock);

  g_clear_pointer (&last.der, g_byte_array_unref);
  g_free (last.pin);
  last.der = g_byte_array_ref (der);
  last.pin = g_strdup (pin);
}

/* NULL where it is none. */
static char *
make_pin (const GByteArray *der)
{
  const unsigned char *p = der->data;
  X509 *x509 = d2i_X509 (NULL, &p, (long) der->len);
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

char *
bg_certificate_pin (GTlsCertificate *certificate)
{
  g_autoptr (GByteArray) der = NULL;
  char *pin;

  g_object_get (certificate, "certificate", &der, NULL);
  if (der == NULL)
    return NULL;
  pin = recall (der);
  if (pin != NULL)
    return pin;
  pin = make_pin (der);
  if (pin != NULL)
    remember (der, pin);
  return pin;
}
