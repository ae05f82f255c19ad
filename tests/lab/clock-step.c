/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* To be preloaded: a wall clock that somebody sets. $BAMGATE_CLOCK_STEP names a file of eight bytes, the nanoseconds (a signed
 * number of this machine) that are added to CLOCK_REALTIME; whoever writes it steps the clock of the program. Its other
 * clocks go on, and timers on the wall clock are not told. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum
{
  NS_PER_S = 1000000000
};
typedef int (*ClockGettime) (clockid_t clock, struct timespec *now);

static const volatile int64_t *step_ns;
static ClockGettime real_clock_gettime;

__attribute__ ((constructor)) static void
prepare (void)
{
  const char *path = getenv ("BAMGATE_CLOCK_STEP");
  int fd = path ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  void *map = fd < 0 ? MAP_FAILED : mmap (NULL, sizeof *step_ns, PROT_READ, MAP_SHARED, fd, 0);

  real_clock_gettime = (ClockGettime) dlsym (RTLD_NEXT, "clock_gettime");
  if (map != MAP_FAILED)
    step_ns = map;
  if (fd >= 0)
    close (fd);
}

int
clock_gettime (clockid_t clock, struct timespec *now)
{
  ClockGettime next = real_clock_gettime ? real_clock_gettime
                                         : (ClockGettime) dlsym (RTLD_NEXT, "clock_gettime");
  int result = next (clock, now);
  int64_t ns;

  if (result != 0 || !step_ns || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
    return result;
  ns = (int64_t) now->tv_sec * NS_PER_S + now->tv_nsec + *step_ns;
  now->tv_sec = (time_t) (ns / NS_PER_S);
  now->tv_nsec = (long) (ns % NS_PER_S);
  return 0;
}

int
gettimeofday (struct timeval *now, void *zone)
{
  struct timespec precise;

  clock_gettime (CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t
time (time_t *result)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  if (result)
    *result = now.tv_sec;
  return now.tv_sec;
}
