/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What stands on this machine of the endpoints that sources want: each with its address, its doors and its name. What is wanted is compared with what
 * stands, and only the difference is done: what goes first, then what comes, in the order of names and ports. An endpoint that cannot be had stays in
 * the list with the reason and is tried again. Connections outlive everything but the end of the time that they have when their endpoint goes. Main thread only. */

#include "publish/endpoint-homes.h"
#include "publish/listen-mode.h"
#include "publish/port-pool.h"

G_BEGIN_DECLS

typedef struct
{
  BgHomePlaces places;
  gint64 drain_us; /* that connections have, once their endpoint is not wanted any more */
  gboolean finds_port; /* where the port of one with an address of its own is somebody's, it has another of the pool's there meanwhile */
} BgEndpointSettings;

typedef struct _BgEndpointSet BgEndpointSet;

/* All live longer. */
BgEndpointSet *bg_endpoint_set_new (const BgEndpointGround *ground, gpointer data, BgAddressPool *addresses, BgPortPool *ports);
/* Takes the names back, closes all doors without waiting for connections, and takes the addresses away. */
void bg_endpoint_set_free (BgEndpointSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgEndpointSet, bg_endpoint_set_free)

/* `rules` is taken. What stands elsewhere than it should moves: the new doors are open before the old ones close, and where they cannot be, the old ones stay. */
void bg_endpoint_set_configure (BgEndpointSet *self, const BgEndpointSettings *settings, BgListenRules *rules);
/* What is wanted: merged (bg_endpoint_list_merge()). What does not stand yet is tried, again too. */
void bg_endpoint_set_want (BgEndpointSet *self, const GPtrArray *wanted);
/* Something in the ground is another: addresses of an interface, a port that was somebody's. */
void bg_endpoint_set_retry (BgEndpointSet *self);
/* How endpoints are reached is another: all doors get their way anew. */
void bg_endpoint_set_lead (BgEndpointSet *self);
/* The last connection of a door that was closed has ended. */
void bg_endpoint_set_drained (BgEndpointSet *self, guint64 door);

/* One of them, as people see it; borrowed, until the next call. */
typedef struct
{
  const BgWantedEndpoint *endpoint;
  BgListenMode mode;       /* as it stands, or should */
  const BgIpPrefix *hosts; /* where it listens */
  const guint64 *doors;    /* of each */
  guint n_hosts;           /* 0: nowhere */
  guint16 port;
  const BgWords *problem;  /* why it is not as it should be; NULL */
  gint64 since;            /* it listens there, real µs; 0: it does not */
} BgEndpointView;

guint bg_endpoint_set_count (const BgEndpointSet *self);
/* In the order of names and ports, those that are refused last. */
BgEndpointView bg_endpoint_set_look (const BgEndpointSet *self, guint i);

G_END_DECLS
