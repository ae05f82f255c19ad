/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#include <sys/socket.h>

typedef struct
{
  int family;
  const char *name; /* the same in all languages */
  const char *udp, *nat, *hairpin;
} Side;

static const Side four = { AF_INET, "IPv4", "net.udp4", "net.nat4", "net.hairpin4" },
                  six = { AF_INET6, "IPv6", "net.udp6", "net.nat6", "net.hairpin6" };

/* What a translator does */

static BgWords *
words_of_mapping (BgNatDependence mapping)
{
  switch (mapping)
    {
    case BG_NAT_INDEPENDENT:
      return bg_words (DOCTOR_MAPPING_SAME);
    case BG_NAT_BY_ADDRESS:
      return bg_words (DOCTOR_MAPPING_BY_ADDRESS);
    case BG_NAT_BY_ADDRESS_AND_PORT:
      return bg_words (DOCTOR_MAPPING_BY_PORT);
    case BG_NAT_DEPENDENT:
      return bg_words (DOCTOR_MAPPING_DIFFERS);
    case BG_NAT_NOT_KNOWN:
    default:
      return bg_words (DOCTOR_MAPPING_NOT_KNOWN);
    }
}

static BgWords *
words_of_filtering (BgNatDependence filtering)
{
  switch (filtering)
    {
    case BG_NAT_INDEPENDENT:
      return bg_words (DOCTOR_FILTER_NONE);
    case BG_NAT_BY_ADDRESS:
      return bg_words (DOCTOR_FILTER_BY_ADDRESS);
    case BG_NAT_BY_ADDRESS_AND_PORT:
      return bg_words (DOCTOR_FILTER_BY_PORT);
    case BG_NAT_DEPENDENT:
    case BG_NAT_NOT_KNOWN:
    default:
      return bg_words (DOCTOR_FILTER_NOT_KNOWN);
    }
}

static void
say_translated (const Side *side, const BgNatReport *report, GPtrArray *findings)
{
  g_autoptr (BgWords) mapping = words_of_mapping (report->mapping),
                      filtering = words_of_filtering (report->filtering);
  BgWords *found = bg_words (DOCTOR_NAT, side->name, mapping, filtering);

  switch (bg_nat_report_grade (report))
    {
    case BG_NAT_HARD:
      bg_findings_add_note (findings, side->nat, found, bg_words (DOCTOR_NAT_HARD_MEANS),
                            bg_words (DOCTOR_NAT_HARD_DEED));
      break;
    case BG_NAT_UNJUDGED:
      bg_findings_add_note (findings, side->nat, found, bg_words (DOCTOR_NAT_UNJUDGED_MEANS),
                            bg_words (DOCTOR_NAT_UNJUDGED_DEED));
      break;
    case BG_NAT_OPEN:
    case BG_NAT_EASY:
    default:
      bg_findings_add_ok (findings, side->nat, found);
      break;
    }
}

static void
say_untranslated (const Side *side, const BgNatReport *report, GPtrArray *findings)
{
  g_autoptr (BgWords) filtering = words_of_filtering (report->filtering);

  bg_findings_add_ok (findings, side->nat, bg_words (DOCTOR_NO_NAT, side->name, filtering));
}

/* No fault: machines of one network have no need of it. */
static void
say_hairpin (const Side *side, const BgNatReport *report, GPtrArray *findings)
{
  if (report->hairpin == BG_NAT_YES)
    bg_findings_add_ok (findings, side->hairpin, bg_words (DOCTOR_HAIRPIN));
  else if (report->hairpin == BG_NAT_NO)
    bg_findings_add_ok (findings, side->hairpin, bg_words (DOCTOR_NO_HAIRPIN));
}

static void
say_report (const Side *side, const BgNatReport *report, GPtrArray *findings)
{
  char address[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&report->mapped.host, address);
  bg_findings_add_ok (findings, side->udp, bg_words (DOCTOR_UDP, side->name, address));
  if (report->translated)
    say_translated (side, report, findings);
  else
    say_untranslated (side, report, findings);
  say_hairpin (side, report, findings);
}

/* Whether anything gets out */

/* Most networks are without IPv6, and nothing is wrong with that. */
static void
say_no_way (const Side *side, GPtrArray *findings)
{
  BgWords *found = bg_words (DOCTOR_NO_WAY, side->name);

  if (side->family == AF_INET6)
    bg_findings_add_ok (findings, side->udp, found);
  else
    bg_findings_add_note (findings, side->udp, found, bg_words (DOCTOR_NO_WAY_MEANS), NULL);
}

static void
say_no_server (const Side *side, GPtrArray *findings)
{
  BgWords *found = bg_words (DOCTOR_STUN_UNRESOLVED, side->name);

  if (side->family == AF_INET6)
    bg_findings_add_ok (findings, side->udp, found);
  else
    bg_findings_add_note (findings, side->udp, found, bg_words (DOCTOR_STUN_UNRESOLVED_MEANS),
                          bg_words (DOCTOR_STUN_UNRESOLVED_DEED));
}

/* The hub is reached by TCP, perhaps in the other family; without it nothing may get out at all, which other checks say. */
static void
say_silence (const BgFacts *facts, const Side *side, GPtrArray *findings)
{
  BgWords *found = bg_words (DOCTOR_NO_UDP, side->name);

  if (facts->line != BG_FACT_LINE_ONLINE)
    bg_findings_add_note (findings, side->udp, found, bg_words (DOCTOR_NOTHING_OUT_MEANS), NULL);
  else if (side->family == AF_INET6)
    bg_findings_add_note (findings, side->udp, found, bg_words (DOCTOR_NO_UDP_MEANS),
                          bg_words (DOCTOR_NO_UDP_DEED));
  else
    bg_findings_add_problem (findings, side->udp, found, bg_words (DOCTOR_NO_UDP_MEANS),
                             bg_words (DOCTOR_NO_UDP_DEED));
}

static gboolean
has_way (const BgFacts *facts, const Side *side, const BgNatFound *found)
{
  if (found->has_way)
    return TRUE;
  return !found->has_server
         && (!facts->networks || bg_local_networks_has_default (facts->networks, side->family));
}

static void
say (const BgFacts *facts, const Side *side, const BgNatFound *found, GPtrArray *findings)
{
  if (!has_way (facts, side, found))
    say_no_way (side, findings);
  else if (!found->has_server)
    say_no_server (side, findings);
  else if (!found->report.answered)
    say_silence (facts, side, findings);
  else
    say_report (side, &found->report, findings);
}

void
bg_check_nat_say (const BgFacts *facts, int family, const BgNatFound *found, GPtrArray *findings)
{
  const Side *side = family == AF_INET ? &four : &six;

  if (facts->stun_servers && *facts->stun_servers)
    say (facts, side, found, findings);
  else if (family == AF_INET)
    bg_findings_add_note (findings, side->nat, bg_words (DOCTOR_NO_STUN),
                          bg_words (DOCTOR_NO_STUN_MEANS), bg_words (DOCTOR_NO_STUN_DEED));
}

/* Asking */

static void
start (BgFacts *facts, int family, GCancellable *cancellable, GAsyncReadyCallback callback,
       gpointer data)
{
  static const char *const none[] = { NULL };
  const char *const *urls = (const char *const *) facts->stun_servers;

  bg_nat_probe_async (urls ? urls : none, family, cancellable, callback, data);
}

static void
finish (BgFacts *facts, int family, GAsyncResult *result, GPtrArray *findings)
{
  BgNatFound found;

  if (bg_nat_probe_finish (result, &found, NULL))
    bg_check_nat_say (facts, family, &found, findings);
}

void
bg_check_nat4_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer data)
{
  start (facts, AF_INET, cancellable, callback, data);
}

void
bg_check_nat4_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings)
{
  finish (facts, AF_INET, result, findings);
}

void
bg_check_nat6_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer data)
{
  start (facts, AF_INET6, cancellable, callback, data);
}

void
bg_check_nat6_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings)
{
  finish (facts, AF_INET6, result, findings);
}
