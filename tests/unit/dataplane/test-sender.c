/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/sender.h"
#include "packet/packet-pool.h"

#include <errno.h>
#include <glib.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)

/* A transport that notes the lengths it takes. */
typedef struct
{
  BgTransport base;
  GArray *taken;
  int room; /* messages, -1: any */
  gboolean dead;
} Sink;

typedef struct
{
  BgPacketPool *pool;
  Sink sink;
  BgSender sender;
  BgPacketQueue victims;
} Fixture;

static int
sink_send (BgTransport *base, BgPacket **pkts, int n)
{
  Sink *sink = (Sink *) base;

  if (sink->dead)
    return -EPIPE;
  if (sink->room >= 0)
    {
      n = MIN (n, sink->room);
      sink->room -= n;
    }
  for (int i = 0; i < n; i++)
    g_array_append_val (sink->taken, pkts[i]->len);
  return n;
}

static const BgTransportOps ops = { .send = sink_send };

static void
set_up (Fixture *f, gconstpointer credit)
{
  f->pool = bg_packet_pool_new (1500, 2048);
  f->sink.base = (BgTransport){
    .ops = &ops, .kind = BG_TRANSPORT_DATA_CHANNEL, .refs = 1, .credit_bytes = 10000
  };
  f->sink.room = -1;
  f->sink.taken = g_array_new (FALSE, FALSE, sizeof (guint32));
  bg_sender_init (&f->sender, &f->sink.base, GPOINTER_TO_INT (credit), SECOND);
}

static void
tear_down (Fixture *f, gconstpointer credit)
{
  bg_sender_close (&f->sender, &f->victims);
  bg_packet_queue_clear (&f->victims);
  g_array_unref (f->sink.taken);
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

static void
queue (Fixture *f, guint32 len, gboolean urgent)
{
  BgPacket *pkt = bg_packet_new (f->pool);

  pkt->len = len;
  pkt->urgent = urgent;
  bg_sender_queue_take (&f->sender, pkt);
}

static guint32
taken (Fixture *f, guint i)
{
  return g_array_index (f->sink.taken, guint32, i);
}

static void
test_order (Fixture *f, gconstpointer credit)
{
  for (guint32 i = 1; i <= 300; i++)
    queue (f, i, FALSE);
  queue (f, 999, TRUE);
  g_assert_cmpint (bg_sender_flush (&f->sender, SECOND, &f->victims), ==, 0);
  g_assert_cmpuint (f->sink.taken->len, ==, 301);
  g_assert_cmpuint (taken (f, 0), ==, 999);
  for (guint32 i = 1; i <= 300; i++)
    g_assert_cmpuint (taken (f, i), ==, i);
  g_assert_cmpuint (bg_sender_next (&f->sender), ==, BG_SENDER_NEVER);
}

static void
test_full_transport (Fixture *f, gconstpointer credit)
{
  f->sink.room = 10;
  for (guint32 i = 1; i <= 200; i++)
    queue (f, i, FALSE);
  bg_sender_flush (&f->sender, SECOND, &f->victims);
  g_assert_cmpuint (f->sink.taken->len, ==, 10);
  g_assert_cmpuint (f->sender.waiting.len, ==, BG_SENDER_QUEUE_MAX);
  /* The oldest had to go. */
  g_assert_cmpuint (f->victims.len, ==, 200 - 10 - BG_SENDER_QUEUE_MAX);
  g_assert_cmpuint (f->victims.head->len, ==, 11);
  g_assert_cmpuint (bg_sender_next (&f->sender), ==, SECOND + BG_SENDER_RETRY_MS * 1000000);

  f->sink.room = -1;
  bg_sender_flush (&f->sender, 2 * SECOND, &f->victims);
  g_assert_cmpuint (f->sink.taken->len, ==, 10 + BG_SENDER_QUEUE_MAX);
  g_assert_cmpuint (taken (f, 10), ==, 200 - BG_SENDER_QUEUE_MAX + 1);
  g_assert_cmpuint (bg_sender_next (&f->sender), ==, BG_SENDER_NEVER);
}

static void
test_window (Fixture *f, gconstpointer credit)
{
  for (guint i = 0; i < 20; i++)
    queue (f, 1000, FALSE);
  queue (f, 80, TRUE);
  bg_sender_flush (&f->sender, SECOND, &f->victims);
  g_assert_cmpuint (f->sink.taken->len, ==, 11);
  g_assert_cmpuint (bg_credit_outstanding (&f->sender.credit), ==, 10000);
  /* No retry: the window opens with a report. */
  g_assert_cmpuint (f->sender.retry_ns, ==, BG_SENDER_NEVER);
  queue (f, 80, TRUE);
  bg_sender_flush (&f->sender, SECOND, &f->victims);
  g_assert_cmpuint (f->sink.taken->len, ==, 12);

  bg_credit_reported (&f->sender.credit, 3500, SECOND + 1000);
  bg_sender_flush (&f->sender, SECOND + 1000, &f->victims);
  g_assert_cmpuint (f->sink.taken->len, ==, 15);
  g_assert_cmpuint (bg_credit_outstanding (&f->sender.credit), <=, 10000);
}

static void
test_dead (Fixture *f, gconstpointer credit)
{
  f->sink.dead = TRUE;
  queue (f, 100, FALSE);
  g_assert_cmpint (bg_sender_flush (&f->sender, SECOND, &f->victims), ==, -EPIPE);
  g_assert_cmpuint (bg_sender_next (&f->sender), ==, BG_SENDER_NEVER);
  bg_sender_close (&f->sender, &f->victims);
  g_assert_cmpuint (f->victims.len, ==, 1);
  queue (f, 100, TRUE);
  g_assert_cmpint (bg_sender_flush (&f->sender, SECOND, &f->victims), ==, 0);
  g_assert_cmpuint (f->victims.len, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, credit, function)                                                                \
  g_test_add ("/sender/" name, Fixture, GINT_TO_POINTER (credit), set_up, function, tear_down)
  ADD ("order", FALSE, test_order);
  ADD ("full-transport", FALSE, test_full_transport);
  ADD ("window", TRUE, test_window);
  ADD ("dead", FALSE, test_dead);
  return g_test_run ();
}
