/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#define MEMBERSHIP "network.membership"
#define WAITING "network.waiting"

static void
look_at_membership (const BgFacts *facts, GPtrArray *findings)
{
  if (g_str_equal (facts->membership, "alarm"))
    bg_findings_add_problem (findings, MEMBERSHIP, bg_words (DOCTOR_DISPUTED),
                             bg_words (DOCTOR_DISPUTED_MEANS), bg_words (DOCTOR_DISPUTED_DEED));
  else if (g_str_equal (facts->membership, "pending"))
    bg_findings_add_problem (findings, MEMBERSHIP, bg_words (DOCTOR_NOT_LET_IN),
                             bg_words (DOCTOR_NOT_LET_IN_MEANS), bg_words (DOCTOR_NOT_LET_IN_DEED));
  else if (g_str_equal (facts->membership, "signed"))
    bg_findings_add_ok (findings, MEMBERSHIP, bg_words (DOCTOR_SIGNED));
  else
    bg_findings_add_ok (findings, MEMBERSHIP, bg_words (DOCTOR_NOT_SIGNED));
}

void
bg_check_members (const BgFacts *facts, GPtrArray *findings)
{
  if (!facts->membership || !*facts->membership)
    return;
  look_at_membership (facts, findings);
  if (facts->is_owner && facts->pending_devices > 0)
    bg_findings_add_note (findings, WAITING, bg_words (DOCTOR_WAITING, facts->pending_devices),
                          bg_words (DOCTOR_WAITING_MEANS), bg_words (DOCTOR_WAITING_DEED));
}
