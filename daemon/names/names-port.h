/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One address at which questions come: a datagram socket and a listening one for this machine, and a datagram socket for the tunnel
 * that refuses. The kernel tells them apart by a filter on the device that a packet is on: one from this machine to one of its own
 * addresses is on loopback, whatever interface the address belongs to. A bound device (SO_BINDTODEVICE) and IP_PKTINFO do not
 * tell that: they name the interface of the address. Main thread only. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgNamesPort BgNamesPort;

/* Where a datagram came from. */
typedef struct _BgNamesAsker BgNamesAsker;

typedef struct
{
  /* A question; `asker` (transfer full) is to be answered. */
  void (*datagram) (gpointer owner, BgNamesAsker *asker, const guint8 *data, gsize len);
  /* A question that came through the tunnel; the answer (transfer full), or NULL for none. */
  GBytes *(*stranger) (gpointer owner, const guint8 *data, gsize len);
  /* A connection; `fd` (transfer full) does not block. */
  void (*connection) (gpointer owner, int fd);
} BgNamesPortEvents;

/* NULL with errno where it cannot be had at all. Without the connections it is had, where somebody else listens for them at
 * all addresses: answers of ours are short. */
BgNamesPort *bg_names_port_new (const BgIpPrefix *address, guint16 port, const BgNamesPortEvents *events, gpointer owner);
/* Closes it; askers stay, and what they are answered goes nowhere. */
void bg_names_port_close (BgNamesPort *self);
/* Tries to have connections, too, where somebody else had them before. */
void bg_names_port_take_connections (BgNamesPort *self);
/* Why connections do not come (errno); 0: they do. */
int bg_names_port_get_tcp_error (const BgNamesPort *self);
const BgIpPrefix *bg_names_port_get_address (const BgNamesPort *self);
/* Refuses what comes by the interface of this index, from now on; 0: says nothing to it. Nothing is said of a failure: then
 * nobody answers there. */
void bg_names_port_refuse_from (BgNamesPort *self, guint ifindex);

/* Sends the answer, NULL for none, and ends the asker. */
void bg_names_asker_answer (BgNamesAsker *asker, GBytes *reply);

G_END_DECLS
