/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/link-state.h"
#include "net/net-plan.h"

/* The way of all packets through our link (BgNetExit): a table of our own with a default route, behind which another one
 * refuses what the tunnel cannot carry, also while the interface is gone; and policy rules before the main table, which
 * send everything there that has not our own mark (own-mark.h), after those that name what goes on to use the main table. All of it is
 * tagged (BG_RTPROT); table and priorities say to which tunnel it belongs. */

#define BG_EXIT_TABLE 0x62670000u /* plus the tunnel's ifindex */

/* Makes tables and rules what `plan` (NULL: no exit) says. Rules come last and go first, so that at no point something leaves
 * beside a tunnel that was in use before and is after. A family that the kernel lacks is passed over. */
gboolean bg_exit_routes_sync (BgNetlink *netlink, int ifindex, const char *ifname, const BgNetPlan *plan, GError **error);
/* The ifindex of the tunnel whose table the route is in; 0: in none. */
int bg_exit_routes_owner (const BgKernelRoute *route);
/* Removes the rules of tunnels that are gone: of all links that are not among `live` (ifindex as int). Returns how many. */
guint bg_exit_routes_remove_leftovers (BgNetlink *netlink, const GArray *live);
