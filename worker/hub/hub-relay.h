/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-backlog.h"
#include "worker/hub/hub-places.h"
#include "worker/hub/hub-stream.h"
#include "worker/hub/hub-writer.h"
#include "worker/core/session.h"
#include "worker/core/turn-server.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The relay: TURN over WebSockets, for devices between which nothing else is open. It sees what the tunnel sends, which is
 * sealed, and passes it from one of its clients to another, never to anybody else. */
typedef struct _BgHubRelay BgHubRelay;

typedef struct
{
  guint sockets;         /* at most */
  guint mbit_per_s;      /* for one device, and four times that for one network; 0: no bound */
  guint ping_interval_s; /* silence of two and a half of these ends a socket */
  BgTurnCeiling ceiling; /* of all that is relayed */
} BgHubRelayLimits;

/* `secret`, of which credentials are made, and `writer`, which writes down what is spent of a ceiling, belong to the caller and
 * live longer. `spent` is what was written down last. `on_empty` comes when the last socket has closed. */
BgHubRelay *bg_hub_relay_new (const BgHubRelayLimits *limits, const char *secret, const BgTurnSpent *spent,
                              BgHubWriter *writer, void (*on_empty) (gpointer data), gpointer data);
void bg_hub_relay_free (BgHubRelay *relay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubRelay, bg_hub_relay_free)

/* As bg_hub_places_reason_to_refuse(). */
const char *bg_hub_relay_reason_to_refuse (BgHubRelay *relay, GInetAddress *source);
typedef struct
{
  GInetAddress *source; /* NULL: through a proxy that does not name its clients */
  const char   *device; /* its id; NULL where it showed the token that all share */
  BgTurnFrame   frames; /* what it sends */
} BgHubRelayVisitor;

/* Takes over a WebSocket of somebody who may have one. */
void bg_hub_relay_add (BgHubRelay *relay, SoupWebsocketConnection *socket, BgHubStream *stream,
                       const BgHubRelayVisitor *visitor);
/* Ends those of a device; `device` NULL: those that came with the token that all share. */
void bg_hub_relay_part (BgHubRelay *relay, const char *device, BgGoodbye why);
guint bg_hub_relay_count (BgHubRelay *relay);
/* Says goodbye to all. */
void bg_hub_relay_stop (BgHubRelay *relay);

typedef struct
{
  BgTurnCounters turn;
  guint          sockets;
  guint64        dropped_slow; /* messages that waited too long for their reader */
  BgTurnCeiling  ceiling;
  BgTurnSpent    spent;
  BgTurnPeriod   reached;
} BgHubRelayFigures;

void bg_hub_relay_get_figures (BgHubRelay *relay, BgHubRelayFigures *figures);

G_END_DECLS
