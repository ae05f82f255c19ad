/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-step.h"

/* By whether there is a key with its certificate, an id, and an API key. */
static const BgOperatorStep at_start[2][2][2] = {
  /* pair, id */
  [1][1] = { BG_STEP_WAIT, BG_STEP_POLL },
  [1][0] = { BG_STEP_WAIT, BG_STEP_ADOPT },
  [0][1] = { BG_STEP_WAIT, BG_STEP_CERTIFY },
  [0][0] = { BG_STEP_WAIT, BG_STEP_REGISTER },
};

/* Of a machine that is registered: an old certificate still works while the list is read. */
static BgOperatorStep
when_registered (const BgOperatorFacts *facts)
{
  if (facts->has_ended && facts->is_due)
    return BG_STEP_CERTIFY;
  if (!facts->has_polled)
    return BG_STEP_POLL;
  if (facts->is_due)
    return BG_STEP_CERTIFY;
  if (facts->is_unread)
    return BG_STEP_READ;
  return facts->wants_others ? BG_STEP_SELECT : BG_STEP_REST;
}

BgOperatorStep
bg_operator_step (const BgOperatorFacts *facts)
{
  BgOperatorStep step = at_start[!!facts->has_pair][!!facts->has_id][!!facts->has_api_key];

  if (step == BG_STEP_REGISTER && facts->has_asked)
    return BG_STEP_ADOPT;
  return step == BG_STEP_POLL ? when_registered (facts) : step;
}

const char *
bg_operator_step_get_name (BgOperatorStep step)
{
  static const char *const names[] = {
    [BG_STEP_REST] = "rest",   [BG_STEP_WAIT] = "wait",       [BG_STEP_REGISTER] = "register",
    [BG_STEP_ADOPT] = "adopt", [BG_STEP_CERTIFY] = "certify", [BG_STEP_POLL] = "poll",
    [BG_STEP_READ] = "read",   [BG_STEP_SELECT] = "select",
  };

  return names[step];
}
