/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The thread that doors live on, and lines until they are connected: what is done there once, and may take its time, keeps
 * neither the main loop waiting nor those that carry packets. */

#include "relay/relay-door.h"
#include "relay/relay-line.h"

G_BEGIN_DECLS

enum
{
  BG_RELAY_MAX_LINES = 256,
  /* Lines that carry nothing may stay, so that a peer that loses its direct way has another; more of them are a burden
   * to the hub. */
  BG_RELAY_SPARE_LINES = 8,
  BG_RELAY_SPARE_S = 60,
};

typedef struct
{
  BgTurnVerdict verdict; /* NOTHING: a line did not come to be */
  guint         code;    /* of a refusal */
  guint         status;  /* then: the HTTP answer that was no WebSocket, or 0 */
  BgWords      *reason;  /* then: why; borrowed */
} BgRelayNews;

typedef void (*BgRelayNewsFunc) (gpointer owner, const BgRelayNews *news);

typedef struct _BgRelayThread BgRelayThread;

/* `func` is called on the default context of the thread that this is called on; that thread owns the thread here. `carrier`
 * (borrowed, for good) runs lines that are connected. */
BgRelayThread *bg_relay_thread_new (BgRelayNewsFunc func, gpointer owner, BgContextLoop *carrier);
/* Ends every line, and waits a fifth of a second for the hub to hear of it; no call after it. */
void bg_relay_thread_free (BgRelayThread *self);
/* Takes `ports`: what comes through them goes to `server`. */
void bg_relay_thread_open (BgRelayThread *self, const BgRelayPorts *ports, BgRelayServer *server);

G_END_DECLS
