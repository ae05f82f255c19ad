/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet/packet-queue.h"
#include "packet/packet-pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

void
bg_packet_queue_push (BgPacketQueue *queue, BgPacket *pkt)
{
  pkt->next = NULL;
  if (queue->tail)
    queue->tail->next = pkt;
  else
    queue->head = pkt;
  queue->tail = pkt;
  queue->len++;
}

BgPacket *
bg_packet_queue_pop (BgPacketQueue *queue)
{
  BgPacket *pkt = queue->head;

  if (!pkt)
    return NULL;
  queue->head = pkt->next;
  if (!queue->head)
    queue->tail = NULL;
  queue->len--;
  pkt->next = NULL;
  return pkt;
}

BgPacket *
bg_packet_queue_push_bounded (BgPacketQueue *queue, BgPacket *pkt, uint32_t max)
{
  bg_packet_queue_push (queue, pkt);
  return queue->len > max ? bg_packet_queue_pop (queue) : NULL;
}

void
bg_packet_queue_splice (BgPacketQueue *to, BgPacketQueue *from)
{
  if (!from->head)
    return;
  if (to->tail)
    to->tail->next = from->head;
  else
    to->head = from->head;
  to->tail = from->tail;
  to->len += from->len;
  *from = (BgPacketQueue){ 0 };
}

uint32_t
bg_packet_queue_clear (BgPacketQueue *queue)
{
  uint32_t n = queue->len;
  BgPacket *pkt;

  while ((pkt = bg_packet_queue_pop (queue)))
    bg_packet_free (pkt);
  return n;
}

struct BgPacketInbox
{
  uint32_t max;
  int fd;
  pthread_mutex_t lock; /* the queue */
  BgPacketQueue queue;
};

BgPacketInbox *
bg_packet_inbox_new (uint32_t max)
{
  BgPacketInbox *inbox = calloc (1, sizeof *inbox);

  if (!inbox)
    abort ();
  inbox->max = max;
  inbox->fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (inbox->fd < 0)
    abort ();
  pthread_mutex_init (&inbox->lock, NULL);
  return inbox;
}

void
bg_packet_inbox_destroy (BgPacketInbox *inbox)
{
  if (!inbox)
    return;
  bg_packet_queue_clear (&inbox->queue);
  pthread_mutex_destroy (&inbox->lock);
  close (inbox->fd);
  free (inbox);
}

int
bg_packet_inbox_fd (const BgPacketInbox *inbox)
{
  return inbox->fd;
}

int
bg_packet_inbox_push (BgPacketInbox *inbox, BgPacket **pkts, int n)
{
  bool was_empty;
  int taken = 0;

  pthread_mutex_lock (&inbox->lock);
  was_empty = inbox->queue.len == 0;
  while (taken < n && inbox->queue.len < inbox->max)
    bg_packet_queue_push (&inbox->queue, pkts[taken++]);
  pthread_mutex_unlock (&inbox->lock);

  if (was_empty && taken > 0)
    eventfd_write (inbox->fd, 1);
  return taken;
}

void
bg_packet_inbox_steal (BgPacketInbox *inbox, BgPacketQueue *out)
{
  eventfd_t ignored;

  /* Reset before taking: a push in between wakes the owner once too often, never once too seldom. */
  eventfd_read (inbox->fd, &ignored);
  pthread_mutex_lock (&inbox->lock);
  bg_packet_queue_splice (out, &inbox->queue);
  pthread_mutex_unlock (&inbox->lock);
}
