/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who wants endpoints on this machine: a cloud account, peers that publish. Main thread only. Signals: "changed" where the list, the
 * state or its reason is another. */

#include "publish/endpoint.h"

G_BEGIN_DECLS

typedef enum
{
  BG_SOURCE_WAITING_FOR_KEY, /* nobody has given the API key */
  BG_SOURCE_REGISTERING,     /* the account does not know this machine yet */
  BG_SOURCE_RUNNING,
  BG_SOURCE_DEGRADED,        /* the list is an older one: the account is not reached */
  BG_SOURCE_UNAUTHORIZED,    /* the account refuses the API key */
  BG_SOURCE_DRAINING,        /* it ends */
  BG_SOURCE_STATES,
} BgSourceState;

#define BG_TYPE_ENDPOINT_SOURCE (bg_endpoint_source_get_type ())
G_DECLARE_INTERFACE (BgEndpointSource, bg_endpoint_source, BG, ENDPOINT_SOURCE, GObject)

struct _BgEndpointSourceInterface
{
  GTypeInterface parent;

  const char *(*get_name) (BgEndpointSource *self);
  GPtrArray *(*list) (BgEndpointSource *self);
  BgSourceState (*get_state) (BgEndpointSource *self, const BgWords **reason);
};

/* A word for logs and for BgWantedEndpoint's `source`; borrowed. */
const char *bg_endpoint_source_get_name (BgEndpointSource *self);
/* What it wants now, merged (bg_endpoint_list_merge()), refused ones too; (transfer container), never NULL. */
GPtrArray *bg_endpoint_source_list (BgEndpointSource *self);
/* How it is with it; `*reason` becomes why it is not running, or NULL; borrowed. `reason` may be NULL. */
BgSourceState bg_endpoint_source_get_state (BgEndpointSource *self, const BgWords **reason);
/* Tells who listens that something is another. */
void bg_endpoint_source_changed (BgEndpointSource *self);

/* "waiting-for-key", as it goes over the bus. */
const char *bg_source_state_get_name (BgSourceState state);

G_END_DECLS
