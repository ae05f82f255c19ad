/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Main contexts for connections, all run by the thread of the main loop. GLib walks all sources of a context whenever one of them has
 * something: thousands of connections on one would each pay for all others. Here each is on one of a few, and only those are walked
 * for which something came (common/context-loop.h, where is also what who attaches to one from outside has to do). */
typedef struct _BgHubLanes BgHubLanes;

/* For the thread whose default context this is called in. */
BgHubLanes *bg_hub_lanes_new (void);
/* No connection may be left. */
void bg_hub_lanes_free (BgHubLanes *self);
/* Until bg_hub_lanes_leave(), the thread's default context is the next of them in turn: what is made meanwhile is run there. */
void bg_hub_lanes_enter (BgHubLanes *self);
void bg_hub_lanes_leave (BgHubLanes *self);

G_END_DECLS
