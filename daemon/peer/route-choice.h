/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which peer carries a route that several offer. Before all others goes who is up; of those whom the person prefers; of those
 * who has carried it for a while, so that nobody takes it over by his name; of those the smaller id. It moves at once when its
 * carrier is lost, and back when the better one has been up for a while, the longer the more often it was lost.
 * Pure: time goes in, owners are opaque. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

#define BG_ROUTE_SHAKY_US (300 * 1000)                    /* another path may be found in this time */
#define BG_ROUTE_WAKING_US (2500 * 1000)                  /* and a connection that rested be made */
#define BG_ROUTE_STABLE_US (10 * G_USEC_PER_SEC)          /* doubled with each loss of the last minutes */
#define BG_ROUTE_ESTABLISHED_US (60 * G_USEC_PER_SEC)     /* carried for so long: it is its own */

typedef enum
{
  BG_ROUTE_DOWN,
  BG_ROUTE_WAKING, /* it rested, and is being connected */
  BG_ROUTE_SHAKY,  /* its last path has just died */
  BG_ROUTE_UP,     /* or it rests, and can be connected */
} BgRouteState;

typedef struct
{
  BgIpPrefix route;
  guint      wish; /* the greater the rather */
} BgRouteBid;

typedef struct _BgRouteChoice BgRouteChoice;

BgRouteChoice *bg_route_choice_new (void);
void bg_route_choice_free (BgRouteChoice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgRouteChoice, bg_route_choice_free)

/* All that `owner`, whose id is `id`, can carry from now on (BgRouteBid; NULL: nothing, it is forgotten). TRUE where a route has
 * another carrier than before. */
gboolean bg_route_choice_bid (BgRouteChoice *self, gpointer owner, const char *id, const GArray *bids, gint64 now_us);
/* The same, of how `owner` is; of one without bids nothing is kept. */
gboolean bg_route_choice_note (BgRouteChoice *self, gpointer owner, BgRouteState state, gint64 now_us);
/* Time has gone on. */
gboolean bg_route_choice_tick (BgRouteChoice *self, gint64 now_us);
/* When to tick next; G_MAXINT64 for never. */
gint64 bg_route_choice_next_us (const BgRouteChoice *self, gint64 now_us);
/* The owner that carries the route; NULL for nobody. */
gpointer bg_route_choice_carrier (const BgRouteChoice *self, const BgIpPrefix *route);

G_END_DECLS
