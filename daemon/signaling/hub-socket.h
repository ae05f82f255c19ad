/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The TCP socket below the line to the hub. */

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What the hub's machine has not acknowledged after `ms` ends the connection (TCP_USER_TIMEOUT). */
void bg_hub_socket_set_patience (SoupWebsocketConnection *line, guint ms);
/* FALSE where this machine has lost the address that the socket has: nothing will come back to it. TRUE where that cannot be
 * told. */
gboolean bg_hub_socket_has_address (SoupWebsocketConnection *line);
/* Messages that come in have `max` bytes at most; a longer one closes the line (1009). */
void bg_hub_socket_bound_messages (SoupWebsocketConnection *line, guint64 max);
/* Says goodbye without waiting. Takes `line`, which frees itself when it is closed; libsoup bounds that. */
void bg_hub_socket_abandon (SoupWebsocketConnection *line, SoupWebsocketCloseCode code);
/* Heartbeats, until `*source` is dropped, which is before the line is: a hub that sleeps, as the Worker does, hears them without waking, and no
 * WebSocket pings. `every_s` 0: it wants none. */
void bg_hub_socket_beat (SoupWebsocketConnection *line, GSource **source, guint every_s);

G_END_DECLS
