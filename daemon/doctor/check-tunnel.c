/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#define STATE "tunnel.state"
#define DEVICE "tunnel.device"
#define SETTINGS "tunnel.settings"

static BgWords *
first_reason (const BgFacts *facts)
{
  return facts->reasons && facts->reasons->len > 0 ? facts->reasons->pdata[0] : NULL;
}

static void
say_failed (const BgFacts *facts, GPtrArray *findings)
{
  bg_findings_add_problem (findings, STATE, bg_words (DOCTOR_TUNNEL_FAILED, first_reason (facts)),
                           bg_words (DOCTOR_TUNNEL_FAILED_MEANS),
                           bg_words (DOCTOR_TUNNEL_FAILED_DEED));
}

static void
say_off (const BgFacts *facts, GPtrArray *findings)
{
  if (facts->has_network)
    bg_findings_add_note (findings, STATE, bg_words (DOCTOR_TUNNEL_OFF),
                          bg_words (DOCTOR_TUNNEL_OFF_MEANS), bg_words (DOCTOR_TUNNEL_OFF_DEED));
  else
    bg_findings_add_note (findings, STATE, bg_words (DOCTOR_NO_NETWORK),
                          bg_words (DOCTOR_TUNNEL_OFF_MEANS), bg_words (DOCTOR_NO_NETWORK_DEED));
}

/* With a reason, an attempt failed and the next is waited for. */
static void
say_moving (const BgFacts *facts, GPtrArray *findings)
{
  BgWords *reason = first_reason (facts);

  if (facts->state == BG_FACT_STOPPING)
    bg_findings_add_note (findings, STATE, bg_words (DOCTOR_TUNNEL_STOPPING), NULL, NULL);
  else if (reason)
    bg_findings_add_problem (findings, STATE, bg_words (DOCTOR_TUNNEL_WAITS, reason),
                             bg_words (DOCTOR_TUNNEL_WAITS_MEANS), NULL);
  else
    bg_findings_add_note (findings, STATE, bg_words (DOCTOR_TUNNEL_STARTING), NULL, NULL);
}

void
bg_check_tunnel_state (const BgFacts *facts, GPtrArray *findings)
{
  switch (facts->state)
    {
    case BG_FACT_UP:
      bg_findings_add_ok (findings, STATE, bg_words (DOCTOR_TUNNEL_UP));
      break;
    case BG_FACT_FAILED:
      say_failed (facts, findings);
      break;
    case BG_FACT_STARTING:
    case BG_FACT_STOPPING:
      say_moving (facts, findings);
      break;
    case BG_FACT_OFF:
    default:
      say_off (facts, findings);
      break;
    }
}

void
bg_check_tunnel_device (const BgFacts *facts, GPtrArray *findings)
{
  switch (facts->tun)
    {
    case BG_FACT_TUN_FINE:
      bg_findings_add_ok (findings, DEVICE, bg_words (DOCTOR_TUN_FINE));
      break;
    case BG_FACT_TUN_NO_DEVICE:
      bg_findings_add_problem (findings, DEVICE, bg_words (DOCTOR_TUN_MISSING),
                               bg_words (DOCTOR_TUN_MEANS), bg_words (DOCTOR_TUN_MISSING_DEED));
      break;
    case BG_FACT_TUN_NO_RIGHT:
      bg_findings_add_problem (findings, DEVICE, bg_words (DOCTOR_TUN_FORBIDDEN),
                               bg_words (DOCTOR_TUN_MEANS), bg_words (DOCTOR_TUN_FORBIDDEN_DEED));
      break;
    case BG_FACT_TUN_TAKEN:
      bg_findings_add_problem (findings, DEVICE, bg_words (DOCTOR_TUN_TAKEN, facts->interface),
                               bg_words (DOCTOR_TUN_MEANS), bg_words (DOCTOR_TUN_TAKEN_DEED));
      break;
    case BG_FACT_TUN_UNKNOWN:
    default:
      break;
    }
}

void
bg_check_tunnel_settings (const BgFacts *facts, GPtrArray *findings)
{
  g_autofree char *names = facts->pending ? g_strjoinv (", ", facts->pending) : NULL;

  if (names && *names)
    bg_findings_add_note (findings, SETTINGS, bg_words (DOCTOR_PENDING, names),
                          bg_words (DOCTOR_PENDING_MEANS), bg_words (DOCTOR_PENDING_DEED));
}
