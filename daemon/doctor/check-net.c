/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#define OVERLAP "net.overlap"

static void
say_overlap (const BgIpPrefix *subnet, const BgLocalNetwork *other, GPtrArray *findings)
{
  char ours[BG_IP_PREFIX_TEXT], theirs[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (subnet, ours);
  bg_ip_prefix_format (&other->prefix, theirs);
  bg_findings_add_problem (findings, OVERLAP,
                           bg_words (DOCTOR_OVERLAP, ours, theirs, other->interface),
                           bg_words (DOCTOR_OVERLAP_MEANS), bg_words (DOCTOR_OVERLAP_DEED));
}

/* Was there one? */
static gboolean
look_at (const BgFacts *facts, const BgIpPrefix *address, GPtrArray *findings)
{
  BgIpPrefix subnet = *address;
  const BgLocalNetwork *other;

  bg_ip_prefix_mask (&subnet);
  other = bg_local_networks_meet (facts->networks, &subnet, BG_LOCAL_CONNECTED);
  if (other)
    say_overlap (&subnet, other, findings);
  return other != NULL;
}

void
bg_check_net_overlap (const BgFacts *facts, GPtrArray *findings)
{
  gboolean any = FALSE;

  if (!facts->networks || facts->n_addresses == 0)
    return;
  for (guint i = 0; i < facts->n_addresses; i++)
    any |= look_at (facts, &facts->addresses[i], findings);
  if (!any)
    bg_findings_add_ok (findings, OVERLAP, bg_words (DOCTOR_NO_OVERLAP));
}
