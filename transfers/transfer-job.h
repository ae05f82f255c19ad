/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file that this program looks after on its way, over restarts of the daemon: one of the person's that is sent, or one of a peer's that
 * she has taken. Fed with the lists of transfer-watch.h. */

#include "transfers/transfer-item.h"

G_BEGIN_DECLS

typedef struct _TransferJob TransferJob;

typedef struct
{
  const char *id;    /* "" while it is not known yet */
  const char *peer, *name;
  gboolean    incoming;
  const char *state; /* as of the bus; "starting" before it is known */
  const char *reason; /* for people, "" for none */
  const char *path;  /* of an incoming one that is done; else NULL */
  guint64     size, done;
} TransferJobInfo;

/* Begins at once; an error is told in words for people. `changed` (may be NULL) is called whenever the state is another. */
TransferJob *transfer_job_give (BamgateClient *client, const char *peer, const char *path, void (*changed) (gpointer owner),
                                gpointer owner, GError **error);
TransferJob *transfer_job_take (BamgateClient *client, const TransferItem *offer, const char *folder, void (*changed) (gpointer owner),
                                gpointer owner, GError **error);
/* It goes on without this program, as far as it can. */
void transfer_job_free (TransferJob *self);
/* NULL: the daemon is not there. */
void transfer_job_see (TransferJob *self, GVariant *list);
/* Nobody wants it any more. */
void transfer_job_cancel (TransferJob *self);
gboolean transfer_job_is_over (const TransferJob *self);
/* Borrowed until the next call to any of these. */
const TransferJobInfo *transfer_job_get_info (TransferJob *self);
/* A descriptor to read a file by that can be sent; -1 for a folder, say. */
int transfer_job_open (const char *path, GError **error);

G_END_DECLS
