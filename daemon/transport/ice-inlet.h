/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What arrives on a stream of an agent, sorted: our messages to the ICE transport, DTLS to the leg, the rest away. Every
 * message is disposed of before the next one is read, so that nothing piles up. */

#include "ice-thread.h"
#include "transport.h"
#include "webrtc-leg.h"

#include <nice/agent.h>

G_BEGIN_DECLS

typedef struct BgIceInlet BgIceInlet;

/* `context` is the agent's, `ice` an ICE transport; all are referenced. */
BgIceInlet *bg_ice_inlet_new (NiceAgent *agent, GMainContext *context, guint stream,
                              BgTransport *ice);
typedef enum
{
  BG_ICE_INLET_RESTS,   /* beside the checks, on BG_ICE_CHECKS */
  BG_ICE_INLET_BUSY,    /* on BG_ICE_DATA, in batches */
  BG_ICE_INLET_RELAYED, /* with what else carries relayed data, in batches */
  BG_ICE_INLET_PLACES,
} BgIceInletPlace;

/* Main thread: where its sockets are polled from here on; at first it RESTS. */
void bg_ice_inlet_poll_on (BgIceInlet *self, BgIceInletPlace place);
/* Any thread: who gets DTLS (referenced), NULL for nobody. */
void bg_ice_inlet_set_leg (BgIceInlet *self, BgWebrtcLeg *leg);
/* Any thread: receives no more. `done` (NULL: nobody) is called on a thread of ICE, once no packet is under way. */
void bg_ice_inlet_free (BgIceInlet *self, void (*done) (gpointer data), gpointer data);

G_END_DECLS
