/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names that have addresses of their own on this machine, as long as a door is there or drains: all ports of a name share them. Main thread only. */

#include "publish/address-pool.h"
#include "publish/endpoint-ground.h"

G_BEGIN_DECLS

typedef struct
{
  BgIpPrefix mirror;  /* where addresses of the pool's subnet cannot be had: those of the same place here; family 0: none */
  BgIpPrefix subnet6; /* beside them; family 0: none */
} BgHomePlaces;

typedef struct
{
  BgIpPrefix hosts[BG_ENDPOINT_HOSTS];
  guint n, doors;
} BgEndpointHome;

typedef struct _BgEndpointHomes BgEndpointHomes;

/* All live longer. */
BgEndpointHomes *bg_endpoint_homes_new (const BgEndpointGround *ground, gpointer data, BgAddressPool *pool);
/* Takes all addresses away. */
void bg_endpoint_homes_free (BgEndpointHomes *self);
/* For homes that are made from now on. */
void bg_endpoint_homes_set_places (BgEndpointHomes *self, const BgHomePlaces *places);
/* That of a name, made now where it has none; borrowed. NULL where no address can be had; what cannot be had of IPv6 is done without. */
const BgEndpointHome *bg_endpoint_homes_get (BgEndpointHomes *self, const char *name, GError **error);
/* A door more, one less. Without a door a name leaves its home at bg_endpoint_homes_settle(), and its address is a reservation. */
void bg_endpoint_homes_enter (BgEndpointHomes *self, const char *name);
void bg_endpoint_homes_leave (BgEndpointHomes *self, const char *name);
void bg_endpoint_homes_settle (BgEndpointHomes *self, const char *name);
/* NULL: it has none. Borrowed. */
const BgEndpointHome *bg_endpoint_homes_find (BgEndpointHomes *self, const char *name);

G_END_DECLS
