/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/link-state.h"
#include "net/network-tables.h"

/* The changes that we ask of the kernel, one acknowledged request each; errors name what was asked for. */

/* Sets or clears IFF_UP. */
gboolean bg_link_request_up (BgNetlink *netlink, int ifindex, gboolean up, GError **error);
gboolean bg_link_request_mtu (BgNetlink *netlink, int ifindex, guint mtu, GError **error);
/* IN6_ADDR_GEN_MODE_*: NONE keeps the kernel from inventing link-local addresses on a TUN. */
gboolean bg_link_request_addr_gen_mode (BgNetlink *netlink, int ifindex, guint8 mode,
                                        GError **error);

/* Whether IPv4 packets that come in by the link are forwarded. Unlike the file of /proc, it leaves receive offloads alone. */
gboolean bg_link_request_forwarding (BgNetlink *netlink, int ifindex, gboolean on, GError **error);

/* IPv6 addresses go without duplicate address detection (IFA_F_NODAD): nobody else is on the link, and a tentative
 * address cannot be bound. */
gboolean bg_link_request_add_address (BgNetlink *netlink, int ifindex, const BgIpPrefix *address,
                                      GError **error);
gboolean bg_link_request_remove_address (BgNetlink *netlink, int ifindex, const BgIpPrefix *address,
                                         GError **error);

/* Adds route->dest with our protocol, its next hop and source where it has them; BG_ERROR_EXISTS where anybody has one with that destination and
 * metric. */
gboolean bg_link_request_add_route (BgNetlink *netlink, const BgKernelRoute *route, GError **error);
/* Replaces the route of the same destination and metric in one step: the caller knows that it is ours. */
gboolean bg_link_request_replace_route (BgNetlink *netlink, const BgKernelRoute *route,
                                        GError **error);
/* Adds a policy rule that looks up a table, with our protocol (Linux 4.17); BG_ERROR_EXISTS where there is the same. */
gboolean bg_link_request_add_rule (BgNetlink *netlink, const BgKernelRule *rule, GError **error);
gboolean bg_link_request_remove_rule (BgNetlink *netlink, const BgKernelRule *rule, GError **error);
/* Removes exactly this route (table, metric, protocol, link). */
gboolean bg_link_request_remove_route (BgNetlink *netlink, const BgKernelRoute *route,
                                       GError **error);
