/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-private.h"

#include <string.h>

/* Takes a keypair out of its slot: it may still be sealed and opened with, but finds no peer afterwards. */
static void
drop (WgKeypair **slot)
{
  WgKeypair *keypair = *slot;

  if (!keypair)
    return;
  *slot = NULL;
  wg_index_remove (&keypair->peer->dev->indices, &keypair->entry);
  keypair->peer = NULL;
  wg_keypair_unref (keypair);
}

static void
move (WgKeypair **to, WgKeypair **from)
{
  drop (to);
  *to = *from;
  *from = NULL;
}

void
wg_session_begin (WgPeer *peer, WgKeypair *keypair)
{
  keypair->peer = peer;
  if (!keypair->initiator)
    {
      /* The kernel also drops `previous` here. We keep it till the new one is confirmed: where both sides initiated at
       * once the other may still send with it. */
      drop (&peer->next_keypair);
      peer->next_keypair = keypair;
      return;
    }
  if (peer->next_keypair)
    {
      /* Both initiated at once: the other side may use the handshake that we answered. */
      move (&peer->previous, &peer->next_keypair);
      peer->previous->twin = true;
      drop (&peer->current);
    }
  else
    move (&peer->previous, &peer->current);
  peer->current = keypair;
}

/* Both initiated at once and have two sessions: the one that the smaller public key initiated is used by both from the
 * first packet on, lest each keeps rekeying its own. */
static bool
is_better_twin (const WgPeer *peer, const WgKeypair *keypair)
{
  return keypair == peer->previous && keypair->twin && peer->current
         && memcmp (&peer->public_key, &peer->dev->public_key, WG_KEY_LEN) < 0;
}

bool
wg_session_confirm (WgPeer *peer, WgKeypair *keypair)
{
  if (is_better_twin (peer, keypair))
    {
      keypair->twin = false;
      peer->previous = peer->current;
      peer->current = keypair;
      return false;
    }
  if (keypair != peer->next_keypair)
    return false;
  move (&peer->previous, &peer->current);
  move (&peer->current, &peer->next_keypair);
  return true;
}

void
wg_session_clear (WgPeer *peer)
{
  drop (&peer->previous);
  drop (&peer->current);
  drop (&peer->next_keypair);
}

void
wg_session_ready (WgPeer *peer, uint64_t now_ns)
{
  peer->last_handshake_ns = now_ns ? now_ns : 1;
  peer->sessions++;
  wg_timers_session_confirmed (peer, now_ns);
  wg_device_raise (peer, WG_EVENT_SESSION);
}

void
wg_test_set_send_counter (WgPeer *peer, uint64_t counter)
{
  peer->current->send_counter = counter;
}
