/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-keypair.h"
#include "wg/wg-messages.h"
#include "wg/wg-private.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum
{
  SLOTS = 64,
  NONCE_LEN = 12,
  HEADER_LEN = sizeof (WgMsgData)
};

/* Ciphers keyed once for one keypair. */
typedef struct
{
  WgKeypair *keypair; /* held */
  EVP_CIPHER_CTX *seal, *open;
  bool seal_keyed, open_keyed;
} Slot;

/* Direct-mapped by the keypair's id: neighbours in time never share a slot. */
struct WgSealer
{
  EVP_CIPHER *cipher;
  uint64_t deaths;
  Slot slots[SLOTS];
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

static void
slot_clear (Slot *slot)
{
  if (!slot->keypair)
    return;
  EVP_CIPHER_CTX_reset (slot->seal);
  EVP_CIPHER_CTX_reset (slot->open);
  slot->seal_keyed = slot->open_keyed = false;
  wg_keypair_release (slot->keypair);
  slot->keypair = NULL;
}

void
wg_sealer_free (WgSealer *sealer)
{
  if (!sealer)
    return;
  for (int i = 0; i < SLOTS; i++)
    {
      slot_clear (&sealer->slots[i]);
      EVP_CIPHER_CTX_free (sealer->slots[i].seal);
      EVP_CIPHER_CTX_free (sealer->slots[i].open);
    }
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
  for (int i = 0; i < SLOTS; i++)
    if (sealer->slots[i].keypair && wg_keypair_is_dead (sealer->slots[i].keypair))
      slot_clear (&sealer->slots[i]);
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

  for (int i = 0; i < SLOTS; i++)
    n += (uint32_t) sealer->slots[i].seal_keyed + (uint32_t) sealer->slots[i].open_keyed;
  return n;
}

static Slot *
slot_for (WgSealer *sealer, WgKeypair *keypair)
{
  Slot *slot = &sealer->slots[keypair->id % SLOTS];

  wg_sealer_sweep (sealer);
  if (slot->keypair == keypair)
    return slot;
  slot_clear (slot);
  if (!slot->seal)
    slot->seal = EVP_CIPHER_CTX_new ();
  if (!slot->open)
    slot->open = EVP_CIPHER_CTX_new ();
  if (!slot->seal || !slot->open)
    return NULL;
  wg_keypair_hold (keypair);
  slot->keypair = keypair;
  return slot;
}

static EVP_CIPHER_CTX *
seal_cipher (WgSealer *sealer, WgKeypair *keypair)
{
  Slot *slot = slot_for (sealer, keypair);

  if (slot && !slot->seal_keyed)
    slot->seal_keyed = EVP_EncryptInit_ex2 (slot->seal, sealer->cipher, keypair->send_key, NULL,
                                            NULL);
  return slot && slot->seal_keyed ? slot->seal : NULL;
}

static EVP_CIPHER_CTX *
open_cipher (WgSealer *sealer, WgKeypair *keypair)
{
  Slot *slot = slot_for (sealer, keypair);

  if (slot && !slot->open_keyed)
    slot->open_keyed = EVP_DecryptInit_ex2 (slot->open, sealer->cipher, keypair->receive_key, NULL,
                                            NULL);
  return slot && slot->open_keyed ? slot->open : NULL;
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
