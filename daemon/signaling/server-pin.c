/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/server-pin.h"
#include "common/key-text.h"
#include "common/log.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

gboolean
bg_server_pin_is_valid (const char *pin)
{
  uint8_t digest[BG_KEY_BYTES];

  return pin != NULL && bg_key_from_base64 (pin, digest);
}

static X509 *
certificate_to_x509 (GTlsCertificate *certificate)
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
bg_server_pin_of_certificate (GTlsCertificate *certificate)
{
  X509 *x509 = certificate_to_x509 (certificate);
  unsigned char *spki = NULL;
  unsigned char digest[BG_KEY_BYTES];
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

SoupSession *
bg_server_pin_session_new (const char *pin)
{
  SoupSession *session = soup_session_new ();

  /* Without a database every certificate counts as unknown, so that on_message_accept_certificate()
   * is always asked. */
  if (pin != NULL)
    soup_session_set_tls_database (session, NULL);
  soup_session_set_timeout (session, 0);
  return session;
}

static gboolean
on_message_accept_certificate (SoupMessage *message, GTlsCertificate *certificate,
                               GTlsCertificateFlags errors, gpointer pin)
{
  g_autofree char *shown = bg_server_pin_of_certificate (certificate);

  if (g_strcmp0 (shown, pin) == 0)
    return TRUE;
  bg_log (BG_TOPIC_SIGNALING, WARNING, NULL,
          "the service at %s shows another key than the pinned one",
          g_uri_get_host (soup_message_get_uri (message)));
  return FALSE;
}

static gboolean
on_message_refuse_certificate (SoupMessage *message, GTlsCertificate *certificate,
                               GTlsCertificateFlags errors, gpointer data)
{
  return FALSE;
}

static void
free_pin (gpointer pin, GClosure *closure)
{
  g_free (pin);
}

void
bg_server_pin_attach (SoupMessage *message, const char *pin)
{
  if (pin != NULL)
    g_signal_connect_data (message, "accept-certificate",
                           G_CALLBACK (on_message_accept_certificate), g_strdup (pin), free_pin, 0);
  else
    g_signal_connect (message, "accept-certificate", G_CALLBACK (on_message_refuse_certificate),
                      NULL);
}
