/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-timers.h"
#include "wg/wg-private.h"

#include <stddef.h>

/* event                        timers
 * initiation sent              RETRANSMIT in REKEY_TIMEOUT and a jitter; it gives up REKEY_ATTEMPT_TIME after the first, which has
 *                              LATE in LATE_TIMEOUT
 * data sent                    NEW_HANDSHAKE in KEEPALIVE_TIMEOUT + REKEY_TIMEOUT and a jitter, unless it runs
 * data received                KEEPALIVE in KEEPALIVE_TIMEOUT, unless it runs
 * anything authentic sent      KEEPALIVE off, PERSISTENT from now
 * anything authentic received  NEW_HANDSHAKE off, PERSISTENT from now
 * session derived              ZERO_KEYS in 3 REJECT_AFTER_TIME
 * session confirmed            RETRANSMIT, LATE off
 * expired                      all off but PERSISTENT
 * gave up                      KEEPALIVE off, staged packets dropped, ZERO_KEYS unless it runs */

static bool
is_armed (const WgPeer *peer, WgTimer timer)
{
  return peer->timers.at[timer] != WG_NEVER;
}

static void
arm (WgPeer *peer, WgTimer timer, uint64_t at)
{
  peer->timers.at[timer] = at;
  if (at < peer->timers.node.at)
    wg_timer_heap_set (&peer->dev->timers, &peer->timers.node, at);
}

static void
disarm (WgPeer *peer, WgTimer timer)
{
  peer->timers.at[timer] = WG_NEVER;
}

static uint64_t
jitter (WgPeer *peer)
{
  uint32_t draw;

  if (!peer->dev->random (peer->dev->random_data, &draw, sizeof draw))
    return 0;
  return draw % WG_REKEY_TIMEOUT_JITTER;
}

static void
persist (WgPeer *peer, uint64_t now_ns)
{
  if (peer->keepalive_s > 0)
    arm (peer, WG_TIMER_PERSISTENT, now_ns + peer->keepalive_s * WG_SECOND);
}

void
wg_timers_init (WgPeer *peer)
{
  wg_timer_node_init (&peer->timers.node);
  for (int i = 0; i < WG_TIMERS; i++)
    peer->timers.at[i] = WG_NEVER;
}

void
wg_timers_stop (WgPeer *peer)
{
  for (int i = 0; i < WG_TIMERS; i++)
    peer->timers.at[i] = WG_NEVER;
  wg_timer_heap_set (&peer->dev->timers, &peer->timers.node, WG_NEVER);
}

void
wg_timers_data_sent (WgPeer *peer, uint64_t now_ns)
{
  if (!is_armed (peer, WG_TIMER_NEW_HANDSHAKE))
    arm (peer, WG_TIMER_NEW_HANDSHAKE,
         now_ns + WG_KEEPALIVE_TIMEOUT + WG_REKEY_TIMEOUT + peer->timers.spread);
}

void
wg_timers_data_received (WgPeer *peer, uint64_t now_ns)
{
  if (!is_armed (peer, WG_TIMER_KEEPALIVE))
    arm (peer, WG_TIMER_KEEPALIVE, now_ns + WG_KEEPALIVE_TIMEOUT);
}

void
wg_timers_authentic_sent (WgPeer *peer, uint64_t now_ns)
{
  disarm (peer, WG_TIMER_KEEPALIVE);
  persist (peer, now_ns);
}

void
wg_timers_authentic_received (WgPeer *peer, uint64_t now_ns)
{
  peer->heard_ns = now_ns;
  disarm (peer, WG_TIMER_NEW_HANDSHAKE);
  persist (peer, now_ns);
}

void
wg_timers_initiation_sent (WgPeer *peer, uint64_t now_ns)
{
  arm (peer, WG_TIMER_RETRANSMIT, now_ns + WG_REKEY_TIMEOUT + jitter (peer));
  if (peer->attempts == 1)
    arm (peer, WG_TIMER_LATE, now_ns + WG_LATE_TIMEOUT);
}

void
wg_timers_handshake_deferred (WgPeer *peer)
{
  if (!is_armed (peer, WG_TIMER_RETRANSMIT))
    arm (peer, WG_TIMER_RETRANSMIT, peer->next_handshake_ns + jitter (peer));
}

void
wg_timers_handshake_hurried (WgPeer *peer)
{
  if (is_armed (peer, WG_TIMER_RETRANSMIT)
      && peer->next_handshake_ns < peer->timers.at[WG_TIMER_RETRANSMIT])
    arm (peer, WG_TIMER_RETRANSMIT, peer->next_handshake_ns);
}

void
wg_timers_expired (WgPeer *peer)
{
  disarm (peer, WG_TIMER_RETRANSMIT);
  disarm (peer, WG_TIMER_LATE);
  disarm (peer, WG_TIMER_KEEPALIVE);
  disarm (peer, WG_TIMER_NEW_HANDSHAKE);
  disarm (peer, WG_TIMER_ZERO_KEYS);
}

bool
wg_timers_is_trying (const WgPeer *peer)
{
  return is_armed (peer, WG_TIMER_RETRANSMIT);
}

void
wg_timers_session_derived (WgPeer *peer, uint64_t now_ns)
{
  arm (peer, WG_TIMER_ZERO_KEYS, now_ns + WG_ZERO_AFTER_TIME);
  peer->timers.spread = jitter (peer);
}

void
wg_timers_session_confirmed (WgPeer *peer, uint64_t now_ns)
{
  disarm (peer, WG_TIMER_RETRANSMIT);
  disarm (peer, WG_TIMER_LATE);
  peer->timers.last_minute_tried = false;
}

void
wg_timers_keepalive_changed (WgPeer *peer, uint64_t now_ns)
{
  if (peer->keepalive_s > 0)
    persist (peer, now_ns);
  else
    disarm (peer, WG_TIMER_PERSISTENT);
}

static void
give_up (WgPeer *peer, uint64_t now_ns)
{
  disarm (peer, WG_TIMER_KEEPALIVE);
  peer->dev->staged_dropped += wg_peer_drop_staged (peer);
  if (!is_armed (peer, WG_TIMER_ZERO_KEYS))
    arm (peer, WG_TIMER_ZERO_KEYS, now_ns + WG_ZERO_AFTER_TIME);
  wg_device_raise (peer, WG_EVENT_SILENT);
}

/* After the first, the third, the ninth, …: of what the owner can do about it most is cheap, but not for ever. */
static bool
is_worth_telling (uint32_t attempts)
{
  while (attempts > 0 && attempts % 3 == 0)
    attempts /= 3;
  return attempts == 1;
}

static void
on_retransmit (WgPeer *peer, uint64_t now_ns)
{
  wg_peer_doubt_source (peer);
  if (now_ns - peer->attempts_since_ns >= WG_REKEY_ATTEMPT_TIME)
    {
      give_up (peer, now_ns);
      return;
    }
  /* A rekey's initiation may get lost while data goes on coming. */
  if (peer->heard_ns < peer->attempts_since_ns && is_worth_telling (peer->attempts))
    wg_device_raise (peer, WG_EVENT_UNANSWERED);
  wg_send_retry (peer, now_ns);
}

/* Without a session nobody can be asked, and initiations do get lost: that is told once another one did. */
static void
on_late (WgPeer *peer, uint64_t now_ns)
{
  if (peer->heard_ns < peer->attempts_since_ns && peer->current
      && wg_keypair_may_send (peer->current, now_ns))
    wg_device_raise (peer, WG_EVENT_LATE);
}

static void
on_zero_keys (WgPeer *peer)
{
  wg_noise_clear (peer);
  wg_session_clear (peer);
}

static void
on_persistent (WgPeer *peer, uint64_t now_ns)
{
  wg_send_keepalive (peer, now_ns);
  persist (peer, now_ns);
}

static void
fire (WgPeer *peer, WgTimer timer, uint64_t now_ns)
{
  switch (timer)
    {
    case WG_TIMER_RETRANSMIT:
      on_retransmit (peer, now_ns);
      break;
    case WG_TIMER_LATE:
      on_late (peer, now_ns);
      break;
    case WG_TIMER_KEEPALIVE:
      wg_send_keepalive (peer, now_ns);
      break;
    case WG_TIMER_NEW_HANDSHAKE:
      wg_peer_doubt_source (peer);
      wg_send_want_session (peer, now_ns);
      break;
    case WG_TIMER_ZERO_KEYS:
      on_zero_keys (peer);
      break;
    case WG_TIMER_PERSISTENT:
      on_persistent (peer, now_ns);
      break;
    case WG_TIMERS:
      break;
    }
}

static WgPeer *
owner_of (WgTimerNode *node)
{
  return (WgPeer *) ((char *) node - offsetof (WgPeer, timers.node));
}

static uint64_t
earliest (const WgPeer *peer)
{
  uint64_t at = WG_NEVER;

  for (int i = 0; i < WG_TIMERS; i++)
    if (peer->timers.at[i] < at)
      at = peer->timers.at[i];
  return at;
}

static void
run_peer (WgPeer *peer, uint64_t now_ns)
{
  for (int i = 0; i < WG_TIMERS; i++)
    if (peer->timers.at[i] <= now_ns)
      {
        peer->timers.at[i] = WG_NEVER;
        fire (peer, (WgTimer) i, now_ns);
      }
  wg_timer_heap_set (&peer->dev->timers, &peer->timers.node, earliest (peer));
}

uint64_t
wg_next_timer (WgDevice *dev)
{
  WgTimerNode *top;

  while ((top = wg_timer_heap_top (&dev->timers)))
    {
      uint64_t at = earliest (owner_of (top));

      if (at == top->at)
        break;
      wg_timer_heap_set (&dev->timers, top, at);
    }
  return wg_timer_heap_next (&dev->timers);
}

void
wg_run_timers (WgDevice *dev, uint64_t now_ns)
{
  wg_device_heard (dev, now_ns);
  while (wg_timer_heap_next (&dev->timers) <= now_ns)
    run_peer (owner_of (wg_timer_heap_top (&dev->timers)), now_ns);
}
