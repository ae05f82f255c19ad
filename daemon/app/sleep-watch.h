/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells when the machine is about to sleep, and when it has slept. The first comes from logind, which waits for us with a
 * delay lock; the second also from the clocks, so that it needs neither logind nor a bus. A bus or logind that is not there
 * is waited for, for ever. Main thread only. */

#include <glib.h>

typedef struct BgSleepWatch BgSleepWatch;

typedef struct
{
  /* About to sleep: bg_sleep_watch_ready() ends the wait for us, else logind goes on after some seconds. */
  void (*sleeping) (gpointer owner);
  /* Awake: after each `sleeping`, and after any sleep that nobody announced. */
  void (*awake) (gpointer owner);
} BgSleepWatchEvents;

/* `address` of the bus; NULL: the system bus. */
BgSleepWatch *bg_sleep_watch_new (const char *address, const BgSleepWatchEvents *events, gpointer owner);
/* All that `sleeping` asked for is done. */
void bg_sleep_watch_ready (BgSleepWatch *self);
/* Compares the clocks, as when the kernel says that they were set; for tests. */
void bg_sleep_watch_look (BgSleepWatch *self);
/* Fine on NULL. */
void bg_sleep_watch_free (BgSleepWatch *self);
