/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One allocation's way to the hub: a TCP connection of libnice's and a WebSocket, message by message. What is for the hub
 * waits at libnice while the WebSocket is full; what is for libnice is dropped while libnice does not read, as any datagram
 * may be. The whole life is on the thread, and thread-default context, that made it. */

#include "relay/relay-server.h"
#include "relay/turn-watch.h"
#include "common/words.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _BgRelayLine BgRelayLine;

typedef struct
{
  /* What the hub made of the request for an allocation; `code` is the number of a refusal. */
  void (*told) (gpointer owner, BgRelayLine *line, BgTurnVerdict verdict, guint code);
  /* The line is over; the owner frees it, then or later. `reason` (borrowed): it never came to be; `status` is the HTTP answer
   * that was no WebSocket, or 0. */
  void (*ended) (gpointer owner, BgRelayLine *line, guint status, BgWords *reason);
  /* `socket` (transfer full) was said goodbye to; it is closed when the hub has answered, which libsoup bounds. */
  void (*left) (gpointer owner, SoupWebsocketConnection *socket);
} BgRelayLineEvents;

/* Takes `fd`, and dials. */
BgRelayLine *bg_relay_line_new (int fd, SoupSession *session, BgRelayServer *server, const BgRelayLineEvents *events,
                                gpointer owner);
/* Without a call. */
void bg_relay_line_free (BgRelayLine *line);
/* When it carried data of peers last, or began; monotonic µs. */
gint64 bg_relay_line_get_used_at (const BgRelayLine *line);

G_END_DECLS
