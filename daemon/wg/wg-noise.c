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

static EVP_PKEY *
make_ephemeral (WgDevice *dev, uint8_t public_key[32])
{
  WgKey secret;
  EVP_PKEY *pair = NULL;

  if (dev->random (dev->random_data, secret.bytes, sizeof secret.bytes))
    {
      wg_key_clamp (&secret);
      pair = wg_dh_key_new (secret.bytes);
    }
  wg_wipe (&secret, sizeof secret);
  if (pair && !wg_dh_key_public (pair, public_key))
    {
      EVP_PKEY_free (pair);
      pair = NULL;
    }
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

static WgVerdict
consume_initiation (WgDevice *dev, Symmetric *s, const WgMsgInitiation *msg, uint64_t now_ns,
                    WgPeer **peer)
{
  uint8_t stamp[WG_TIMESTAMP_LEN];
  WgKey initiator;

  if (!symmetric_begin (s, dev->crypto, &dev->public_key)
      /* e */
      || !mix_ephemeral (s, msg->ephemeral)
      /* es */
      || !mix_dh (s, dev->identity, msg->ephemeral)
      /* s */
      || !open_and_hash (s, initiator.bytes, msg->sealed_static, sizeof msg->sealed_static))
    return WG_UNAUTHENTIC;
  *peer = wg_peer_find (dev, &initiator);
  if (!*peer)
    return WG_NO_PEER;
  /* ss */
  if (!(*peer)->has_static_static
      || !mix_secret (s, (*peer)->static_static)
      /* {t} */
      || !open_and_hash (s, stamp, msg->sealed_timestamp, sizeof msg->sealed_timestamp))
    return WG_UNAUTHENTIC;
  return accept_stamp (*peer, stamp, now_ns);
}

WgVerdict
wg_noise_consume_initiation (WgDevice *dev, const WgMsgInitiation *msg, uint64_t now_ns,
                             WgConsumedInitiation *out, WgPeer **peer)
{
  Symmetric s;
  WgVerdict verdict = consume_initiation (dev, &s, msg, now_ns, peer);

  if (verdict == WG_OK)
    {
      memcpy (out->chain, s.chain, sizeof out->chain);
      memcpy (out->hash, s.hash, sizeof out->hash);
      memcpy (out->remote_ephemeral, msg->ephemeral, sizeof out->remote_ephemeral);
      out->remote_index = wg_get_le32 (msg->sender);
    }
  wg_wipe (&s, sizeof s);
  return verdict;
}

/* The end of a handshake (5.4.5): a keypair, with its keys and without an index of ours. */
static WgKeypair *
derive_keypair (WgPeer *peer, Symmetric *s, bool initiator, uint32_t remote_index, uint64_t now_ns)
{
  WgKeypair *keypair = wg_keypair_new ();
  uint8_t *first = initiator ? keypair->send_key : keypair->receive_key;
  uint8_t *second = initiator ? keypair->receive_key : keypair->send_key;

  if (!wg_kdf (s->crypto, first, second, NULL, s->chain, NULL, 0))
    {
      wg_keypair_unref (keypair);
      return NULL;
    }
  keypair->initiator = initiator;
  keypair->remote_index = remote_index;
  keypair->created_ns = now_ns;
  keypair->entry.peer = peer;
  keypair->entry.keypair = keypair;
  return keypair;
}

WgKeypair *
wg_noise_create_response (WgPeer *peer, WgConsumedInitiation *consumed, WgMsgResponse *msg,
                          uint64_t now_ns)
{
  WgDevice *dev = peer->dev;
  EVP_PKEY *ephemeral = make_ephemeral (dev, msg->ephemeral);
  WgKeypair *keypair = NULL;
  Symmetric s;

  symmetric_continue (&s, dev->crypto, consumed->chain, consumed->hash);
  if (ephemeral
      /* e */
      && mix_ephemeral (&s, msg->ephemeral)
      /* ee */
      && mix_dh (&s, ephemeral, consumed->remote_ephemeral)
      /* se */
      && mix_dh (&s, ephemeral, peer->public_key.bytes)
      /* psk */
      && mix_psk (&s, &peer->psk)
      /* {} */
      && seal_and_hash (&s, msg->sealed_nothing, NULL, 0))
    keypair = derive_keypair (peer, &s, false, consumed->remote_index, now_ns);
  if (keypair && !wg_index_insert (&dev->indices, &keypair->entry, dev->random, dev->random_data))
    {
      wg_keypair_unref (keypair);
      keypair = NULL;
    }
  if (keypair)
    {
      wg_put_le32 (msg->type, WG_MSG_RESPONSE);
      wg_put_le32 (msg->sender, keypair->entry.index);
      wg_put_le32 (msg->receiver, consumed->remote_index);
    }
  EVP_PKEY_free (ephemeral);
  wg_wipe (&s, sizeof s);
  return keypair;
}

WgKeypair *
wg_noise_consume_response (WgPeer *peer, const WgMsgResponse *msg, uint64_t now_ns)
{
  WgDevice *dev = peer->dev;
  WgHandshake *hs = &peer->handshake;
  WgKeypair *keypair = NULL;
  uint8_t nothing[1];
  Symmetric s;

  symmetric_continue (&s, dev->crypto, hs->chain, hs->hash);
  /* e */
  if (mix_ephemeral (&s, msg->ephemeral)
      /* ee */
      && mix_dh (&s, hs->ephemeral, msg->ephemeral)
      /* se */
      && mix_dh (&s, dev->identity, msg->ephemeral)
      /* psk */
      && mix_psk (&s, &peer->psk)
      /* {} */
      && open_and_hash (&s, nothing, msg->sealed_nothing, sizeof msg->sealed_nothing))
    keypair = derive_keypair (peer, &s, true, wg_get_le32 (msg->sender), now_ns);
  if (keypair)
    {
      wg_index_replace (&dev->indices, &hs->entry, &keypair->entry);
      wg_noise_clear (peer);
    }
  wg_wipe (&s, sizeof s);
  return keypair;
}
