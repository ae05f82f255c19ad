/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"
#include "doctor/rtt-probe.h"

#include "common/error.h"

#define RELAY "relay.latency"
#define TURN "relay.turn"

enum
{
  SERVERS_MAX = 8,
  SLOW_US = 250 * 1000, /* from here on people notice that they speak at once */
};

typedef struct
{
  const char *url; /* NULL: the hub's relay */
  gint64 rtt_us;   /* < 0: it did not answer */
  GError *error;
} Answer;

typedef struct
{
  guint n, n_open;
  Answer answers[SERVERS_MAX + 1];
} Round;

typedef struct
{
  GTask *task;
  Answer *answer;
} Asked;

static void
round_free (gpointer data)
{
  Round *round = data;

  for (guint i = 0; i < round->n; i++)
    g_clear_error (&round->answers[i].error);
  g_free (round);
}

/* Words */

static char *
format_ms (gint64 us)
{
  return us < 10000 ? g_strdup_printf ("%.1f", (double) us / 1000)
                    : g_strdup_printf ("%" G_GINT64_FORMAT, us / 1000);
}

static void
say_answered (const char *url, gint64 rtt_us, GPtrArray *findings)
{
  g_autofree char *ms = format_ms (rtt_us);
  BgWords *found = url ? bg_words (DOCTOR_TURN_ANSWERS, url, ms)
                       : bg_words (DOCTOR_RELAY_ANSWERS, ms);

  if (rtt_us < SLOW_US)
    bg_findings_add_ok (findings, url ? TURN : RELAY, found);
  else
    bg_findings_add_note (findings, url ? TURN : RELAY, found, bg_words (DOCTOR_RELAY_SLOW_MEANS),
                          bg_words (DOCTOR_RELAY_SLOW_DEED));
}

static BgWords *
words_of_error (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return bg_words (DOCTOR_NO_ANSWER);
  return bg_error_dup_words (error);
}

static void
say_silent (const char *url, const GError *error, GPtrArray *findings)
{
  g_autoptr (BgWords) why = words_of_error (error);

  if (url)
    bg_findings_add_problem (findings, TURN, bg_words (DOCTOR_TURN_SILENT, url, why),
                             bg_words (DOCTOR_TURN_SILENT_MEANS),
                             bg_words (DOCTOR_TURN_SILENT_DEED));
  else
    bg_findings_add_note (findings, RELAY, bg_words (DOCTOR_RELAY_SILENT, why),
                          bg_words (DOCTOR_RELAY_SILENT_MEANS),
                          bg_words (DOCTOR_RELAY_SILENT_DEED));
}

void
bg_check_relay_say (const char *url, gint64 rtt_us, const GError *error, GPtrArray *findings)
{
  if (error)
    say_silent (url, error, findings);
  else
    say_answered (url, rtt_us, findings);
}

/* Asking all at once */

static void
count_down (GTask *task)
{
  Round *round = g_task_get_task_data (task);

  if (--round->n_open == 0)
    g_task_return_boolean (task, TRUE);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Asked *asked = data;
  g_autoptr (GTask) task = asked->task;

  asked->answer->rtt_us = bg_rtt_probe_finish (result, &asked->answer->error);
  count_down (task);
}

static Asked *
add (GTask *task, const char *url)
{
  Round *round = g_task_get_task_data (task);
  Asked *asked = g_new (Asked, 1);

  *asked = (Asked){ g_object_ref (task), &round->answers[round->n++] };
  asked->answer->url = url;
  round->n_open++;
  return asked;
}

void
bg_check_relay_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Round *round = g_new0 (Round, 1);

  g_task_set_task_data (task, round, round_free);
  round->n_open = 1; /* this one */
  if (facts->relay)
    bg_rtt_probe_relay_async (facts->relay, cancellable, on_answered, add (task, NULL));
  for (guint i = 0; i < SERVERS_MAX && facts->turn_servers && facts->turn_servers[i]; i++)
    bg_rtt_probe_server_async (facts->turn_servers[i], cancellable, on_answered,
                               add (task, facts->turn_servers[i]));
  count_down (task);
}

void
bg_check_relay_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings)
{
  const Round *round = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    return;
  for (guint i = 0; i < round->n; i++)
    bg_check_relay_say (round->answers[i].url, round->answers[i].rtt_us, round->answers[i].error,
                        findings);
}
