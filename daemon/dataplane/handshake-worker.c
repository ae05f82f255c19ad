/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/handshake-worker.h"

#include "packet/packet-pool.h"
#include "wg/wg-crypto.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

typedef struct
{
  WgHandshakeJob *job;
  uint64_t ns;
} Slot;

/* A ring: slots[popped .. done) were run, slots[done .. put) wait. */
struct BgHandshakeWorker
{
  WgCrypto *crypto;
  pthread_t thread;
  bool running;
  int fd;
  uint64_t popped, n_put; /* the owner's; n_put is its copy of put */

  pthread_mutex_t lock; /* what is below */
  pthread_cond_t work;
  Slot slots[BG_HANDSHAKE_JOBS_MAX];
  uint64_t put, done;
  bool told; /* the owner, that there is something to take */
  bool stop;
};

static Slot *
slot_at (BgHandshakeWorker *self, uint64_t index)
{
  return &self->slots[index % BG_HANDSHAKE_JOBS_MAX];
}

/* Of this thread: what other programs take from it is not the strangers' doing. */
static uint64_t
work_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t) now.tv_sec * UINT64_C (1000000000) + (uint64_t) now.tv_nsec;
}

/* With the lock held, but while the job runs. */
static void
run_next (BgHandshakeWorker *self)
{
  Slot *slot = slot_at (self, self->done);
  uint64_t start;

  pthread_mutex_unlock (&self->lock);
  start = work_ns ();
  wg_handshake_run (self->crypto, slot->job);
  slot->ns = work_ns () - start;
  pthread_mutex_lock (&self->lock);
  self->done++;
  if (!self->told)
    eventfd_write (self->fd, 1);
  self->told = true;
}

static void *
work (void *data)
{
  BgHandshakeWorker *self = data;

  pthread_mutex_lock (&self->lock);
  while (!self->stop)
    if (self->done < self->put)
      run_next (self);
    else
      pthread_cond_wait (&self->work, &self->lock);
  pthread_mutex_unlock (&self->lock);
  return NULL;
}

/* Signals are for the main thread. */
static int
start (BgHandshakeWorker *self)
{
  sigset_t all, before;
  int error;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  error = pthread_create (&self->thread, NULL, work, self);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  self->running = error == 0;
  if (self->running)
    pthread_setname_np (self->thread, "bamgate-hands");
  return error;
}

BgHandshakeWorker *
bg_handshake_worker_new (int *error)
{
  BgHandshakeWorker *self = calloc (1, sizeof *self);
  int failure;

  if (!self)
    abort ();
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->work, NULL);
  self->crypto = wg_crypto_new ();
  self->fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (!self->crypto)
    failure = ENOTSUP;
  else
    failure = self->fd < 0 ? errno : start (self);
  if (failure == 0)
    return self;
  bg_handshake_worker_free (self);
  *error = failure;
  return NULL;
}

static void
stop (BgHandshakeWorker *self)
{
  pthread_mutex_lock (&self->lock);
  self->stop = true;
  pthread_cond_signal (&self->work);
  pthread_mutex_unlock (&self->lock);
  pthread_join (self->thread, NULL);
}

void
bg_handshake_worker_free (BgHandshakeWorker *self)
{
  if (!self)
    return;
  if (self->running)
    stop (self);
  for (; self->popped < self->put; self->popped++)
    {
      WgHandshakeJob *job = slot_at (self, self->popped)->job;

      bg_packet_free (wg_handshake_packet (job));
      wg_handshake_discard (job);
    }
  if (self->fd >= 0)
    close (self->fd);
  wg_crypto_free (self->crypto);
  pthread_cond_destroy (&self->work);
  pthread_mutex_destroy (&self->lock);
  free (self);
}

int
bg_handshake_worker_fd (const BgHandshakeWorker *self)
{
  return self->fd;
}

uint32_t
bg_handshake_worker_pending (const BgHandshakeWorker *self)
{
  return (uint32_t) (self->n_put - self->popped);
}

void
bg_handshake_worker_put_take (BgHandshakeWorker *self, WgHandshakeJob *job)
{
  pthread_mutex_lock (&self->lock);
  slot_at (self, self->put)->job = job;
  self->n_put = ++self->put;
  pthread_cond_signal (&self->work);
  pthread_mutex_unlock (&self->lock);
}

WgHandshakeJob *
bg_handshake_worker_pop (BgHandshakeWorker *self, uint64_t *ns)
{
  WgHandshakeJob *job = NULL;
  eventfd_t ignored;

  if (self->popped == self->n_put)
    return NULL;
  pthread_mutex_lock (&self->lock);
  if (self->popped < self->done)
    {
      Slot *slot = slot_at (self, self->popped++);

      job = slot->job;
      *ns = slot->ns;
    }
  if (self->told && self->popped == self->done)
    {
      eventfd_read (self->fd, &ignored);
      self->told = false;
    }
  pthread_mutex_unlock (&self->lock);
  return job;
}
