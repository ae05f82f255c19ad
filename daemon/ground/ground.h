/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What endpoints stand on, on a real machine (publish/endpoint-ground.h): addresses of loopback, sockets, the thread that carries connections, and the pools
 * with their files. Names and ways to endpoints are the owner's. Main thread only. */

#include "ground/virtual-subnet.h"
#include "publish/address-pool.h"
#include "publish/endpoint-ground.h"
#include "publish/forwarding.h"
#include "publish/port-pool.h"

G_BEGIN_DECLS

typedef struct _BgGround BgGround;

typedef struct
{
  /* The way to an endpoint; NULL with an error where there is none now. (transfer full) */
  BgForwardWay *(*find_way) (gpointer owner, const BgWantedEndpoint *endpoint, GError **error);
  /* All names that have addresses of their own. */
  void (*name) (gpointer owner, const BgEndpointName *names, guint n);
  /* Of publish/forwarding.h; bg_ground_read_counters() still has what the door counted. */
  void (*drained) (gpointer owner, guint64 door);
  void (*rejected) (gpointer owner, guint64 door);
  /* Addresses of this machine are others: what did not stand may stand now. */
  void (*moved) (gpointer owner);
  /* This machine came into a network that has addresses of the subnet: the ground is to be laid anew, which has another one. It is left as it is until
   * then, and not asked about this network again. */
  void (*met) (gpointer owner);
} BgGroundEvents;

typedef struct
{
  BgForwardingEngine *engine; /* that carries connections */
  const char *directory;    /* for what is kept */
  BgIpPrefix subnet;        /* of the names' addresses, IPv4, 8 to 30 bits */
  gboolean has_subnet6;     /* of IPv6 beside them; */
  BgIpPrefix subnet6;       /* family 0: one by chance */
  guint16 first_port, last_port; /* for what is open to others */
  const BgIpPrefix *from;   /* who may come in where it is; n_from 0: everybody */
  guint n_from;
  const BgIpPrefix *avoid;  /* networks that are not there yet, which the subnet is not to meet */
  guint n_avoid;
} BgGroundOptions;

/* Takes away what a killed run has left. NULL with an error where that cannot be. */
BgGround *bg_ground_new (const BgGroundOptions *options, const BgGroundEvents *events, gpointer owner, GError **error);
/* Ends every connection; what is kept is written. The set that stands on it goes first. */
void bg_ground_free (BgGround *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgGround, bg_ground_free)

/* Takes away the addresses that a killed run has left, where nothing is to stand here any more. */
void bg_ground_remove_leftovers (void);

/* For bg_endpoint_set_new(); its data is the ground. */
const BgEndpointGround *bg_ground_get_operations (void);
BgAddressPool *bg_ground_get_addresses (BgGround *self);
BgPortPool *bg_ground_get_ports (BgGround *self);
/* Where addresses of IPv6 are, and those of a machine that may not have others. */
void bg_ground_get_places (BgGround *self, BgIpPrefix *mirror, BgIpPrefix *subnet6);
/* What the pool's subnet is, which may be another one than was asked for. */
const BgIpPrefix *bg_ground_get_subnet (BgGround *self);
/* Who may come in, which ports are given out and which networks are avoided, from now on. */
void bg_ground_configure (BgGround *self, const BgGroundOptions *options);
/* FALSE: there is no such door, or it is no more. */
gboolean bg_ground_read_counters (BgGround *self, guint64 door, BgDoorCounters *counters);

G_END_DECLS
