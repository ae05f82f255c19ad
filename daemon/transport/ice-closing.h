/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What ends behind the back of whoever let go of it: agents that give back their relays, receivers with packets in hand, legs
 * that say goodbye. Agents need no thread for that, and legs have a few between them (webrtc-leg.c), so it makes no difference how
 * many end at once. Whoever destroys what they use waits for them first. Any thread. */

#include <glib.h>
#include <nice/agent.h>

G_BEGIN_DECLS

typedef enum
{
  BG_ENDING_WAY,    /* the packets that it has in hand */
  BG_ENDING_LEG,    /* its goodbye, and GStreamer's threads */
  BG_ENDING_LOAD,   /* GStreamer is being loaded, which is no time to exit */
  BG_ENDING_AGENT,  /* its relays; nobody waits for that */
  BG_ENDINGS,
} BgEnding;

/* One of these begins to end. */
void bg_ice_closing_begin (BgEnding what);
/* It did. */
void bg_ice_closing_end (BgEnding what);
/* Blocks until all that is to be waited for is over; where that takes seconds the log says what it is. */
void bg_ice_closing_wait (void);
/* Closes `agent` in `context`, which is its own and is dropped with it (both transfer full); relays are given
 * back (RFC 8656, 3.5). */
void bg_ice_closing_take_agent (NiceAgent *agent, GMainContext *context);
/* What there is, "legs: 2, agents: 1"; "" for nothing. For the log. Free with g_free(). */
char *bg_ice_closing_describe (void);

G_END_DECLS
