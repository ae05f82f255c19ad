/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The clock of an ICE agent's own thread, which runs its timers and nothing else. Once a session works they are
 * keepalives (RFC 8445, 11), two wake-ups each. Where something better watches the pair and keeps it (the probes of
 * path.h), the thread may rest: its timers stand still, but for a while after anything else woke it, so that what comes
 * late (a candidate, an address to resolve, a check of the peer's) is still dealt with. */

#include <nice/agent.h>

typedef struct BgIceClock BgIceClock;

/* NULL where the agent does not show its main context. */
BgIceClock *bg_ice_clock_new (NiceAgent *agent);
/* Thread safe; again and again is fine. */
void bg_ice_clock_rest (BgIceClock *self, gboolean rest);
/* The thread runs as it did. Fine on NULL. */
void bg_ice_clock_free (BgIceClock *self);
