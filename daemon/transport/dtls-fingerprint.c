/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dtls-fingerprint.h"

#include "dtls-certificate.h"

#include <string.h>

static GBytes *
der_of_pem (const char *pem)
{
  static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
  const char *from = strstr (pem, begin), *to = from ? strstr (from, end) : NULL;
  g_autofree char *base64 = NULL;
  guchar *der;
  gsize len;

  if (!to)
    return NULL;
  from += sizeof begin - 1;
  base64 = g_strndup (from, to - from);
  der = g_base64_decode (base64, &len);
  return g_bytes_new_take (der, len);
}

char *
bg_dtls_fingerprint_of_pem (const char *pem)
{
  g_autoptr (GBytes) der = der_of_pem (pem);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize len = sizeof digest;
  GString *text;

  if (!der)
    return NULL;
  g_checksum_update (sum, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  g_checksum_get_digest (sum, digest, &len);
  text = g_string_new (NULL);
  for (guint i = 0; i < sizeof digest; i++)
    g_string_append_printf (text, i ? ":%02X" : "%02X", digest[i]);
  return g_string_free (text, FALSE);
}

const char *
bg_dtls_fingerprint_get_own (GError **error)
{
  static GMutex lock;
  static char *own;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  const char *pem = own ? NULL : bg_dtls_certificate_get_pem (error);

  if (pem)
    own = bg_dtls_fingerprint_of_pem (pem);
  return own;
}
