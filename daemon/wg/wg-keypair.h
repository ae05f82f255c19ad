/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wg/wg-index.h"
#include "wg/wg-replay.h"
#include "wg/wg.h"

#include <stdatomic.h>

/* The two transport keys of one session, and what belongs to them (paper, 5.4.5).
 *
 * Two counts keep it alive. `uses` are the peer's slot and packets between two phases: when the last one goes the keys
 * are wiped. `holders` keep only the memory: one for all uses, one for each sealer that has a cipher keyed for it, so
 * that a sealer can tell a dead keypair from a new one at the same address. Both are atomic; what is marked as the
 * engine's is touched on the engine's thread only, the rest is constant once made. */
struct WgKeypair
{
  atomic_uint uses, holders;
  atomic_bool dead;
  uint64_t    id; /* unique in this process */

  uint8_t  send_key[WG_KEY_LEN], receive_key[WG_KEY_LEN];
  uint32_t remote_index;
  bool     initiator;

  /* The engine's. */
  WgPeer      *peer; /* NULL once out of the peer's slots: nothing is sent or accepted any more */
  WgIndexEntry entry;
  uint64_t     created_ns;
  bool         twin;         /* both sides initiated at once, and this is the one that we answered */
  uint64_t     send_counter; /* the next one */
  WgReplay     replay;
};

/* A keypair with one use and no keys yet. */
WgKeypair *wg_keypair_new (void);
WgKeypair *wg_keypair_ref (WgKeypair *keypair);
/* NULL is fine. Any thread. */
void wg_keypair_unref (WgKeypair *keypair);

/* For sealers: keeps the memory, not the keys. */
void wg_keypair_hold (WgKeypair *keypair);
void wg_keypair_release (WgKeypair *keypair);
bool wg_keypair_is_dead (const WgKeypair *keypair);
/* Grows whenever a keypair dies; a sealer that sees it grow looks for ciphers to wipe. */
uint64_t wg_keypair_deaths (void);

/* True where the keypair may send at `now_ns`: within REJECT_AFTER_TIME and REJECT_AFTER_MESSAGES. */
bool wg_keypair_may_send (const WgKeypair *keypair, uint64_t now_ns);
