/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a Worker is at Cloudflare, and what is there now. */

#include "bamgatectl/cloudflare.h"

#define WORKER_TOKEN       "AUTH_TOKEN"  /* binding: the network's token */
#define WORKER_TURN_SECRET "TURN_SECRET" /* binding */
#define WORKER_VERSION     "VERSION"     /* binding, a plain text: what the Worker says of itself */

typedef struct
{
  char *account, *account_name, *subdomain;
  char *name; /* of the Worker */
  char *host; /* where it answers, without a scheme */

  /* What was found there. */
  gboolean exists, is_public; /* public: it answers at `host` */
  char    *tag;               /* its last migration; NULL: none */
  char    *version;           /* what it says; NULL: nothing */
  char   **bindings;          /* names of all that it has */
  char    *plain_token, *plain_turn_secret; /* of the Go program, which kept them where they can be read; NULL */
} WorkerSite;

/* One that nobody looked at; takes `name`. */
WorkerSite *worker_site_new (const char *name);
void worker_site_free (WorkerSite *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkerSite, worker_site_free)

/* Whether a Worker can be called so: a label of a host name, in lower case. */
gboolean worker_site_is_name (const char *name);

typedef struct
{
  char *id, *name;
} CloudflareAccount;

/* The accounts that the API token is for, CloudflareAccount; NULL with an error. There may be none. */
GPtrArray *worker_site_list_accounts (Cloudflare *cloudflare, GError **error);
/* Which of them is meant by `wanted`, an id or a name; NULL: none, or several. */
const CloudflareAccount *worker_site_find_account (GPtrArray *accounts, const char *wanted);
/* Whether it has the form of an account's id. */
gboolean worker_site_is_account_id (const char *text);
/* Takes this one. */
void worker_site_set_account (WorkerSite *self, Cloudflare *cloudflare, const char *id, const char *name);

/* Finds out where it answers. CLOUDFLARE_ERROR_NO_SUBDOMAIN: the account has no place for Workers yet. */
gboolean worker_site_find_host (WorkerSite *self, Cloudflare *cloudflare, GError **error);
/* Looks at what is there, in place of what was seen before. */
gboolean worker_site_look (WorkerSite *self, Cloudflare *cloudflare, GError **error);
/* Has it such a binding? */
gboolean worker_site_has (const WorkerSite *self, const char *binding);

/* Lets it be reached at its host. */
gboolean worker_site_publish (WorkerSite *self, Cloudflare *cloudflare, GError **error);
/* Removes it with all that it stored; fine where there is none. */
gboolean worker_site_remove (WorkerSite *self, Cloudflare *cloudflare, GError **error);
/* The path of the Worker in the API, with `rest` behind it. Free with g_free(). */
char *worker_site_path (const WorkerSite *self, const char *rest);
