/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

/* What the tunnel says of itself, and what follows. */
typedef struct
{
  const char *check;
  BgFactSays says;
  BgFindingVerdict verdict;
  BgSaying means;
  BgSaying deed; /* BG_SAYINGS: none, or what is said names it */
} Concern;

static const Concern concerns[] = {
  { "tunnel.interface", BG_FACT_SAYS_INTERFACE, BG_FINDING_PROBLEM, BG_SAY_DOCTOR_INTERFACE_MEANS,
    BG_SAY_DOCTOR_INTERFACE_DEED },
  { "tunnel.applied", BG_FACT_SAYS_SETTINGS, BG_FINDING_PROBLEM, BG_SAY_DOCTOR_APPLIED_MEANS,
    BG_SAY_DOCTOR_APPLIED_DEED },
  { "tunnel.routes", BG_FACT_SAYS_ROUTES, BG_FINDING_PROBLEM, BG_SAY_DOCTOR_ROUTES_MEANS,
    BG_SAYINGS },
  { "hub.own", BG_FACT_SAYS_HUB, BG_FINDING_PROBLEM, BG_SAY_DOCTOR_OWN_HUB_MEANS,
    BG_SAY_DOCTOR_OWN_HUB_DEED },
  { "hub.relay", BG_FACT_SAYS_RELAY, BG_FINDING_NOTE, BG_SAY_DOCTOR_RELAY_MEANS, BG_SAYINGS },
  { "hub.readable", BG_FACT_SAYS_READABLE, BG_FINDING_NOTE, BG_SAY_DOCTOR_READABLE_MEANS,
    BG_SAY_DOCTOR_READABLE_DEED },
  { "net.gateway", BG_FACT_SAYS_GATEWAY, BG_FINDING_PROBLEM, BG_SAY_DOCTOR_FIREWALL_MEANS,
    BG_SAY_DOCTOR_GATEWAY_DEED },
  { "exit.leaks", BG_FACT_SAYS_STRICT, BG_FINDING_PROBLEM, BG_SAY_DOCTOR_STRICT_SAYS_MEANS,
    BG_SAY_DOCTOR_GATEWAY_DEED },
  { "exit.families", BG_FACT_SAYS_BLOCKED, BG_FINDING_NOTE, BG_SAY_DOCTOR_BLOCKED_MEANS,
    BG_SAYINGS },
  { "exit.names", BG_FACT_SAYS_EXIT_NAMES, BG_FINDING_NOTE, BG_SAY_DOCTOR_EXIT_NAMES_MEANS,
    BG_SAYINGS },
  { "dns.resolver", BG_FACT_SAYS_RESOLVER, BG_FINDING_PROBLEM, BG_SAY_DOCTOR_DNS_MEANS,
    BG_SAY_DOCTOR_RESOLVER_DEED },
  { "dns.told", BG_FACT_SAYS_SYSTEM_DNS, BG_FINDING_PROBLEM, BG_SAY_DOCTOR_DNS_MEANS, BG_SAYINGS },
  { "dns.names", BG_FACT_SAYS_NAMES, BG_FINDING_NOTE, BG_SAY_DOCTOR_NAMES_MEANS, BG_SAYINGS },
  { "dns.suffix", BG_FACT_SAYS_SUFFIX, BG_FINDING_NOTE, BG_SAY_DOCTOR_SUFFIX_MEANS, BG_SAYINGS },
};

static BgWords *
say (BgSaying saying)
{
  return saying == BG_SAYINGS ? NULL : bg_words_make (saying, (GVariant *[]){ NULL });
}

/* net.firewall said that already. */
static gboolean
is_an_obstacle (const BgFacts *facts, const BgWords *said)
{
  for (guint i = 0; i < facts->obstacles->len; i++)
    if (bg_words_equal (facts->obstacles->pdata[i], said))
      return TRUE;
  return FALSE;
}

void
bg_check_concerns (const BgFacts *facts, GPtrArray *findings)
{
  for (gsize i = 0; i < G_N_ELEMENTS (concerns); i++)
    {
      const Concern *concern = &concerns[i];
      BgWords *said = facts->says[concern->says];

      if (!said || is_an_obstacle (facts, said))
        continue;
      if (concern->verdict == BG_FINDING_NOTE)
        bg_findings_add_note (findings, concern->check, bg_words_ref (said), say (concern->means),
                              say (concern->deed));
      else
        bg_findings_add_problem (findings, concern->check, bg_words_ref (said),
                                 say (concern->means), say (concern->deed));
    }
}
