/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/offer-mac.h"

#include "wg/wg-crypto.h"

#include <openssl/crypto.h>
#include <string.h>

/* A shorter form is for peers that know no longer one. */
#define SHORT_LABEL "bamgate description 1"
#define LONG_LABEL "bamgate description 2"
#define SEAL_LABEL "bamgate description 3"

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
derive (BgOfferMac *self, const WgKey *peer, const char *label, guint8 out[BG_OFFER_MAC_LEN])
{
  g_autofree char *info = g_strconcat (label, "\x01", NULL);
  static const guint8 no_salt[BG_OFFER_MAC_LEN];
  guint8 shared[WG_KEY_LEN], secret[BG_OFFER_MAC_LEN];
  gboolean ok = wg_dh (self->key, peer->bytes, shared);

  if (ok)
    {
      hmac (no_salt, sizeof no_salt, shared, sizeof shared, secret);
      hmac (secret, sizeof secret, info, strlen (info), out);
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
static void
add_head (GByteArray *bytes, const BgSignalMessage *message)
{
  add_field (bytes, message->type == BG_SIGNAL_OFFER ? "offer" : "answer");
  add_field (bytes, message->from);
  add_field (bytes, message->to);
  add_field (bytes, message->sdp);
  add_field (bytes, message->implementation);
  add_number (bytes, message->control);
  add_number (bytes, (guint64) message->time);
}

static void
add_texts (GByteArray *bytes, char *const *texts)
{
  for (char *const *text = texts; text && *text; text++)
    add_field (bytes, *text);
}

/* Behind its length, so that nothing can pass from one list to the next. */
static void
add_list (GByteArray *bytes, char **texts)
{
  add_number (bytes, texts ? g_strv_length (texts) : 0);
  add_texts (bytes, texts);
}

static void
cover_short (GByteArray *bytes, const BgSignalMessage *message)
{
  add_head (bytes, message);
  add_texts (bytes, message->paths);
}

static void
cover_long (GByteArray *bytes, const BgSignalMessage *message)
{
  const BgPeerOffer *offer = message->offer;

  add_head (bytes, message);
  add_list (bytes, message->paths);
  add_list (bytes, offer ? offer->routes : NULL);
  add_list (bytes, offer ? offer->dns : NULL);
  add_list (bytes, offer ? offer->search : NULL);
  add_list (bytes, offer ? offer->exit : NULL);
}

static void
cover_all (GByteArray *bytes, const BgSignalMessage *message)
{
  cover_long (bytes, message);
  add_list (bytes, message->offer ? message->offer->services : NULL);
}

typedef struct
{
  const char *label;
  void (*cover) (GByteArray *bytes, const BgSignalMessage *message);
} Form;

static const Form short_form = { SHORT_LABEL, cover_short }, long_form = { LONG_LABEL, cover_long },
                  seal_form = { SEAL_LABEL, cover_all };

static gboolean
compute (BgOfferMac *self, const WgKey *peer, const Form *form, const BgSignalMessage *message,
         guint8 out[BG_OFFER_MAC_LEN])
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 key[BG_OFFER_MAC_LEN];
  gboolean ok = derive (self, peer, form->label, key);

  form->cover (bytes, message);
  if (ok)
    hmac (key, sizeof key, bytes->data, bytes->len, out);
  wg_wipe (key, sizeof key);
  return ok;
}

/* NULL where `peer` is no usable key. */
static char *
make (BgOfferMac *self, const WgKey *peer, const Form *form, const BgSignalMessage *message)
{
  guint8 mac[BG_OFFER_MAC_LEN];

  return compute (self, peer, form, message, mac) ? g_base64_encode (mac, sizeof mac) : NULL;
}

static gboolean
fits (BgOfferMac *self, const WgKey *peer, const Form *form, const BgSignalMessage *message,
      const char *text)
{
  g_autofree guint8 *said = NULL;
  guint8 mac[BG_OFFER_MAC_LEN];
  gsize len = 0;

  if (!text)
    return FALSE;
  said = g_base64_decode (text, &len);
  return len == sizeof mac && compute (self, peer, form, message, mac)
         && CRYPTO_memcmp (said, mac, sizeof mac) == 0;
}

void
bg_offer_mac_sign (BgOfferMac *self, const WgKey *peer, BgSignalMessage *message)
{
  g_free (message->mac);
  g_free (message->proof);
  g_free (message->seal);
  message->mac = make (self, peer, &short_form, message);
  message->proof = message->control >= BG_OFFER_MAC_LONG_FROM
                     ? make (self, peer, &long_form, message)
                     : NULL;
  message->seal = message->control >= BG_OFFER_MAC_SEAL_FROM
                    ? make (self, peer, &seal_form, message)
                    : NULL;
}

/* `control` is covered by all forms: nobody can take a longer one away. */
gboolean
bg_offer_mac_verify (BgOfferMac *self, const WgKey *peer, const BgSignalMessage *message)
{
  if (message->control >= BG_OFFER_MAC_SEAL_FROM)
    return fits (self, peer, &seal_form, message, message->seal);
  return message->control >= BG_OFFER_MAC_LONG_FROM
           ? fits (self, peer, &long_form, message, message->proof)
           : fits (self, peer, &short_form, message, message->mac);
}
