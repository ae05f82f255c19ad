/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a Worker is at Cloudflare, and what is there now. */

#include "bamgatectl/cloudflare.h"
#include "bamgatectl/worker-found.h"

typedef struct
{
  char       *account, *account_name, *subdomain;
  char       *name; /* of the Worker */
  char       *host; /* where it answers, without a scheme; NULL: nowhere yet */
  WorkerFound found;
} WorkerSite;

/* One that nobody looked at; takes `name`. */
WorkerSite *worker_site_new (const char *name);
void worker_site_free (WorkerSite *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkerSite, worker_site_free)

/* The accounts that the API token is for, CloudflareAccount; NULL with an error. There may be none. */
GPtrArray *worker_site_list_accounts (Cloudflare *cloudflare, GError **error);
/* Takes this one. */
void worker_site_set_account (WorkerSite *self, Cloudflare *cloudflare, const char *id, const char *name);

/* Finds out where it answers. CLOUDFLARE_ERROR_NO_SUBDOMAIN: the account has no place for Workers yet. */
gboolean worker_site_find_host (WorkerSite *self, Cloudflare *cloudflare, GError **error);
/* Looks at what is there, in place of what was seen before. */
gboolean worker_site_look (WorkerSite *self, Cloudflare *cloudflare, GError **error);

/* Lets it be reached at its host. */
gboolean worker_site_publish (WorkerSite *self, Cloudflare *cloudflare, GError **error);
/* Removes it with all that it stored; fine where there is none. */
gboolean worker_site_remove (WorkerSite *self, Cloudflare *cloudflare, GError **error);
/* The path of the Worker in the API, with `rest` behind it. Free with g_free(). */
char *worker_site_path (const WorkerSite *self, const char *rest);
