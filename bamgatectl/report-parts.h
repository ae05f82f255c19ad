/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a report is made of: what this program, the system's programs and its files say, each a text. */

#include "bamgatectl/ctl.h"

typedef struct
{
  const char *name; /* "status.json" */
  const char *what; /* for people */
  char *text;       /* NULL: there is none */
  char *fault;      /* why there is none, or why it may not be all; NULL */
} ReportPart;

/* Names and explanations alone, in their order; ends with a NULL name. */
const ReportPart *report_parts_list (void);
/* ReportPart of all, gathered at once; what takes longer than 20 s is left out. NULL where Ctrl-C came. (transfer full) */
GPtrArray *report_parts_gather (Ctl *ctl);
