/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two threads of ICE: every agent of the process lives on the first, with all its timers and most of its sockets. Whose
 * agent carries data has its sockets polled on the second: a wake-up there walks the few that are busy, not a thousand that
 * rest. Both are made when they are first asked for, and stay. */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_ICE_CHECKS, /* timers, connectivity checks, agents that carry no data */
  BG_ICE_DATA,
  BG_ICE_THREADS,
} BgIceThread;

/* Its main context, which is the thread's default; borrowed. On the first thread what is due in more than a second is put
 * off, to be done with all else that falls into the same five: the keepalives of a thousand agents are one wake-up. */
GMainContext *bg_ice_thread_get_context (BgIceThread thread);
/* Any thread: `func` runs there, after what was asked for before. */
void bg_ice_thread_run (BgIceThread thread, void (*func) (gpointer data), gpointer data);

G_END_DECLS
