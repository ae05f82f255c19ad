/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What answers of Cloudflare's API say of a Worker and of accounts. */

#include "bamgatectl/cloudflare-answer.h"

G_BEGIN_DECLS

/* Bindings; the last two are plain texts. */
#define WORKER_TOKEN        "AUTH_TOKEN" /* the network's */
#define WORKER_TURN_SECRET  "TURN_SECRET"
#define WORKER_VERSION      "VERSION"      /* what the Worker says of itself */
#define WORKER_SHARED_TOKEN "SHARED_TOKEN" /* "no" where the token lets nobody in */

typedef struct
{
  gboolean exists, is_public;               /* public: it answers at its host */
  gboolean needs_credentials;               /* the token lets nobody in */
  char    *tag;                             /* its last migration; NULL: none */
  char    *version;                         /* what it says; NULL: nothing */
  char   **bindings;                        /* names of all that it has; NULL: none */
  char    *plain_token, *plain_turn_secret; /* secrets of the Go program, which kept them where they can be read; NULL */
} WorkerFound;

void worker_found_clear (WorkerFound *self);
/* Has it such a binding? */
gboolean worker_found_has (const WorkerFound *self, const char *binding);

/* From the list of Workers, the settings of this one, and its subdomain. FALSE: that is no such answer. */
gboolean worker_found_read_list (WorkerFound *self, JsonObject *answer, const char *name);
gboolean worker_found_read_settings (WorkerFound *self, JsonObject *answer);
void worker_found_read_subdomain (WorkerFound *self, JsonObject *answer);

typedef struct
{
  char *id, *name; /* the name as it can be shown */
} CloudflareAccount;

/* A list for CloudflareAccount. */
GPtrArray *cloudflare_accounts_new (void);
/* Adds those of a page; how many pages there are. */
gint64 cloudflare_accounts_read (GPtrArray *accounts, JsonObject *answer);
/* Which of them is meant by `wanted`, an id or a name; NULL: none, or several. */
const CloudflareAccount *cloudflare_accounts_find (GPtrArray *accounts, const char *wanted);
/* Whether it has the form of an account's id. */
gboolean cloudflare_account_is_id (const char *text);

/* The account's name below workers.dev, borrowed; NULL: it has none, and "" where that could be no name. */
const char *cloudflare_subdomain_read (JsonObject *answer);
/* Whether a Worker, or that, can be called so: a label of a host name, in lower case. */
gboolean worker_is_name (const char *name);

G_END_DECLS
