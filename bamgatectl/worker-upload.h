/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The form in which a Worker goes to Cloudflare: a part "metadata", and one for each module. What the Worker that is there has
 * beside what is said anew, secrets and variables of people, it inherits. */

#include "bamgatectl/worker-folder.h"
#include "bamgatectl/worker-site.h"

/* A variable of the Worker that is said anew. */
typedef struct
{
  char    *name, *text;
  gboolean is_secret;
} WorkerVariable;

/* Takes `text`, which is wiped in the end if it is secret. */
WorkerVariable *worker_variable_new (const char *name, char *text, gboolean is_secret);
void worker_variable_free (gpointer variable);

/* Does this Worker know what the one there had as its last migration? NULL, for none, is known. */
gboolean worker_upload_knows_migration (const WorkerFolder *folder, const char *tag);

/* "metadata" of an upload over what was seen at `site`; `variables` are WorkerVariable. Free with input_free_secret(). */
char *worker_upload_metadata (const WorkerFolder *folder, const WorkerSite *site, GPtrArray *variables);
/* The form with that in it. */
SoupMultipart *worker_upload_form (const WorkerFolder *folder, const char *metadata);
