/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The built Worker as it lies on this machine: a folder of modules, and wrangler.json, which says what they need. The same file
 * tells Cloudflare's own wrangler. */

#include <json-glib/json-glib.h>

typedef struct _WorkerFolder WorkerFolder;

typedef struct
{
  char       *name;         /* of the file, and what others import */
  const char *content_type; /* as uploads name it */
  GBytes     *content;
} WorkerModule;

/* Reads all of it. NULL: it is not there, or not whole. */
WorkerFolder *worker_folder_open (const char *path, GError **error);
void worker_folder_free (WorkerFolder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkerFolder, worker_folder_free)

const char *worker_folder_get_version (const WorkerFolder *self);
/* WorkerModule, sorted by name. */
GPtrArray *worker_folder_get_modules (const WorkerFolder *self);
/* What wrangler.json has, of which everything that is used has been found to be there. */
JsonObject *worker_folder_get_manifest (const WorkerFolder *self);
