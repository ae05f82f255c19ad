/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* To whom the answer of a diagnosis goes; what it is told is in application-facts.c. */
#include "app/application-private.h"

#include "common/source.h"
#include "doctor/checks.h"

static void
on_diagnosis_run (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BgApplication) self = data;
  g_autoptr (GPtrArray) waiters = g_steal_pointer (&self->diagnosis_waiters),
                        findings = bg_diagnosis_run_finish (result, NULL);
  g_autoptr (GVariant) answer = g_variant_ref_sink (bg_findings_to_variant (findings));

  self->diagnosis_waiters = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiters->len; i++)
    g_task_return_pointer (waiters->pdata[i], g_variant_ref (answer),
                           (GDestroyNotify) g_variant_unref);
}

static gboolean
on_diagnosis_due (gpointer data)
{
  BgApplication *self = data;
  g_autoptr (BgFacts) facts = bg_application_collect_facts (self);

  bg_source_drop (&self->diagnosis_due);
  bg_diagnosis_run_async (bg_doctor_checks, facts, BG_DIAGNOSIS_BOUND_MS, NULL, on_diagnosis_run,
                          g_object_ref (self));
  return G_SOURCE_REMOVE;
}

/* Those who wait for it keep the application. */
void
bg_application_diagnose_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                               gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  guint wait_ms;

  g_task_set_source_tag (task, bg_application_diagnose_async);
  if (!bg_bus_options_are_none (options, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_add (self->diagnosis_waiters, g_object_ref (task));
  if (self->diagnosis_waiters->len > 1)
    return;
  wait_ms = bg_diagnosis_pace_take (&self->diagnosis_pace, g_get_monotonic_time () / 1000);
  bg_source_arm (&self->diagnosis_due, wait_ms, on_diagnosis_due, self);
}

GVariant *
bg_application_diagnose_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
