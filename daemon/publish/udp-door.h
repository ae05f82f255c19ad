/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/door.h"
#include "publish/udp-flows.h"

/* A socket that takes datagrams. Whoever sends there has a socket of his own towards the way's first address, and what comes back by it goes to
 * him and to nobody else, from the address that he sent to. What cannot be passed on at once is dropped, as a router does. */

typedef struct _BgUdpDoor BgUdpDoor;

/* Takes what `options` names as taken; `flows` is of all doors, with bg_udp_flow_dropped(). Both must outlive it. */
BgUdpDoor *bg_udp_door_open (BgReactor *reactor, BgUdpFlows *flows, const BgDoorOptions *options);
/* For those who come from now on; takes `way`. */
void bg_udp_door_set_way (BgUdpDoor *door, BgForwardWay *way);
/* Ends everything. */
void bg_udp_door_free (BgUdpDoor *door);
void bg_udp_flow_dropped (gpointer data);
