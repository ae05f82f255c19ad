/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet.h"

#include <stdbool.h>

/* A bounded pool of equally large packets. Any thread may take and free; a batch call locks once. Memory is allocated
 * in slabs as the load grows and stays with the pool. */

/* Returns a pool whose packets hold messages of up to `max_message` bytes beside headroom and tailroom, at most
 * `max_packets` of them. Aborts only where malloc fails. */
BgPacketPool *bg_packet_pool_new (uint32_t max_message, uint32_t max_packets);

/* Frees the pool. Every packet must be back: returns false, and leaks the pool on purpose, where one is not. */
bool bg_packet_pool_destroy (BgPacketPool *pool);

/* What a packet is wanted for. Each kind leaves a part of the pool to those behind it: what may wait for long cannot keep
 * out what comes in and is soon gone, and with all of that taken we can still shake hands. */
typedef enum
{
  BG_PACKET_OUTBOUND, /* from the TUN: may wait for a session or a transport; leaves a quarter */
  BG_PACKET_INBOUND,  /* from the wire; leaves a sixteenth */
  BG_PACKET_OWN,      /* handshakes, keepalives, control messages: all that there is */
} BgPacketUse;

/* A reset packet, BG_PACKET_OWN, or NULL where none is left (the caller drops, and counts BG_DROP_NO_BUFFER). */
BgPacket *bg_packet_new (BgPacketPool *pool);
BgPacket *bg_packet_new_for (BgPacketPool *pool, BgPacketUse use);

/* Takes up to `n` reset packets, BG_PACKET_OWN, in one go and returns how many it could. */
int bg_packet_new_batch (BgPacketPool *pool, BgPacket **pkts, int n);
int bg_packet_new_batch_for (BgPacketPool *pool, BgPacketUse use, BgPacket **pkts, int n);

/* Gives a packet back; NULL is fine. */
void bg_packet_free (BgPacket *pkt);

/* Gives `n` packets back in one go; they may be of different pools, and NULL among them is fine. */
void bg_packet_free_batch (BgPacket **pkts, int n);

/* Packets out at the moment; for tests and statistics. */
uint32_t bg_packet_pool_in_use (BgPacketPool *pool);

/* All that there may be. */
uint32_t bg_packet_pool_max_packets (const BgPacketPool *pool);

/* The largest message that a packet of the pool holds. */
uint32_t bg_packet_pool_max_message (const BgPacketPool *pool);
