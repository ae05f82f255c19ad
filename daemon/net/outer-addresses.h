/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/own-tunnels.h"

G_BEGIN_DECLS

/* Which of this machine's addresses are worth a try on the way to a peer (RFC 8445, 5.1.1.1 gathers all; a machine with
 * containers has dozens that are the same on every such machine, and each one is tried with each of the peer's). Pure. */

enum
{
  BG_OUTER_ADDRESSES_MAX = 8,
  /* Of one family, from links that lead aside: bridges to containers and virtual machines, other VPNs. */
  BG_OUTER_ADDRESSES_ASIDE_MAX = 3,
};

/* BgIpPrefix hosts, the best first, both families where the machine has both: those of links with a default route (or one that
 * is as good: broader than BG_BROADEST_LEN4, …6) by its metric, then other links', then those that lead aside, then what is
 * deprecated. Of each rank one address of every link comes before the second of any. Left out are loopback, link-local, what
 * duplicate address detection has not let pass, links that are down or without a carrier, and `tunnels`. (transfer full) */
GArray *bg_outer_addresses_choose (const BgNetworkTables *tables, const BgOwnTunnels *tunnels);

typedef struct
{
  BgIpPrefix host; /* an address of the link */
  int ifindex;
  guint metric; /* of the link's default route in the family of `host`, the best one */
} BgUplink;

/* BgUplink: the addresses, none of them deprecated, of links that have a default route and are no tunnels. (transfer full) */
GArray *bg_outer_addresses_list_uplinks (const BgNetworkTables *tables, const BgOwnTunnels *tunnels);

G_END_DECLS
