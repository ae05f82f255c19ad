/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-private.h"

#include <openssl/rand.h>
#include <stdlib.h>

void *
wg_new0 (size_t size)
{
  void *memory = calloc (1, size);

  if (!memory)
    abort ();
  return memory;
}

static bool
random_from_openssl (void *data, void *bytes, size_t len)
{
  return RAND_bytes (bytes, (int) len) == 1;
}

WgDevice *
wg_device_new (BgPacketPool *pool, WgRandom random, void *random_data)
{
  WgDevice *dev = wg_new0 (sizeof *dev);

  dev->pool = pool;
  dev->random = random ? random : random_from_openssl;
  dev->random_data = random_data;
  dev->crypto = wg_crypto_new ();
  dev->last_event = &dev->first_event;
  wg_staging_init (&dev->staging, bg_packet_pool_max_packets (pool) / WG_STAGED_SHARE);
  wg_index_init (&dev->indices);
  wg_peer_table_init (dev);
  if (!dev->crypto || bg_packet_pool_max_message (pool) < sizeof (WgMsgInitiation))
    {
      wg_device_free (dev);
      return NULL;
    }
  return dev;
}

void
wg_device_free (WgDevice *dev)
{
  BgPacket *pkt;

  if (!dev)
    return;
  while (dev->peers.first)
    wg_peer_remove (dev->peers.first);
  while ((pkt = bg_packet_queue_pop (&dev->out)))
    bg_packet_free (pkt);
  wg_trie_clear (&dev->allowed_ips);
  wg_index_clear (&dev->indices);
  wg_peer_table_clear (dev);
  wg_timer_heap_clear (&dev->timers);
  wg_ratelimit_free (dev->ratelimit);
  EVP_PKEY_free (dev->identity);
  wg_crypto_free (dev->crypto);
  wg_wipe (dev, sizeof *dev);
  free (dev);
}

static void
take_identity_away (WgDevice *dev)
{
  EVP_PKEY_free (dev->identity);
  dev->identity = NULL;
  wg_wipe (&dev->public_key, sizeof dev->public_key);
  wg_wipe (&dev->guard, sizeof dev->guard);
}

static bool
take_identity (WgDevice *dev, const WgKey *private_key)
{
  dev->identity = wg_dh_key_new (private_key->bytes);
  return dev->identity && wg_dh_key_public (dev->identity, dev->public_key.bytes)
         && wg_cookie_guard_init (&dev->guard, dev->crypto, &dev->public_key);
}

static void
renew_peer (WgPeer *peer, void *data)
{
  WgDevice *dev = data;

  if (dev->identity && wg_key_equal (&peer->public_key, &dev->public_key))
    wg_peer_remove (peer);
  else
    wg_peer_new_identity (peer);
}

static bool
is_identity (const WgDevice *dev, const WgKey *private_key)
{
  WgKey public_key;

  return dev->identity && private_key && wg_key_public (private_key, &public_key)
         && wg_key_equal (&public_key, &dev->public_key);
}

bool
wg_device_set_private_key (WgDevice *dev, const WgKey *private_key)
{
  bool ok = true;

  if (is_identity (dev, private_key))
    return true;
  take_identity_away (dev);
  if (private_key && !take_identity (dev, private_key))
    {
      take_identity_away (dev);
      ok = false;
    }
  wg_peer_foreach (dev, renew_peer, dev);
  return ok;
}

bool
wg_device_get_public_key (const WgDevice *dev, WgKey *out)
{
  *out = dev->public_key;
  return dev->identity != NULL;
}

void
wg_device_set_realtime_offset (WgDevice *dev, int64_t offset_ns)
{
  dev->realtime_offset = offset_ns;
}

void
wg_device_set_may_move (WgDevice *dev, WgMayMove may_move, void *data)
{
  dev->may_move = may_move;
  dev->may_move_data = data;
}

void
wg_device_set_under_load (WgDevice *dev, uint64_t now_ns)
{
  wg_device_heard (dev, now_ns);
  dev->under_load_until = now_ns + WG_UNDER_LOAD_TIME;
}

void
wg_device_heard (WgDevice *dev, uint64_t now_ns)
{
  if (now_ns > dev->now_ns)
    dev->now_ns = now_ns;
}

/* --- What wg_pop_packet() fetches --- */

static void
drop_packet (BgPacket *pkt)
{
  wg_keypair_unref (pkt->keypair);
  pkt->keypair = NULL;
  bg_packet_free (pkt);
}

void
wg_device_queue_out (WgDevice *dev, BgPacket *pkt, WgPeer *peer)
{
  BgPacket *victim;

  pkt->peer = peer;
  pkt->endpoint = peer->endpoint;
  victim = bg_packet_queue_push_bounded (&dev->out, pkt, WG_OUT_MAX);
  if (victim)
    drop_packet (victim);
}

void
wg_device_purge_out (WgDevice *dev, const WgPeer *peer)
{
  BgPacketQueue keep = { 0 };
  BgPacket *pkt;

  while ((pkt = bg_packet_queue_pop (&dev->out)))
    if (pkt->peer == peer)
      drop_packet (pkt);
    else
      bg_packet_queue_push (&keep, pkt);
  dev->out = keep;
}

BgPacket *
wg_pop_packet (WgDevice *dev)
{
  BgPacket *pkt;

  while ((pkt = bg_packet_queue_pop (&dev->out)))
    {
      if (!pkt->keypair || pkt->keypair->peer)
        return pkt;
      drop_packet (pkt); /* its session ended while it waited */
    }
  return NULL;
}

uint64_t
wg_staged_dropped (WgDevice *dev)
{
  uint64_t n = dev->staged_dropped;

  dev->staged_dropped = 0;
  return n;
}

/* --- Events: a list of peers, a bit for each type --- */

static bool
is_listed (const WgPeer *peer)
{
  return peer->events != 0;
}

void
wg_device_raise (WgPeer *peer, WgEventType type)
{
  WgDevice *dev = peer->dev;

  if (!is_listed (peer))
    {
      peer->next_event = NULL;
      *dev->last_event = peer;
      dev->last_event = &peer->next_event;
    }
  /* The newer of two that contradict each other is true. */
  if (type == WG_EVENT_SESSION)
    peer->events &= (uint8_t) ~(1u << WG_EVENT_SILENT | 1u << WG_EVENT_UNANSWERED
                                | 1u << WG_EVENT_LATE);
  if (type == WG_EVENT_SILENT || type == WG_EVENT_UNANSWERED)
    peer->events &= (uint8_t) ~(1u << WG_EVENT_SESSION);
  peer->events |= (uint8_t) (1u << type);
}

void
wg_device_forget_events (WgPeer *peer)
{
  WgDevice *dev = peer->dev;
  WgPeer **at = &dev->first_event;

  if (!is_listed (peer))
    return;
  while (*at != peer)
    at = &(*at)->next_event;
  *at = peer->next_event;
  if (dev->last_event == &peer->next_event)
    dev->last_event = at;
  peer->events = 0;
}

bool
wg_pop_event (WgDevice *dev, WgEvent *out)
{
  WgPeer *peer = dev->first_event;
  int type = 0;

  if (!peer)
    return false;
  while (!(peer->events & 1u << type))
    type++;
  *out = (WgEvent){ .type = (WgEventType) type, .peer = peer };
  if (peer->events == 1u << type)
    wg_device_forget_events (peer);
  else
    peer->events &= (uint8_t) ~(1u << type);
  return true;
}
