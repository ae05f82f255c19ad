/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wg/wg-crypto.h"
#include "wg/wg-index.h"
#include "wg/wg-messages.h"
#include "wg/wg.h"

/* Noise_IKpsk2 (paper, 5.4). What each side must remember between two messages is all that is kept: the initiator its
 * ephemeral key and chain in the peer; the responder nothing, because it answers at once. So both sides may initiate at
 * the same time, and either handshake completes. Messages are without macs here. */

/* Our initiation in flight. */
typedef struct
{
  WgIndexEntry entry;
  EVP_PKEY    *ephemeral; /* NULL: none in flight */
  uint8_t      chain[WG_HASH_LEN];
  uint8_t      hash[WG_HASH_LEN];
} WgHandshake;

/* An initiation that was understood, until its response is made; wiped by its owner. */
typedef struct
{
  uint8_t  chain[WG_HASH_LEN];
  uint8_t  hash[WG_HASH_LEN];
  uint8_t  remote_ephemeral[WG_KEY_LEN];
  uint32_t remote_index;
} WgConsumedInitiation;

/* Computes DH(static, static) with the device's identity; a peer without one cannot shake hands. */
void wg_noise_precompute (WgPeer *peer);
/* Forgets the initiation in flight. */
void wg_noise_clear (WgPeer *peer);

bool wg_noise_create_initiation (WgPeer *peer, WgMsgInitiation *msg, uint64_t now_ns);
/* WG_OK and the peer, or WG_UNAUTHENTIC, WG_NO_PEER, WG_REPLAY, WG_RATE_LIMITED. */
WgVerdict wg_noise_consume_initiation (WgDevice *dev, const WgMsgInitiation *msg, uint64_t now_ns,
                                       WgConsumedInitiation *out, WgPeer **peer);
/* The response, and the keypair that it makes; NULL where a primitive or randomness fails. */
WgKeypair *wg_noise_create_response (WgPeer *peer, WgConsumedInitiation *consumed, WgMsgResponse *msg,
                                     uint64_t now_ns);
/* The keypair of the handshake that ends here, or NULL where the response is not authentic (it stays in flight). */
WgKeypair *wg_noise_consume_response (WgPeer *peer, const WgMsgResponse *msg, uint64_t now_ns);
