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

/* A reset packet, or NULL where `max_packets` are in use (the caller drops, and counts BG_DROP_NO_BUFFER). */
BgPacket *bg_packet_new (BgPacketPool *pool);

/* Takes up to `n` reset packets in one go and returns how many it could. */
int bg_packet_new_batch (BgPacketPool *pool, BgPacket **pkts, int n);

/* Gives a packet back; NULL is fine. */
void bg_packet_free (BgPacket *pkt);

/* Gives `n` packets back in one go; they may be of different pools, and NULL among them is fine. */
void bg_packet_free_batch (BgPacket **pkts, int n);

/* Packets out at the moment; for tests and statistics. */
uint32_t bg_packet_pool_in_use (BgPacketPool *pool);

/* The largest message that a packet of the pool holds. */
uint32_t bg_packet_pool_max_message (const BgPacketPool *pool);
