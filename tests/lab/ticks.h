/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <time.h>

/* Monotonic time in nanoseconds, for what sends at a set rate. */

static inline uint64_t
now_ns (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

static inline void
sleep_until (uint64_t at)
{
  struct timespec t = { .tv_sec = (time_t) (at / 1000000000u),
                        .tv_nsec = (long) (at % 1000000000u) };

  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
    ;
}
