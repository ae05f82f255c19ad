/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a diagnosis is told, and to whom its answer goes. */
#include "app/application-private.h"

#include "common/log.h"
#include "doctor/checks.h"

/* --- Facts --- */

static BgFactState
fact_state (BgState state)
{
  static const BgFactState states[] = {
    [BG_STATE_OFF] = BG_FACT_OFF,           [BG_STATE_STARTING] = BG_FACT_STARTING,
    [BG_STATE_ONLINE] = BG_FACT_UP,         [BG_STATE_DEGRADED] = BG_FACT_UP,
    [BG_STATE_STOPPING] = BG_FACT_STOPPING, [BG_STATE_FAILED] = BG_FACT_FAILED,
  };

  return states[state];
}

static void
fill_tunnel (BgApplication *self, BgFacts *facts)
{
  facts->has_network = bg_tunnel_is_configured (self->config);
  facts->state = fact_state (self->state);
  facts->reasons = self->reasons ? g_ptr_array_ref (self->reasons) : NULL;
  facts->is_wanted = self->wanted;
}

static BgFactLine
fact_line (BgSignalingState state)
{
  static const BgFactLine lines[] = {
    [BG_SIGNALING_OFFLINE] = BG_FACT_LINE_OFFLINE,
    [BG_SIGNALING_CONNECTING] = BG_FACT_LINE_TRYING,
    [BG_SIGNALING_ONLINE] = BG_FACT_LINE_ONLINE,
    [BG_SIGNALING_WAITING] = BG_FACT_LINE_TRYING,
  };

  return lines[state];
}

static void
fill_hub (BgApplication *self, BgFacts *facts)
{
  BgSignalingClient *line = bg_tunnel_get_signaling (self->tunnel);
  BgWords *reason = line ? bg_signaling_client_get_reason (line) : NULL;

  facts->hub_url = g_strdup (self->config->server_url);
  facts->line = line ? fact_line (bg_signaling_client_get_state (line)) : BG_FACT_LINE_NONE;
  facts->line_reason = bg_words_ref (reason);
  facts->line_retry_us = line ? bg_signaling_client_get_retry_at (line) : 0;
}

static void
fill_networks (BgApplication *self, BgFacts *facts)
{
  const char *interface = bg_tunnel_get_interface (self->tunnel);
  g_autoptr (GError) error = NULL;

  if (self->config->has_address)
    facts->addresses[facts->n_addresses++] = self->config->address;
  if (self->config->has_address6)
    facts->addresses[facts->n_addresses++] = self->config->address6;
  facts->networks = bg_local_networks_load (*interface ? interface : NULL, &error);
  if (error)
    bg_log (BG_TOPIC_NET, DEBUG, NULL, "diagnosis: %s", error->message);
}

static BgFacts *
collect_facts (BgApplication *self)
{
  BgFacts *facts = bg_facts_new ();

  fill_tunnel (self, facts);
  fill_hub (self, facts);
  fill_networks (self, facts);
  return facts;
}

/* --- The call --- */

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

void
bg_application_diagnose_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                               gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  g_autoptr (BgFacts) facts = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, bg_application_diagnose_async);
  if (!bg_application_has_no_options (options, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_add (self->diagnosis_waiters, g_object_ref (task));
  if (self->diagnosis_waiters->len > 1)
    return;
  facts = collect_facts (self);
  bg_diagnosis_run_async (bg_doctor_checks, facts, BG_DIAGNOSIS_BOUND_MS, NULL, on_diagnosis_run,
                          g_object_ref (self));
}

GVariant *
bg_application_diagnose_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
