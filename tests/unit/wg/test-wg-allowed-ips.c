/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-test.h"

#include <arpa/inet.h>
#include <string.h>

enum
{
  PEERS = 12
};

typedef struct
{
  BgPacketPool *pool;
  guint64 seed;
  WgDevice *dev;
  WgPeer *peers[PEERS];
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->seed = 11;
  f->pool = bg_packet_pool_new (256, 4);
  f->dev = wg_device_new (f->pool, test_random, &f->seed);
  for (int i = 0; i < PEERS; i++)
    {
      WgKey key;

      test_random (&f->seed, &key, sizeof key);
      f->peers[i] = wg_peer_add (f->dev, &key);
    }
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  wg_device_free (f->dev);
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

static int
family_of (const char *text)
{
  return strchr (text, ':') ? AF_INET6 : AF_INET;
}

static bool
insert (Fixture *f, int peer, const char *text, guint8 cidr)
{
  guint8 addr[16];

  g_assert_cmpint (inet_pton (family_of (text), text, addr), ==, 1);
  return wg_allowed_ips_insert (f->dev, f->peers[peer], family_of (text), addr, cidr);
}

static int
lookup (Fixture *f, const char *text)
{
  guint8 addr[16];
  WgPeer *peer;

  g_assert_cmpint (inet_pton (family_of (text), text, addr), ==, 1);
  peer = wg_allowed_ips_lookup (f->dev, family_of (text), addr);
  for (int i = 0; i < PEERS; i++)
    if (f->peers[i] == peer)
      return i;
  g_assert_null (peer);
  return -1;
}

static void
test_facts (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (lookup (f, "10.0.0.1"), ==, -1);
  g_assert_true (insert (f, 0, "192.168.4.0", 24));
  g_assert_true (insert (f, 1, "192.168.4.4", 32));
  g_assert_true (insert (f, 2, "192.168.0.0", 16));
  g_assert_true (insert (f, 3, "192.95.5.64", 27));
  g_assert_true (insert (f, 2, "192.95.5.65", 27)); /* host bits are ignored, the newest takes it */
  g_assert_true (insert (f, 4, "0.0.0.0", 0));
  g_assert_true (insert (f, 5, "2607:5300:60:6b0::c05f:543", 128));
  g_assert_true (insert (f, 6, "2607:5300:60:6b0::", 64));
  g_assert_true (insert (f, 7, "::", 0));
  g_assert_true (insert (f, 8, "fd00:1:2:3:8000::", 65));

  g_assert_cmpint (lookup (f, "192.168.4.20"), ==, 0);
  g_assert_cmpint (lookup (f, "192.168.4.4"), ==, 1);
  g_assert_cmpint (lookup (f, "192.168.200.182"), ==, 2);
  g_assert_cmpint (lookup (f, "192.95.5.68"), ==, 2);
  g_assert_cmpint (lookup (f, "192.95.5.96"), ==, 4);
  g_assert_cmpint (lookup (f, "8.8.8.8"), ==, 4);
  g_assert_cmpint (lookup (f, "255.255.255.255"), ==, 4);
  g_assert_cmpint (lookup (f, "2607:5300:60:6b0::c05f:543"), ==, 5);
  g_assert_cmpint (lookup (f, "2607:5300:60:6b0::c02e:1ee"), ==, 6);
  g_assert_cmpint (lookup (f, "2607:5300:60:6b1::"), ==, 7);
  g_assert_cmpint (lookup (f, "fd00:1:2:3:8000::1"), ==, 8);
  g_assert_cmpint (lookup (f, "fd00:1:2:3:7fff::1"), ==, 7);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  guint8 addr[16] = { 0 };

  g_assert_false (wg_allowed_ips_insert (f->dev, f->peers[0], AF_INET, addr, 33));
  g_assert_false (wg_allowed_ips_insert (f->dev, f->peers[0], AF_INET6, addr, 129));
  g_assert_false (wg_allowed_ips_insert (f->dev, f->peers[0], AF_UNIX, addr, 8));
  g_assert_null (wg_allowed_ips_lookup (f->dev, AF_UNIX, addr));
  g_assert_cmpuint (wg_trie_count_nodes (&f->dev->allowed_ips), ==, 0);
}

static void
test_removal (Fixture *f, gconstpointer data)
{
  g_assert_true (insert (f, 0, "10.0.0.0", 8));
  g_assert_true (insert (f, 1, "10.1.0.0", 16));
  g_assert_true (insert (f, 1, "10.2.0.0", 16));
  g_assert_true (insert (f, 2, "10.1.1.0", 24));
  wg_allowed_ips_remove_peer (f->dev, f->peers[1]);
  g_assert_cmpint (lookup (f, "10.1.0.1"), ==, 0);
  g_assert_cmpint (lookup (f, "10.1.1.1"), ==, 2);
  g_assert_cmpuint (wg_trie_count_nodes (&f->dev->allowed_ips), ==, 2);
  wg_peer_remove (f->peers[0]);
  f->peers[0] = NULL;
  g_assert_cmpint (lookup (f, "10.1.1.1"), ==, 2);
  wg_allowed_ips_remove_peer (f->dev, f->peers[2]);
  g_assert_cmpuint (wg_trie_count_nodes (&f->dev->allowed_ips), ==, 0);
}

static void
count_prefix (int family, const void *addr, uint8_t cidr, void *data)
{
  guint *counts = data;

  if (family == AF_INET)
    {
      g_assert_cmpuint (cidr, ==, 15);
      g_assert_cmpuint (((const guint8 *) addr)[0], ==, 10);
      g_assert_cmpuint (((const guint8 *) addr)[1], ==, 4); /* masked */
      counts[0]++;
    }
  else
    {
      char text[INET6_ADDRSTRLEN];

      g_assert_cmpuint (cidr, ==, 100);
      g_assert_cmpstr (inet_ntop (AF_INET6, addr, text, sizeof text), ==, "fd00::1:2:3:4000:0");
      counts[1]++;
    }
}

static void
test_foreach (Fixture *f, gconstpointer data)
{
  guint counts[2] = { 0 };

  g_assert_true (insert (f, 0, "10.5.1.2", 15));
  g_assert_true (insert (f, 0, "fd00:0:0:1:2:3:4fff:1", 100));
  wg_allowed_ips_foreach (f->peers[0], count_prefix, counts);
  g_assert_cmpuint (counts[0], ==, 1);
  g_assert_cmpuint (counts[1], ==, 1);
  wg_allowed_ips_foreach (f->peers[1], count_prefix, counts);
  g_assert_cmpuint (counts[0], ==, 1);
}

/* --- A plain list beside the trie --- */

typedef struct
{
  guint8 addr[16];
  guint8 cidr;
  int family;
  WgPeer *peer;
} Row;

static gboolean
same_prefix (const guint8 *a, const guint8 *b, guint8 cidr)
{
  guint whole = cidr / 8u, rest = cidr % 8u;

  return memcmp (a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static void
list_insert (GArray *list, const Row *row)
{
  for (guint i = 0; i < list->len; i++)
    {
      Row *old = &g_array_index (list, Row, i);

      if (old->family == row->family && old->cidr == row->cidr
          && same_prefix (old->addr, row->addr, row->cidr))
        {
          old->peer = row->peer;
          return;
        }
    }
  g_array_append_val (list, *row);
}

static void
list_remove_peer (GArray *list, const WgPeer *peer)
{
  for (guint i = list->len; i-- > 0;)
    if (g_array_index (list, Row, i).peer == peer)
      g_array_remove_index_fast (list, i);
}

static WgPeer *
list_lookup (GArray *list, int family, const guint8 *addr)
{
  WgPeer *found = NULL;
  int best = -1;

  for (guint i = 0; i < list->len; i++)
    {
      const Row *row = &g_array_index (list, Row, i);

      if (row->family == family && row->cidr > best && same_prefix (row->addr, addr, row->cidr))
        {
          best = row->cidr;
          found = row->peer;
        }
    }
  return found;
}

/* Few leading bits vary, so that prefixes nest and addresses hit. */
static void
draw_address (guint64 *seed, guint8 addr[16])
{
  test_random (seed, addr, 16);
  addr[0] &= 0x83;
  addr[1] &= 0x11;
  if (test_draw (seed) % 2)
    memset (addr + 2, 0, 1 + test_draw (seed) % 13);
}

static void
random_insert (Fixture *f, GArray *list)
{
  Row row = { .family = test_draw (&f->seed) % 2 ? AF_INET : AF_INET6 };

  draw_address (&f->seed, row.addr);
  row.cidr = (guint8) (test_draw (&f->seed) % (row.family == AF_INET ? 33 : 129));
  row.peer = f->peers[test_draw (&f->seed) % PEERS];
  g_assert_true (wg_allowed_ips_insert (f->dev, row.peer, row.family, row.addr, row.cidr));
  list_insert (list, &row);
}

static void
random_lookups (Fixture *f, GArray *list, int n)
{
  for (int i = 0; i < n; i++)
    {
      int family = i % 2 ? AF_INET : AF_INET6;
      guint8 addr[16];

      draw_address (&f->seed, addr);
      if (list->len > 0 && i % 3 == 0)
        memcpy (addr, g_array_index (list, Row, test_draw (&f->seed) % list->len).addr, 16);
      g_assert_true (wg_allowed_ips_lookup (f->dev, family, addr)
                     == list_lookup (list, family, addr));
    }
  g_assert_cmpuint (wg_trie_count_nodes (&f->dev->allowed_ips), <=, 2 * list->len);
}

static void
test_against_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (Row));

  for (int round = 0; round < 10; round++)
    {
      for (int i = 0; i < 100; i++)
        random_insert (f, list);
      random_lookups (f, list, 10000);
      wg_allowed_ips_remove_peer (f->dev, f->peers[round]);
      list_remove_peer (list, f->peers[round]);
      random_lookups (f, list, 1000);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/wg/allowed-ips/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("facts", test_facts);
  ADD ("refusals", test_refusals);
  ADD ("removal", test_removal);
  ADD ("foreach", test_foreach);
  ADD ("list", test_against_list);
#undef ADD
  return g_test_run ();
}
