/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queues, credit, and what strangers send. */
#include "data-pair.h"
#include "ip-packets.h"
#include "wg/wg-crypto.h"
#include "wg/wg-messages.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

static const BgTransportKind DC = BG_TRANSPORT_DATA_CHANNEL;

/* What a thread's own time counts: a busy machine gives the worker less of it than it may take. */
static gint cost = 1;

int __real_clock_gettime (clockid_t clock, struct timespec *now);
int __wrap_clock_gettime (clockid_t clock, struct timespec *now);

int
__wrap_clock_gettime (clockid_t clock, struct timespec *now)
{
  int result = __real_clock_gettime (clock, now);
  gint64 ns;

  if (clock != CLOCK_THREAD_CPUTIME_ID)
    return result;
  ns = (now->tv_sec * G_GINT64_CONSTANT (1000000000) + now->tv_nsec) * g_atomic_int_get (&cost);
  *now = (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
  return result;
}

/* With no credit coming back a data channel holds its window and not a byte more, and pings still pass. */
static void
test_credit_window (void)
{
  enum
  {
    N = 400,
    LEN = 1000
  };
  DataPair p;
  guint8 bytes[BIG];
  gsize len;
  guint got = 0;
  guint32 last = 0;

  data_pair_init_mesh (&p, TRUE, TRUE);
  p.dc = data_pair_join (&p, DC);
  data_node_wait_path (&p.a, DC);
  data_node_wait_path (&p.b, DC);
  fake_link_set_hold (p.dc, 0, TRUE);
  for (guint32 i = 0; i < N; i++)
    data_node_write (&p.a, bytes, data_pair_build (&p.a, &p.b, AF_INET, LEN - 20, i, bytes));
  data_node_wait_drops (&p.a, BG_DROP_SEND_QUEUE, N - 128 - 64 * 1024 / LEN);
  g_assert_cmpuint (fake_link_held_data (p.dc, 0), <=, 64 * 1024);
  g_assert_cmpuint (fake_link_held_data (p.dc, 0), >, 60 * 1024);

  fake_link_set_hold (p.dc, 0, FALSE);
  while (last < N - 1)
    {
      len = data_node_read (&p.b, bytes);
      g_assert_cmpuint (len, ==, LEN);
      g_assert_cmpuint (test_ip_tag (bytes), >=, last);
      last = test_ip_tag (bytes);
      got++;
    }
  g_assert_cmpuint (got, >=, 128 + 60);
  g_assert_cmpint (data_node_ping (&p.a, &p.b, 5000), >=, 0);
  data_pair_clear (&p);
}

/* Loss takes away what was lost, not the window: traffic goes on in every round. */
static void
test_lossy_data_channel (void)
{
  enum
  {
    ROUNDS = 200,
    PER_ROUND = 20,
    GAP_MS = 500
  };
  DataPair p;
  guint8 bytes[BIG];
  gsize len;
  guint got = 0;

  data_pair_init_mesh (&p, TRUE, TRUE);
  p.dc = data_pair_join (&p, DC);
  data_node_wait_path (&p.a, DC);
  data_node_wait_path (&p.b, DC);
  fake_link_set_loss (p.dc, 5);
  for (guint round = 0; round < ROUNDS; round++)
    {
      for (guint i = 0; i < PER_ROUND; i++)
        data_node_write (&p.a, bytes, data_pair_build (&p.a, &p.b, AF_INET, 1000, 0, bytes));
      g_assert_true (data_node_try_read (&p.b, bytes, &len, GAP_MS));
      for (got++; data_node_try_read (&p.b, bytes, &len, 1); got++)
        ;
    }
  g_test_message ("%u of %u", got, ROUNDS * PER_ROUND);
  fake_link_set_loss (p.dc, 0);
  while (data_node_try_read (&p.b, bytes, &len, 50))
    ;
  data_pair_pass (&p.a, &p.b, AF_INET, 100);
  data_pair_clear (&p);
}

/* A foreign data channel without room: the queue keeps the newest 128, and sends them when there is room again. */
static void
test_full_channel (void)
{
  enum
  {
    N = 300
  };
  DataPair p;
  guint8 bytes[BIG];

  data_pair_init_foreign (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  fake_link_set_room (p.dc, 0, 0);
  for (guint32 i = 0; i < N; i++)
    data_node_write (&p.a, bytes, data_pair_build (&p.a, &p.b, AF_INET, 500, i, bytes));
  data_node_wait_drops (&p.a, BG_DROP_SEND_QUEUE, N - 128);
  g_assert_cmpuint (data_node_stats (&p.a, NULL).drops[BG_DROP_SEND_QUEUE], ==, N - 128);
  fake_link_set_room (p.dc, 0, -1);
  for (guint32 i = N - 128; i < N; i++)
    {
      data_node_read (&p.b, bytes);
      g_assert_cmpuint (test_ip_tag (bytes), ==, i);
    }
  data_pair_clear (&p);
}

/* A hundred junk messages of each kind for every packet: the packets pass. */
static void
test_junk (void)
{
  DataPair p;
  guint8 initiation[148] = { 1 }, data[120] = { 4, 0, 0, 0, 1, 2, 3, 4 }, rubbish[60] = { 9 };
  guint64 drops[BG_DROP_REASONS];

  data_pair_init_bamgates (&p);
  for (guint round = 0; round < 30; round++)
    {
      for (guint i = 0; i < 100; i++)
        {
          fake_link_inject (p.dc, 1, initiation, sizeof initiation);
          fake_link_inject (p.dc, 1, data, sizeof data);
          fake_link_inject (p.dc, 1, rubbish, sizeof rubbish);
        }
      data_pair_pass (&p.a, &p.b, AF_INET, 200);
    }
  data_node_stats (&p.b, drops);
  g_assert_cmpuint (drops[BG_DROP_MALFORMED], >=, 2000);
  g_assert_cmpuint (drops[BG_DROP_UNKNOWN_INDEX], >=, 2000);
  g_assert_cmpuint (drops[BG_DROP_UNAUTHENTIC] + drops[BG_DROP_HANDSHAKE_QUEUE]
                      + drops[BG_DROP_RATE_LIMITED],
                    >=, 100);
  data_pair_clear (&p);
}

/* An initiation of somebody who knows only our key: a right mac1, and Diffie-Hellman for nothing. */
static gsize
build_stranger (DataNode *to, guint8 *bytes)
{
  WgMsgInitiation *msg = (WgMsgInitiation *) bytes;
  WgCrypto *crypto = wg_crypto_new ();
  guint8 key[WG_HASH_LEN];

  memset (msg, 0, sizeof *msg);
  wg_put_le32 (msg->type, WG_MSG_INITIATION);
  msg->ephemeral[0] = 9;
  g_assert_true (
    wg_hash (crypto, key, WG_LABEL_MAC1, strlen (WG_LABEL_MAC1), to->public_key.bytes, WG_KEY_LEN)
    && wg_mac (crypto, msg->macs.mac1, key, sizeof key, msg, offsetof (WgMsgInitiation, macs)));
  wg_crypto_free (crypto);
  return sizeof *msg;
}

static guint64
judged (DataNode *node)
{
  guint64 drops[BG_DROP_REASONS];

  data_node_stats (node, drops);
  return drops[BG_DROP_UNAUTHENTIC] + drops[BG_DROP_RATE_LIMITED];
}

/* Never many at once, but they take more time than is theirs: then they have to show a cookie. */
static void
test_steady_strangers (void)
{
  enum
  {
    AT_ONCE = 96,
    MOST = 100000,
    DEAR = 4
  };
  guint64 n = 0, drops[BG_DROP_REASONS] = { 0 };
  guint8 bytes[BIG];
  gsize len;
  DataPair p;

  data_pair_init_foreign (&p);
  len = build_stranger (&p.b, bytes);
  g_atomic_int_set (&cost, DEAR);
  while (drops[BG_DROP_RATE_LIMITED] == 0 && n < MOST)
    {
      for (guint i = 0; i < AT_ONCE; i++, n++)
        fake_link_inject (p.dc, 1, bytes, len);
      while (judged (&p.b) < n)
        ;
      data_node_stats (&p.b, drops);
    }
  g_atomic_int_set (&cost, 1);
  g_test_message ("a load after %" G_GUINT64_FORMAT, n);
  g_assert_cmpuint (drops[BG_DROP_RATE_LIMITED], >, 0);
  g_assert_cmpuint (drops[BG_DROP_UNAUTHENTIC], >, AT_ONCE);
  g_assert_cmpuint (drops[BG_DROP_HANDSHAKE_QUEUE], ==, 0);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  data_pair_clear (&p);
}

static void
test_replay (void)
{
  DataPair p;
  guint8 bytes[BIG];
  gsize len;

  data_pair_init_foreign (&p);
  data_pair_pass_both_ways (&p, AF_INET, 100);
  fake_link_set_double (p.dc, TRUE);
  for (guint i = 0; i < 20; i++)
    data_pair_pass (&p.a, &p.b, AF_INET, 100);
  data_node_wait_drops (&p.b, BG_DROP_REPLAY, 20);
  g_assert_false (data_node_try_read (&p.b, bytes, &len, 0));
  g_assert_cmpuint (data_node_stats (&p.b, NULL).drops[BG_DROP_REPLAY], >=, 20);
  data_pair_clear (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dataplane-queues/credit-window", test_credit_window);
  g_test_add_func ("/dataplane-queues/lossy-data-channel", test_lossy_data_channel);
  g_test_add_func ("/dataplane-queues/full-channel", test_full_channel);
  g_test_add_func ("/dataplane-queues/junk", test_junk);
  g_test_add_func ("/dataplane-queues/steady-strangers", test_steady_strangers);
  g_test_add_func ("/dataplane-queues/replay", test_replay);
  return g_test_run ();
}
