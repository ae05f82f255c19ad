/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wg/wg-messages.h"

#include <stdbool.h>

/* One word more than the window, so that the newest word may be filled while the oldest is still asked for (RFC 6479). */
enum { WG_REPLAY_WORDS = WG_COUNTER_WINDOW / 64 + 1 };

/* Which of the last 8192 counters have been seen. Starts zeroed. */
typedef struct
{
  uint64_t highest;
  uint64_t bits[WG_REPLAY_WORDS];
} WgReplay;

/* Notes `counter` of an authentic packet; false: seen before, too old, or past REJECT_AFTER_MESSAGES. */
bool wg_replay_accept (WgReplay *replay, uint64_t counter);
