/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-pace.h"

enum
{
  SECOND_MS = 1000,
  MINUTE_MS = 60 * SECOND_MS,
  MOST_DOUBLINGS = 16, /* beyond every longest delay, and no overflow in 64 bits */
};

#define JITTER 0.2

const BgOperatorTiming bg_operator_timing = {
  .poll_ms = 30 * SECOND_MS,
  .longest_ms = 5 * MINUTE_MS,
  .refused_ms = 5 * MINUTE_MS,
  .busy_ms = MINUTE_MS,
  .register_ms = 10 * MINUTE_MS,
};

BgAnswerKind
bg_answer_kind (guint status)
{
  switch (status)
    {
    case 401:
    case 403:
      return BG_ANSWER_REFUSED;
    case 404:
      return BG_ANSWER_GONE;
    case 429:
      return BG_ANSWER_BUSY;
    default:
      break;
    }
  if (status >= 200 && status < 300)
    return BG_ANSWER_GOOD;
  return status >= 400 && status < 500 ? BG_ANSWER_NOT_SO : BG_ANSWER_UNREACHED;
}

static guint
doubled (const BgOperatorTiming *timing, guint failures)
{
  guint64 delay = (guint64) timing->poll_ms << MIN (failures, MOST_DOUBLINGS);

  return (guint) MIN (delay, MAX (timing->longest_ms, timing->poll_ms));
}

static guint
spread (guint delay_ms, double random)
{
  double factor = 1.0 - JITTER + 2.0 * JITTER * CLAMP (random, 0.0, 1.0);

  return (guint) (delay_ms * factor);
}

/* So much at least, and up to a fifth later: not all machines come at once. */
static guint
not_before (guint least_ms, double random)
{
  return least_ms + (guint) (least_ms * JITTER * CLAMP (random, 0.0, 1.0));
}

guint
bg_operator_pace_next (BgOperatorPace *self, const BgOperatorTiming *timing, BgAnswerKind kind,
                       guint asked_ms, double random)
{
  guint delay;

  if (kind == BG_ANSWER_GOOD)
    {
      self->failures = 0;
      return timing->poll_ms;
    }
  self->failures = MIN (self->failures + 1, MOST_DOUBLINGS);
  delay = spread (doubled (timing, self->failures - 1), random);
  if (kind == BG_ANSWER_REFUSED)
    delay = MAX (delay, not_before (MAX (timing->refused_ms, timing->poll_ms), random));
  if (kind == BG_ANSWER_BUSY && !asked_ms)
    delay = MAX (delay, not_before (timing->busy_ms, random));
  return asked_ms ? MAX (kind == BG_ANSWER_BUSY ? 0 : delay, not_before (asked_ms, random)) : delay;
}

gboolean
bg_key_tries_take (BgKeyTries *self, gint64 now)
{
  gint64 *oldest = &self->at[self->next];

  if (*oldest != 0 && now - *oldest < BG_KEY_TRIES_US)
    return FALSE;
  *oldest = now;
  self->next = (self->next + 1) % BG_KEY_TRIES;
  return TRUE;
}
