/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet/counters.h"
#include "packet/packet-pool.h"
#include "packet/packet-queue.h"

#include <glib.h>
#include <poll.h>

typedef struct
{
  BgPacketPool *pool;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->pool = bg_packet_pool_new (64, 4096);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

static BgPacket *
numbered (Fixture *f, uint32_t n)
{
  BgPacket *pkt = bg_packet_new (f->pool);

  pkt->len = n;
  return pkt;
}

static void
expect (BgPacketQueue *queue, uint32_t n)
{
  BgPacket *pkt = bg_packet_queue_pop (queue);

  g_assert_nonnull (pkt);
  g_assert_cmpuint (pkt->len, ==, n);
  bg_packet_free (pkt);
}

static void
test_order (Fixture *f, gconstpointer data)
{
  BgPacketQueue a = { 0 }, b = { 0 };

  for (uint32_t i = 0; i < 3; i++)
    bg_packet_queue_push (&a, numbered (f, i));
  for (uint32_t i = 3; i < 5; i++)
    bg_packet_queue_push (&b, numbered (f, i));
  bg_packet_queue_splice (&a, &b);
  bg_packet_queue_splice (&a, &b);
  g_assert_cmpuint (a.len, ==, 5);
  g_assert_cmpuint (b.len, ==, 0);
  for (uint32_t i = 0; i < 5; i++)
    expect (&a, i);
  g_assert_null (bg_packet_queue_pop (&a));
}

static void
test_victim (Fixture *f, gconstpointer data)
{
  BgPacketQueue queue = { 0 };
  BgPacket *victim;

  g_assert_null (bg_packet_queue_push_bounded (&queue, numbered (f, 1), 2));
  g_assert_null (bg_packet_queue_push_bounded (&queue, numbered (f, 2), 2));
  victim = bg_packet_queue_push_bounded (&queue, numbered (f, 3), 2);
  g_assert_cmpuint (victim->len, ==, 1);
  bg_packet_free (victim);
  g_assert_cmpuint (bg_packet_queue_clear (&queue), ==, 2);
}

static bool
is_readable (BgPacketInbox *inbox)
{
  struct pollfd fd = { .fd = bg_packet_inbox_fd (inbox), .events = POLLIN };

  return poll (&fd, 1, 0) == 1;
}

static void
test_inbox (Fixture *f, gconstpointer data)
{
  BgPacketInbox *inbox = bg_packet_inbox_new (3);
  BgPacket *pkts[5];
  BgPacketQueue out = { 0 };

  for (uint32_t i = 0; i < 5; i++)
    pkts[i] = numbered (f, i);
  g_assert_false (is_readable (inbox));
  g_assert_cmpint (bg_packet_inbox_push (inbox, pkts, 5), ==, 3);
  g_assert_true (is_readable (inbox));
  g_assert_cmpint (bg_packet_inbox_push (inbox, pkts + 3, 2), ==, 0);
  bg_packet_inbox_steal (inbox, &out);
  g_assert_false (is_readable (inbox));
  g_assert_cmpint (bg_packet_inbox_push (inbox, pkts + 3, 2), ==, 2);
  for (uint32_t i = 0; i < 3; i++)
    expect (&out, i);
  /* What nobody took goes with it. */
  bg_packet_inbox_destroy (inbox);
}

enum
{
  PER_THREAD = 20000
};

typedef struct
{
  Fixture *fixture;
  BgPacketInbox *inbox;
} Pusher;

static gpointer
push_many (gpointer data)
{
  Pusher *pusher = data;

  for (uint32_t i = 0; i < PER_THREAD;)
    {
      BgPacket *pkt = bg_packet_new (pusher->fixture->pool);

      if (pkt && bg_packet_inbox_push (pusher->inbox, &pkt, 1) == 1)
        {
          i++;
          continue;
        }
      bg_packet_free (pkt);
      g_thread_yield ();
    }
  return NULL;
}

/* Nothing is lost, and the owner is woken for the last one too. */
static void
test_inbox_threads (Fixture *f, gconstpointer data)
{
  Pusher pusher = { f, bg_packet_inbox_new (64) };
  GThread *threads[2];
  struct pollfd fd = { .fd = bg_packet_inbox_fd (pusher.inbox), .events = POLLIN };
  uint32_t got = 0;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("push", push_many, &pusher);
  while (got < PER_THREAD * G_N_ELEMENTS (threads))
    {
      BgPacketQueue out = { 0 };

      g_assert_cmpint (poll (&fd, 1, 10000), ==, 1);
      bg_packet_inbox_steal (pusher.inbox, &out);
      g_assert_cmpuint (out.len, <=, 64);
      got += bg_packet_queue_clear (&out);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  bg_packet_inbox_destroy (pusher.inbox);
}

static void
test_drop_names (Fixture *f, gconstpointer data)
{
  BgCounters counters = { 0 };

  for (int why = 0; why < BG_DROP_REASONS; why++)
    {
      g_assert_nonnull (bg_drop_name (why));
      g_assert_cmpstr (bg_drop_name (why), !=, "unknown");
    }
  g_assert_cmpstr (bg_drop_name (BG_DROP_REASONS), ==, "unknown");
  bg_count_drop (&counters, BG_DROP_REPLAY, 2);
  g_assert_cmpuint (counters.drops[BG_DROP_REPLAY], ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/packet-queue/order", test_order);
  ADD ("/packet-queue/victim", test_victim);
  ADD ("/packet-inbox/bound", test_inbox);
  ADD ("/packet-inbox/threads", test_inbox_threads);
  ADD ("/counters/names", test_drop_names);
  return g_test_run ();
}
