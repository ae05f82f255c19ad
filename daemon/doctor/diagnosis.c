/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/diagnosis.h"

#include "common/source.h"

typedef struct
{
  const BgCheck *checks;
  guint n_checks, n_open;
  BgFacts *facts;
  guint bound_ms;
  GPtrArray **findings;      /* of each check; NULL: no answer yet */
  GCancellable *cancellable; /* ours: the time limit and the caller end it */
  GCancellable *caller;      /* NULL: none */
  gulong caller_handler;
  GSource *limit;
} Run;

/* One that asks somebody; lives until it calls back, however long the run is over. */
typedef struct
{
  GTask *task;
  guint index;
} Asked;

static void
run_free (gpointer data)
{
  Run *run = data;

  for (guint i = 0; i < run->n_checks; i++)
    g_clear_pointer (&run->findings[i], g_ptr_array_unref);
  g_free (run->findings);
  bg_source_drop (&run->limit);
  g_cancellable_disconnect (run->caller, run->caller_handler);
  g_clear_object (&run->caller);
  g_object_unref (run->cancellable);
  bg_facts_unref (run->facts);
  g_free (run);
}

/* --- The end --- */

static GPtrArray *
collect (Run *run)
{
  GPtrArray *all = bg_findings_new ();

  for (guint i = 0; i < run->n_checks; i++)
    if (run->findings[i])
      bg_findings_append (all, run->findings[i]);
    else
      bg_findings_add_note (all, run->checks[i].id,
                            bg_words (DOCTOR_LATE, MAX (run->bound_ms / 1000, 1)),
                            bg_words (DOCTOR_LATE_MEANS), NULL);
  return all;
}

/* Once. */
static void
end (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  bg_source_drop (&run->limit);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, collect (run), (GDestroyNotify) g_ptr_array_unref);
  g_cancellable_cancel (run->cancellable);
}

static gboolean
is_over (GTask *task)
{
  return g_cancellable_is_cancelled (((Run *) g_task_get_task_data (task))->cancellable);
}

static gboolean
on_limit (gpointer task)
{
  g_autoptr (GTask) held = g_object_ref (task);

  end (held);
  return G_SOURCE_REMOVE;
}

static void
on_caller_cancelled (GCancellable *caller, GTask *task)
{
  Run *run = g_task_get_task_data (task);

  if (!is_over (task)) /* not from here: whoever cancels may hold what the answer frees */
    bg_source_arm (&run->limit, 0, on_limit, task);
}

/* --- Checks --- */

static void
on_check_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Asked *asked = data;
  g_autoptr (GTask) task = asked->task;
  Run *run = g_task_get_task_data (task);

  if (is_over (task))
    {
      g_autoptr (GPtrArray) lost = bg_findings_new ();

      run->checks[asked->index].finish (run->facts, result, lost);
      return;
    }
  run->findings[asked->index] = bg_findings_new ();
  run->checks[asked->index].finish (run->facts, result, run->findings[asked->index]);
  if (--run->n_open == 0)
    end (task);
}

static void
start (GTask *task, guint index)
{
  Run *run = g_task_get_task_data (task);
  Asked *asked = g_new (Asked, 1);

  *asked = (Asked){ g_object_ref (task), index };
  run->checks[index].start (run->facts, run->cancellable, on_check_answered, asked);
}

static void
look (Run *run, guint index)
{
  run->findings[index] = bg_findings_new ();
  run->checks[index].look (run->facts, run->findings[index]);
}

static Run *
run_new (const BgCheck *checks, BgFacts *facts, guint bound_ms, GCancellable *caller)
{
  Run *run = g_new0 (Run, 1);

  run->checks = checks;
  run->facts = bg_facts_ref (facts);
  run->bound_ms = bound_ms;
  run->cancellable = g_cancellable_new ();
  run->caller = caller ? g_object_ref (caller) : NULL;
  while (checks[run->n_checks].id)
    run->n_checks++;
  run->findings = g_new0 (GPtrArray *, run->n_checks);
  return run;
}

void
bg_diagnosis_run_async (const BgCheck *checks, BgFacts *facts, guint bound_ms,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Run *run = run_new (checks, facts, bound_ms, cancellable);

  g_task_set_source_tag (task, bg_diagnosis_run_async);
  g_task_set_task_data (task, run, run_free);
  if (cancellable)
    run->caller_handler = g_signal_connect (cancellable, "cancelled",
                                            G_CALLBACK (on_caller_cancelled), task);
  run->n_open = 1; /* this one: nothing is over while checks are started */
  bg_source_arm (&run->limit, bound_ms, on_limit, task);
  for (guint i = 0; i < run->n_checks; i++)
    if (checks[i].look)
      look (run, i);
    else
      {
        run->n_open++;
        start (task, i);
      }
  if (--run->n_open == 0)
    end (task);
}

GPtrArray *
bg_diagnosis_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
