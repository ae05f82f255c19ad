/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One allocation's way to the hub: a TCP connection of libnice's and a WebSocket, message by message. What is for the hub
 * waits at libnice while the WebSocket is full; what is for libnice is dropped while libnice does not read, as any datagram
 * may be.
 *
 * A line lives in a main context of its own. While it dials that is run by `home`; once it is connected, and while it says
 * goodbye, by `carrier`. */

#include "relay/relay-server.h"
#include "relay/turn-watch.h"
#include "common/context-loop.h"
#include "common/words.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _BgRelayLine BgRelayLine;

/* Called in the line's context. */
typedef struct
{
  /* What the hub made of the request for an allocation; `code` is the number of a refusal. */
  void (*told) (gpointer owner, BgRelayLine *line, BgTurnVerdict verdict, guint code);
  /* The line is over, by itself. `reason` (borrowed): it never came to be; `status` is the HTTP answer that was no WebSocket,
   * or 0. */
  void (*ended) (gpointer owner, BgRelayLine *line, guint status, BgWords *reason);
  /* Goodbye is said, which libsoup bounds, and nothing is left of it. The last call; it may be after the last reference of others
   * was given back. */
  void (*gone) (gpointer owner, BgRelayLine *line);
} BgRelayLineEvents;

typedef struct
{
  SoupSession *session; /* referenced */
  BgRelayServer *server; /* referenced */
  BgContextLoop *home, *carrier;
  const BgRelayLineEvents *events;
  gpointer owner;
} BgRelayLineConfig;

/* Any thread: takes `fd`, and dials. */
BgRelayLine *bg_relay_line_new (int fd, const BgRelayLineConfig *config);
/* Any thread: it ends, without `ended`. */
void bg_relay_line_leave (BgRelayLine *line);
/* Any thread: the same, with no goodbye any more. */
void bg_relay_line_cut (BgRelayLine *line);
/* Gives the reference back. */
void bg_relay_line_unref (BgRelayLine *line);
/* Any thread: when it carried data of peers last, or began; monotonic µs. */
gint64 bg_relay_line_get_used_at (BgRelayLine *line);

G_END_DECLS
