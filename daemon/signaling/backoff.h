/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* How long to wait before dialling again after `failures` in a row (spec 1.7): 1 s doubling to 30
 * s, where it stays. */
enum
{
  BG_BACKOFF_FIRST_MS = 1000,
  BG_BACKOFF_LAST_MS = 30000
};

/* The delay in ms without jitter; 0 for no failure. */
guint bg_backoff_base_ms (guint failures);
/* The same spread over three quarters to one and a half of it, and never outside of 1 s to 30 s, so
 * that the clients of a hub that restarts do not come back in step. `random` is from [0, 1). */
guint bg_backoff_delay_ms (guint failures, double random);
