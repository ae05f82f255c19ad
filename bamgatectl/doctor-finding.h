/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the doctor found, here or at the daemon, in the person's language. */

#include "bamgatectl/out.h"

typedef struct
{
  char *check;     /* "tun.device" */
  OutTone verdict; /* OUT_GOOD, OUT_WARN for a note, OUT_BAD for a problem */
  char *found;
  char *means, *deed; /* NULL for none */
} DoctorFinding;

/* A list of them, which it owns. */
GPtrArray *doctor_findings_new (void);
/* Append one; texts are copied, and may be NULL but for `found`. */
void doctor_findings_add (GPtrArray *list, const char *check, OutTone verdict, const char *found,
                          const char *means, const char *deed);
void doctor_findings_ok (GPtrArray *list, const char *check, const char *found);
/* aa{sv} of the daemon. */
void doctor_findings_add_daemons (GPtrArray *list, GVariant *findings);
guint doctor_findings_count (const GPtrArray *list, OutTone verdict);
/* Lines for people and the counts, or the members "problems", "notes" and "findings". */
void doctor_findings_show (const GPtrArray *list, Out *out);
