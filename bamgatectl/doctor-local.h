/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the doctor can see without the daemon: facts of this machine and this person, and what they come to. */

#include "bamgatectl/ctl.h"

typedef struct
{
  /* The bus, and who is on it */
  gboolean is_own; /* the daemon is a person's own */
  char *bus_error; /* why the bus cannot be reached; NULL: it can */
  gboolean is_running;
  gboolean can_be_started; /* by the bus */
  char *daemon_version;    /* NULL: it does not run */
} DoctorFacts;

/* Asks bus and machine; starts nothing. */
DoctorFacts *doctor_facts_collect (Ctl *ctl);
void doctor_facts_free (DoctorFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DoctorFacts, doctor_facts_free)

/* Appends what they come to. Pure. */
void doctor_look (const DoctorFacts *facts, GPtrArray *findings);
