/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"
#include "net/netlink.h"

/* What the kernel says about one link: the actual side of the diff. */

typedef struct
{
  int ifindex;
  guint flags; /* IFF_* */
  guint mtu;
  int addr_gen_mode; /* IN6_ADDR_GEN_MODE_*, -1 where the link has no IPv6 */
  gboolean is_tun;
} BgLink;

/* Where a route leads. */
typedef struct
{
  int oif;
  BgIpPrefix gateway; /* a host of either family; family 0: the neighbours themselves */
  guint8 flags;       /* RTNH_F_* */
} BgNextHop;

typedef struct
{
  BgIpPrefix dest;
  guint table, metric, mtu;
  int oif;           /* 0: none, or several next hops */
  BgNextHop hop;     /* the first one of several */
  BgIpPrefix source; /* family 0: none is named */
  guint8 protocol;   /* rtm_protocol */
  guint8 type;       /* RTN_* */
  guint8 tos;
} BgKernelRoute;

/* The link itself; BG_ERROR_NOT_FOUND where it is gone. */
gboolean bg_link_load (BgNetlink *netlink, int ifindex, BgLink *out, GError **error);
/* Its addresses: BgIpPrefix with host bits, both families. */
GArray *bg_link_load_addresses (BgNetlink *netlink, int ifindex, GError **error);
/* All routes of a table, or of all tables (RT_TABLE_UNSPEC): BgKernelRoute, whatever link or protocol. */
GArray *bg_link_load_routes (BgNetlink *netlink, guint table, GError **error);
