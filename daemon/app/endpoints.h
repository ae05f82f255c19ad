/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What makes endpoints of a machine's settings: the account that wants them, the ground that they stand on, the set between the two, and the hosts file.
 * Nothing of it is made before somebody has an account, or had one. Main thread only. */

#include "app/application-endpoints.h"
#include "app/config.h"
#include "publish/forwarding.h"
#include "publish/operator.h"

G_BEGIN_DECLS

typedef struct
{
  const char *state_dir;   /* files are in endpoints/ there */
  const char *runtime_dir;
  BgForwardingEngine *engine; /* that carries connections */
  const char *dns_socket;  /* of bamgate-system-dns; NULL: nobody writes names */
  const char *hosts_path;
  char *(*dup_suffix) (gpointer owner); /* of the network's machines, NULL; free with g_free() */
  gpointer owner;
} BgEndpointsOptions;

BgEndpoints *bg_endpoints_new (const BgEndpointsOptions *options, BgConfig *config);
/* The daemon starts: what was there stands again; `api_key` (copied) is NULL where there is none. */
void bg_endpoints_start (BgEndpoints *self, const char *api_key);
/* The settings are these from now on. TRUE: they turned endpoints on, and bg_endpoints_start() is due. */
gboolean bg_endpoints_set_config (BgEndpoints *self, BgConfig *config);
/* Names that are not to be had may be, and the other way round: the network's suffix is another. */
void bg_endpoints_judge_again (BgEndpoints *self);
/* Names are told once more, also where somebody changed them. */
void bg_endpoints_repeat_names (BgEndpoints *self);
/* The daemon ends: nobody comes in any more, and whoever is in has the time that the settings leave. */
void bg_endpoints_close (BgEndpoints *self);
/* The same, and done when the last of them has gone, and names and addresses with it. */
void bg_endpoints_stop_async (BgEndpoints *self, GAsyncReadyCallback callback, gpointer data);
gboolean bg_endpoints_stop_finish (BgEndpoints *self, GAsyncResult *result, GError **error);

/* The account, made now where it was not there; borrowed. NULL with BG_ERROR_WRONG_STATE or BG_ERROR_FAILED. */
BgOperator *bg_endpoints_open_account (BgEndpoints *self, GError **error);
/* The same where it is there. */
BgOperator *bg_endpoints_get_account (BgEndpoints *self);
/* The account's API key from now on (copied), NULL: none. */
void bg_endpoints_set_api_key (BgEndpoints *self, const char *api_key);
gboolean bg_endpoints_has_api_key (BgEndpoints *self);

G_END_DECLS
