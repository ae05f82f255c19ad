/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet/packet-pool.h"

#include <pthread.h>
#include <stdlib.h>

enum
{
  SLAB_PACKETS = 64,
  CACHE_LINE = 64
};

typedef struct Slab
{
  struct Slab *next;
  _Alignas(CACHE_LINE) uint8_t packets[];
} Slab;

struct BgPacketPool
{
  uint32_t max_message;
  uint32_t max_packets;
  size_t stride;

  pthread_mutex_t lock; /* what is below */
  BgPacket *free;
  Slab *slabs;
  uint32_t allocated;
  uint32_t in_use;
};

BgPacketPool *
bg_packet_pool_new (uint32_t max_message, uint32_t max_packets)
{
  BgPacketPool *pool = calloc (1, sizeof *pool);

  if (!pool)
    abort ();
  pool->max_message = max_message;
  pool->max_packets = max_packets;
  pool->stride = sizeof (BgPacket) + BG_PACKET_HEADROOM + max_message + BG_PACKET_TAILROOM;
  pool->stride = (pool->stride + CACHE_LINE - 1) & ~(size_t) (CACHE_LINE - 1);
  pthread_mutex_init (&pool->lock, NULL);
  return pool;
}

bool
bg_packet_pool_destroy (BgPacketPool *pool)
{
  Slab *slab;

  if (!pool)
    return true;
  if (bg_packet_pool_in_use (pool) > 0)
    return false;
  while ((slab = pool->slabs))
    {
      pool->slabs = slab->next;
      free (slab);
    }
  pthread_mutex_destroy (&pool->lock);
  free (pool);
  return true;
}

static bool
grow (BgPacketPool *pool)
{
  uint32_t n = pool->max_packets - pool->allocated;
  Slab *slab;

  if (n > SLAB_PACKETS)
    n = SLAB_PACKETS;
  if (n == 0)
    return false;
  slab = aligned_alloc (CACHE_LINE, sizeof (Slab) + n * pool->stride);
  if (!slab)
    abort ();
  slab->next = pool->slabs;
  pool->slabs = slab;
  for (uint32_t i = 0; i < n; i++)
    {
      BgPacket *pkt = (BgPacket *) (void *) (slab->packets + i * pool->stride);

      pkt->pool = pool;
      pkt->room = (uint32_t) (pool->stride - sizeof (BgPacket));
      pkt->next = pool->free;
      pool->free = pkt;
    }
  pool->allocated += n;
  return true;
}

static uint32_t
left_to_others (const BgPacketPool *pool, BgPacketUse use)
{
  switch (use)
    {
    case BG_PACKET_OUTBOUND:
      return pool->max_packets / 4;
    case BG_PACKET_INBOUND:
      return pool->max_packets / 16;
    case BG_PACKET_OWN:
      break;
    }
  return 0;
}

int
bg_packet_new_batch_for (BgPacketPool *pool, BgPacketUse use, BgPacket **pkts, int n)
{
  uint32_t limit = pool->max_packets - left_to_others (pool, use);
  int got = 0;

  pthread_mutex_lock (&pool->lock);
  while (got < n && pool->in_use + (uint32_t) got < limit && (pool->free || grow (pool)))
    {
      pkts[got] = pool->free;
      pool->free = pkts[got++]->next;
    }
  pool->in_use += (uint32_t) got;
  pthread_mutex_unlock (&pool->lock);

  for (int i = 0; i < got; i++)
    bg_packet_reset (pkts[i]);
  return got;
}

int
bg_packet_new_batch (BgPacketPool *pool, BgPacket **pkts, int n)
{
  return bg_packet_new_batch_for (pool, BG_PACKET_OWN, pkts, n);
}

BgPacket *
bg_packet_new_for (BgPacketPool *pool, BgPacketUse use)
{
  BgPacket *pkt;

  return bg_packet_new_batch_for (pool, use, &pkt, 1) == 1 ? pkt : NULL;
}

BgPacket *
bg_packet_new (BgPacketPool *pool)
{
  return bg_packet_new_for (pool, BG_PACKET_OWN);
}

void
bg_packet_free_batch (BgPacket **pkts, int n)
{
  int i = 0;

  while (i < n)
    {
      BgPacketPool *pool;

      if (!pkts[i])
        {
          i++;
          continue;
        }
      pool = pkts[i]->pool;
      pthread_mutex_lock (&pool->lock);
      for (; i < n && (!pkts[i] || pkts[i]->pool == pool); i++)
        {
          if (!pkts[i])
            continue;
          pkts[i]->next = pool->free;
          pool->free = pkts[i];
          pool->in_use--;
        }
      pthread_mutex_unlock (&pool->lock);
    }
}

void
bg_packet_free (BgPacket *pkt)
{
  bg_packet_free_batch (&pkt, 1);
}

uint32_t
bg_packet_pool_in_use (BgPacketPool *pool)
{
  uint32_t n;

  pthread_mutex_lock (&pool->lock);
  n = pool->in_use;
  pthread_mutex_unlock (&pool->lock);
  return n;
}

uint32_t
bg_packet_pool_max_packets (const BgPacketPool *pool)
{
  return pool->max_packets;
}

uint32_t
bg_packet_pool_max_message (const BgPacketPool *pool)
{
  return pool->max_message;
}
