/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* How long to wait before dialling again after `failures` in a row (spec 1.7): 1 s doubling to 30
 * s, where it stays. */
enum
{
  BG_BACKOFF_FIRST_MS = 1000,
  BG_BACKOFF_LAST_MS = 30000,
  BG_BACKOFF_AGAIN_MS = 250,    /* a line that held was lost */
  BG_BACKOFF_PER_OTHER_MS = 20, /* so that fifty come in a second, and no more than a hundred */
  BG_BACKOFF_MOST_OTHERS = 500,
  BG_BACKOFF_MOST_ASKED_S = 15 * 60,
};

/* The delay in ms without jitter; 0 for no failure. */
guint bg_backoff_base_ms (guint failures);
/* The same spread over three quarters to one and a half of it, and never outside of 1 s to 30 s, so
 * that the clients of a hub that restarts do not come back in step. `random` is from [0, 1). */
guint bg_backoff_delay_ms (guint failures, double random);
/* The delay in ms before the first attempt after a line that had held was closed: 250 to 750 ms, and what the crowd takes. */
guint bg_backoff_again_ms (guint others, double random);
/* A hub that closes one line mostly closes all: each of `others` adds 20 ms, up to 10 s, to the time over which a delay is spread.
 * What is to be added for `random` from [0, 1). */
guint bg_backoff_crowd_ms (guint others, double random);
/* How long a hub that refuses asks to be left alone: `retry_after` is the value of its header (RFC 9110, 10.2.3: seconds, or a date; NULL: it has none), `now` Unix seconds.
 * In ms, of at most 15 minutes, and up to a quarter longer for `random` from [0, 1), so that not all come at once; 0 where that is nothing. */
guint bg_backoff_asked_ms (const char *retry_after, gint64 now, double random);
