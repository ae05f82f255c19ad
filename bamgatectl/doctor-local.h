/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the doctor can see without the daemon: facts of this machine and this person, and what they come to. */

#include "bamgatectl/ctl.h"

typedef enum
{
  DOCTOR_TUN_UNKNOWN,
  DOCTOR_TUN_FINE,
  DOCTOR_TUN_MISSING,
  DOCTOR_TUN_MODULES_GONE, /* the same, and those of the running kernel are not there any more */
} DoctorTun;

typedef enum
{
  DOCTOR_RIGHT_UNKNOWN,
  DOCTOR_RIGHT_YES,
  DOCTOR_RIGHT_ASKS, /* with a password */
  DOCTOR_RIGHT_NO,
  DOCTOR_RIGHT_NO_ACTION, /* polkit does not know what it is asked for */
  DOCTOR_RIGHT_NO_POLKIT,
} DoctorRight;

typedef enum
{
  DOCTOR_AGENT_UNKNOWN, /* or nobody needs one */
  DOCTOR_AGENT_THERE,
  DOCTOR_AGENT_MISSING,
} DoctorAgent;

typedef struct
{
  /* The bus, and who is on it */
  gboolean is_own; /* the daemon is a person's own */
  char *bus_error; /* why the bus cannot be reached; NULL: it can */
  gboolean is_running;
  gboolean can_be_started; /* by the bus */
  char *daemon_version;    /* NULL: it does not run */
  char *own_version;
  guint daemon_pid; /* 0: not known */

  /* Its unit; NULL where there is no systemd */
  char *unit_load, *unit_active, *unit_result;
  guint unit_pid; /* 0: none */

  /* This machine */
  DoctorTun tun;
  char *container; /* "docker"; NULL: none */
  gboolean
    is_fenced; /* nothing leaves but through the exit, whether the daemon runs or not; only root sees that */

  /* This person */
  gboolean is_root;
  DoctorRight control, configure;
  DoctorAgent agent;
  char *desktop; /* XDG_CURRENT_DESKTOP; "" for none */
} DoctorFacts;

/* Asks bus and machine; starts nothing. */
DoctorFacts *doctor_facts_collect (Ctl *ctl);
void doctor_facts_free (DoctorFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DoctorFacts, doctor_facts_free)

/* Appends what they come to. Pure. */
void doctor_look (const DoctorFacts *facts, GPtrArray *findings);
