/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What ICE still has under way although its owner let go of it: agents that give back their relays, receivers with packets
 * in hand. Whoever destroys what these use waits for them first. */

#include <glib.h>
#include <nice/agent.h>

G_BEGIN_DECLS

/* Any thread: something begins that may hold packets, or must not be cut off by an exit. */
void bg_ice_closing_begin (void);
/* Any thread: it is over. */
void bg_ice_closing_end (void);
/* Blocks until all that began is over. */
void bg_ice_closing_wait (void);
/* Any thread: closes `agent` in `context`, which is its own and is dropped with it (both transfer full); relays are given
 * back (RFC 8656, 3.5). */
void bg_ice_closing_take_agent (NiceAgent *agent, GMainContext *context);

G_END_DECLS
