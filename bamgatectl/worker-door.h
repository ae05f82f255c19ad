/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a Worker says where machines meet it: GET /status. */

#include "bamgatectl/cloudflare.h"

typedef struct
{
  gboolean answers;     /* as a hub does */
  gboolean knows_token; /* and took the network's token, so that it says the rest, too */
  gboolean is_refusing; /* it runs, and says that it cannot work so */
  char    *version;     /* ""; NULL */
  gint64   members;     /* machines in the main room */
  char    *trouble;     /* why it does not answer, in words; NULL */
} WorkerDoor;

void worker_door_clear (WorkerDoor *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WorkerDoor, worker_door_clear)

/* Asks once; `token` may be NULL. */
void worker_door_look (WorkerDoor *self, Cloudflare *cloudflare, const char *host, const char *token);
/* Asks until it answers, and knows `token` (may be NULL) and says `version`. A new name takes its time to be known: two minutes at
 * most, and a few seconds where what answers does so otherwise and `is_new` is not set. FALSE: it did not come to that, or
 * Ctrl-C. */
gboolean worker_door_wait (WorkerDoor *self, Cloudflare *cloudflare, const char *host, const char *token,
                           const char *version, gboolean is_new);
/* What the status says; `text` comes from outside. */
void worker_door_read (WorkerDoor *self, guint status, const char *text);
