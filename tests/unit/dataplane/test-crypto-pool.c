/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/crypto-pool.h"
#include "packet/packet-pool.h"
#include "wg/wg-keypair.h"

#include <glib.h>
#include <poll.h>
#include <string.h>

enum
{
  PACKETS = 4096, /* more than the FIFO holds */
  MTU = 1420,
  BIGGEST = 128,
  PEERS = 5,
  STREAM = 20000,
  PATIENCE_MS = 10000,
};

/* Stands for a WgPeer, which the pool never looks into. */
typedef struct
{
  guint64 made[BG_CRYPTO_KINDS], seen[BG_CRYPTO_KINDS]; /* counters of packets: how many */
} Peer;

typedef struct
{
  BgPacketPool *packets;
  BgCryptoPool *pool;
  WgKeypair *keypair;
  Peer peers[PEERS];
  Peer *peer;     /* of new packets */
  gboolean mixed; /* they are of all peers */
} Fixture;

static WgKeypair *
new_keypair (void)
{
  WgKeypair *keypair = wg_keypair_new ();

  memset (keypair->send_key, 0x5a, sizeof keypair->send_key);
  memset (keypair->receive_key, 0x5a, sizeof keypair->receive_key);
  return keypair;
}

static void
fixture_begin (Fixture *fixture, guint workers)
{
  int error = 0;

  *fixture = (Fixture){ .packets = bg_packet_pool_new (2048, PACKETS), .keypair = new_keypair () };
  fixture->peer = fixture->peers;
  fixture->pool = bg_crypto_pool_new (workers, &error);
  g_assert_cmpint (error, ==, 0);
  g_assert_nonnull (fixture->pool);
}

static void
fixture_end (Fixture *fixture)
{
  bg_crypto_pool_free (fixture->pool);
  wg_keypair_unref (fixture->keypair);
  g_assert_cmpuint (bg_packet_pool_in_use (fixture->packets), ==, 0);
  g_assert_true (bg_packet_pool_destroy (fixture->packets));
}

static guint32
len_of (guint64 counter)
{
  return 20 + (guint32) (counter * 37 % (MTU - 20));
}

/* A packet whose length and bytes tell its number; sealed, if it is to be opened. */
static BgPacket *
new_packet (Fixture *fixture, BgCryptoKind kind)
{
  BgPacket *pkt = bg_packet_new (fixture->packets);

  g_assert_nonnull (pkt);
  if (fixture->mixed)
    fixture->peer = &fixture->peers[g_random_int_range (0, PEERS)];
  pkt->peer = (struct WgPeer *) fixture->peer;
  pkt->counter = fixture->peer->made[kind]++;
  pkt->keypair = fixture->keypair;
  pkt->len = len_of (pkt->counter);
  memset (pkt->data, (int) (pkt->counter & 0xff), pkt->len);
  if (kind == BG_CRYPTO_OPEN)
    g_assert_true (wg_seal (bg_crypto_pool_sealer (fixture->pool), pkt, 0));
  pkt->verdict = WG_CONSUMED;
  return pkt;
}

/* Checks that the packet is the next one of its peer and kind, and done; frees it. */
static void
check_take (Fixture *fixture, BgCryptoKind kind, BgPacket *pkt)
{
  Peer *peer = (Peer *) pkt->peer;
  guint32 len;

  g_assert_cmpuint (pkt->counter, ==, peer->seen[kind]);
  len = len_of (peer->seen[kind]++);
  g_assert_cmpuint (pkt->verdict, ==, WG_OK);
  if (kind == BG_CRYPTO_SEAL)
    {
      g_assert_cmpuint (pkt->len, >=, len + WG_DATA_OVERHEAD);
      g_assert_cmpint (wg_open (bg_crypto_pool_sealer (fixture->pool), pkt), ==, WG_OK);
    }
  g_assert_cmpuint (pkt->len, >=, len);
  g_assert_cmpuint (pkt->data[0], ==, pkt->counter & 0xff);
  g_assert_cmpuint (pkt->data[len - 1], ==, pkt->counter & 0xff);
  bg_packet_free (pkt);
}

static guint
collect (Fixture *fixture)
{
  BgCryptoJob *job;
  guint n = 0;

  for (; (job = bg_crypto_pool_peek (fixture->pool)); n++)
    {
      for (int i = 0; i < job->n; i++)
        check_take (fixture, job->kind, job->pkts[i]);
      bg_crypto_pool_pop (fixture->pool);
    }
  return n;
}

static void
drain (Fixture *fixture)
{
  while (!bg_crypto_pool_is_idle (fixture->pool))
    {
      bg_crypto_pool_wait (fixture->pool);
      g_assert_cmpuint (collect (fixture), >, 0);
    }
}

/* As the data thread does: into the pool, or done at once where it says no. */
static void
put_or_run (Fixture *fixture, BgCryptoKind kind, int n)
{
  BgPacket *pkts[BIGGEST];
  guint32 mtus[BIGGEST] = { 0 };

  for (int i = 0; i < n; i++)
    {
      pkts[i] = new_packet (fixture, kind);
      mtus[i] = MTU;
    }
  if (bg_crypto_pool_put (fixture->pool, kind, pkts, mtus, n))
    return;
  bg_crypto_run (bg_crypto_pool_sealer (fixture->pool), kind, pkts, mtus, n);
  for (int i = 0; i < n; i++)
    check_take (fixture, kind, pkts[i]);
}

static void
assert_all_seen (Fixture *fixture)
{
  for (int i = 0; i < PEERS; i++)
    for (int kind = 0; kind < BG_CRYPTO_KINDS; kind++)
      g_assert_cmpuint (fixture->peers[i].seen[kind], ==, fixture->peers[i].made[kind]);
}

/* Batches of any size in both directions: each direction of each peer comes out complete and in order. */
static void
test_order (gconstpointer data)
{
  Fixture fixture;

  fixture_begin (&fixture, GPOINTER_TO_UINT (data));
  for (int put = 0; put < STREAM / BIGGEST; put++)
    {
      fixture.peer = &fixture.peers[g_random_int_range (0, PEERS)];
      fixture.mixed = g_random_int_range (0, 4) == 0;
      while (bg_crypto_pool_is_busy (fixture.pool))
        {
          if (!bg_crypto_pool_help (fixture.pool))
            bg_crypto_pool_wait (fixture.pool);
          collect (&fixture);
        }
      put_or_run (&fixture, g_random_boolean () ? BG_CRYPTO_SEAL : BG_CRYPTO_OPEN,
                  g_random_int_range (1, g_random_boolean () ? BIGGEST + 1 : BG_CRYPTO_SPREAD_MIN));
      if (g_random_int_range (0, 4) == 0)
        collect (&fixture);
    }
  drain (&fixture);
  assert_all_seen (&fixture);
  fixture_end (&fixture);
}

/* A peer's few packets do not wait for another's many, whoever finishes first. */
static void
test_overtaking (void)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;
  Fixture fixture;
  gboolean overtaken = FALSE;

  fixture_begin (&fixture, 2);
  while (!overtaken)
    {
      Peer *slow = &fixture.peers[0], *quick = &fixture.peers[1];

      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      fixture.peer = slow;
      put_or_run (&fixture, BG_CRYPTO_OPEN, 4 * BG_CRYPTO_JOB_PACKETS);
      fixture.peer = quick;
      put_or_run (&fixture, BG_CRYPTO_OPEN, BG_CRYPTO_SPREAD_MIN);
      while (!bg_crypto_pool_is_idle (fixture.pool))
        {
          bg_crypto_pool_wait (fixture.pool);
          collect (&fixture);
          overtaken |= quick->seen[BG_CRYPTO_OPEN] == quick->made[BG_CRYPTO_OPEN]
                       && slow->seen[BG_CRYPTO_OPEN] < slow->made[BG_CRYPTO_OPEN];
        }
    }
  assert_all_seen (&fixture);
  fixture_end (&fixture);
}

/* The owner does nothing itself and sleeps on the fd: it is woken for every job that it can take. */
static void
test_wake (void)
{
  Fixture fixture;

  fixture_begin (&fixture, 2);
  for (int round = 0; round < 500; round++)
    {
      put_or_run (&fixture, BG_CRYPTO_SEAL, 64);
      while (!bg_crypto_pool_is_idle (fixture.pool))
        {
          struct pollfd fd = { bg_crypto_pool_fd (fixture.pool), POLLIN, 0 };

          if (bg_crypto_pool_await (fixture.pool))
            g_assert_cmpint (poll (&fd, 1, PATIENCE_MS), ==, 1);
          bg_crypto_pool_woken (fixture.pool);
          collect (&fixture);
        }
    }
  assert_all_seen (&fixture);
  fixture_end (&fixture);
}

/* Nothing is in the FIFO: nothing wakes. */
static void
test_await_idle (void)
{
  Fixture fixture;
  struct pollfd fd = { .events = POLLIN };

  fixture_begin (&fixture, 1);
  g_assert_true (bg_crypto_pool_await (fixture.pool));
  fd.fd = bg_crypto_pool_fd (fixture.pool);
  g_assert_cmpint (poll (&fd, 1, 0), ==, 0);
  g_assert_null (bg_crypto_pool_peek (fixture.pool));
  g_assert_false (bg_crypto_pool_help (fixture.pool));
  bg_crypto_pool_wait (fixture.pool);
  fixture_end (&fixture);
}

/* A few packets are done at once, but not where they would overtake others of their peer and kind. */
static void
test_small (void)
{
  Fixture fixture;
  BgPacket *pkts[BG_CRYPTO_SPREAD_MIN];
  guint32 mtus[BG_CRYPTO_SPREAD_MIN] = { 0 };

  fixture_begin (&fixture, 1);
  pkts[0] = new_packet (&fixture, BG_CRYPTO_SEAL);
  g_assert_false (bg_crypto_pool_put (fixture.pool, BG_CRYPTO_SEAL, pkts, mtus, 1));
  for (int i = 1; i < BG_CRYPTO_SPREAD_MIN; i++)
    pkts[i] = new_packet (&fixture, BG_CRYPTO_SEAL);
  g_assert_true (
    bg_crypto_pool_put (fixture.pool, BG_CRYPTO_SEAL, pkts, mtus, BG_CRYPTO_SPREAD_MIN));
  pkts[0] = new_packet (&fixture, BG_CRYPTO_SEAL);
  g_assert_true (bg_crypto_pool_put (fixture.pool, BG_CRYPTO_SEAL, pkts, mtus, 1));
  pkts[0] = new_packet (&fixture, BG_CRYPTO_OPEN);
  g_assert_false (bg_crypto_pool_put (fixture.pool, BG_CRYPTO_OPEN, pkts, NULL, 1));
  bg_crypto_run (bg_crypto_pool_sealer (fixture.pool), BG_CRYPTO_OPEN, pkts, NULL, 1);
  check_take (&fixture, BG_CRYPTO_OPEN, pkts[0]);
  fixture.peer = &fixture.peers[1];
  put_or_run (&fixture, BG_CRYPTO_SEAL, 1);
  g_assert_cmpuint (fixture.peer->seen[BG_CRYPTO_SEAL], ==, 1);
  drain (&fixture);
  assert_all_seen (&fixture);
  fixture_end (&fixture);
}

/* All or none, and never more than there is room for. */
static void
test_full (void)
{
  Fixture fixture;
  BgPacket *pkts[BIGGEST];
  guint32 mtus[BIGGEST] = { 0 };
  int puts = 0;

  fixture_begin (&fixture, 1);
  for (bool taken = true; taken; puts += taken)
    {
      for (int i = 0; i < BIGGEST; i++)
        pkts[i] = new_packet (&fixture, BG_CRYPTO_SEAL);
      taken = bg_crypto_pool_put (fixture.pool, BG_CRYPTO_SEAL, pkts, mtus, BIGGEST);
    }
  g_assert_cmpint (puts, ==, BG_CRYPTO_JOBS_MAX * BG_CRYPTO_JOB_PACKETS / BIGGEST);
  g_assert_true (bg_crypto_pool_is_busy (fixture.pool));
  bg_packet_free_batch (pkts, BIGGEST);
  fixture.peer->made[BG_CRYPTO_SEAL] -= BIGGEST;
  drain (&fixture);
  assert_all_seen (&fixture);
  fixture_end (&fixture);
}

static void
test_no_workers (void)
{
  Fixture fixture;

  fixture_begin (&fixture, 0);
  g_assert_cmpint (bg_crypto_pool_fd (fixture.pool), ==, -1);
  put_or_run (&fixture, BG_CRYPTO_SEAL, BIGGEST);
  g_assert_true (bg_crypto_pool_is_idle (fixture.pool));
  g_assert_true (bg_crypto_pool_await (fixture.pool));
  g_assert_false (bg_crypto_pool_help (fixture.pool));
  assert_all_seen (&fixture);
  fixture_end (&fixture);
}

/* What cannot be done comes back in its place and says so. */
static void
test_failures (void)
{
  Fixture fixture;
  BgPacket *pkts[BIGGEST];
  guint32 mtus[BIGGEST] = { 0 };
  int at = 0;

  fixture_begin (&fixture, 2);
  for (int kind = 0; kind < BG_CRYPTO_KINDS; kind++)
    {
      for (int i = 0; i < BIGGEST; i++)
        {
          pkts[i] = new_packet (&fixture, (BgCryptoKind) kind);
          if (i % 3 == 0)
            pkts[i]->keypair = NULL;
          else if (i % 3 == 1 && kind == BG_CRYPTO_OPEN)
            pkts[i]->data[20] ^= 1;
          else if (i % 3 == 1)
            pkts[i]->data = pkts[i]->buf;
        }
      g_assert_true (bg_crypto_pool_put (fixture.pool, (BgCryptoKind) kind, pkts, mtus, BIGGEST));
    }
  while (!bg_crypto_pool_is_idle (fixture.pool))
    {
      BgCryptoJob *job;

      bg_crypto_pool_wait (fixture.pool);
      job = bg_crypto_pool_peek (fixture.pool);
      for (int i = 0; i < job->n; i++, at++)
        g_assert_cmpuint (job->pkts[i]->verdict, ==,
                          job->pkts[i]->counter % 3 == 2 ? WG_OK : WG_UNAUTHENTIC);
      bg_packet_free_batch (job->pkts, job->n);
      bg_crypto_pool_pop (fixture.pool);
    }
  g_assert_cmpint (at, ==, BG_CRYPTO_KINDS * BIGGEST);
  fixture_end (&fixture);
}

/* The pool ends while its jobs are under way; their packets stay ours. */
static void
test_end_busy (void)
{
  for (guint round = 0; round < 50; round++)
    {
      Fixture fixture;
      BgPacket *pkts[8][BIGGEST];
      guint32 mtus[BIGGEST] = { 0 };

      fixture_begin (&fixture, 1 + round % 3);
      for (int i = 0; i < 8; i++)
        {
          for (int j = 0; j < BIGGEST; j++)
            pkts[i][j] = new_packet (&fixture, BG_CRYPTO_SEAL);
          g_assert_true (bg_crypto_pool_put (fixture.pool, BG_CRYPTO_SEAL, pkts[i], mtus, BIGGEST));
        }
      bg_crypto_pool_free (g_steal_pointer (&fixture.pool));
      for (int i = 0; i < 8; i++)
        bg_packet_free_batch (pkts[i], BIGGEST);
      fixture_end (&fixture);
    }
}

/* Only holders of the keypair are left after its last use: the test and the sealers that know it. */
static void
wait_for_holders (WgKeypair *keypair, guint holders)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;

  while (atomic_load (&keypair->holders) != holders)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_thread_yield ();
    }
}

/* A worker that sleeps lets go of a session's keys when told that sessions ended. */
static void
test_sweep (void)
{
  Fixture fixture;
  WgKeypair *ended;

  fixture_begin (&fixture, 2);
  for (int i = 0; i < 20; i++)
    put_or_run (&fixture, BG_CRYPTO_SEAL, 64);
  while (!bg_crypto_pool_await (fixture.pool) || !bg_crypto_pool_is_idle (fixture.pool))
    collect (&fixture);
  ended = g_steal_pointer (&fixture.keypair);
  wg_keypair_hold (ended);
  g_assert_cmpuint (atomic_load (&ended->holders), >, 2);
  wg_keypair_unref (ended);
  bg_crypto_pool_sweep (fixture.pool);
  wait_for_holders (ended, 1);
  wg_keypair_release (ended);
  fixture_end (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/crypto-pool/order-1", GUINT_TO_POINTER (1), test_order);
  g_test_add_data_func ("/crypto-pool/order-3", GUINT_TO_POINTER (3), test_order);
  g_test_add_func ("/crypto-pool/overtaking", test_overtaking);
  g_test_add_func ("/crypto-pool/wake", test_wake);
  g_test_add_func ("/crypto-pool/await-idle", test_await_idle);
  g_test_add_func ("/crypto-pool/small", test_small);
  g_test_add_func ("/crypto-pool/full", test_full);
  g_test_add_func ("/crypto-pool/no-workers", test_no_workers);
  g_test_add_func ("/crypto-pool/failures", test_failures);
  g_test_add_func ("/crypto-pool/end-busy", test_end_busy);
  g_test_add_func ("/crypto-pool/sweep", test_sweep);
  return g_test_run ();
}
