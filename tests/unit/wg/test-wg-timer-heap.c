/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-test.h"
#include "wg/wg-timer-heap.h"

enum
{
  NODES = 200
};

static guint64
slow_minimum (const WgTimerNode *nodes)
{
  guint64 least = WG_NEVER;

  for (int i = 0; i < NODES; i++)
    least = MIN (least, nodes[i].at);
  return least;
}

static void
test_against_scan (void)
{
  g_autofree WgTimerNode *nodes = g_new0 (WgTimerNode, NODES);
  WgTimerHeap heap = { 0 };
  guint64 seed = 9;

  wg_timer_heap_reserve (&heap, NODES);
  g_assert_true (wg_timer_heap_next (&heap) == WG_NEVER);
  g_assert_null (wg_timer_heap_top (&heap));
  for (int i = 0; i < NODES; i++)
    wg_timer_node_init (&nodes[i]);
  for (int i = 0; i < 20000; i++)
    {
      guint64 at = test_draw (&seed) % 8 == 0 ? WG_NEVER : test_draw (&seed) % 1000;

      wg_timer_heap_set (&heap, &nodes[test_draw (&seed) % NODES], at);
      g_assert_cmpuint (wg_timer_heap_next (&heap), ==, slow_minimum (nodes));
    }
  while (wg_timer_heap_top (&heap))
    wg_timer_heap_set (&heap, wg_timer_heap_top (&heap), WG_NEVER);
  g_assert_cmpuint (slow_minimum (nodes), ==, WG_NEVER);
  wg_timer_heap_clear (&heap);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wg/timer-heap/scan", test_against_scan);
  return g_test_run ();
}
