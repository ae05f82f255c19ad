/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a check of the doctor found: what is so, what it means and what to do, for people; and a name of the check and a verdict, for
 * programs. Main thread only. */

#include "common/words.h"

G_BEGIN_DECLS

typedef enum
{
  BG_FINDING_OK,      /* "ok" */
  BG_FINDING_NOTE,    /* "note": it works, but somebody may want to know */
  BG_FINDING_PROBLEM, /* "problem" */
} BgFindingVerdict;

const char *bg_finding_verdict_name (BgFindingVerdict verdict);

typedef struct
{
  const char *check; /* "net.overlap": static, and the same for good */
  BgFindingVerdict verdict;
  BgWords *found; /* of one line, as all of them */
  BgWords *means; /* NULL where it is ok */
  BgWords *deed;  /* what to do; NULL where it is ok, or nothing can be done */
} BgFinding;

/* An ordered list of findings, which it owns. Free with g_ptr_array_unref(). */
GPtrArray *bg_findings_new (void);
/* Append one to `list`; the words are taken. */
void bg_findings_add_ok (GPtrArray *list, const char *check, BgWords *found);
void bg_findings_add_note (GPtrArray *list, const char *check, BgWords *found, BgWords *means,
                           BgWords *deed);
void bg_findings_add_problem (GPtrArray *list, const char *check, BgWords *found, BgWords *means,
                              BgWords *deed);
/* Moves all of `from` to the end of `list`. */
void bg_findings_append (GPtrArray *list, GPtrArray *from);
/* aa{sv}, as Diagnose of the bus answers it; floating. */
GVariant *bg_findings_to_variant (const GPtrArray *list);

G_END_DECLS
