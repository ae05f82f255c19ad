/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-timer-heap.h"
#include "wg/wg-private.h"

#include <stdlib.h>

uint64_t
wg_timer_heap_next (const WgTimerHeap *heap)
{
  return heap->n ? heap->nodes[0]->at : WG_NEVER;
}

WgTimerNode *
wg_timer_heap_top (const WgTimerHeap *heap)
{
  return heap->n ? heap->nodes[0] : NULL;
}

void
wg_timer_heap_reserve (WgTimerHeap *heap, uint32_t owners)
{
  if (owners <= heap->room)
    return;
  heap->room = owners * 2;
  heap->nodes = realloc (heap->nodes, heap->room * sizeof *heap->nodes);
  if (!heap->nodes)
    abort ();
}

void
wg_timer_node_init (WgTimerNode *node)
{
  node->at = WG_NEVER;
  node->position = 0;
}

static void
place (WgTimerHeap *heap, WgTimerNode *node, uint32_t position)
{
  heap->nodes[position] = node;
  node->position = position;
}

static void
sift_up (WgTimerHeap *heap, WgTimerNode *node)
{
  uint32_t at = node->position;

  while (at > 0 && heap->nodes[(at - 1) / 2]->at > node->at)
    {
      place (heap, heap->nodes[(at - 1) / 2], at);
      at = (at - 1) / 2;
    }
  place (heap, node, at);
}

static void
sift_down (WgTimerHeap *heap, WgTimerNode *node)
{
  uint32_t at = node->position, child;

  while ((child = 2 * at + 1) < heap->n)
    {
      if (child + 1 < heap->n && heap->nodes[child + 1]->at < heap->nodes[child]->at)
        child++;
      if (heap->nodes[child]->at >= node->at)
        break;
      place (heap, heap->nodes[child], at);
      at = child;
    }
  place (heap, node, at);
}

static void
take_out (WgTimerHeap *heap, WgTimerNode *node)
{
  WgTimerNode *last = heap->nodes[--heap->n];

  if (last == node)
    return;
  place (heap, last, node->position);
  sift_up (heap, last);
  sift_down (heap, last);
}

void
wg_timer_heap_set (WgTimerHeap *heap, WgTimerNode *node, uint64_t at)
{
  uint64_t before = node->at;

  if (at == before)
    return;
  node->at = at;
  if (at == WG_NEVER)
    {
      take_out (heap, node);
      return;
    }
  if (before == WG_NEVER)
    place (heap, node, heap->n++);
  if (at < before)
    sift_up (heap, node);
  else
    sift_down (heap, node);
}

void
wg_timer_heap_clear (WgTimerHeap *heap)
{
  free (heap->nodes);
  *heap = (WgTimerHeap){ 0 };
}
