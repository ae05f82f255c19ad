/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is deployed beside what would be, and what therefore is to be done. Nothing here asks or does anything. */

#include <glib.h>

/* How the version of the Worker that is there is to that of the one that is here. */
typedef enum
{
  WORKER_ABSENT,
  WORKER_OLDER,
  WORKER_SAME,
  WORKER_NEWER,
  WORKER_STRANGE, /* one that does not say its version: another program's */
} WorkerAge;

/* `there` NULL, or no version: WORKER_STRANGE. Versions are numbers with dots between; what is missing at the end is 0. */
WorkerAge worker_version_compare (const char *there, const char *here);

typedef enum
{
  WORKER_DEPLOY,
  WORKER_UPDATE,
} WorkerWish;

typedef enum
{
  WORKER_LEAVE,  /* it is as it should be */
  WORKER_UPLOAD,
  WORKER_REFUSE_ABSENT,
  WORKER_REFUSE_OLDER,
  WORKER_REFUSE_NEWER,
  WORKER_REFUSE_STRANGE,
} WorkerDeed;

/* `is_forced` uploads whatever is there; `is_changed`: it lacks something, or is to have something else. */
WorkerDeed worker_version_decide (WorkerWish wish, WorkerAge age, gboolean is_changed, gboolean is_forced);
