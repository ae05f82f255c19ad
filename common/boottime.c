/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/boottime.h"

#include <time.h>

gint64
bg_boottime_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}
