/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#define SECRETS "tunnel.secrets"
#define FILES "tunnel.files"

/* Below this, what has to be remembered may not be. */
#define LEAST_FREE (1024 * 1024)

void
bg_check_secrets (const BgFacts *facts, GPtrArray *findings)
{
  if (facts->secrets_error)
    bg_findings_add_problem (findings, SECRETS, bg_words_ref (facts->secrets_error),
                             bg_words (DOCTOR_SECRETS_MEANS), bg_words (DOCTOR_SECRETS_DEED));
  else if (facts->asks_people)
    bg_findings_add_note (findings, SECRETS, bg_words (DOCTOR_SECRETS_ASKED),
                          bg_words (DOCTOR_SECRETS_ASKED_MEANS),
                          bg_words (DOCTOR_SECRETS_ASKED_DEED));
  else if (facts->has_network && !facts->has_key)
    bg_findings_add_problem (findings, SECRETS, bg_words (DOCTOR_NO_KEY),
                             bg_words (DOCTOR_NO_KEY_MEANS), bg_words (DOCTOR_NO_KEY_DEED));
  else if (facts->has_network)
    bg_findings_add_ok (findings, SECRETS, bg_words (DOCTOR_SECRETS_FINE));
}

void
bg_check_files (const BgFacts *facts, GPtrArray *findings)
{
  if (!facts->state_dir)
    return;
  if (facts->state_errno)
    bg_findings_add_problem (
      findings, FILES,
      bg_words (DOCTOR_STATE_CLOSED, facts->state_dir, bg_arg_errno (facts->state_errno)),
      bg_words (DOCTOR_STATE_MEANS), bg_words (DOCTOR_STATE_CLOSED_DEED, facts->state_dir));
  else if (facts->state_free < LEAST_FREE)
    bg_findings_add_problem (findings, FILES, bg_words (DOCTOR_STATE_FULL, facts->state_dir),
                             bg_words (DOCTOR_STATE_MEANS), bg_words (DOCTOR_STATE_FULL_DEED));
  else
    bg_findings_add_ok (findings, FILES, bg_words (DOCTOR_STATE_FINE, facts->state_dir));
}
