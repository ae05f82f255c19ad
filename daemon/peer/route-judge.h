/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What must not be drawn into the tunnel, and why a route of somebody else would. Pure. */

#include "common/words.h"
#include "net/local-networks.h"

G_BEGIN_DECLS

typedef enum
{
  BG_OUTSIDE_HUB,
  BG_OUTSIDE_STUN,
  BG_OUTSIDE_TURN,
  BG_OUTSIDE_PEER, /* its outer address */
} BgOutsideKind;

/* A host that is reached beside the tunnel. */
typedef struct
{
  BgIpPrefix    host;
  BgOutsideKind kind;
  const char   *name; /* of the peer; else NULL */
} BgOutsideHost;

/* Why `route` may not lead into the tunnel ("this machine is in 192.168.1.0/24 on wlan0"): it equals, covers or lies in a
 * connected network, or holds one of `outside` (BgOutsideHost). NULL where it may. `networks` may be
 * NULL. */
BgWords *bg_route_judge (const BgLocalNetworks *networks, const GArray *outside, const BgIpPrefix *route);
/* Why packets for the tunnel address `host` have to go elsewhere here: a router, or the hub, has it. */
BgWords *bg_route_judge_host (const BgLocalNetworks *networks, const GArray *outside, const BgIpPrefix *host);

G_END_DECLS
