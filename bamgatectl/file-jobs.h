/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files that are sent or taken, until each has ended, one way or another: what send and receive have in common. */

#include "bamgatectl/ctl.h"
#include "transfers/transfer-job.h"

/* Waits for all of `jobs` (TransferJob; not empty), and tells how it went. Ctrl-C cancels them. */
CtlExit file_jobs_run (Ctl *ctl, GPtrArray *jobs);
/* The first digits of an id, which are enough for people. Free with g_free(). */
char *file_jobs_short_id (const char *id);
