/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs checks over one snapshot of facts, all of them at once, and collects what they find in the order of the table. A check that
 * has no answer in time is itself a finding; what it still says later is lost. Main thread only. */

#include "doctor/facts.h"
#include "doctor/finding.h"

G_BEGIN_DECLS

/* For all of them together. */
#define BG_DIAGNOSIS_BOUND_MS 8000

/* Either `look`, or `start` with `finish`. A check appends as many findings as there is to say, none where it does not apply. */
typedef struct
{
  const char *id; /* as of its findings, or their common beginning; NULL ends a table */
  /* Pure: facts in, findings out. */
  void (*look) (const BgFacts *facts, GPtrArray *findings);
  /* Asks somebody; calls back once, also after it was cancelled. */
  void (*start) (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                 gpointer data);
  void (*finish) (BgFacts *facts, GAsyncResult *result, GPtrArray *findings);
} BgCheck;

/* `checks` must outlive it. */
void bg_diagnosis_run_async (const BgCheck *checks, BgFacts *facts, guint bound_ms,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer data);
/* BgFinding (transfer full); NULL where it was cancelled. */
GPtrArray *bg_diagnosis_run_finish (GAsyncResult *result, GError **error);

G_END_DECLS
