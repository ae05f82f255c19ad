/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/crypto-pool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum
{
  CACHE_LINE = 64,
  FLOWS_PER_KIND = 32,
};

typedef struct
{
  _Alignas(CACHE_LINE) atomic_bool done;
  bool taken;             /* by the owner, before others in front of it */
  _Atomic uint64_t flows; /* a bit for each direction and hash of a peer */
  BgCryptoJob job;
} Slot;

typedef struct
{
  BgCryptoPool *pool;
  pthread_t thread;
  WgSealer *sealer;
  _Alignas(CACHE_LINE) atomic_bool asleep; /* and nobody has promised a wake-up yet */
  sem_t wake;
} Worker;

/* The FIFO is slots[head .. put), by index modulo its size, less those that are taken; of these slots[claimed .. put)
 * wait for somebody. The indices never wrap. Where one side writes a word and then reads the other's (a sleeper and who wakes it), both are
 * sequentially consistent: one of the two sees the other. */
struct BgCryptoPool
{
  /* the owner's */
  WgSealer *sealer;
  Worker workers[BG_CRYPTO_WORKERS_MAX];
  uint32_t n_workers;
  int fd;
  uint64_t head;
  uint64_t peeked;         /* the job that bg_crypto_pool_peek() gave out last */
  uint64_t sessions_ended; /* that sealers know of */
  Slot *slots;             /* NULL without workers */

  /* written by the owner */
  _Alignas(CACHE_LINE) _Atomic uint64_t put;
  _Atomic uint64_t awaited; /* one more than the head that the owner sleeps with; 0: it is awake */
  _Atomic uint32_t sweeps;  /* grows when sealers have to be swept */
  atomic_bool stop;

  /* written by all */
  _Alignas(CACHE_LINE) _Atomic uint64_t claimed;
};

void
bg_crypto_run (WgSealer *sealer, BgCryptoKind kind, BgPacket **pkts, const uint32_t *mtus, int n)
{
  for (int i = 0; i < n; i++)
    if (kind == BG_CRYPTO_OPEN)
      wg_open (sealer, pkts[i]);
    else
      pkts[i]->verdict = wg_seal (sealer, pkts[i], mtus[i]) ? WG_OK : WG_UNAUTHENTIC;
}

/* --- Jobs --- */

static Slot *
slot_at (const BgCryptoPool *pool, uint64_t index)
{
  return &pool->slots[index % BG_CRYPTO_JOBS_MAX];
}

static uint64_t
length (const BgCryptoPool *pool)
{
  return atomic_load_explicit (&pool->put, memory_order_relaxed) - pool->head;
}

static bool
has_unclaimed (const BgCryptoPool *pool)
{
  return atomic_load (&pool->claimed) < atomic_load (&pool->put);
}

static bool
claim (BgCryptoPool *pool, uint64_t *index)
{
  *index = atomic_load (&pool->claimed);
  while (*index < atomic_load (&pool->put))
    if (atomic_compare_exchange_weak (&pool->claimed, index, *index + 1))
      return true;
  return false;
}

/* No unfinished job from `head` on stands in front of it that it must not overtake. The owner may have gone on meanwhile;
 * then it looks for itself before it sleeps again, and what is said here does not matter. */
static bool
can_be_taken (BgCryptoPool *pool, uint64_t head, uint64_t index)
{
  uint64_t flows = atomic_load_explicit (&slot_at (pool, index)->flows, memory_order_relaxed);

  for (; head < index; head++)
    {
      Slot *slot = slot_at (pool, head);

      if ((atomic_load_explicit (&slot->flows, memory_order_relaxed) & flows) != 0
          && !atomic_load (&slot->done))
        return false;
    }
  return true;
}

/* Takes the first job that nobody has begun, and does it. */
static bool
run_one (BgCryptoPool *pool, WgSealer *sealer)
{
  uint64_t index, awaited;
  Slot *slot;

  if (!claim (pool, &index))
    return false;
  slot = slot_at (pool, index);
  bg_crypto_run (sealer, slot->job.kind, slot->job.pkts, slot->job.mtus, slot->job.n);
  atomic_store (&slot->done, true);
  awaited = atomic_load (&pool->awaited);
  if (awaited != 0 && can_be_taken (pool, awaited - 1, index)
      && atomic_compare_exchange_strong (&pool->awaited, &awaited, 0))
    eventfd_write (pool->fd, 1);
  return true;
}

/* --- Workers --- */

/* True for the one that takes the worker out of its sleep: who owes it the wake-up, or itself. */
static bool
take_asleep (Worker *worker)
{
  bool asleep = true;

  return atomic_load (&worker->asleep)
         && atomic_compare_exchange_strong (&worker->asleep, &asleep, false);
}

static bool
wake (Worker *worker)
{
  return take_asleep (worker) && sem_post (&worker->wake) == 0;
}

static void
wake_one (BgCryptoPool *pool)
{
  for (uint32_t i = 0; i < pool->n_workers; i++)
    if (wake (&pool->workers[i]))
      return;
}

/* Until there may be something to do. */
static void
doze (Worker *self, uint32_t swept)
{
  BgCryptoPool *pool = self->pool;

  atomic_store (&self->asleep, true);
  if ((has_unclaimed (pool) || atomic_load (&pool->sweeps) != swept || atomic_load (&pool->stop))
      && take_asleep (self))
    return;
  while (sem_wait (&self->wake) < 0 && errno == EINTR)
    ;
}

static void *
work (void *data)
{
  Worker *self = data;
  BgCryptoPool *pool = self->pool;

  while (!atomic_load (&pool->stop))
    {
      uint32_t swept;

      if (run_one (pool, self->sealer))
        continue;
      swept = atomic_load (&pool->sweeps);
      wg_sealer_sweep (self->sealer);
      doze (self, swept);
    }
  return NULL;
}

/* --- Life --- */

static int
start_worker (BgCryptoPool *pool)
{
  Worker *worker = &pool->workers[pool->n_workers];
  int error;

  worker->pool = pool;
  worker->sealer = wg_sealer_new ();
  if (!worker->sealer)
    return ENOTSUP;
  sem_init (&worker->wake, 0, 0);
  error = pthread_create (&worker->thread, NULL, work, worker);
  if (error != 0)
    {
      sem_destroy (&worker->wake);
      wg_sealer_free (worker->sealer);
      return error;
    }
  pthread_setname_np (worker->thread, "bamgate-crypto");
  pool->n_workers++;
  return 0;
}

static int
start_workers (BgCryptoPool *pool, uint32_t workers)
{
  sigset_t all, before;
  int error = 0;

  pool->slots = aligned_alloc (CACHE_LINE, BG_CRYPTO_JOBS_MAX * sizeof *pool->slots);
  if (!pool->slots)
    abort ();
  memset (pool->slots, 0, BG_CRYPTO_JOBS_MAX * sizeof *pool->slots);
  pool->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (pool->fd < 0)
    return errno;
  /* Signals are for the main thread. */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  while (error == 0 && pool->n_workers < workers && pool->n_workers < BG_CRYPTO_WORKERS_MAX)
    error = start_worker (pool);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return error;
}

BgCryptoPool *
bg_crypto_pool_new (uint32_t workers, int *error)
{
  BgCryptoPool *pool = aligned_alloc (CACHE_LINE, sizeof *pool);
  int failure = 0;

  if (!pool)
    abort ();
  memset (pool, 0, sizeof *pool);
  pool->fd = -1;
  pool->sealer = wg_sealer_new ();
  if (!pool->sealer)
    failure = ENOTSUP;
  else if (workers > 0)
    failure = start_workers (pool, workers);
  if (failure == 0)
    return pool;
  bg_crypto_pool_free (pool);
  if (error)
    *error = failure;
  return NULL;
}

void
bg_crypto_pool_free (BgCryptoPool *pool)
{
  if (!pool)
    return;
  atomic_store (&pool->stop, true);
  for (uint32_t i = 0; i < pool->n_workers; i++)
    sem_post (&pool->workers[i].wake);
  for (uint32_t i = 0; i < pool->n_workers; i++)
    {
      pthread_join (pool->workers[i].thread, NULL);
      sem_destroy (&pool->workers[i].wake);
      wg_sealer_free (pool->workers[i].sealer);
    }
  wg_sealer_free (pool->sealer);
  if (pool->fd >= 0)
    close (pool->fd);
  free (pool->slots);
  free (pool);
}

WgSealer *
bg_crypto_pool_sealer (BgCryptoPool *pool)
{
  return pool->sealer;
}

int
bg_crypto_pool_fd (const BgCryptoPool *pool)
{
  return pool->fd;
}

/* --- In and out --- */

static uint64_t
flow_of (BgCryptoKind kind, const BgPacket *pkt)
{
  uint64_t hash = (uint64_t) (uintptr_t) pkt->peer * UINT64_C (0x9e3779b97f4a7c15);

  return UINT64_C (1) << ((uint64_t) kind * FLOWS_PER_KIND
                          + hash / (UINT64_MAX / FLOWS_PER_KIND + 1));
}

static uint64_t
flows_of (BgCryptoKind kind, BgPacket **pkts, int n)
{
  uint64_t flows = 0;

  for (int i = 0; i < n; i++)
    flows |= flow_of (kind, pkts[i]);
  return flows;
}

static bool
is_under_way (BgCryptoPool *pool, uint64_t flows)
{
  uint64_t put = atomic_load_explicit (&pool->put, memory_order_relaxed);

  for (uint64_t i = pool->head; i < put; i++)
    {
      Slot *slot = slot_at (pool, i);

      if (!slot->taken && (atomic_load_explicit (&slot->flows, memory_order_relaxed) & flows) != 0)
        return true;
    }
  return false;
}

static void
put_job (BgCryptoPool *pool, BgCryptoKind kind, BgPacket **pkts, const uint32_t *mtus, int n)
{
  uint64_t index = atomic_load_explicit (&pool->put, memory_order_relaxed);
  Slot *slot = slot_at (pool, index);

  slot->job.kind = kind;
  slot->job.n = n;
  memcpy (slot->job.pkts, pkts, (size_t) n * sizeof *pkts);
  if (mtus)
    memcpy (slot->job.mtus, mtus, (size_t) n * sizeof *mtus);
  slot->taken = false;
  atomic_store_explicit (&slot->flows, flows_of (kind, pkts, n), memory_order_relaxed);
  atomic_store_explicit (&slot->done, false, memory_order_relaxed);
  atomic_store (&pool->put, index + 1);
  wake_one (pool);
}

bool
bg_crypto_pool_put (BgCryptoPool *pool, BgCryptoKind kind, BgPacket **pkts, const uint32_t *mtus,
                    int n)
{
  int jobs = (n + BG_CRYPTO_JOB_PACKETS - 1) / BG_CRYPTO_JOB_PACKETS;

  if (pool->n_workers == 0 || n == 0 || length (pool) + (uint64_t) jobs > BG_CRYPTO_JOBS_MAX
      || (n < BG_CRYPTO_SPREAD_MIN && !is_under_way (pool, flows_of (kind, pkts, n))))
    return false;
  /* Even shares. */
  for (int i = 0, start = 0; i < jobs; i++)
    {
      int end = n * (i + 1) / jobs;

      put_job (pool, kind, pkts + start, mtus ? mtus + start : NULL, end - start);
      start = end;
    }
  return true;
}

/* The first job that can be taken. */
static Slot *
find_ready (BgCryptoPool *pool)
{
  uint64_t put = atomic_load_explicit (&pool->put, memory_order_relaxed), before = 0;

  for (pool->peeked = pool->head; pool->peeked < put; pool->peeked++)
    {
      Slot *slot = slot_at (pool, pool->peeked);
      uint64_t flows = atomic_load_explicit (&slot->flows, memory_order_relaxed);

      if (slot->taken)
        continue;
      if ((flows & before) == 0 && atomic_load (&slot->done))
        return slot;
      before |= flows;
    }
  return NULL;
}

BgCryptoJob *
bg_crypto_pool_peek (BgCryptoPool *pool)
{
  Slot *slot = find_ready (pool);

  if (atomic_load_explicit (&pool->awaited, memory_order_relaxed) != 0)
    atomic_store (&pool->awaited, 0);
  return slot ? &slot->job : NULL;
}

void
bg_crypto_pool_pop (BgCryptoPool *pool)
{
  uint64_t put = atomic_load_explicit (&pool->put, memory_order_relaxed);

  slot_at (pool, pool->peeked)->taken = true;
  while (pool->head < put && slot_at (pool, pool->head)->taken)
    pool->head++;
}

bool
bg_crypto_pool_is_idle (const BgCryptoPool *pool)
{
  return length (pool) == 0;
}

bool
bg_crypto_pool_is_busy (const BgCryptoPool *pool)
{
  return length (pool) >= BG_CRYPTO_JOBS_BUSY;
}

/* --- Waiting --- */

bool
bg_crypto_pool_help (BgCryptoPool *pool)
{
  return run_one (pool, pool->sealer);
}

bool
bg_crypto_pool_await (BgCryptoPool *pool)
{
  if (bg_crypto_pool_is_idle (pool))
    return true;
  if (has_unclaimed (pool))
    return false;
  atomic_store (&pool->awaited, pool->head + 1);
  return !find_ready (pool);
}

void
bg_crypto_pool_woken (BgCryptoPool *pool)
{
  eventfd_t count;

  eventfd_read (pool->fd, &count);
}

void
bg_crypto_pool_wait (BgCryptoPool *pool)
{
  while (!bg_crypto_pool_is_idle (pool) && !bg_crypto_pool_peek (pool))
    {
      struct pollfd fd = { pool->fd, POLLIN, 0 };

      if (bg_crypto_pool_help (pool) || !bg_crypto_pool_await (pool))
        continue;
      poll (&fd, 1, -1);
      bg_crypto_pool_woken (pool);
    }
}

void
bg_crypto_pool_sweep (BgCryptoPool *pool)
{
  uint64_t ended = wg_sessions_ended ();

  if (ended == pool->sessions_ended)
    return;
  pool->sessions_ended = ended;
  wg_sealer_sweep (pool->sealer);
  atomic_fetch_add (&pool->sweeps, 1);
  for (uint32_t i = 0; i < pool->n_workers; i++)
    wake (&pool->workers[i]);
}
