/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-backlog.h"
#include "worker/hub/hub-relay-queue.h"
#include "worker/hub/hub-stream.h"
#include "worker/core/turn-server.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* One WebSocket of the relay. A binary frame that comes is one message, or several; what goes is a stream of messages, gathered into
 * frames of up to 16 KiB. */
typedef struct _BgHubRelaySocket BgHubRelaySocket;

typedef struct
{
  /* a frame came; what it was worth */
  BgTurnVerdict (*on_message) (BgHubRelaySocket *socket, const guint8 *bytes, gsize len, gpointer data);
  /* what waits for it can go on; bg_hub_relay_socket_flush() is to be called soon */
  void (*on_ready) (BgHubRelaySocket *socket, gpointer data);
  /* all that came for now is taken */
  void (*on_done) (BgHubRelaySocket *socket, gpointer data);
  /* once; it is to be freed */
  void (*on_closed) (BgHubRelaySocket *socket, gpointer data);
  gpointer data;
} BgHubRelaySocketOwner;

/* Takes over `socket`, which runs over `stream`. `source` is for the log; `owner` and `backlog` live longer. */
BgHubRelaySocket *bg_hub_relay_socket_new (SoupWebsocketConnection *socket, BgHubStream *stream, const char *source,
                                           guint ping_interval_s, BgHubBacklog *backlog,
                                           const BgHubRelaySocketOwner *owner);
void bg_hub_relay_socket_free (BgHubRelaySocket *self);
/* Appends a message; what waited for too long gives way. It goes with the next flush, of which the owner is told. */
void bg_hub_relay_socket_send (BgHubRelaySocket *self, const BgBytes *parts, gsize n);
/* Hands over to the line what it takes. */
void bg_hub_relay_socket_flush (BgHubRelaySocket *self);
/* Ends what is overdue; to be called every second or so. `is_of_use`: it has an allocation. */
void bg_hub_relay_socket_tick (BgHubRelaySocket *self, gint64 now_us, gboolean is_of_use);
/* Says goodbye. */
void bg_hub_relay_socket_close (BgHubRelaySocket *self, SoupWebsocketCloseCode code, const char *reason);
/* Messages that gave way. */
guint64 bg_hub_relay_socket_get_dropped (BgHubRelaySocket *self);
const char *bg_hub_relay_socket_get_source (BgHubRelaySocket *self);

G_END_DECLS
