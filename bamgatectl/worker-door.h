/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks a Worker itself how it is, at its own name. */

#include "bamgatectl/cloudflare.h"
#include "bamgatectl/worker-status.h"

/* Asks once; `token` may be NULL. */
void worker_door_look (WorkerStatus *status, Cloudflare *cloudflare, const char *host, const char *token);
/* Asks until it answers, and knows `token` (may be NULL) and says `version`. A new name takes its time to be known: two minutes at
 * most, and a few seconds where what answers does so otherwise and `is_new` is not set. FALSE: it did not come to that, or
 * Ctrl-C. */
gboolean worker_door_wait (WorkerStatus *status, Cloudflare *cloudflare, const char *host, const char *token,
                           const char *version, gboolean is_new);
