/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"
#include "dataplane/handshake-worker.h"
#include "packet/packet-pool.h"
#include "wg/wg-crypto.h"
#include "wg/wg-messages.h"

#include <glib.h>
#include <poll.h>
#include <string.h>

enum
{
  JOBS = 1000,
  PATIENCE_MS = 10000
};

typedef struct
{
  BgPacketPool *pool;
  WgDevice *dev;
  BgHandshakeWorker *worker;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  int error = 0;
  WgKey key;

  f->pool = bg_packet_pool_new (2048, 2 * BG_HANDSHAKE_JOBS_MAX);
  f->dev = wg_device_new (f->pool, NULL, NULL);
  g_assert_true (wg_key_generate_private (&key));
  g_assert_true (wg_device_set_private_key (f->dev, &key));
  f->worker = bg_handshake_worker_new (&error);
  g_assert_nonnull (f->worker);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_handshake_worker_free (f->worker);
  wg_device_free (f->dev);
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

/* A stranger's initiation with a right mac1, and a serial number in front of its ephemeral key. */
static BgPacket *
initiation (Fixture *f, guint64 serial)
{
  BgPacket *pkt = bg_packet_new (f->pool);
  WgMsgInitiation *msg = (WgMsgInitiation *) pkt->data;
  WgCrypto *crypto = wg_crypto_new ();
  guint8 mac1_key[WG_HASH_LEN];
  WgKey key;

  memset (msg, 0, sizeof *msg);
  pkt->len = sizeof *msg;
  wg_put_le32 (msg->type, WG_MSG_INITIATION);
  wg_put_le64 (msg->ephemeral, serial + 2);
  g_assert_true (wg_device_get_public_key (f->dev, &key));
  g_assert_true (
    wg_hash (crypto, mac1_key, WG_LABEL_MAC1, strlen (WG_LABEL_MAC1), key.bytes, WG_KEY_LEN)
    && wg_mac (crypto, msg->macs.mac1, mac1_key, sizeof mac1_key, msg,
               offsetof (WgMsgInitiation, macs)));
  wg_crypto_free (crypto);
  return pkt;
}

static void
put (Fixture *f, guint64 serial)
{
  WgHandshakeJob *job = NULL;

  g_assert_cmpint (wg_handshake_begin (f->dev, initiation (f, serial), 1, &job), ==, WG_OK);
  bg_handshake_worker_put_take (f->worker, job);
}

static void
take (Fixture *f, guint64 serial)
{
  struct pollfd fd = { bg_handshake_worker_fd (f->worker), POLLIN, 0 };
  WgHandshakeJob *job;
  BgPacket *pkt;
  uint64_t ns = 0;

  while (!(job = bg_handshake_worker_pop (f->worker, &ns)))
    g_assert_cmpint (poll (&fd, 1, PATIENCE_MS), ==, 1);
  pkt = wg_handshake_packet (job);
  g_assert_cmpuint (ns, >, 0);
  g_assert_cmpuint (wg_get_le64 (((WgMsgInitiation *) pkt->data)->ephemeral), ==, serial + 2);
  g_assert_cmpint (wg_handshake_finish (f->dev, job, 1), ==, WG_UNAUTHENTIC);
  bg_packet_free (pkt);
}

/* As many under way as may be, in order, and the fd says when; at the end it says nothing more. */
static void
test_order (Fixture *f, gconstpointer data)
{
  struct pollfd fd = { bg_handshake_worker_fd (f->worker), POLLIN, 0 };
  guint64 n_put = 0, taken = 0;

  while (taken < JOBS)
    {
      while (n_put < JOBS && bg_handshake_worker_pending (f->worker) < BG_HANDSHAKE_JOBS_MAX)
        put (f, n_put++);
      for (guint i = 0; i < 1 + taken % 40 && taken < n_put; i++)
        take (f, taken++);
    }
  g_assert_cmpuint (bg_handshake_worker_pending (f->worker), ==, 0);
  g_assert_cmpint (poll (&fd, 1, 0), ==, 0);
}

/* It ends with work under way, finished and not begun. */
static void
test_abrupt_end (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < BG_HANDSHAKE_JOBS_MAX; i++)
    put (f, i);
  take (f, 0);
}

/* What an hour of flood cost is not paid back in an hour: who comes then need not show a cookie for long. */
static void
test_debt (Fixture *f, gconstpointer data)
{
  g_autofree BgDataThread *thread = g_new0 (BgDataThread, 1);
  BgHandshakes *handshakes = &thread->handshakes;

  thread->dev = f->dev;
  thread->now_ns = handshakes->refilled_ns = bg_data_thread_clock ();
  handshakes->credit_ns = -3600 * (gint64) WG_SECOND;
  bg_handshakes_queue_take (thread, initiation (f, 0));
  bg_handshakes_serve (thread);
  g_assert_cmpuint (handshakes->waiting.len, ==, 0);
  g_assert_cmpint (handshakes->credit_ns, >=, -(gint64) WG_SECOND);
  g_assert_cmpint (handshakes->credit_ns, <, 0);
}

/* --- Who does it --- */

typedef struct
{
  const gchar *name;
  guint64 packets; /* of data since data was last looked at, 100 ms ago */
  gint64 own_ns;   /* what the thread may still do itself */
  guint expected;  /* at the worker, after a turn with one message */
} Turn;

static const Turn TURNS[] = {
  { "idle", 0, WG_SECOND / 10, 0 },
  { "pings", 60, WG_SECOND / 10, 0 },
  { "transfer", 5000, WG_SECOND / 10, 1 },
  { "flood", 0, -(gint64) WG_SECOND, 1 },
};

/* A thread that has little to do does it itself, and wakes nobody. */
static void
test_turn (Fixture *f, gconstpointer data)
{
  const Turn *turn = data;
  g_autofree BgDataThread *thread = g_new0 (BgDataThread, 1);
  BgHandshakes *handshakes = &thread->handshakes;

  thread->dev = f->dev;
  thread->now_ns = handshakes->refilled_ns = bg_data_thread_clock ();
  handshakes->looked_ns = thread->now_ns - WG_SECOND / 10;
  bg_counter_add (&thread->counters.rx_packets, turn->packets);
  handshakes->worker = f->worker;
  handshakes->credit_ns = WG_SECOND / 10;
  handshakes->own_ns = turn->own_ns;
  bg_handshakes_queue_take (thread, initiation (f, 0));
  bg_handshakes_serve (thread);
  g_assert_cmpuint (bg_handshake_worker_pending (f->worker), ==, turn->expected);
  g_assert_cmpuint (handshakes->waiting.len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/handshake-worker/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/handshake-worker/abrupt-end", Fixture, NULL, set_up, test_abrupt_end, tear_down);
  g_test_add ("/handshake-worker/debt", Fixture, NULL, set_up, test_debt, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (TURNS); i++)
    {
      g_autofree gchar *path = g_strconcat ("/handshake-worker/turn/", TURNS[i].name, NULL);

      g_test_add (path, Fixture, &TURNS[i], set_up, test_turn, tear_down);
    }
  return g_test_run ();
}
