/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"

#include <glib.h>

/* The wanted state of our link: addresses and routes, each tagged by who wants it. Built, sealed, then immutable;
 * bg_link_config_sync() diffs it with the kernel. */

typedef enum
{
  BG_TAG_DEVICE, /* our own addresses */
  BG_TAG_PEER,   /* host route of a peer, with its path's MTU */
  BG_TAG_ROUTE,  /* accepted subnet route */
  BG_TAG_STATIC, /* allowed IPs of a static peer */
} BgNetTag;

typedef struct _BgNetPlan BgNetPlan;

/* How packets leave this machine without us. */
typedef struct
{
  int oif;
  BgIpPrefix gateway; /* a host of either family; family 0: the neighbours themselves */
  BgIpPrefix source;  /* family 0: the kernel chooses */
  gboolean onlink;    /* the gateway is a neighbour, whatever the routes say */
} BgWay;

typedef struct
{
  BgIpPrefix address; /* host bits kept */
  guint tags;         /* 1 << BgNetTag of everybody who asked for it */
} BgNetAddress;

typedef struct
{
  BgIpPrefix dest; /* masked */
  guint mtu;       /* 0: the link's */
  guint metric;    /* as the kernel shows it: 0 was made 1024 for IPv6 */
  guint tags;
} BgNetRoute;

/* All packets of this machine that have no other way named here go to our link, but for those with BG_OWN_MARK (own-mark.h). */
typedef struct
{
  guint families;   /* BG_FAMILY_*: of these; packets of the other family are refused */
  guint mtu;        /* of the path to the exit; 0: the link's */
  GArray *around;   /* BgIpPrefix: networks that go on to be reached as the main table says */
  GArray *sources;  /* BgIpPrefix, hosts: packets from these addresses do so too */
  GPtrArray *links; /* names: sockets that are bound to one of them go on to use it */
} BgNetExit;

/* A host whose packets must not come to our link, whatever the routes say: the outer packets of the tunnel go there. */
typedef struct
{
  BgIpPrefix host;
  gboolean has_way;
  BgWay way;
} BgNetOutside;

BgNetPlan *bg_net_plan_new (void);
/* MTU of the link itself. */
void bg_net_plan_set_mtu (BgNetPlan *plan, guint mtu);
/* Adding the same thing twice is fine: the first stays, later tags are remembered. */
void bg_net_plan_add_address (BgNetPlan *plan, BgNetTag tag, const BgIpPrefix *address);
/* `mtu` 0: the link's. `metric` 0: the kernel's default. Prefixes of length 0 are refused: FALSE. */
gboolean bg_net_plan_add_route (BgNetPlan *plan, BgNetTag tag, const BgIpPrefix *dest, guint mtu,
                                guint metric);
/* Keeps `host` out of our routes: `way` is how it is reached, NULL for not at all. The first one stays. */
void bg_net_plan_add_outside (BgNetPlan *plan, const BgIpPrefix *host, const BgWay *way);
/* Everything goes to our link: see BgNetExit. Only what is said of it with this call makes a route of length 0. */
void bg_net_plan_set_exit (BgNetPlan *plan, guint families, guint mtu);
/* Except what is for this network. Ask for an exit first, as below. */
void bg_net_plan_add_around (BgNetPlan *plan, const BgIpPrefix *network);
/* Except packets from this address: answers to those who came to it, and what strict reverse path filters ask for (RFC 3704). */
void bg_net_plan_add_around_source (BgNetPlan *plan, const BgIpPrefix *host);
/* Except sockets that are bound to this link. */
void bg_net_plan_add_around_link (BgNetPlan *plan, const char *name);
/* The same as in another plan. */
void bg_net_plan_copy_exit (BgNetPlan *plan, const BgNetPlan *other);
/* Leaves out the routes of a family, those that were added and those to come: its packets would have no address of ours. */
void bg_net_plan_mute (BgNetPlan *plan, int family);
/* No change after this. */
BgNetPlan *bg_net_plan_seal (BgNetPlan *plan);
BgNetPlan *bg_net_plan_ref (BgNetPlan *plan);
void bg_net_plan_unref (BgNetPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNetPlan, bg_net_plan_unref)

gboolean bg_net_plan_is_sealed (const BgNetPlan *plan);
/* 0: leave the link's MTU alone. */
guint bg_net_plan_get_mtu (const BgNetPlan *plan);
/* In the order they were added; borrowed. */
guint bg_net_plan_n_addresses (const BgNetPlan *plan);
const BgNetAddress *bg_net_plan_get_address (const BgNetPlan *plan, guint i);
guint bg_net_plan_n_routes (const BgNetPlan *plan);
const BgNetRoute *bg_net_plan_get_route (const BgNetPlan *plan, guint i);
guint bg_net_plan_n_outside (const BgNetPlan *plan);
const BgNetOutside *bg_net_plan_get_outside (const BgNetPlan *plan, guint i);
/* NULL: no exit is in use. */
const BgNetExit *bg_net_plan_get_exit (const BgNetPlan *plan);
/* The route with this destination and metric (as the kernel shows it), or NULL. */
const BgNetRoute *bg_net_plan_find_route (const BgNetPlan *plan, const BgIpPrefix *dest,
                                          guint metric);
const BgNetAddress *bg_net_plan_find_address (const BgNetPlan *plan, const BgIpPrefix *address);
