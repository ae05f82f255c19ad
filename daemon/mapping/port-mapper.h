/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Ports of this machine that a router on its way to everywhere maps to ports of its own (PCP, NAT-PMP, UPnP), so that what is
 * sent there comes in without anything going out first. Main thread only. */

#include "net/local-networks.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgPortMapper BgPortMapper;
typedef struct _BgPortMapping BgPortMapping;

/* The port is at `address` and `port` from now on; NULL and 0: nowhere any more. Not during a call of this file. */
typedef void (*BgPortMapped) (gpointer data, GInetAddress *address, guint16 port);

/* What the router of this machine's way to everywhere maps. */
typedef struct
{
  const char *language; /* "pcp", "nat-pmp", "upnp"; "none": it maps no ports */
  BgIpPrefix router;
  guint ports;
  BgIpPrefix outside; /* where they are; family 0 where there are none */
} BgPortMapperStatus;

/* `changed`: bg_port_mapper_get_status() tells something else. Not during a call of this file. */
BgPortMapper *bg_port_mapper_new (void (*changed) (gpointer data), gpointer data);
/* FALSE: no router was asked, or none has answered yet. */
gboolean bg_port_mapper_get_status (const BgPortMapper *self, BgPortMapperStatus *status);
/* There are no mappings any more. What is still mapped is not given back: see bg_port_mapper_give_back(). Fine on NULL. */
void bg_port_mapper_free (BgPortMapper *self);
/* The networks that this machine is in now; NULL: none, or none is to be asked. On another network all is mapped anew, and
 * given back where it was. */
void bg_port_mapper_set_networks (BgPortMapper *self, BgLocalNetworks *networks);
/* This machine slept. */
void bg_port_mapper_wake (BgPortMapper *self);
/* Gives all back, and maps no more until there are networks again. `done` comes later, after a second at most. */
void bg_port_mapper_give_back (BgPortMapper *self, void (*done) (gpointer data), gpointer data);

/* Maps a UDP port of the local address `host`, where and as long as that is our address towards the router. `mapped` comes, later,
 * when it is, and whenever that changes. */
BgPortMapping *bg_port_mapping_new (BgPortMapper *self, GInetAddress *host, guint16 port,
                                    BgPortMapped mapped, gpointer data);
/* Gives it back. Fine on NULL, and behind the end of the mapper. */
void bg_port_mapping_free (BgPortMapping *self);

G_END_DECLS
