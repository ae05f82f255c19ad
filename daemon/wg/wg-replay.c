/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-replay.h"

static void
advance (WgReplay *replay, uint64_t counter)
{
  uint64_t from = replay->highest / 64;
  uint64_t steps = counter / 64 - from;

  if (steps > WG_REPLAY_WORDS)
    steps = WG_REPLAY_WORDS;
  for (uint64_t i = 1; i <= steps; i++)
    replay->bits[(counter / 64 - steps + i) % WG_REPLAY_WORDS] = 0;
  replay->highest = counter;
}

bool
wg_replay_accept (WgReplay *replay, uint64_t counter)
{
  uint64_t bit = UINT64_C (1) << (counter % 64);
  uint64_t *word;

  if (counter >= WG_REJECT_AFTER_MESSAGES)
    return false;
  if (counter > replay->highest)
    advance (replay, counter);
  else if (replay->highest - counter >= WG_COUNTER_WINDOW)
    return false;

  word = &replay->bits[counter / 64 % WG_REPLAY_WORDS];
  if (*word & bit)
    return false;
  *word |= bit;
  return true;
}
