/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A port of loopback that one gathering of libnice's may come through, once: it is open until the first connection of this
 * process, or for BG_RELAY_DOOR_S. libnice connects once for every address and transport that it has; who comes second is
 * refused, so that a gathering makes one allocation. */

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_RELAY_DOOR_S = 60
};

typedef struct
{
  int     fds[2]; /* IPv4 and IPv6; -1 where there is none */
  guint16 ports[2];
} BgRelayPorts;

/* Listens at free ports of 127.0.0.1 and ::1; FALSE where neither can be had. Any thread. */
gboolean bg_relay_ports_open (BgRelayPorts *ports, GError **error);
void bg_relay_ports_close (BgRelayPorts *ports);

typedef struct _BgRelayDoor BgRelayDoor;

/* The last call: the door is freed behind it. `fd` (taken) came through, -1 where nobody did. */
typedef void (*BgRelayDoorDone) (gpointer owner, BgRelayDoor *door, int fd);

/* Takes `ports`; calls on the thread's default context. */
BgRelayDoor *bg_relay_door_new (const BgRelayPorts *ports, BgRelayDoorDone done, gpointer owner);
void bg_relay_door_free (BgRelayDoor *door);

G_END_DECLS
