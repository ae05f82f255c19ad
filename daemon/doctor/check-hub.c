/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#define LINE "hub.line"

static void
say_lost (const BgFacts *facts, GPtrArray *findings)
{
  BgWords *found = facts->line_reason ? bg_words_ref (facts->line_reason)
                                      : bg_words (CONNECTING_TO_HUB);

  bg_findings_add_problem (findings, LINE, found, bg_words (DOCTOR_HUB_LOST_MEANS),
                           bg_words (DOCTOR_HUB_LOST_DEED, facts->hub_url));
}

void
bg_check_hub_line (const BgFacts *facts, GPtrArray *findings)
{
  switch (facts->line)
    {
    case BG_FACT_LINE_ONLINE:
      bg_findings_add_ok (findings, LINE, bg_words (DOCTOR_HUB_ONLINE, facts->hub_url));
      break;
    case BG_FACT_LINE_TRYING:
      say_lost (facts, findings);
      break;
    case BG_FACT_LINE_OFFLINE:
    case BG_FACT_LINE_NONE:
    default:
      break;
    }
}
