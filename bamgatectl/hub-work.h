/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the verbs of "bamgatectl hub" share: options, and the way from an API token to the Worker that is meant. */

#include "bamgatectl/hub-tokens.h"
#include "bamgatectl/out.h"
#include "bamgatectl/worker-door.h"
#include "bamgatectl/worker-folder.h"
#include "bamgatectl/worker-site.h"

typedef struct
{
  gboolean force, yes, keep_api_token;
  char    *name, *account, *api_token_file, *token_file, *turn_secret_file, *folder;
  char   **set; /* "NAME=VALUE" */
} HubOptions;

typedef struct
{
  Ctl              *ctl;
  const HubOptions *options;
  HubApiToken       api_token;
  HubToken          token;
  Call             *call; /* NULL: over, and what went wrong has been said */
  Cloudflare       *cloudflare;
  WorkerSite       *site;
  WorkerFolder     *folder;    /* of deploy and update; of the others where it is there */
  gboolean          may_hide;  /* it need not have a place where it answers */
} HubWork;

/* Finds the API token, the account and where the Worker answers. Whatever it ends with, hub_work_clear() follows. */
CtlExit hub_work_begin (HubWork *self);
/* Ends the call and says what went wrong. */
CtlExit hub_work_fail (HubWork *self, GError *error);
/* Ends the call without a word. */
void hub_work_end (HubWork *self);
void hub_work_clear (HubWork *self);
/* Which Worker it is about. */
void hub_work_show (const HubWork *self, Out *out);

/* The verbs; `self` is cleared by whoever calls. */
CtlExit hub_deploy (HubWork *self, gboolean is_update);
/* The same, which shows nothing where it is done. */
CtlExit hub_deploy_silently (HubWork *self);
CtlExit hub_move_to_cloudflare (HubWork *self);
/* To a hub that runs somewhere, "https://host#sha256=PIN", whose token is in options->token_file. */
CtlExit hub_move_to (Ctl *ctl, const HubOptions *options, const char *url);
CtlExit hub_status (HubWork *self);
CtlExit hub_remove (HubWork *self);

/* Is this what --set takes? Else what is wrong with it, in words. */
const char *hub_check_setting (const char *assignment);
