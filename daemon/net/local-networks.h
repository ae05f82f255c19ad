/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/net-plan.h"

G_BEGIN_DECLS

/* The networks that this machine is in or knows a way to, without our own tunnel: an immutable snapshot of the kernel's
 * addresses, routes and rules. Left out are our own interface, routes with our tag, what is no unicast network (loopback,
 * link-local, multicast), and routes so broad that they stand for "everywhere" (BG_BROADEST_LEN4, …6). */

enum
{
  BG_BROADEST_LEN4 = 8,
  BG_BROADEST_LEN6 = 16,
};

/* A network that is not private counts as nearby from these lengths on. */
enum
{
  BG_NEARBY_LEN4 = 16,
  BG_NEARBY_LEN6 = 48,
};

typedef struct _BgLocalNetworks BgLocalNetworks;
typedef struct _BgNetworkTables BgNetworkTables;

/* By what it would cost to take such a network for our own. */
typedef enum
{
  BG_LOCAL_CONNECTED, /* an address of ours, its network, or a route without a router */
  BG_LOCAL_ROUTED,    /* a route through a router, or one that refuses */
  BG_LOCAL_RULED,     /* a policy rule names it */
} BgLocalKind;

typedef struct
{
  BgIpPrefix prefix; /* masked */
  BgLocalKind kind;
  const char *interface; /* "" for none */
} BgLocalNetwork;

/* `own_interface`: our tunnel's, NULL for none. */
BgLocalNetworks *bg_local_networks_new (const BgNetworkTables *tables, const char *own_interface);
/* Asks the kernel, in the current network namespace. */
BgLocalNetworks *bg_local_networks_load (const char *own_interface, GError **error);
BgLocalNetworks *bg_local_networks_ref (BgLocalNetworks *self);
void bg_local_networks_unref (BgLocalNetworks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgLocalNetworks, bg_local_networks_unref)
/* Would both answer every question alike, and are our own host routes of outside-routes.h the same? */
gboolean bg_local_networks_equal (const BgLocalNetworks *a, const BgLocalNetworks *b);

/* What of the kinds up to `kind` overlaps `prefix`, the gravest first; NULL for nothing. Borrowed. */
const BgLocalNetwork *bg_local_networks_meet (const BgLocalNetworks *self, const BgIpPrefix *prefix,
                                              BgLocalKind kind);
/* The network that this machine is connected to and `prefix` is all in; NULL for none. Borrowed. */
const BgLocalNetwork *bg_local_networks_find_cover (const BgLocalNetworks *self,
                                                    const BgIpPrefix *prefix);
/* The interface whose routes have `host` as a router; NULL where nothing is routed through it. Borrowed. */
const char *bg_local_networks_find_router (const BgLocalNetworks *self, const BgIpPrefix *host);
/* This machine's addresses, as hosts (BgIpPrefix). Borrowed. */
const GArray *bg_local_networks_get_addresses (const BgLocalNetworks *self);
/* Is it an address of this machine? */
gboolean bg_local_networks_has_address (const BgLocalNetworks *self, const BgIpPrefix *host);
/* Is it one that is deprecated (RFC 4862, 5.5.4), while there is another of its family that is not? It goes soon. */
gboolean bg_local_networks_is_fading (const BgLocalNetworks *self, const BgIpPrefix *host);
/* Is it an address of an uplink, while another one has a better default route of its family? Tunnels are no uplinks, and a link without a
 * default route is none: who is reached by it may be reached by no other. */
gboolean bg_local_networks_is_outranked (const BgLocalNetworks *self, const BgIpPrefix *host);
/* The way that packets of ours to `host` would take; FALSE where there is none. Rules whose conditions cannot be judged
 * (users, ports, interfaces) are passed over. */
gboolean bg_local_networks_find_way (const BgLocalNetworks *self, const BgIpPrefix *host,
                                     BgWay *way);
/* Is there a route to everywhere in the family, AF_INET or AF_INET6? */
gboolean bg_local_networks_has_default (const BgLocalNetworks *self, int family);
/* Does it stand for "everywhere"? */
gboolean bg_local_networks_is_everywhere (const BgIpPrefix *prefix);
/* The addresses through which peers are looked for (outer-addresses.h), the best first: BgIpPrefix hosts. Borrowed. */
const GArray *bg_local_networks_get_outer (const BgLocalNetworks *self);
/* Is `host` in a tunnel of ours, this daemon's or another's, or would a socket of ICE send there through one? Those prefer
 * the link of their address (IP_UNICAST_IF), so that IPv4 goes around routes into tunnels, as IPv6 does around those to
 * "everywhere" only. Any thread. */
gboolean bg_local_networks_leads_inside (const BgLocalNetworks *self, const BgIpPrefix *host);
/* Appends the names (owned, each once) of the interfaces on which hosts of `prefix` are: those with an address or a route in it or
 * around it, else those that lead everywhere, as for a prefix of length 0. */
void bg_local_networks_list_interfaces (const BgLocalNetworks *self, const BgIpPrefix *prefix, GPtrArray *names);
/* The same of other tunnels of this program. */
void bg_local_networks_list_tunnels (const BgLocalNetworks *self, GPtrArray *names);
/* Appends what is local in the sense of people: networks (BgIpPrefix) that this machine is in, and private ones that it has a
 * way to. */
void bg_local_networks_list_nearby (const BgLocalNetworks *self, GArray *prefixes);
/* Appends the names (owned) of the links that have addresses or routes. */
void bg_local_networks_list_links (const BgLocalNetworks *self, GPtrArray *names);
/* A /24 that meets nothing: of 10.0.0.0/8, or where that is taken of the other private networks (RFC 1918). `random` picks
 * where the search begins. FALSE where all is taken. */
gboolean bg_local_networks_choose_subnet (const BgLocalNetworks *self, guint32 random,
                                          BgIpPrefix *subnet);

G_END_DECLS
