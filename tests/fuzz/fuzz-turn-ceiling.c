/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an owner writes as the ceiling of her relay, and a count at any moment of any clock: what is read has a bound, and the
 * period whose bound is reached has an end that is still to come. */
#include "worker/core/turn-ceiling.h"
#include "fuzz.h"

#include <string.h>

enum
{
  CLOCK = 4, /* bytes of the moment before the text, in steps of 16 s */
};

const char *const fuzz_texts[] = {
  "\1\2\3\4"
  "50GB/month",
  "\1\2\3\150"
  "2GB/day,50GB/month",
  "\377\377\377\377"
  "1900k messages/day",
  "\1\2\3\4"
  " 9007199254740992 messages / month , 1TB/day",
  NULL,
};

static bool
has_bound (const BgTurnCeiling *ceiling)
{
  return ceiling->day.bytes + ceiling->day.messages + ceiling->month.bytes + ceiling->month.messages
         > 0;
}

static void
spend (const BgTurnCeiling *ceiling, uint64_t unix_s)
{
  const BgTurnAmount step = bg_turn_ceiling_step (ceiling);
  BgTurnSpent spent = { 0 };
  BgTurnPeriod period;

  bg_turn_spent_turn (&spent, unix_s);
  bg_turn_spent_add (&spent, UINT64_MAX, UINT64_MAX);
  bg_turn_spent_add (&spent, UINT64_MAX, UINT64_MAX);
  period = bg_turn_spent_reached (&spent, ceiling);
  ASSERT (step.bytes > 0 && step.messages > 0);
  ASSERT (period == BG_TURN_NO_PERIOD || bg_turn_spent_until (&spent, period) > 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BgTurnCeiling ceiling;
  uint32_t steps;

  if (size < CLOCK)
    return 0;
  memcpy (&steps, data, sizeof steps);
  ASSERT (bg_turn_ceiling_read ((BgBytes){ data + CLOCK, size - CLOCK }, &ceiling)
          == has_bound (&ceiling));
  ASSERT (bg_turn_ceiling_is_set (&ceiling) == has_bound (&ceiling));
  spend (&ceiling, (uint64_t) steps << 4);
  return 0;
}
