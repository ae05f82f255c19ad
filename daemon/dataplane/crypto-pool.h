/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet.h"
#include "wg/wg.h"

/* Threads that seal and open. The owner (the data thread) puts packets as jobs of one direction into a bounded FIFO;
 * workers take jobs from its front in order and finish them in any. The owner takes a finished job once no job before it
 * of the same direction and the same peers is left: so each peer's packets come out as they went in, and nobody waits for
 * another peer's. (Peers are told apart by a hash of 32 values; two that share one wait for each other.) Jobs are claimed
 * with one atomic step, without a lock, and live in the FIFO, without allocation.
 *
 * Everything here is called by the owner, one thread, except bg_crypto_run(). Without workers the pool only keeps the
 * owner's sealer, and all work is the owner's. */

typedef enum
{
  BG_CRYPTO_SEAL,
  BG_CRYPTO_OPEN,
  BG_CRYPTO_KINDS,
} BgCryptoKind;

enum
{
  BG_CRYPTO_WORKERS_MAX = 15,
  BG_CRYPTO_JOB_PACKETS = 32, /* some 30 us of work: worth a wake-up, and little to wait for */
  BG_CRYPTO_JOBS_MAX = 64,
  BG_CRYPTO_JOBS_BUSY = 32,   /* from here on the owner should help before it brings more */
  BG_CRYPTO_SPREAD_MIN = 16,  /* fewer packets are faster done at once than handed over */
};

typedef struct
{
  BgCryptoKind kind;
  int          n;
  BgPacket    *pkts[BG_CRYPTO_JOB_PACKETS]; /* `verdict` says how it went: WG_OK or WG_UNAUTHENTIC */
  uint32_t     mtus[BG_CRYPTO_JOB_PACKETS]; /* BG_CRYPTO_SEAL: see wg_seal() */
} BgCryptoJob;

typedef struct BgCryptoPool BgCryptoPool;

/* Seals or opens `n` packets and sets their verdicts. Any thread, with a sealer of its own. `mtus` is for BG_CRYPTO_SEAL. */
void bg_crypto_run (WgSealer *sealer, BgCryptoKind kind, BgPacket **pkts, const uint32_t *mtus, int n);

/* A pool with `workers` threads, at most BG_CRYPTO_WORKERS_MAX. NULL and `*error` = errno where a thread or a cipher
 * cannot be had. */
BgCryptoPool *bg_crypto_pool_new (uint32_t workers, int *error);
/* Lets workers finish what they began and joins them. Packets of jobs that are still in the FIFO stay the caller's.
 * Wipes all keys. */
void bg_crypto_pool_free (BgCryptoPool *pool);

/* The owner's own sealer. */
WgSealer *bg_crypto_pool_sealer (BgCryptoPool *pool);
/* Readable where bg_crypto_pool_await() said that it would be; -1 without workers. */
int bg_crypto_pool_fd (const BgCryptoPool *pool);

/* Puts `n` packets into the FIFO, all or none; pkt->peer tells whose they are. False where the owner does them better
 * itself: there are no workers; they are few and none of their peers are under way in this direction, which they could
 * overtake; or the FIFO has no room (never while the owner minds bg_crypto_pool_is_busy(), and then order is lost). */
bool bg_crypto_pool_put (BgCryptoPool *pool, BgCryptoKind kind, BgPacket **pkts, const uint32_t *mtus, int n);
/* The oldest finished job that overtakes none of its peers' packets, else NULL. It stays until bg_crypto_pool_pop(), which
 * forgets its packets. */
BgCryptoJob *bg_crypto_pool_peek (BgCryptoPool *pool);
void bg_crypto_pool_pop (BgCryptoPool *pool);
/* No job is in the FIFO. */
bool bg_crypto_pool_is_idle (const BgCryptoPool *pool);
/* BG_CRYPTO_JOBS_BUSY jobs are in the FIFO. */
bool bg_crypto_pool_is_busy (const BgCryptoPool *pool);

/* Does one job that no worker has begun; false where there is none. */
bool bg_crypto_pool_help (BgCryptoPool *pool);
/* The owner is about to sleep. False: do not, there is a finished job, or one to help with. True: nothing is in the
 * FIFO, or the fd becomes readable when a job can be taken. */
bool bg_crypto_pool_await (BgCryptoPool *pool);
/* The fd was readable. */
void bg_crypto_pool_woken (BgCryptoPool *pool);
/* Helps, then blocks, until a job can be taken. Returns at once where there is none. */
void bg_crypto_pool_wait (BgCryptoPool *pool);
/* Sessions may have ended: sees to it that no sealer keeps their keys. Cheap where none did. */
void bg_crypto_pool_sweep (BgCryptoPool *pool);
