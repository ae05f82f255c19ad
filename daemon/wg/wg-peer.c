/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-private.h"

#include <stdlib.h>
#include <string.h>

/* Two initiations closer together than the peer allows would be one. */
#define SOON_NS (2 * WG_SECOND / WG_INITIATIONS_PER_SECOND)

enum
{
  FIRST_BUCKETS = 16
};

/* --- The table: chained, hashed with secret multipliers --- */

static uint32_t
bucket_of (const WgPeerTable *table, const WgKey *key)
{
  uint64_t word, sum = 0;

  for (int i = 0; i < 4; i++)
    {
      memcpy (&word, key->bytes + 8 * i, sizeof word);
      sum = (sum ^ word) * (table->seed[i] | 1);
      sum ^= sum >> 32;
    }
  return (uint32_t) sum & (table->n_buckets - 1);
}

static void
table_push (WgPeerTable *table, WgPeer *peer)
{
  WgPeer **bucket = &table->buckets[bucket_of (table, &peer->public_key)];

  peer->hash_next = *bucket;
  *bucket = peer;
}

static void
table_resize (WgPeerTable *table, uint32_t n_buckets)
{
  free (table->buckets);
  table->n_buckets = n_buckets;
  table->buckets = wg_new0 (n_buckets * sizeof (WgPeer *));
  for (WgPeer *peer = table->first; peer; peer = peer->next)
    table_push (table, peer);
}

static void
table_add (WgPeerTable *table, WgPeer *peer)
{
  if (++table->n > table->n_buckets)
    table_resize (table, table->n_buckets * 2);
  table_push (table, peer);
  peer->next = table->first;
  peer->link = &table->first;
  if (peer->next)
    peer->next->link = &peer->next;
  table->first = peer;
}

static void
table_remove (WgPeerTable *table, WgPeer *peer)
{
  WgPeer **at = &table->buckets[bucket_of (table, &peer->public_key)];

  while (*at != peer)
    at = &(*at)->hash_next;
  *at = peer->hash_next;
  *peer->link = peer->next;
  if (peer->next)
    peer->next->link = peer->link;
  table->n--;
}

void
wg_peer_table_init (WgDevice *dev)
{
  if (!dev->random (dev->random_data, dev->peers.seed, sizeof dev->peers.seed))
    dev->peers.seed[0] = (uintptr_t) dev;
  table_resize (&dev->peers, FIRST_BUCKETS);
}

void
wg_peer_table_clear (WgDevice *dev)
{
  free (dev->peers.buckets);
  dev->peers.buckets = NULL;
}

/* --- Life --- */

WgPeer *
wg_peer_find (WgDevice *dev, const WgKey *public_key)
{
  WgPeer *peer = dev->peers.buckets[bucket_of (&dev->peers, public_key)];

  while (peer && !wg_key_equal (&peer->public_key, public_key))
    peer = peer->hash_next;
  return peer;
}

WgPeer *
wg_peer_add (WgDevice *dev, const WgKey *public_key)
{
  WgPeer *peer = wg_peer_find (dev, public_key);

  if (peer)
    return peer;
  if (wg_key_is_zero (public_key) || (dev->identity && wg_key_equal (public_key, &dev->public_key)))
    return NULL;
  peer = wg_new0 (sizeof *peer);
  peer->dev = dev;
  peer->public_key = *public_key;
  peer->learn = true;
  peer->handshake.entry.peer = peer;
  if (!wg_cookie_jar_init (&peer->cookies, dev->crypto, public_key))
    {
      free (peer);
      return NULL;
    }
  wg_timers_init (peer);
  table_add (&dev->peers, peer);
  wg_timer_heap_reserve (&dev->timers, dev->peers.n);
  wg_noise_precompute (peer);
  return peer;
}

void
wg_peer_remove (WgPeer *peer)
{
  WgDevice *dev = peer->dev;

  wg_timers_stop (peer);
  wg_device_purge_out (dev, peer);
  wg_noise_clear (peer);
  wg_session_clear (peer);
  wg_peer_drop_staged (peer);
  wg_allowed_ips_remove_peer (dev, peer);
  wg_device_forget_events (peer);
  table_remove (&dev->peers, peer);
  wg_wipe (peer, sizeof *peer);
  free (peer);
}

void
wg_peer_new_identity (WgPeer *peer)
{
  wg_noise_clear (peer);
  wg_session_clear (peer);
  wg_noise_precompute (peer);
}

void
wg_peer_foreach (WgDevice *dev, void (*each) (WgPeer *peer, void *data), void *data)
{
  for (WgPeer *peer = dev->peers.first, *next; peer; peer = next)
    {
      next = peer->next;
      each (peer, data);
    }
}

uint32_t
wg_peer_drop_staged (WgPeer *peer)
{
  return wg_staging_clear (&peer->dev->staging, peer);
}

void
wg_peer_set_patient (WgPeer *peer, bool patient)
{
  peer->patient = patient;
}

/* In SOON_NS, or when the last message had `patience_ns`, whichever is later. */
static void
allow_handshake (WgPeer *peer, uint64_t patience_ns)
{
  uint64_t soon_ns = peer->dev->now_ns + SOON_NS;

  if (soon_ns + WG_REKEY_TIMEOUT < peer->next_handshake_ns + patience_ns)
    soon_ns = peer->next_handshake_ns + patience_ns - WG_REKEY_TIMEOUT;
  if (soon_ns < peer->next_handshake_ns)
    peer->next_handshake_ns = soon_ns;
}

void
wg_peer_hurry_handshake (WgPeer *peer, uint64_t now_ns)
{
  wg_device_heard (peer->dev, now_ns);
  if (!wg_timers_is_trying (peer))
    return;
  allow_handshake (peer, WG_SECOND);
  wg_timers_handshake_hurried (peer);
}

void
wg_peer_expire (WgPeer *peer)
{
  peer->expiries++;
  allow_handshake (peer, 0);
  wg_noise_clear (peer);
  wg_session_clear (peer);
  wg_timers_expired (peer);
}

/* --- Settings --- */

const WgKey *
wg_peer_public_key (const WgPeer *peer)
{
  return &peer->public_key;
}

void
wg_peer_set_preshared_key (WgPeer *peer, const WgKey *psk)
{
  if (psk)
    peer->psk = *psk;
  else
    wg_wipe (&peer->psk, sizeof peer->psk);
}

const WgKey *
wg_peer_preshared_key (const WgPeer *peer)
{
  return &peer->psk;
}

void
wg_peer_set_keepalive (WgPeer *peer, uint16_t seconds, uint64_t now_ns)
{
  bool on = seconds > 0 && peer->keepalive_s == 0;

  wg_device_heard (peer->dev, now_ns);
  peer->keepalive_s = seconds;
  wg_timers_keepalive_changed (peer, now_ns);
  if (on)
    wg_send_keepalive (peer, now_ns);
}

uint16_t
wg_peer_keepalive (const WgPeer *peer)
{
  return peer->keepalive_s;
}

void
wg_peer_doubt_source (WgPeer *peer)
{
  peer->endpoint.ifindex = 0;
}

void
wg_peer_forget_source (WgPeer *peer, const BgEndpoint *endpoint)
{
  if (peer->endpoint.addr.sa.sa_family == endpoint->addr.sa.sa_family
      && bg_endpoint_has_same_source (&peer->endpoint, endpoint))
    wg_peer_doubt_source (peer);
}

static bool
may_move (WgPeer *peer, const BgEndpoint *to)
{
  return !peer->dev->may_move || peer->dev->may_move (peer->dev->may_move_data, peer, to);
}

void
wg_peer_set_endpoint (WgPeer *peer, const BgEndpoint *endpoint, bool learn)
{
  if (endpoint->path != 0 || !peer->has_endpoint
      || !bg_endpoint_is_same_place (&peer->endpoint, endpoint))
    wg_send_renew_attempts (peer, peer->dev->now_ns);
  peer->endpoint = *endpoint;
  peer->has_endpoint = true;
  peer->learn = learn;
}

void
wg_peer_clear_endpoint (WgPeer *peer)
{
  peer->has_endpoint = false;
}

void
wg_peer_learn_endpoint (WgPeer *peer, const BgEndpoint *source)
{
  bool moved = !peer->has_endpoint || !bg_endpoint_is_same_place (&peer->endpoint, source);

  if (!peer->learn || source->path != 0
      || (!moved && bg_endpoint_has_same_source (&peer->endpoint, source)))
    return;
  if (moved && !may_move (peer, source))
    return;
  peer->endpoint = *source;
  peer->has_endpoint = true;
  if (moved)
    wg_device_raise (peer, WG_EVENT_ENDPOINT);
}

void
wg_peer_set_data (WgPeer *peer, void *data)
{
  peer->data = data;
}

void *
wg_peer_data (const WgPeer *peer)
{
  return peer->data;
}

void
wg_peer_get_stats (const WgPeer *peer, WgPeerStats *out)
{
  *out = (WgPeerStats){
    .last_handshake_ns = peer->last_handshake_ns,
    .rx_bytes = peer->rx_bytes,
    .tx_bytes = peer->tx_bytes,
    .sessions = peer->sessions,
    .staged = peer->staged.queue.len,
    .endpoint = peer->endpoint,
    .has_endpoint = peer->has_endpoint,
    .has_session = peer->current && wg_keypair_may_send (peer->current, peer->dev->now_ns),
  };
}
