/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/offer-mac.h"

#include "wg/wg-crypto.h"

#include <openssl/crypto.h>
#include <string.h>

#define LABEL "bamgate description 1"

struct _BgOfferMac
{
  EVP_PKEY *key;
};

BgOfferMac *
bg_offer_mac_new (const WgKey *private_key)
{
  EVP_PKEY *key = wg_dh_key_new (private_key->bytes);
  BgOfferMac *self;

  if (!key)
    return NULL;
  self = g_new0 (BgOfferMac, 1);
  self->key = key;
  return self;
}

void
bg_offer_mac_free (BgOfferMac *self)
{
  if (!self)
    return;
  EVP_PKEY_free (self->key);
  g_free (self);
}

/* --- HKDF and HMAC over SHA-256 (RFC 5869, RFC 2104) --- */

static void
hmac (const guint8 *key, gsize len, const void *data, gsize data_len, guint8 out[BG_OFFER_MAC_LEN])
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, key, len);
  gsize out_len = BG_OFFER_MAC_LEN;

  g_hmac_update (hmac, data, (gssize) data_len);
  g_hmac_get_digest (hmac, out, &out_len);
}

static gboolean
derive (BgOfferMac *self, const WgKey *peer, guint8 out[BG_OFFER_MAC_LEN])
{
  static const guint8 no_salt[BG_OFFER_MAC_LEN];
  guint8 shared[WG_KEY_LEN], secret[BG_OFFER_MAC_LEN];
  gboolean ok = wg_dh (self->key, peer->bytes, shared);

  if (ok)
    {
      hmac (no_salt, sizeof no_salt, shared, sizeof shared, secret);
      hmac (secret, sizeof secret, LABEL "\x01", sizeof LABEL, out);
    }
  wg_wipe (shared, sizeof shared);
  wg_wipe (secret, sizeof secret);
  return ok;
}

/* --- What is covered --- */

static void
add_field (GByteArray *bytes, const char *text)
{
  gsize len = text ? strlen (text) : 0;
  guint32 prefix = GUINT32_TO_BE ((guint32) len);

  g_byte_array_append (bytes, (const guint8 *) &prefix, sizeof prefix);
  if (len > 0)
    g_byte_array_append (bytes, (const guint8 *) text, (guint) len);
}

static void
add_number (GByteArray *bytes, guint64 number)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, number);
  add_field (bytes, text);
}

/* Each field behind its length, so that none can pass for two. */
static GByteArray *
covered (const BgSignalMessage *message)
{
  GByteArray *bytes = g_byte_array_new ();

  add_field (bytes, message->type == BG_SIGNAL_OFFER ? "offer" : "answer");
  add_field (bytes, message->from);
  add_field (bytes, message->to);
  add_field (bytes, message->sdp);
  add_field (bytes, message->implementation);
  add_number (bytes, message->control);
  add_number (bytes, (guint64) message->time);
  for (char **path = message->paths; path && *path; path++)
    add_field (bytes, *path);
  return bytes;
}

static gboolean
compute (BgOfferMac *self, const WgKey *peer, const BgSignalMessage *message,
         guint8 out[BG_OFFER_MAC_LEN])
{
  g_autoptr (GByteArray) bytes = covered (message);
  guint8 key[BG_OFFER_MAC_LEN];
  gboolean ok = derive (self, peer, key);

  if (ok)
    hmac (key, sizeof key, bytes->data, bytes->len, out);
  wg_wipe (key, sizeof key);
  return ok;
}

void
bg_offer_mac_sign (BgOfferMac *self, const WgKey *peer, BgSignalMessage *message)
{
  guint8 mac[BG_OFFER_MAC_LEN];

  g_clear_pointer (&message->mac, g_free);
  if (compute (self, peer, message, mac))
    message->mac = g_base64_encode (mac, sizeof mac);
}

gboolean
bg_offer_mac_verify (BgOfferMac *self, const WgKey *peer, const BgSignalMessage *message)
{
  g_autofree guint8 *said = NULL;
  guint8 mac[BG_OFFER_MAC_LEN];
  gsize len = 0;

  if (!message->mac)
    return FALSE;
  said = g_base64_decode (message->mac, &len);
  return len == sizeof mac && compute (self, peer, message, mac)
         && CRYPTO_memcmp (said, mac, sizeof mac) == 0;
}
