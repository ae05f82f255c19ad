/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "data-pair.h"
#include "ip-packets.h"

#include <string.h>
#include <sys/socket.h>

/* Peers on demand: what waits for a connection, and how one is let go. */

static const BgTransportKind ICE = BG_TRANSPORT_ICE;

static void
init (DataPair *p)
{
  memset (p, 0, sizeof *p);
  data_node_init (&p->a, 1, NODE_PLAIN);
  data_node_init (&p->b, 2, NODE_PLAIN);
  data_node_add_resting (&p->a, &p->b);
  data_node_add_resting (&p->b, &p->a);
}

static void
write_tagged (DataPair *p, guint32 tag)
{
  const TestPacket packet = {
    AF_INET, p->a.host, p->b.host, .payload = 200, .dont_fragment = TRUE, .tag = tag
  };
  guint8 bytes[BIG];

  data_node_write (&p->a, bytes, test_ip_build (&packet, bytes));
}

static void
read_tagged (DataPair *p, guint32 tag)
{
  guint8 bytes[BIG];

  data_node_read (&p->b, bytes);
  g_assert_cmpuint (test_ip_tag (bytes), ==, tag);
}

static guint
count_wanted (DataNode *node)
{
  BgEvent event;
  guint n = 0;

  while (bg_dataplane_pop_event (node->plane, &event))
    {
      n += event.type == BG_EVENT_WANTED;
      bg_dataplane_event_clear (&event);
    }
  return n;
}

/* None of the first packets is lost, and they are asked for once. */
static void
test_wanted (void)
{
  BgEvent event;
  DataPair p;

  init (&p);
  for (guint32 i = 0; i < 20; i++)
    write_tagged (&p, i);
  data_node_wait (&p.a, BG_EVENT_WANTED, &event);
  g_assert_true (wg_key_equal (&event.key, &p.b.public_key));
  g_assert_false (data_node_stats (&p.a, NULL).has_session);
  g_assert_cmpuint (count_wanted (&p.a), ==, 0);
  p.ice = data_pair_join (&p, ICE);
  for (guint32 i = 0; i < 20; i++)
    read_tagged (&p, i);
  data_pair_clear (&p);
}

/* Both sides come to rest by the word of one, and are awake again with the next packet. */
static void
test_rest (void)
{
  BgEvent event;
  DataPair p;

  init (&p);
  write_tagged (&p, 1);
  data_node_wait (&p.a, BG_EVENT_WANTED, &event);
  p.ice = data_pair_join (&p, ICE);
  read_tagged (&p, 1);
  data_node_wait_path (&p.b, ICE);
  g_assert_true (bg_dataplane_rest (p.a.plane, &p.b.public_key));
  data_node_wait (&p.b, BG_EVENT_RESTED, &event);
  g_assert_true (wg_key_equal (&event.key, &p.a.public_key));
  g_assert_true (bg_dataplane_rest (p.b.plane, &p.a.public_key));
  data_node_wait_path (&p.b, BG_TRANSPORT_NONE);
  g_assert_false (data_node_stats (&p.a, NULL).has_session);
  g_assert_false (data_node_stats (&p.b, NULL).has_session);
  g_clear_pointer (&p.ice, fake_link_free);

  write_tagged (&p, 2);
  data_node_wait (&p.a, BG_EVENT_WANTED, &event);
  p.ice = data_pair_join (&p, ICE);
  read_tagged (&p, 2);
  data_pair_clear (&p);
}

/* Nobody could be reached: what waited is dropped and counted, and the next packet is said again. */
static void
test_given_up (void)
{
  guint64 drops[BG_DROP_REASONS];
  BgEvent event;
  DataPair p;

  init (&p);
  for (guint32 i = 0; i < 3; i++)
    write_tagged (&p, i);
  data_node_wait (&p.a, BG_EVENT_WANTED, &event);
  data_node_stats (&p.a, drops);
  g_assert_cmpuint (drops[BG_DROP_NO_PATH], ==, 0);
  g_assert_true (bg_dataplane_rest (p.a.plane, &p.b.public_key));
  data_node_wait_drops (&p.a, BG_DROP_NO_PATH, 1); /* those that were read so far */
  write_tagged (&p, 3);
  data_node_wait (&p.a, BG_EVENT_WANTED, &event);
  data_pair_clear (&p);
}

/* A peer that is always connected is not let go, and its packets do not wait. */
static void
test_always (void)
{
  DataPair p;

  init (&p);
  data_node_add_peer (&p.a, &p.b, TRUE, 0);
  p.ice = data_pair_join (&p, ICE);
  data_node_wait_path (&p.a, ICE);
  g_assert_true (bg_dataplane_rest (p.a.plane, &p.b.public_key));
  write_tagged (&p, 1);
  read_tagged (&p, 1);
  data_pair_clear (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rest/wanted", test_wanted);
  g_test_add_func ("/rest/rest", test_rest);
  g_test_add_func ("/rest/given-up", test_given_up);
  g_test_add_func ("/rest/always", test_always);
  return g_test_run ();
}
