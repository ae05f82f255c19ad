/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wg/wg-crypto.h"
#include "wg/wg-index.h"
#include "wg/wg-messages.h"
#include "wg/wg.h"

/* Noise_IKpsk2 (paper, 5.4). What each side must remember between two messages is all that is kept: the initiator its
 * ephemeral key and chain in the peer; the responder nothing. So both sides may initiate at the same time, and either
 * handshake completes. Messages are without macs here.
 *
 * What takes long, the Diffie-Hellman of a received message, is in functions of copies alone: they touch nothing but their
 * arguments and run on any thread, with a WgCrypto of its own. */

/* Our initiation in flight. */
typedef struct
{
  WgIndexEntry entry;
  EVP_PKEY    *ephemeral; /* NULL: none in flight */
  uint8_t      chain[WG_HASH_LEN];
  uint8_t      hash[WG_HASH_LEN];
} WgHandshake;

/* An initiation that was read, until its response is made; wiped by its owner. */
typedef struct
{
  WgKey    initiator; /* who it says that it is; true once wg_noise_accept_initiation() found its stamp */
  uint8_t  chain[WG_HASH_LEN];
  uint8_t  hash[WG_HASH_LEN];
  uint8_t  remote_ephemeral[WG_KEY_LEN];
  uint32_t remote_index;
} WgConsumedInitiation;

/* What a response answers: an initiation in flight, and the keys that it takes. */
typedef struct
{
  EVP_PKEY *identity, *ephemeral; /* references */
  WgKey     psk;
  uint8_t   chain[WG_HASH_LEN];
  uint8_t   hash[WG_HASH_LEN];
} WgSentInitiation;

/* The keys of a session, the initiator's for sending first; wiped by their owner. */
typedef struct
{
  uint8_t first[WG_KEY_LEN], second[WG_KEY_LEN];
} WgSessionKeys;

/* --- Any thread --- */

/* e, es, s. False where it is not for `public_key`, that of `identity`. */
bool wg_noise_open_initiation (WgCrypto *crypto, EVP_PKEY *identity, const WgKey *public_key,
                               const WgMsgInitiation *msg, WgConsumedInitiation *out);
/* e, ee, se, psk, {}: all of the response but type, indices and macs. `secret` is the clamped ephemeral one. */
bool wg_noise_respond (WgCrypto *crypto, const WgConsumedInitiation *consumed, const WgKey *psk, const WgKey *secret,
                       WgMsgResponse *msg, WgSessionKeys *keys);
/* e, ee, se, psk, {}. False where the response is not authentic. */
bool wg_noise_open_response (WgCrypto *crypto, const WgSentInitiation *sent, const WgMsgResponse *msg,
                             WgSessionKeys *keys);

/* --- The engine's thread --- */

/* Computes DH(static, static) with the device's identity; a peer without one cannot shake hands. */
void wg_noise_precompute (WgPeer *peer);
/* Forgets the initiation in flight. */
void wg_noise_clear (WgPeer *peer);
bool wg_noise_create_initiation (WgPeer *peer, WgMsgInitiation *msg, uint64_t now_ns);
/* ss, {t} of an initiation of `peer`: WG_OK, or WG_UNAUTHENTIC, WG_REPLAY, WG_RATE_LIMITED. */
WgVerdict wg_noise_accept_initiation (WgPeer *peer, WgConsumedInitiation *consumed, const WgMsgInitiation *msg,
                                      uint64_t now_ns);
/* Draws an ephemeral secret; false without randomness. */
bool wg_noise_draw_secret (WgDevice *dev, WgKey *secret);
/* A copy of the initiation in flight; wg_noise_sent_clear() gives its references back. */
void wg_noise_sent_copy (const WgPeer *peer, WgSentInitiation *out);
void wg_noise_sent_clear (WgSentInitiation *sent);
/* Is it still in flight, and answered with the keys that count now? */
bool wg_noise_sent_is_current (const WgPeer *peer, const WgSentInitiation *sent);
/* The keypair of a handshake that ended (5.4.5), with an index of ours: a fresh one for the responder (NULL without
 * randomness), that of the initiation in flight for the initiator, which is over with that. */
WgKeypair *wg_noise_keypair_of_responder (WgPeer *peer, const WgSessionKeys *keys, uint32_t remote_index, uint64_t now_ns);
WgKeypair *wg_noise_keypair_of_initiator (WgPeer *peer, const WgSessionKeys *keys, uint32_t remote_index, uint64_t now_ns);
