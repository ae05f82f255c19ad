/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The relay of the hub (TURN over WebSocket at /turn) as TURN servers that libnice can speak to: ports of loopback, made for
 * one gathering each, with credentials of their own. Main thread only; the packets pass on a thread of its own, which there
 * is from the first gathering on. */

#include "common/lent-loop.h"
#include "common/words.h"
#include "relay/relay-server.h"

G_BEGIN_DECLS

typedef struct _BgRelay BgRelay;

typedef enum
{
  BG_RELAY_UNKNOWN, /* not asked yet */
  BG_RELAY_WORKS,   /* gave an address */
  BG_RELAY_ABSENT,  /* the hub has none; asked again after BG_RELAY_ABSENT_S */
  BG_RELAY_REFUSES, /* our secret is not the hub's */
  BG_RELAY_FAILS,   /* anything else; see the reason */
} BgRelayState;

enum
{
  BG_RELAY_ABSENT_S = 600
};

typedef void (*BgRelayChanged) (gpointer owner);

/* `carrier` (borrowed, for good) runs what is connected to the hub. */
BgRelay *bg_relay_new (BgRelayChanged changed, gpointer owner, BgLentLoop *carrier);
/* Ends what goes through it. */
void bg_relay_free (BgRelay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgRelay, bg_relay_free)

/* Where it is: `hub` is normalised, with "/connect" or not; NULL: nowhere. What there is goes on. */
void bg_relay_set_server (BgRelay *self, const char *hub, const char *token, const char *pin);
/* What the hub makes credentials of; NULL or "": the relay is not used. Copied. */
void bg_relay_set_secret (BgRelay *self, const char *secret);

/* The one of bg_relay_set_server(); NULL: nowhere. Borrowed. */
BgRelayServer *bg_relay_get_server (BgRelay *self);
/* For one gathering of the device `name`: TURN URLs as of bg_turn_url(), with credentials made at `now` (unix seconds), good
 * for one allocation within BG_RELAY_DOOR_S; NULL where there is no relay. Free with g_strfreev(). */
char **bg_relay_open (BgRelay *self, const char *name, gint64 now);

BgRelayState bg_relay_get_state (BgRelay *self);
/* What is wrong with it, for people; NULL: nothing. Borrowed. */
BgWords *bg_relay_get_reason (BgRelay *self);

G_END_DECLS
