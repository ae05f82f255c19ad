/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet.h"

#include <stdbool.h>
#include <stdint.h>

/* A first-in first-out list of packets, linked through BgPacket.next, for one thread. */
typedef struct
{
  BgPacket *head, *tail;
  uint32_t  len;
} BgPacketQueue;

/* Appends `pkt`; the queue owns it from here. */
void bg_packet_queue_push (BgPacketQueue *queue, BgPacket *pkt);

/* Takes the first packet, or NULL. */
BgPacket *bg_packet_queue_pop (BgPacketQueue *queue);

/* Appends `pkt`; where the queue then holds more than `max`, the oldest packet leaves and is returned (the victim; the
 * caller frees and counts it), else NULL. */
BgPacket *bg_packet_queue_push_bounded (BgPacketQueue *queue, BgPacket *pkt, uint32_t max);

/* Moves everything in `from` behind `to`. */
void bg_packet_queue_splice (BgPacketQueue *to, BgPacketQueue *from);

/* Frees all packets and returns how many there were. */
uint32_t bg_packet_queue_clear (BgPacketQueue *queue);

/* The same queue between threads: any thread pushes, one thread takes all. Bounded; the victim is the newcomer, as in a
 * network card's receive ring, because the queue's owner is busy with the older ones. */
typedef struct BgPacketInbox BgPacketInbox;

/* An inbox of at most `max` packets. */
BgPacketInbox *bg_packet_inbox_new (uint32_t max);

/* Frees the inbox and the packets in it. No thread may use it any more. */
void bg_packet_inbox_destroy (BgPacketInbox *inbox);

/* An eventfd that is readable while packets wait; stays the inbox's. */
int bg_packet_inbox_fd (const BgPacketInbox *inbox);

/* Appends up to `n` packets under one lock, wakes the owner if the inbox was empty, and returns how many were taken;
 * the others stay the caller's. */
int bg_packet_inbox_push (BgPacketInbox *inbox, BgPacket **pkts, int n);

/* Owner only: takes everything (two pointer writes under the lock) and resets the eventfd. */
void bg_packet_inbox_steal (BgPacketInbox *inbox, BgPacketQueue *out);
