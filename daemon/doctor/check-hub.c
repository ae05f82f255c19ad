/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#include "signaling/service-look.h"

#define LINE "hub.line"
#define ANSWERS "hub.answers"
#define CLOCK "hub.clock"

/* Certificates are made good from an hour before; a handshake that is put back is refused for as long as that lasts. */
#define CLOCK_MOST_US (60 * G_TIME_SPAN_SECOND)

/* What is offered changed, or the hub forgot this machine: it goes out and comes in again. */
static void
say_joining (const BgFacts *facts, GPtrArray *findings)
{
  bg_findings_add_note (findings, LINE, bg_words_ref (facts->line_reason),
                        bg_words (DOCTOR_HUB_AGAIN_MEANS), NULL);
}

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
      if (bg_words_is (facts->line_reason, BG_SAY_JOINING_AGAIN))
        say_joining (facts, findings);
      else
        say_lost (facts, findings);
      break;
    case BG_FACT_LINE_OFFLINE:
    case BG_FACT_LINE_NONE:
    default:
      break;
    }
}

/* --- hub.answers, hub.clock: with a request of our own, whether the tunnel is up or not --- */

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  g_task_return_pointer (task, g_object_ref (result), g_object_unref);
}

void
bg_check_hub_ask (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                  gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_task_set_source_tag (task, bg_check_hub_ask);
  if (facts->hub_url && !facts->is_own_hub)
    bg_service_look_async (facts->hub_url, facts->hub_pin, cancellable, on_looked,
                           g_object_ref (task));
  else
    g_task_return_pointer (task, NULL, NULL);
}

static void
judge_answer (const BgFacts *facts, const GError *error, GPtrArray *findings)
{
  if (facts->line == BG_FACT_LINE_ONLINE || facts->line == BG_FACT_LINE_TRYING)
    return; /* which says the same */
  if (!error)
    bg_findings_add_ok (findings, ANSWERS, bg_words (DOCTOR_HUB_ONLINE, facts->hub_url));
  else
    bg_findings_add_problem (findings, ANSWERS, bg_words (DOCTOR_HUB_SILENT, error),
                             bg_words (DOCTOR_HUB_LOST_MEANS),
                             bg_words (DOCTOR_HUB_LOST_DEED, facts->hub_url));
}

static void
judge_clock (gint64 ahead_us, GPtrArray *findings)
{
  guint64 seconds = (guint64) (ABS (ahead_us) / G_TIME_SPAN_SECOND);

  if (ABS (ahead_us) <= CLOCK_MOST_US)
    bg_findings_add_ok (findings, CLOCK, bg_words (DOCTOR_CLOCK_FINE));
  else
    bg_findings_add_problem (findings, CLOCK,
                             ahead_us > 0 ? bg_words (DOCTOR_CLOCK_AHEAD, seconds)
                                          : bg_words (DOCTOR_CLOCK_BEHIND, seconds),
                             bg_words (DOCTOR_CLOCK_MEANS), bg_words (DOCTOR_CLOCK_DEED));
}

void
bg_check_hub_judge (const BgFacts *facts, const GError *error, gboolean has_clock, gint64 ahead_us,
                    GPtrArray *findings)
{
  judge_answer (facts, error, findings);
  if (!error && has_clock)
    judge_clock (ahead_us, findings);
}

void
bg_check_hub_asked (BgFacts *facts, GAsyncResult *result, GPtrArray *findings)
{
  g_autoptr (GAsyncResult) looked = g_task_propagate_pointer (G_TASK (result), NULL);
  g_autoptr (GError) error = NULL;
  gboolean has_clock = FALSE;
  gint64 ahead_us = 0;

  if (!looked)
    return;
  bg_service_look_finish (looked, &has_clock, &ahead_us, &error);
  bg_check_hub_judge (facts, error, has_clock, ahead_us, findings);
}
