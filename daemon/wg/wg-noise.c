/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-noise.h"
#include "wg/wg-private.h"

#include <string.h>

/* Stamps are rounded down, so that they tell little of our clock and load, and yet grow from one initiation that a
 * responder may accept to the next: the largest power of two below a second's share of them. */
enum
{
  STAMP_GRANULE_NS = 1 << 25
};
_Static_assert(STAMP_GRANULE_NS <= 1000000000 / WG_INITIATIONS_PER_SECOND, "stamps must grow");

/* The symmetric state of one message. */
typedef struct
{
  WgCrypto *crypto;
  uint8_t chain[WG_HASH_LEN];
  uint8_t hash[WG_HASH_LEN];
  uint8_t key[WG_HASH_LEN];
} Symmetric;

static bool
mix_hash (Symmetric *s, const void *data, size_t len)
{
  return wg_hash (s->crypto, s->hash, s->hash, sizeof s->hash, data, len);
}

static bool
symmetric_begin (Symmetric *s, WgCrypto *crypto, const WgKey *responder)
{
  *s = (Symmetric){ .crypto = crypto };
  return wg_hash (crypto, s->chain, WG_CONSTRUCTION, strlen (WG_CONSTRUCTION), NULL, 0)
         && wg_hash (crypto, s->hash, s->chain, sizeof s->chain, WG_IDENTIFIER,
                     strlen (WG_IDENTIFIER))
         && mix_hash (s, responder->bytes, WG_KEY_LEN);
}

static void
symmetric_continue (Symmetric *s, WgCrypto *crypto, const uint8_t chain[32], const uint8_t hash[32])
{
  *s = (Symmetric){ .crypto = crypto };
  memcpy (s->chain, chain, sizeof s->chain);
  memcpy (s->hash, hash, sizeof s->hash);
}

static bool
mix_ephemeral (Symmetric *s, const uint8_t ephemeral[32])
{
  return wg_kdf (s->crypto, s->chain, NULL, NULL, s->chain, ephemeral, 32)
         && mix_hash (s, ephemeral, 32);
}

/* The chain and a key out of a shared secret. */
static bool
mix_secret (Symmetric *s, const uint8_t secret[32])
{
  return wg_kdf (s->crypto, s->chain, s->key, NULL, s->chain, secret, 32);
}

static bool
mix_dh (Symmetric *s, EVP_PKEY *ours, const uint8_t theirs[32])
{
  uint8_t secret[WG_KEY_LEN];
  bool ok = wg_dh (ours, theirs, secret) && mix_secret (s, secret);

  wg_wipe (secret, sizeof secret);
  return ok;
}

static bool
mix_psk (Symmetric *s, const WgKey *psk)
{
  uint8_t tau[WG_HASH_LEN];
  bool ok = wg_kdf (s->crypto, s->chain, tau, s->key, s->chain, psk->bytes, WG_KEY_LEN)
            && mix_hash (s, tau, sizeof tau);

  wg_wipe (tau, sizeof tau);
  return ok;
}

static bool
seal_and_hash (Symmetric *s, uint8_t *out, const void *plain, size_t len)
{
  return wg_aead_seal (s->crypto, out, plain, len, s->hash, sizeof s->hash, 0, s->key)
         && mix_hash (s, out, len + WG_TAG_LEN);
}

static bool
open_and_hash (Symmetric *s, void *out, const uint8_t *sealed, size_t len)
{
  return wg_aead_open (s->crypto, out, sealed, len, s->hash, sizeof s->hash, 0, s->key)
         && mix_hash (s, sealed, len);
}

void
wg_noise_precompute (WgPeer *peer)
{
  peer->has_static_static =
    peer->dev->identity && wg_dh (peer->dev->identity, peer->public_key.bytes, peer->static_static);
  if (!peer->has_static_static)
    wg_wipe (peer->static_static, sizeof peer->static_static);
}

void
wg_noise_clear (WgPeer *peer)
{
  WgHandshake *hs = &peer->handshake;

  wg_index_remove (&peer->dev->indices, &hs->entry);
  EVP_PKEY_free (hs->ephemeral);
  hs->ephemeral = NULL;
  wg_wipe (hs->chain, sizeof hs->chain);
  wg_wipe (hs->hash, sizeof hs->hash);
}

bool
wg_noise_draw_secret (WgDevice *dev, WgKey *secret)
{
  bool ok = dev->random (dev->random_data, secret->bytes, sizeof secret->bytes);

  if (ok)
    wg_key_clamp (secret);
  return ok;
}

static EVP_PKEY *
ephemeral_of (const WgKey *secret, uint8_t public_key[32])
{
  EVP_PKEY *pair = wg_dh_key_new (secret->bytes);

  if (pair && !wg_dh_key_public (pair, public_key))
    {
      EVP_PKEY_free (pair);
      pair = NULL;
    }
  return pair;
}

static EVP_PKEY *
make_ephemeral (WgDevice *dev, uint8_t public_key[32])
{
  WgKey secret;
  EVP_PKEY *pair = wg_noise_draw_secret (dev, &secret) ? ephemeral_of (&secret, public_key) : NULL;

  wg_wipe (&secret, sizeof secret);
  return pair;
}

static void
put_be (uint8_t *bytes, int n, uint64_t value)
{
  for (int i = 0; i < n; i++)
    bytes[i] = (uint8_t) (value >> (8 * (n - 1 - i)));
}

/* TAI64N, 5.1. Never the same or a smaller one twice for a peer, even where the system's clock is set back. */
static void
make_timestamp (WgPeer *peer, uint8_t stamp[WG_TIMESTAMP_LEN], uint64_t now_ns)
{
  uint64_t real = now_ns + (uint64_t) peer->dev->realtime_offset;

  real -= real % WG_SECOND % STAMP_GRANULE_NS;
  if (real <= peer->last_stamp_sent)
    real = peer->last_stamp_sent + STAMP_GRANULE_NS;
  peer->last_stamp_sent = real;
  put_be (stamp, 8, UINT64_C (0x400000000000000a) + real / WG_SECOND);
  put_be (stamp + 8, 4, real % WG_SECOND);
}

bool
wg_noise_create_initiation (WgPeer *peer, WgMsgInitiation *msg, uint64_t now_ns)
{
  WgDevice *dev = peer->dev;
  WgHandshake *hs = &peer->handshake;
  uint8_t stamp[WG_TIMESTAMP_LEN];
  Symmetric s;
  bool ok;

  wg_noise_clear (peer);
  if (!dev->identity || !peer->has_static_static)
    return false;
  hs->ephemeral = make_ephemeral (dev, msg->ephemeral);
  make_timestamp (peer, stamp, now_ns);
  ok = hs->ephemeral
       && symmetric_begin (&s, dev->crypto, &peer->public_key)
       /* e */
       && mix_ephemeral (&s, msg->ephemeral)
       /* es */
       && mix_dh (&s, hs->ephemeral, peer->public_key.bytes)
       /* s */
       && seal_and_hash (&s, msg->sealed_static, dev->public_key.bytes, WG_KEY_LEN)
       /* ss */
       && mix_secret (&s, peer->static_static)
       /* {t} */
       && seal_and_hash (&s, msg->sealed_timestamp, stamp, sizeof stamp)
       && wg_index_insert (&dev->indices, &hs->entry, dev->random, dev->random_data);
  if (ok)
    {
      memcpy (hs->chain, s.chain, sizeof hs->chain);
      memcpy (hs->hash, s.hash, sizeof hs->hash);
      wg_put_le32 (msg->type, WG_MSG_INITIATION);
      wg_put_le32 (msg->sender, hs->entry.index);
    }
  else
    wg_noise_clear (peer);
  wg_wipe (&s, sizeof s);
  return ok;
}

/* Is the stamp new, and does the peer keep to its rate? (5.1) */
static WgVerdict
accept_stamp (WgPeer *peer, const uint8_t stamp[WG_TIMESTAMP_LEN], uint64_t now_ns)
{
  if (memcmp (stamp, peer->greatest_stamp, WG_TIMESTAMP_LEN) <= 0)
    return WG_REPLAY;
  if (now_ns < peer->next_initiation_ns)
    return WG_RATE_LIMITED;
  memcpy (peer->greatest_stamp, stamp, WG_TIMESTAMP_LEN);
  peer->next_initiation_ns = now_ns + WG_SECOND / WG_INITIATIONS_PER_SECOND;
  return WG_OK;
}

bool
wg_noise_open_initiation (WgCrypto *crypto, EVP_PKEY *identity, const WgKey *public_key,
                          const WgMsgInitiation *msg, WgConsumedInitiation *out)
{
  Symmetric s;
  bool ok = symmetric_begin (&s, crypto, public_key)
            /* e */
            && mix_ephemeral (&s, msg->ephemeral)
            /* es */
            && mix_dh (&s, identity, msg->ephemeral)
            /* s */
            && open_and_hash (&s, out->initiator.bytes, msg->sealed_static,
                              sizeof msg->sealed_static);

  if (ok)
    {
      memcpy (out->chain, s.chain, sizeof out->chain);
      memcpy (out->hash, s.hash, sizeof out->hash);
      memcpy (out->remote_ephemeral, msg->ephemeral, sizeof out->remote_ephemeral);
      out->remote_index = wg_get_le32 (msg->sender);
    }
  wg_wipe (&s, sizeof s);
  return ok;
}

WgVerdict
wg_noise_accept_initiation (WgPeer *peer, WgConsumedInitiation *consumed,
                            const WgMsgInitiation *msg, uint64_t now_ns)
{
  uint8_t stamp[WG_TIMESTAMP_LEN];
  Symmetric s;
  bool ok;

  symmetric_continue (&s, peer->dev->crypto, consumed->chain, consumed->hash);
  /* ss */
  ok = peer->has_static_static
       && mix_secret (&s, peer->static_static)
       /* {t} */
       && open_and_hash (&s, stamp, msg->sealed_timestamp, sizeof msg->sealed_timestamp);
  memcpy (consumed->chain, s.chain, sizeof consumed->chain);
  memcpy (consumed->hash, s.hash, sizeof consumed->hash);
  wg_wipe (&s, sizeof s);
  return ok ? accept_stamp (peer, stamp, now_ns) : WG_UNAUTHENTIC;
}

bool
wg_noise_respond (WgCrypto *crypto, const WgConsumedInitiation *consumed, const WgKey *psk,
                  const WgKey *secret, WgMsgResponse *msg, WgSessionKeys *keys)
{
  EVP_PKEY *ephemeral = ephemeral_of (secret, msg->ephemeral);
  Symmetric s;
  bool ok;

  symmetric_continue (&s, crypto, consumed->chain, consumed->hash);
  ok = ephemeral
       /* e */
       && mix_ephemeral (&s, msg->ephemeral)
       /* ee */
       && mix_dh (&s, ephemeral, consumed->remote_ephemeral)
       /* se */
       && mix_dh (&s, ephemeral, consumed->initiator.bytes)
       /* psk */
       && mix_psk (&s, psk)
       /* {} */
       && seal_and_hash (&s, msg->sealed_nothing, NULL, 0)
       && wg_kdf (crypto, keys->first, keys->second, NULL, s.chain, NULL, 0);
  EVP_PKEY_free (ephemeral);
  wg_wipe (&s, sizeof s);
  return ok;
}

bool
wg_noise_open_response (WgCrypto *crypto, const WgSentInitiation *sent, const WgMsgResponse *msg,
                        WgSessionKeys *keys)
{
  uint8_t nothing[1];
  Symmetric s;
  bool ok;

  symmetric_continue (&s, crypto, sent->chain, sent->hash);
  /* e */
  ok = mix_ephemeral (&s, msg->ephemeral)
       /* ee */
       && mix_dh (&s, sent->ephemeral, msg->ephemeral)
       /* se */
       && mix_dh (&s, sent->identity, msg->ephemeral)
       /* psk */
       && mix_psk (&s, &sent->psk)
       /* {} */
       && open_and_hash (&s, nothing, msg->sealed_nothing, sizeof msg->sealed_nothing)
       && wg_kdf (crypto, keys->first, keys->second, NULL, s.chain, NULL, 0);
  wg_wipe (&s, sizeof s);
  return ok;
}

void
wg_noise_sent_copy (const WgPeer *peer, WgSentInitiation *out)
{
  const WgHandshake *hs = &peer->handshake;

  *out = (WgSentInitiation){ .identity = peer->dev->identity,
                             .ephemeral = hs->ephemeral,
                             .psk = peer->psk };
  EVP_PKEY_up_ref (out->identity);
  EVP_PKEY_up_ref (out->ephemeral);
  memcpy (out->chain, hs->chain, sizeof out->chain);
  memcpy (out->hash, hs->hash, sizeof out->hash);
}

void
wg_noise_sent_clear (WgSentInitiation *sent)
{
  EVP_PKEY_free (sent->identity);
  EVP_PKEY_free (sent->ephemeral);
  wg_wipe (sent, sizeof *sent);
}

bool
wg_noise_sent_is_current (const WgPeer *peer, const WgSentInitiation *sent)
{
  return sent->ephemeral == peer->handshake.ephemeral && sent->identity == peer->dev->identity
         && wg_key_equal (&sent->psk, &peer->psk);
}

static WgKeypair *
new_keypair (WgPeer *peer, const uint8_t send[32], const uint8_t receive[32], uint32_t remote_index,
             uint64_t now_ns)
{
  WgKeypair *keypair = wg_keypair_new ();

  memcpy (keypair->send_key, send, sizeof keypair->send_key);
  memcpy (keypair->receive_key, receive, sizeof keypair->receive_key);
  keypair->remote_index = remote_index;
  keypair->created_ns = now_ns;
  keypair->entry.peer = peer;
  keypair->entry.keypair = keypair;
  return keypair;
}

WgKeypair *
wg_noise_keypair_of_responder (WgPeer *peer, const WgSessionKeys *keys, uint32_t remote_index,
                               uint64_t now_ns)
{
  WgDevice *dev = peer->dev;
  WgKeypair *keypair = new_keypair (peer, keys->second, keys->first, remote_index, now_ns);

  if (wg_index_insert (&dev->indices, &keypair->entry, dev->random, dev->random_data))
    return keypair;
  wg_keypair_unref (keypair);
  return NULL;
}

WgKeypair *
wg_noise_keypair_of_initiator (WgPeer *peer, const WgSessionKeys *keys, uint32_t remote_index,
                               uint64_t now_ns)
{
  WgKeypair *keypair = new_keypair (peer, keys->first, keys->second, remote_index, now_ns);

  keypair->initiator = true;
  wg_index_replace (&peer->dev->indices, &peer->handshake.entry, &keypair->entry);
  wg_noise_clear (peer);
  return keypair;
}
