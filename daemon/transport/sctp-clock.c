/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sctp-clock.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum
{
  BUSY_MS = 4000,  /* longer than the first retransmission timers of what nobody waits for */
  NAP_MS = 300000, /* the thread looks for its end after each sleep */
};

static GMutex lock;
static GCond woken;
static guint holds;               /* under the lock */
static _Atomic gint64 busy_until; /* monotonic, microseconds */

void
bg_sctp_clock_touch (void)
{
  gint64 now = g_get_monotonic_time ();

  /* Once in a while is enough. */
  if (atomic_load_explicit (&busy_until, memory_order_relaxed) - now
      > BUSY_MS / 2 * G_TIME_SPAN_MILLISECOND)
    return;
  g_mutex_lock (&lock);
  atomic_store_explicit (&busy_until, now + BUSY_MS * G_TIME_SPAN_MILLISECOND,
                         memory_order_relaxed);
  g_cond_signal (&woken);
  g_mutex_unlock (&lock);
}

void
bg_sctp_clock_hold (void)
{
  g_mutex_lock (&lock);
  holds++;
  g_cond_signal (&woken);
  g_mutex_unlock (&lock);
}

void
bg_sctp_clock_release (void)
{
  g_mutex_lock (&lock);
  g_assert (holds > 0);
  holds--;
  g_mutex_unlock (&lock);
  bg_sctp_clock_touch ();
}

/* Until there is something to keep time for. */
static void
nap (void)
{
  gint64 now = g_get_monotonic_time (), end = now + NAP_MS * G_TIME_SPAN_MILLISECOND;

  if (atomic_load_explicit (&busy_until, memory_order_relaxed) > now)
    return;
  g_mutex_lock (&lock);
  while (holds == 0 && atomic_load_explicit (&busy_until, memory_order_relaxed) <= now
         && g_cond_wait_until (&woken, &lock, end))
    now = g_get_monotonic_time ();
  g_mutex_unlock (&lock);
}

static gboolean
is_sctp_timer (void)
{
  static _Thread_local enum { UNKNOWN, YES, NO } answer;
  char name[16] = "";

  if (answer == UNKNOWN)
    {
      pthread_getname_np (pthread_self (), name, sizeof name);
      answer = strcmp (name, "SCTP timer") == 0 ? YES : NO;
    }
  return answer == YES;
}

/* The C library's, for the whole process; exported from the daemon (daemon/meson.build), private in its tests. */
__attribute__ ((visibility ("default"))) int
nanosleep (const struct timespec *wanted, struct timespec *left)
{
  int error;

  if (is_sctp_timer ())
    nap ();
  error = clock_nanosleep (CLOCK_MONOTONIC, 0, wanted, left);
  if (error == 0)
    return 0;
  errno = error;
  return -1;
}
