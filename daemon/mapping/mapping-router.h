/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The router that this machine's way to everywhere leads through, as one that maps ports: the socket and the clock around
 * port-leases.h. Main thread only. */

#include "mapping/port-leases.h"
#include "net/local-networks.h"

G_BEGIN_DECLS

typedef struct _BgMappingRouter BgMappingRouter;

typedef struct
{
  int oif;
  BgIpPrefix gateway; /* IPv4 hosts */
  BgIpPrefix client;  /* our address towards it */
} BgMappingPlace;

typedef struct
{
  /* `port` is at `outside` from now on, or nowhere (NULL). */
  void (*moved) (gpointer owner, guint16 port, const BgOutside *outside);
  /* bg_mapping_router_get_language() is another. */
  void (*spoke) (gpointer owner);
} BgMappingEvents;

/* Which one that is. FALSE where there is none whose mappings we could use: no way out over IPv4, none with a gateway, a gateway
 * in a tunnel of ours, or an address that is everybody's, which needs no mapping. */
gboolean bg_mapping_router_find (const BgLocalNetworks *networks, BgMappingPlace *place);
/* A socket that hears the gateway's server of mappings alone, and goes by no other link; -1 where there is none. */
int bg_mapping_place_open_socket (const BgMappingPlace *place);
gboolean bg_mapping_place_equal (const BgMappingPlace *a, const BgMappingPlace *b);

/* Says nothing before it is asked for a port. */
BgMappingRouter *bg_mapping_router_new (const BgMappingPlace *place, const BgMappingEvents *events,
                                        gpointer owner);
/* Nothing more is given back. Fine on NULL. */
void bg_mapping_router_free (BgMappingRouter *self);

const BgMappingPlace *bg_mapping_router_get_place (const BgMappingRouter *self);
BgRouterLanguage bg_mapping_router_get_language (const BgMappingRouter *self);
/* FALSE where there are too many. */
gboolean bg_mapping_router_add (BgMappingRouter *self, guint16 port);
void bg_mapping_router_drop (BgMappingRouter *self, guint16 port);
gboolean bg_mapping_router_find_outside (const BgMappingRouter *self, guint16 port,
                                         BgOutside *outside);
/* This machine slept, and what is due may be so for long. */
void bg_mapping_router_wake (BgMappingRouter *self);
/* Gives everything back; `left`, which is to free it, comes later: when a router that ever answered has confirmed all, or after a
 * second. No event comes any more. */
void bg_mapping_router_leave (BgMappingRouter *self,
                              void (*left) (gpointer owner, BgMappingRouter *self), gpointer owner);

G_END_DECLS
