/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"
#include "doctor/portal-probe.h"

#define PORTAL "net.portal"

typedef struct
{
  BgNmConnectivity nm;
  char *portal; /* NULL: none was seen */
} Seen;

static void
seen_free (gpointer data)
{
  Seen *seen = data;

  g_free (seen->portal);
  g_free (seen);
}

static void
say_portal (const char *where, GPtrArray *findings)
{
  BgWords *found = where && *where ? bg_words (DOCTOR_PORTAL_AT, where) : bg_words (DOCTOR_PORTAL);

  bg_findings_add_problem (findings, PORTAL, found, bg_words (DOCTOR_PORTAL_MEANS),
                           bg_words (DOCTOR_PORTAL_DEED));
}

void
bg_check_portal_say (BgNmConnectivity nm, const char *portal, GPtrArray *findings)
{
  if (nm == BG_NM_PORTAL || portal)
    say_portal (portal, findings);
  else if (nm == BG_NM_NONE || nm == BG_NM_LIMITED)
    bg_findings_add_note (findings, PORTAL, bg_words (DOCTOR_LIMITED),
                          bg_words (DOCTOR_LIMITED_MEANS), NULL);
  else if (nm == BG_NM_FULL)
    bg_findings_add_ok (findings, PORTAL, bg_words (DOCTOR_NO_PORTAL));
}

/* Asking: NetworkManager, then, where the hub cannot be reached, whoever answers in its place. */

static void
on_portal_judged (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Seen *seen = g_task_get_task_data (task);

  seen->portal = bg_portal_probe_finish (result);
  g_task_return_boolean (task, TRUE);
}

static void
on_nm_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Seen *seen = g_task_get_task_data (task);
  const BgFacts *facts = g_object_get_data (G_OBJECT (task), "facts");

  seen->nm = bg_nm_connectivity_ask_finish (result);
  if (seen->nm != BG_NM_PORTAL && facts->hub_url && facts->line == BG_FACT_LINE_TRYING)
    bg_portal_probe_async (facts->hub_url, g_task_get_cancellable (task), on_portal_judged,
                           g_object_ref (task));
  else
    g_task_return_boolean (task, TRUE);
}

void
bg_check_portal_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, g_new0 (Seen, 1), seen_free);
  g_object_set_data_full (G_OBJECT (task), "facts", bg_facts_ref (facts),
                          (GDestroyNotify) bg_facts_unref);
  bg_nm_connectivity_ask_async (cancellable, on_nm_answered, task);
}

void
bg_check_portal_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings)
{
  const Seen *seen = g_task_get_task_data (G_TASK (result));

  if (g_task_propagate_boolean (G_TASK (result), NULL))
    bg_check_portal_say (seen->nm, seen->portal, findings);
}
