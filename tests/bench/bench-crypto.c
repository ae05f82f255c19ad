/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast packets are sealed and opened again: by OpenSSL alone, which is this machine's limit, and through the pool of
 * the data plane with one and more threads. Prints one JSON object; times are ns a packet for one seal and one open. */

#include "dataplane/crypto-pool.h"
#include "packet/packet-pool.h"
#include "wg/wg-keypair.h"

#include <glib.h>
#include <openssl/evp.h>
#include <string.h>

enum
{
  PACKETS = 1536,
  KEY_LEN = 32,
  NONCE_LEN = 12,
  TAG_LEN = 16
};

static const guint32 sizes[] = { 1420, 200 };
static double seconds = 0.1;
static int max_threads = 2, rounds = 10;

static const GOptionEntry options[] = {
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds, "of each measurement (0.1)", "S" },
  { "threads", 't', 0, G_OPTION_ARG_INT, &max_threads, "the most that are tried (2)", "N" },
  { "rounds", 'r', 0, G_OPTION_ARG_INT, &rounds, "of which the best counts (10)", "N" },
  { NULL },
};

static gint64
deadline (void)
{
  return g_get_monotonic_time () + (gint64) (seconds * G_TIME_SPAN_SECOND);
}

/* --- OpenSSL alone --- */

typedef struct
{
  guint32 size;
  guint64 done;
} Raw;

static void
seal_and_open (EVP_CIPHER_CTX *seal, EVP_CIPHER_CTX *open, guint64 counter, guint8 *bytes, int size)
{
  guint8 nonce[NONCE_LEN] = { 0 }, tag[TAG_LEN];
  int len;

  memcpy (nonce + 4, &counter, sizeof counter);
  g_assert_true (EVP_EncryptInit_ex2 (seal, NULL, NULL, nonce, NULL)
                 && EVP_EncryptUpdate (seal, bytes, &len, bytes, size)
                 && EVP_EncryptFinal_ex (seal, bytes, &len)
                 && EVP_CIPHER_CTX_ctrl (seal, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag));
  g_assert_true (EVP_DecryptInit_ex2 (open, NULL, NULL, nonce, NULL)
                 && EVP_CIPHER_CTX_ctrl (open, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag)
                 && EVP_DecryptUpdate (open, bytes, &len, bytes, size)
                 && EVP_DecryptFinal_ex (open, bytes, &len) > 0);
}

static gpointer
run_raw (gpointer data)
{
  static const guint8 key[KEY_LEN] = { 1 };
  Raw *raw = data;
  EVP_CIPHER *cipher = EVP_CIPHER_fetch (NULL, "ChaCha20-Poly1305", NULL);
  EVP_CIPHER_CTX *seal = EVP_CIPHER_CTX_new (), *open = EVP_CIPHER_CTX_new ();
  g_autofree guint8 *bytes = g_malloc0 (raw->size);
  gint64 end = deadline ();

  g_assert_true (EVP_EncryptInit_ex2 (seal, cipher, key, NULL, NULL)
                 && EVP_DecryptInit_ex2 (open, cipher, key, NULL, NULL));
  do
    for (int i = 0; i < BG_CRYPTO_JOB_PACKETS; i++)
      seal_and_open (seal, open, raw->done++, bytes, (int) raw->size);
  while (g_get_monotonic_time () < end);
  EVP_CIPHER_CTX_free (seal);
  EVP_CIPHER_CTX_free (open);
  EVP_CIPHER_free (cipher);
  return NULL;
}

static double
measure_raw (guint32 size, int threads)
{
  g_autofree Raw *raws = g_new0 (Raw, threads);
  g_autofree GThread **running = g_new0 (GThread *, threads);
  gint64 start = g_get_monotonic_time ();
  guint64 done = 0;

  for (int i = 0; i < threads; i++)
    {
      raws[i].size = size;
      running[i] = g_thread_new ("raw", run_raw, &raws[i]);
    }
  for (int i = 0; i < threads; i++)
    {
      g_thread_join (running[i]);
      done += raws[i].done;
    }
  return (double) (g_get_monotonic_time () - start) * 1000 / (double) done;
}

/* --- Through the pool --- */

typedef struct
{
  BgCryptoPool *pool;
  WgKeypair *keypair;
  BgPacket *idle[PACKETS];
  int n_idle;
  guint32 size;
  guint32 mtus[BG_BATCH_MAX];
  guint64 counter, done;
} Flow;

static void
reuse (Flow *flow, BgPacket **pkts, int n)
{
  for (int i = 0; i < n; i++)
    {
      g_assert_cmpuint (pkts[i]->verdict, ==, WG_OK);
      flow->idle[flow->n_idle++] = pkts[i];
    }
  flow->done += (guint64) n;
}

static void
open_all (Flow *flow, BgPacket **pkts, int n)
{
  if (bg_crypto_pool_put (flow->pool, BG_CRYPTO_OPEN, pkts, NULL, n))
    return;
  bg_crypto_run (bg_crypto_pool_sealer (flow->pool), BG_CRYPTO_OPEN, pkts, NULL, n);
  reuse (flow, pkts, n);
}

static void
bring (Flow *flow)
{
  BgPacket **pkts = flow->idle + (flow->n_idle -= BG_BATCH_MAX);
  BgPacket *batch[BG_BATCH_MAX];

  memcpy (batch, pkts, sizeof batch);
  for (int i = 0; i < BG_BATCH_MAX; i++)
    {
      bg_packet_reset (batch[i]);
      batch[i]->len = flow->size;
      batch[i]->keypair = flow->keypair;
      batch[i]->counter = flow->counter++;
    }
  if (bg_crypto_pool_put (flow->pool, BG_CRYPTO_SEAL, batch, flow->mtus, BG_BATCH_MAX))
    return;
  bg_crypto_run (bg_crypto_pool_sealer (flow->pool), BG_CRYPTO_SEAL, batch, flow->mtus,
                 BG_BATCH_MAX);
  open_all (flow, batch, BG_BATCH_MAX);
}

static void
collect (Flow *flow)
{
  BgCryptoJob *job;

  while ((job = bg_crypto_pool_peek (flow->pool)))
    {
      BgCryptoJob finished = *job;

      bg_crypto_pool_pop (flow->pool);
      if (finished.kind == BG_CRYPTO_SEAL)
        open_all (flow, finished.pkts, finished.n);
      else
        reuse (flow, finished.pkts, finished.n);
    }
}

static void
run_flow (Flow *flow)
{
  gint64 end = deadline ();

  do
    {
      collect (flow);
      if (!bg_crypto_pool_is_busy (flow->pool) && flow->n_idle >= BG_BATCH_MAX)
        bring (flow);
      else if (!bg_crypto_pool_help (flow->pool))
        bg_crypto_pool_wait (flow->pool);
    }
  while (g_get_monotonic_time () < end);
  while (!bg_crypto_pool_is_idle (flow->pool))
    {
      bg_crypto_pool_wait (flow->pool);
      collect (flow);
    }
}

static double
measure_pool (guint32 size, int threads)
{
  BgPacketPool *packets = bg_packet_pool_new (2048, PACKETS);
  Flow flow = { .size = size, .keypair = wg_keypair_new () };
  int error = 0;
  gint64 start;
  double ns;

  flow.n_idle = bg_packet_new_batch (packets, flow.idle, PACKETS);
  flow.pool = bg_crypto_pool_new ((guint32) threads - 1, &error);
  g_assert_cmpint (error, ==, 0);
  start = g_get_monotonic_time ();
  run_flow (&flow);
  ns = (double) (g_get_monotonic_time () - start) * 1000 / (double) flow.done;
  bg_crypto_pool_free (flow.pool);
  wg_keypair_unref (flow.keypair);
  bg_packet_free_batch (flow.idle, flow.n_idle);
  g_assert_true (bg_packet_pool_destroy (packets));
  return ns;
}

/* --- The object --- */

typedef struct
{
  const char *name;
  double (*measure) (guint32 size, int threads);
  guint32 size;
  int threads;
  double ns; /* the best so far: others share the machine */
} Row;

static void
add_rows (GArray *rows, const char *name, double (*measure) (guint32 size, int threads))
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (int threads = 1; threads <= max_threads; threads++)
      {
        Row row = { name, measure, sizes[i], threads, G_MAXDOUBLE };

        g_array_append_val (rows, row);
      }
}

static void
print_row (const Row *row, const Row *one_thread, gboolean is_last)
{
  g_print (
    "  {\"way\": \"%s\", \"bytes\": %u, \"threads\": %d, \"ns\": %.0f, \"gbit_s\": %.2f, \"speedup\": %.2f}%s\n",
    row->name, row->size, row->threads, row->ns, row->size * 8 / row->ns, one_thread->ns / row->ns,
    is_last ? "" : ",");
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || max_threads < 1
      || max_threads > BG_CRYPTO_WORKERS_MAX || seconds <= 0 || rounds < 1)
    {
      g_printerr ("bench-crypto: %s\n", error ? error->message : "impossible numbers");
      return 64;
    }
  add_rows (rows, "openssl", measure_raw);
  add_rows (rows, "pool", measure_pool);
  for (int round = 0; round < rounds; round++)
    for (guint i = 0; i < rows->len; i++)
      {
        Row *row = &g_array_index (rows, Row, i);

        row->ns = MIN (row->ns, row->measure (row->size, row->threads));
      }
  g_print ("{\"cpus\": %u, \"rows\": [\n", g_get_num_processors ());
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);

      print_row (row, row - row->threads + 1, i + 1 == rows->len);
    }
  g_print ("]}\n");
  return 0;
}
