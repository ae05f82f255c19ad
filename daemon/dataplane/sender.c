/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/sender.h"

#include "packet/packet-pool.h"

#include <errno.h>
#include <string.h>

#define MS UINT64_C (1000000)

void
bg_sender_init (BgSender *sender, BgTransport *transport, bool credit, uint64_t now_ns)
{
  sender->transport = transport;
  sender->windowed = credit && transport->credit_bytes > 0;
  sender->retry_ns = BG_SENDER_NEVER;
  bg_credit_init (&sender->credit, transport->credit_bytes, now_ns);
}

void
bg_sender_close (BgSender *sender, BgPacketQueue *victims)
{
  bg_packet_queue_splice (victims, &sender->urgent);
  bg_packet_queue_splice (victims, &sender->waiting);
  sender->transport = NULL;
  sender->windowed = false;
  sender->retry_ns = BG_SENDER_NEVER;
}

void
bg_sender_queue_take (BgSender *sender, BgPacket *pkt)
{
  bg_packet_queue_push (pkt->urgent ? &sender->urgent : &sender->waiting, pkt);
}

/* Lists packets from the head of `queue` that fit into `room` bytes together. */
static int
gather (const BgPacketQueue *queue, uint64_t room, BgPacket **pkts)
{
  int n = 0;

  for (BgPacket *pkt = queue->head; pkt && n < BG_BATCH_MAX && pkt->len <= room; pkt = pkt->next)
    {
      room -= pkt->len;
      pkts[n++] = pkt;
    }
  return n;
}

/* Takes the first `n` packets off `queue` and frees them; returns their bytes. */
static uint32_t
release (BgPacketQueue *queue, BgPacket **pkts, int n)
{
  uint32_t bytes = 0;

  for (int i = 0; i < n; i++)
    bytes += bg_packet_queue_pop (queue)->len;
  bg_packet_free_batch (pkts, n);
  return bytes;
}

/* Offers what `queue` holds. True: everything that fitted was taken. */
static bool
offer (BgSender *sender, BgPacketQueue *queue, bool windowed, uint64_t now_ns, int *error)
{
  BgPacket *pkts[BG_BATCH_MAX];

  while (queue->head)
    {
      int n = gather (queue, windowed ? bg_credit_room (&sender->credit) : UINT64_MAX, pkts);
      int taken = n > 0 ? sender->transport->ops->send (sender->transport, pkts, n) : 0;
      uint32_t bytes;

      if (taken < 0)
        {
          *error = taken;
          return false;
        }
      bytes = release (queue, pkts, taken);
      if (windowed && bytes > 0)
        bg_credit_sent (&sender->credit, bytes, now_ns);
      if (n == 0)
        {
          /* The window is full; a report or the loss timer opens it. */
          bg_credit_limited (&sender->credit);
          return true;
        }
      if (taken < n)
        return false;
    }
  return true;
}

int
bg_sender_flush (BgSender *sender, uint64_t now_ns, BgPacketQueue *victims)
{
  int error = 0;
  bool all;

  if (!sender->transport)
    {
      bg_sender_close (sender, victims);
      return 0;
    }
  all = offer (sender, &sender->urgent, false, now_ns, &error)
        && offer (sender, &sender->waiting, sender->windowed, now_ns, &error);
  sender->retry_ns = all || error < 0 ? BG_SENDER_NEVER : now_ns + BG_SENDER_RETRY_MS * MS;
  while (sender->urgent.len > BG_SENDER_QUEUE_MAX)
    bg_packet_queue_push (victims, bg_packet_queue_pop (&sender->urgent));
  while (sender->waiting.len > BG_SENDER_QUEUE_MAX)
    bg_packet_queue_push (victims, bg_packet_queue_pop (&sender->waiting));
  return error;
}

uint64_t
bg_sender_next (const BgSender *sender)
{
  uint64_t credit = sender->windowed ? bg_credit_next (&sender->credit) : BG_SENDER_NEVER;

  return credit < sender->retry_ns ? credit : sender->retry_ns;
}
