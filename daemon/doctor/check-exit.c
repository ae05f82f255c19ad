/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#define STATE "exit.state"
#define STRICT "exit.strict"

static void
look_at_state (const BgFacts *facts, GPtrArray *findings)
{
  BgWords *reason = facts->exit_reason ? bg_words_ref (facts->exit_reason)
                                       : bg_words (EXIT_NOT_CONNECTED, facts->exit_id);

  if (facts->exit != BG_FACT_EXIT_ACTIVE)
    bg_findings_add_problem (findings, STATE, reason, bg_words (DOCTOR_EXIT_MEANS),
                             bg_words (DOCTOR_EXIT_DEED));
  else
    {
      bg_findings_add_ok (findings, STATE, bg_words (DOCTOR_EXIT_FINE, facts->exit_id));
      bg_words_unref (reason);
    }
}

/* What a daemon left that is not there any more, or another one keeps. */
static void
look_at_strictness (const BgFacts *facts, GPtrArray *findings)
{
  if (facts->is_strict && !facts->is_shut)
    bg_findings_add_problem (findings, STRICT, bg_words (DOCTOR_STRICT_OPEN),
                             bg_words (DOCTOR_STRICT_OPEN_MEANS),
                             bg_words (DOCTOR_STRICT_OPEN_DEED));
  else if (facts->is_strict)
    bg_findings_add_ok (findings, STRICT, bg_words (DOCTOR_STRICT_FINE));
  else if (facts->is_shut)
    bg_findings_add_problem (findings, STRICT, bg_words (DOCTOR_STRICT_LEFT),
                             bg_words (DOCTOR_STRICT_LEFT_MEANS),
                             bg_words (DOCTOR_STRICT_LEFT_DEED));
}

void
bg_check_exit (const BgFacts *facts, GPtrArray *findings)
{
  if (facts->exit_id && (facts->state == BG_FACT_UP || facts->is_strict))
    look_at_state (facts, findings);
  look_at_strictness (facts, findings);
}
