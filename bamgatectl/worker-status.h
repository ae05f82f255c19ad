/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a Worker says of itself at /status, where machines meet it. */

#include <glib.h>

typedef struct
{
  gboolean answers;     /* as a hub does */
  gboolean knows_token; /* and took the network's token, so that it says the rest, too */
  gboolean is_refusing; /* it runs, and says that it cannot work so */
  char    *version;     /* NULL: it says none */
  gint64   members;     /* machines in the main room */
  char    *trouble;     /* why it does not answer, in words that can be shown; NULL */
} WorkerStatus;

/* `text` is the body that came with this HTTP status, from whoever answers there. `self` is cleared. */
void worker_status_read (WorkerStatus *self, guint http_status, const char *text);
void worker_status_clear (WorkerStatus *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WorkerStatus, worker_status_clear)
