/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* A binary heap of nodes that live in their owners, the earliest on top. */

typedef struct
{
  uint64_t at;       /* WG_NEVER: not in the heap */
  uint32_t position;
} WgTimerNode;

typedef struct
{
  WgTimerNode **nodes;
  uint32_t      n, room;
} WgTimerHeap;

/* The moment of the top node, WG_NEVER for an empty heap. */
uint64_t     wg_timer_heap_next (const WgTimerHeap *heap);
WgTimerNode *wg_timer_heap_top (const WgTimerHeap *heap);
/* Makes room for `owners` nodes, so that arming one never allocates. */
void wg_timer_heap_reserve (WgTimerHeap *heap, uint32_t owners);
/* Starts a node that is in no heap. */
void wg_timer_node_init (WgTimerNode *node);
/* Puts the node in, moves it, or for WG_NEVER takes it out. */
void wg_timer_heap_set (WgTimerHeap *heap, WgTimerNode *node, uint64_t at);
void wg_timer_heap_clear (WgTimerHeap *heap);
