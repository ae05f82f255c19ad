/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two threads of ICE: every agent of the process lives on the first, in a context of its own, with all its timers and
 * most of its sockets (context-loop.h). Whose agent carries data has its sockets polled on the second, beside the checks of
 * all others; where the data passes a relay, on the data plane's own thread. All are made when they are first asked for, and
 * stay. */

#include "common/lent-loop.h"

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  BG_ICE_CHECKS, /* timers, connectivity checks, agents that carry no data */
  BG_ICE_DATA,
  BG_ICE_THREADS,
} BgIceThread;

/* A main context that is run there; borrowed. */
GMainContext *bg_ice_thread_get_context (BgIceThread thread);
/* Any thread: one for an agent, run on the first thread until it is dropped (transfer full). */
GMainContext *bg_ice_thread_new_context (void);
/* Any thread, also from within it: nothing in it is run any more, soon. */
void bg_ice_thread_drop_context (GMainContext *take);
/* Any thread: `func` runs there, after what was asked for before. */
void bg_ice_thread_run (BgIceThread thread, void (*func) (gpointer data), gpointer data);
/* The same, within a context of the first thread. */
void bg_ice_thread_run_in (GMainContext *context, void (*func) (gpointer data), gpointer data);
/* Any thread: who carries relayed data, agents and lines to the hub alike. What such a packet passes here it passes without a
 * wake-up: each of them costs as much as all the work on it. */
BgLentLoop *bg_ice_thread_get_relayed (void);
/* Any thread: gives a reference to an agent back there. Whoever has the last one frees its sockets, which the thread that polls
 * them may be about to read. */
void bg_ice_thread_let_go (gpointer agent);

G_END_DECLS
