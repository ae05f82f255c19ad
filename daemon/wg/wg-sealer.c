/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-keypair.h"
#include "wg/wg-messages.h"
#include "wg/wg-private.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum
{
  BUCKETS = 256,
  SLOTS_MAX = 1024, /* some 2 KiB each; then the one that rested longest is keyed anew */
  NONCE_LEN = 12,
  HEADER_LEN = sizeof (WgMsgData)
};

/* Ciphers keyed once for one keypair. */
typedef struct Slot
{
  struct Slot *next_in_bucket;
  struct Slot *older, *newer; /* by last use */
  WgKeypair *keypair;         /* held */
  EVP_CIPHER_CTX *seal, *open;
  bool seal_keyed, open_keyed;
} Slot;

struct WgSealer
{
  EVP_CIPHER *cipher;
  uint64_t deaths;
  Slot *buckets[BUCKETS]; /* by the keypair's id, which counts up */
  Slot *newest, *oldest;
  uint32_t n;
};

WgSealer *
wg_sealer_new (void)
{
  WgSealer *sealer = wg_new0 (sizeof *sealer);

  sealer->cipher = EVP_CIPHER_fetch (NULL, "ChaCha20-Poly1305", NULL);
  if (!sealer->cipher)
    {
      free (sealer);
      return NULL;
    }
  sealer->deaths = wg_keypair_deaths ();
  return sealer;
}

static Slot **
bucket_of (WgSealer *sealer, const WgKeypair *keypair)
{
  return &sealer->buckets[keypair->id % BUCKETS];
}

static void
unlink_by_use (WgSealer *sealer, Slot *slot)
{
  *(slot->newer ? &slot->newer->older : &sealer->newest) = slot->older;
  *(slot->older ? &slot->older->newer : &sealer->oldest) = slot->newer;
}

static void
link_as_newest (WgSealer *sealer, Slot *slot)
{
  slot->newer = NULL;
  slot->older = sealer->newest;
  *(sealer->newest ? &sealer->newest->newer : &sealer->oldest) = slot;
  sealer->newest = slot;
}

/* Freeing the contexts wipes their keys. */
static void
slot_free (WgSealer *sealer, Slot *slot)
{
  Slot **at = bucket_of (sealer, slot->keypair);

  while (*at != slot)
    at = &(*at)->next_in_bucket;
  *at = slot->next_in_bucket;
  unlink_by_use (sealer, slot);
  EVP_CIPHER_CTX_free (slot->seal);
  EVP_CIPHER_CTX_free (slot->open);
  wg_keypair_release (slot->keypair);
  free (slot);
  sealer->n--;
}

static Slot *
slot_new (WgSealer *sealer, WgKeypair *keypair)
{
  Slot **bucket = bucket_of (sealer, keypair);
  Slot *slot;

  if (sealer->n == SLOTS_MAX)
    slot_free (sealer, sealer->oldest);
  slot = wg_new0 (sizeof *slot);
  wg_keypair_hold (keypair);
  slot->keypair = keypair;
  slot->next_in_bucket = *bucket;
  *bucket = slot;
  link_as_newest (sealer, slot);
  sealer->n++;
  return slot;
}

void
wg_sealer_free (WgSealer *sealer)
{
  if (!sealer)
    return;
  while (sealer->newest)
    slot_free (sealer, sealer->newest);
  EVP_CIPHER_free (sealer->cipher);
  free (sealer);
}

void
wg_sealer_sweep (WgSealer *sealer)
{
  uint64_t deaths = wg_keypair_deaths ();

  if (deaths == sealer->deaths)
    return;
  sealer->deaths = deaths;
  for (Slot *slot = sealer->newest, *older; slot; slot = older)
    {
      older = slot->older;
      if (wg_keypair_is_dead (slot->keypair))
        slot_free (sealer, slot);
    }
}

uint64_t
wg_sessions_ended (void)
{
  return wg_keypair_deaths ();
}

uint32_t
wg_sealer_count_keyed (const WgSealer *sealer)
{
  uint32_t n = 0;

  for (const Slot *slot = sealer->newest; slot; slot = slot->older)
    n += (uint32_t) slot->seal_keyed + (uint32_t) slot->open_keyed;
  return n;
}

static Slot *
slot_for (WgSealer *sealer, WgKeypair *keypair)
{
  Slot *slot;

  wg_sealer_sweep (sealer);
  if (sealer->newest && sealer->newest->keypair == keypair)
    return sealer->newest;
  for (slot = *bucket_of (sealer, keypair); slot && slot->keypair != keypair;)
    slot = slot->next_in_bucket;
  if (!slot)
    return slot_new (sealer, keypair);
  unlink_by_use (sealer, slot);
  link_as_newest (sealer, slot);
  return slot;
}

/* Keys `*ctx` for one direction the first time. */
static bool
key (const WgSealer *sealer, EVP_CIPHER_CTX **ctx, const uint8_t *secret, int encrypt)
{
  if (!*ctx)
    *ctx = EVP_CIPHER_CTX_new ();
  return *ctx && EVP_CipherInit_ex2 (*ctx, sealer->cipher, secret, NULL, encrypt, NULL);
}

static EVP_CIPHER_CTX *
seal_cipher (WgSealer *sealer, WgKeypair *keypair)
{
  Slot *slot = slot_for (sealer, keypair);

  if (!slot->seal_keyed)
    slot->seal_keyed = key (sealer, &slot->seal, keypair->send_key, 1);
  return slot->seal_keyed ? slot->seal : NULL;
}

static EVP_CIPHER_CTX *
open_cipher (WgSealer *sealer, WgKeypair *keypair)
{
  Slot *slot = slot_for (sealer, keypair);

  if (!slot->open_keyed)
    slot->open_keyed = key (sealer, &slot->open, keypair->receive_key, 0);
  return slot->open_keyed ? slot->open : NULL;
}

/* Paper, 5.4.6: to a multiple of 16, but never past the MTU. */
static uint32_t
padding_of (uint32_t len, uint32_t mtu)
{
  uint32_t padding = -len % WG_PADDING;

  if (mtu == 0 || len + padding <= mtu)
    return padding;
  return len < mtu ? mtu - len : 0;
}

bool
wg_seal (WgSealer *sealer, BgPacket *pkt, uint32_t mtu)
{
  uint32_t padding = padding_of (pkt->len, mtu);
  uint8_t nonce[NONCE_LEN] = { 0 };
  EVP_CIPHER_CTX *ctx;
  WgMsgData *msg;
  int written;

  if (!pkt->keypair || bg_packet_headroom (pkt) < HEADER_LEN
      || bg_packet_tailroom (pkt) < (size_t) padding + WG_TAG_LEN)
    return false;
  ctx = seal_cipher (sealer, pkt->keypair);
  wg_put_le64 (nonce + 4, pkt->counter);
  if (!ctx || !EVP_EncryptInit_ex2 (ctx, NULL, NULL, nonce, NULL))
    return false;

  memset (pkt->data + pkt->len, 0, padding);
  pkt->len += padding;
  if ((pkt->len > 0 && !EVP_EncryptUpdate (ctx, pkt->data, &written, pkt->data, (int) pkt->len))
      || !EVP_EncryptFinal_ex (ctx, pkt->data + pkt->len, &written)
      || !EVP_CIPHER_CTX_ctrl (ctx, EVP_CTRL_AEAD_GET_TAG, WG_TAG_LEN, pkt->data + pkt->len))
    return false;

  pkt->data -= HEADER_LEN;
  pkt->len += HEADER_LEN + WG_TAG_LEN;
  msg = (WgMsgData *) pkt->data;
  wg_put_le32 (msg->type, WG_MSG_DATA);
  wg_put_le32 (msg->receiver, pkt->keypair->remote_index);
  wg_put_le64 (msg->counter, pkt->counter);
  return true;
}

static bool
open_in_place (WgSealer *sealer, BgPacket *pkt)
{
  uint8_t nonce[NONCE_LEN] = { 0 };
  uint8_t *sealed = pkt->data + HEADER_LEN;
  uint32_t len = pkt->len - WG_DATA_OVERHEAD;
  EVP_CIPHER_CTX *ctx = open_cipher (sealer, pkt->keypair);
  uint8_t nothing[16];
  int written;

  wg_put_le64 (nonce + 4, pkt->counter);
  return ctx && EVP_DecryptInit_ex2 (ctx, NULL, NULL, nonce, NULL)
         && EVP_CIPHER_CTX_ctrl (ctx, EVP_CTRL_AEAD_SET_TAG, WG_TAG_LEN, sealed + len)
         && (len == 0 || EVP_DecryptUpdate (ctx, sealed, &written, sealed, (int) len))
         && EVP_DecryptFinal_ex (ctx, nothing, &written) > 0;
}

WgVerdict
wg_open (WgSealer *sealer, BgPacket *pkt)
{
  if (!pkt->keypair || pkt->len < WG_DATA_OVERHEAD || !open_in_place (sealer, pkt))
    return pkt->verdict = WG_UNAUTHENTIC;
  pkt->data += HEADER_LEN;
  pkt->len -= WG_DATA_OVERHEAD;
  return pkt->verdict = WG_OK;
}
