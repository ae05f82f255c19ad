/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-staging.h"
#include "wg/wg-private.h"

void
wg_staging_init (WgStaging *staging, uint32_t max)
{
  *staging = (WgStaging){ .max = max };
}

static void
unlist (WgPeer *peer)
{
  WgStaged *staged = &peer->staged;

  if (!staged->link)
    return;
  *staged->link = staged->next;
  if (staged->next)
    staged->next->staged.link = staged->link;
  staged->link = NULL;
  staged->next = NULL;
}

/* Lists the peer by the length that its queue has now. */
static void
list (WgStaging *staging, WgPeer *peer)
{
  WgStaged *staged = &peer->staged;
  WgPeer **head = &staging->by_length[staged->queue.len];

  unlist (peer);
  if (staged->queue.len > staging->longest)
    staging->longest = staged->queue.len;
  if (staged->queue.len > 0)
    {
      staged->next = *head;
      staged->link = head;
      if (*head)
        (*head)->staged.link = &staged->next;
      *head = peer;
    }
  while (staging->longest > 0 && !staging->by_length[staging->longest])
    staging->longest--;
}

BgPacket *
wg_staging_pop (WgStaging *staging, WgPeer *peer)
{
  BgPacket *pkt = bg_packet_queue_pop (&peer->staged.queue);

  if (!pkt)
    return NULL;
  staging->n--;
  list (staging, peer);
  return pkt;
}

BgPacket *
wg_staging_push (WgStaging *staging, WgPeer *peer, BgPacket *pkt)
{
  BgPacket *victim = NULL;

  if (peer->staged.queue.len == WG_STAGED_MAX)
    victim = wg_staging_pop (staging, peer);
  bg_packet_queue_push (&peer->staged.queue, pkt);
  staging->n++;
  list (staging, peer);
  if (staging->n > staging->max)
    victim = wg_staging_pop (staging, staging->by_length[staging->longest]);
  return victim;
}

uint32_t
wg_staging_clear (WgStaging *staging, WgPeer *peer)
{
  uint32_t n = bg_packet_queue_clear (&peer->staged.queue);

  staging->n -= n;
  list (staging, peer);
  return n;
}
