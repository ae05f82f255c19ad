/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Published services as doors at this machine's addresses in the tunnel, on its interface alone: what is wanted against what stands. Main
 * thread only. */

#include "app/config.h"
#include "common/words.h"
#include "publish/forwarding.h"
#include "publish/tls-server.h"

G_BEGIN_DECLS

typedef struct _BgServiceDoors BgServiceDoors;

typedef struct
{
  const GPtrArray  *services;  /* BgService */
  const BgIpPrefix *addresses; /* hosts or with a prefix: ours */
  guint             n_addresses;
  const char       *interface;
  guint             ifindex;   /* another one: the doors are opened anew */
  const BgCaller   *callers;   /* who comes from where */
  guint             n_callers;
  BgTlsServer      *tls;       /* of those with TLS; NULL: there is no certificate, and they are not opened */
  guint             tls_number; /* another one for another */
  BgWords          *tls_lack;  /* why there is none */
} BgServiceDoorsWish;

/* NULL with an error where nothing can be carried. */
BgServiceDoors *bg_service_doors_new (BgForwardingEngine *engine, GError **error);
/* Ends all, connections too, and waits for that; fine on NULL. */
void bg_service_doors_free (BgServiceDoors *self);
/* What is not wanted any more ends at once, connections too; what stays keeps its connections. One that cannot be opened is tried again
 * each time. */
void bg_service_doors_set (BgServiceDoors *self, const BgServiceDoorsWish *wish);
/* Why the first that is not open is not; NULL: all are. */
BgWords *bg_service_doors_dup_failure (BgServiceDoors *self);
/* Adds up its doors; FALSE where one of them is not open, or it has none. */
gboolean bg_service_doors_counters (BgServiceDoors *self, const char *service, BgDoorCounters *out);

G_END_DECLS
