/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-relay-queue.h"

enum
{
  LIMIT = 1000
};

/* A ChannelData that carries `len` times `mark`, padded. */
static void
push_channel (BgHubRelayQueue *queue, guint8 mark, guint16 len)
{
  static const guint8 zeros[4];
  g_autofree guint8 *payload = g_malloc (len + 1u); /* never NULL */
  guint8 head[4];
  const BgBytes parts[] = { BG_BYTES (head), { payload, len }, { zeros, bg_padding (len) } };

  memset (payload, mark, len);
  bg_put16 (head, 0x4000);
  bg_put16 (head + 2, len);
  bg_hub_relay_queue_push (queue, parts, G_N_ELEMENTS (parts), LIMIT);
}

static void
push_stun (BgHubRelayQueue *queue, guint8 mark)
{
  guint8 bytes[28] = { 1, mark, 0, 8 };
  const BgBytes part = BG_BYTES (bytes);

  bg_hub_relay_queue_push (queue, &part, 1, LIMIT);
}

static void
test_whole_messages (void)
{
  BgHubRelayQueue queue = { 0 };
  BgBytes batch;

  push_channel (&queue, 1, 5);
  push_stun (&queue, 2);
  push_channel (&queue, 3, 100);
  g_assert_cmpuint (bg_hub_relay_queue_get_len (&queue), ==, 12 + 28 + 104);
  batch = bg_hub_relay_queue_take (&queue, 12 + 28 + 103);
  g_assert_cmpuint (batch.len, ==, 12 + 28);
  g_assert_cmpuint (batch.bytes[4], ==, 1);
  g_assert_cmpuint (batch.bytes[13], ==, 2);
  batch = bg_hub_relay_queue_take (&queue, 1); /* one in any case */
  g_assert_cmpuint (batch.len, ==, 104);
  g_assert_cmpuint (bg_hub_relay_queue_take (&queue, 1000).len, ==, 0);
  bg_hub_relay_queue_clear (&queue);
}

static void
test_oldest_gives_way (void)
{
  BgHubRelayQueue queue = { 0 };
  BgBytes batch;

  for (guint8 i = 1; i <= 100; i++)
    {
      push_channel (&queue, i, 96);
      g_assert_cmpuint (bg_hub_relay_queue_get_len (&queue), <=, LIMIT);
    }
  g_assert_cmpuint (queue.dropped, ==, 90);
  batch = bg_hub_relay_queue_take (&queue, LIMIT);
  g_assert_cmpuint (batch.len, ==, LIMIT);
  for (guint8 i = 0; i < 10; i++)
    g_assert_cmpuint (batch.bytes[100 * i + 4], ==, 91 + i);
  bg_hub_relay_queue_clear (&queue);
}

static void
test_larger_than_the_queue (void)
{
  BgHubRelayQueue queue = { 0 };

  push_channel (&queue, 1, LIMIT);
  g_assert_cmpuint (bg_hub_relay_queue_get_len (&queue), ==, 0);
  g_assert_cmpuint (queue.dropped, ==, 1);
  push_channel (&queue, 2, LIMIT - 4);
  g_assert_cmpuint (bg_hub_relay_queue_get_len (&queue), ==, LIMIT);
  bg_hub_relay_queue_clear (&queue);
}

/* In and out in turns, for long: the room stays what is needed. */
static void
test_room (void)
{
  BgHubRelayQueue queue = { 0 };

  push_channel (&queue, 0, 100);
  for (guint i = 0; i < 100000; i++)
    {
      BgBytes batch;

      push_channel (&queue, (guint8) (i + 1), (guint16) (i % 200));
      batch = bg_hub_relay_queue_take (&queue, 1);
      if (batch.len > 4)
        g_assert_cmpuint (batch.bytes[4], ==, (guint8) i);
    }
  g_assert_cmpuint (queue.dropped, ==, 0);
  g_assert_cmpuint (queue.room, <=, 8192);
  bg_hub_relay_queue_clear (&queue);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-relay-queue/whole-messages", test_whole_messages);
  g_test_add_func ("/hub-relay-queue/oldest-gives-way", test_oldest_gives_way);
  g_test_add_func ("/hub-relay-queue/larger-than-the-queue", test_larger_than_the_queue);
  g_test_add_func ("/hub-relay-queue/room", test_room);
  return g_test_run ();
}
