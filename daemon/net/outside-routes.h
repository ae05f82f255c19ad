/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/link-state.h"
#include "net/net-plan.h"

/* Host routes that keep the tunnel's outer packets out of the tunnel: for every host of the plan's outside one by the way
 * that it has, and behind it one that refuses, so that nothing of it comes to our link while the way is another or gone. They
 * are of other links or of none; the metric says to which tunnel they belong. */

#define BG_OUTSIDE_WAY_METRIC 0x10000000u   /* plus the tunnel's ifindex */
#define BG_OUTSIDE_FENCE_METRIC 0x20000000u /* the same */

/* Makes them what `plan` says (NULL: none); `actual` is what the kernel has. A way that the kernel does not take is logged,
 * and its host refused. FALSE where a fence cannot be set: then no route may lead its host to us. */
gboolean bg_outside_routes_sync (BgNetlink *netlink, int ifindex, const BgNetPlan *plan,
                                 const GArray *actual, GError **error);
/* The ifindex of the tunnel that such a route belongs to, 0 where it is none. */
int bg_outside_routes_owner (const BgKernelRoute *route);
