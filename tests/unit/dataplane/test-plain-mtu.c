/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/plain-mtu.h"

#include "packet/packet-pool.h"

#include <glib.h>
#include <string.h>

enum
{
  TUN_MTU = 1420,
  FLOOR = 1152,
};

typedef struct
{
  BgPacketPool *pool;
  BgPlainMtu a, b;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->pool = bg_packet_pool_new (2048, 8);
  bg_plain_mtu_init (&f->a);
  bg_plain_mtu_init (&f->b);
  bg_plain_mtu_session (&f->a);
  bg_plain_mtu_session (&f->b);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

/* A packet of A to B; true where B learns from it what A is. `pad`: whether the bytes behind it arrive. */
static gboolean
carry (Fixture *f, guint32 len)
{
  BgPacket *pkt = bg_packet_new (f->pool);
  gboolean learnt;

  memset (pkt->data, 0x45, len);
  pkt->len = len;
  bg_plain_mtu_mark (&f->a, pkt, TUN_MTU);
  g_assert_cmpuint (pkt->len, <=, TUN_MTU);
  g_assert_cmpuint (pkt->data[len - 1], ==, 0x45);
  learnt = bg_plain_mtu_heard (&f->b, pkt->data + len, pkt->len - len, FLOOR, TUN_MTU, 1);
  bg_packet_free (pkt);
  return learnt;
}

/* The mark is for where there is room, on the first packets of a session; it is heard once. */
static void
test_mark (Fixture *f, gconstpointer data)
{
  g_assert_false (carry (f, TUN_MTU));
  g_assert_false (carry (f, TUN_MTU - BG_PLAIN_MARK_LEN + 1));
  g_assert_cmpuint (f->a.marks, ==, BG_PLAIN_MARKS);
  g_assert_cmpuint (bg_path_mtu_next (&f->b.mtu), ==, BG_PATH_MTU_NEVER);
  g_assert_true (carry (f, TUN_MTU - BG_PLAIN_MARK_LEN));
  g_assert_true (f->b.known);
  g_assert_cmpuint (bg_path_mtu_pop (&f->b.mtu, 0, 1), ==, TUN_MTU);
  g_assert_cmpuint (bg_plain_mtu_proved (&f->b), ==, 0);
  bg_path_mtu_answered (&f->b.mtu, 0, 1, 2);
  g_assert_cmpuint (bg_plain_mtu_proved (&f->b), ==, TUN_MTU);
  for (int i = 1; i < BG_PLAIN_MARKS; i++)
    g_assert_false (carry (f, 100));
  g_assert_cmpuint (f->a.marks, ==, 0);
}

/* Padding of others is zero, or anything. */
static void
test_other_pad (Fixture *f, gconstpointer data)
{
  static const guint8 zeros[16] = { 0 }, near[] = { 0xb0, 'b', 'a', 'm', 'g', 'a', 't', 'f' };

  g_assert_false (bg_plain_mtu_heard (&f->b, zeros, sizeof zeros, FLOOR, TUN_MTU, 1));
  g_assert_false (bg_plain_mtu_heard (&f->b, near, sizeof near, FLOOR, TUN_MTU, 1));
  g_assert_false (bg_plain_mtu_heard (&f->b, near, 7, FLOOR, TUN_MTU, 1));
  g_assert_false (bg_plain_mtu_heard (&f->b, near, 0, FLOOR, TUN_MTU, 1));
  g_assert_false (f->b.known);
}

/* The mark must not make of a packet that passes whole one that does not. */
static void
test_mark_on_narrow_path (Fixture *f, gconstpointer data)
{
  BgPacket *pkt = bg_packet_new (f->pool);
  guint32 size;

  g_assert_true (carry (f, 100));
  g_assert_cmpuint (bg_path_mtu_pop (&f->b.mtu, 0, 1), ==, TUN_MTU);
  size = bg_path_mtu_pop (&f->b.mtu, 1, 1);
  g_assert_cmpuint (size, <, TUN_MTU - BG_PLAIN_MARK_LEN);
  bg_path_mtu_answered (&f->b.mtu, 1, 1, 2);
  g_assert_cmpuint (bg_plain_mtu_proved (&f->b), ==, size);
  pkt->len = size - BG_PLAIN_MARK_LEN + 1;
  bg_plain_mtu_mark (&f->b, pkt, TUN_MTU);
  g_assert_cmpuint (pkt->len, ==, size - BG_PLAIN_MARK_LEN + 1);
  pkt->len = size - BG_PLAIN_MARK_LEN;
  bg_plain_mtu_mark (&f->b, pkt, TUN_MTU);
  g_assert_cmpuint (pkt->len, ==, size);
  bg_packet_free (pkt);
}

/* Of a session's first packets we may hear before we hear of the session, or after it. */
static void
test_before_and_after (Fixture *f, gconstpointer data)
{
  g_assert_true (carry (f, 100));
  for (int i = 0; i < 6; i++)
    {
      bg_plain_mtu_session (&f->a);
      if (i % 2 == 0)
        g_assert_false (carry (f, 100));
      bg_plain_mtu_session (&f->b);
      if (i % 2 == 1)
        g_assert_false (carry (f, 100));
      g_assert_true (f->b.known);
    }
}

/* Sessions in which nothing said so: the key may be another program's now. */
static void
test_forgotten (Fixture *f, gconstpointer data)
{
  g_assert_true (carry (f, 100));
  bg_plain_mtu_session (&f->b);
  g_assert_true (f->b.known);
  g_assert_false (carry (f, 100));
  bg_plain_mtu_session (&f->b);
  g_assert_true (f->b.known);
  for (int i = 0; i < BG_PLAIN_SILENT; i++)
    {
      g_assert_true (f->b.known);
      bg_plain_mtu_session (&f->b);
    }
  g_assert_false (f->b.known);
  g_assert_cmpuint (bg_path_mtu_next (&f->b.mtu), ==, BG_PATH_MTU_NEVER);
  g_assert_true (carry (f, 100));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/plain-mtu/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("mark", test_mark);
  ADD ("mark-on-narrow-path", test_mark_on_narrow_path);
  ADD ("before-and-after", test_before_and_after);
  ADD ("other-pad", test_other_pad);
  ADD ("forgotten", test_forgotten);
  return g_test_run ();
}
