/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-room.h"
#include "worker/hub/hub-backlog.h"
#include "worker/hub/hub-devices.h"
#include "worker/hub/hub-stream.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* One WebSocket: reads its frames, joins it to its room, and sees to it that it stays within its
 * bounds. */
typedef struct _BgHubSession BgHubSession;

typedef struct
{
  guint join_timeout_s;  /* from the upgrade to the join */
  guint ping_interval_s; /* silence of two and a half of these ends it */
  BgHubBacklog *backlog; /* of all sockets */
} BgHubSessionLimits;

typedef void (*BgHubSessionFunc) (BgHubSession *session, gpointer data);

/* Who comes: the remote address for the log, and the device as which it came; NULL: with the token that all share. */
typedef struct
{
  const char *source, *device;
} BgHubVisitor;

/* Takes over `socket`, which runs over `stream`. Room, network, devices and limits belong to the caller and live longer.
 * `on_closed` comes once, and is to free the session. */
BgHubSession *bg_hub_session_new (SoupWebsocketConnection *socket, BgHubStream *stream, const BgHubVisitor *visitor,
                                  BgHubRoom *room, BgHubNetwork *network, BgHubDevices *devices,
                                  const BgHubSessionLimits *limits, BgHubSessionFunc on_closed, gpointer data);
void bg_hub_session_free (BgHubSession *session);
BgHubRoom *bg_hub_session_get_room (BgHubSession *session);
/* Ends what is overdue; to be called every second or so. */
void bg_hub_session_tick (BgHubSession *session, gint64 now_us);
/* The id of the device as which it came; NULL: with the token that all share. */
const char *bg_hub_session_get_device (BgHubSession *session);
/* The public key that it joined with, as text; NULL: it has not joined. */
const char *bg_hub_session_get_key (BgHubSession *session);
/* Tells a device that has joined how far the log is, and how many wait. */
void bg_hub_session_tell_network (BgHubSession *session);
/* Sends a frame to whoever has joined. */
void bg_hub_session_tell (BgHubSession *session, const char *frame);
/* Says goodbye. */
void bg_hub_session_part (BgHubSession *session, BgGoodbye why);
void bg_hub_session_close (BgHubSession *session, SoupWebsocketCloseCode code, const char *reason);

G_END_DECLS
