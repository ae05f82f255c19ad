/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Many main contexts, run by one thread. A GMainContext walks all of its sources and polls all of its descriptors whenever one
 * of them is due: a thousand agents on one would each pay for all. Here everybody has a context of its own, and only those are
 * walked that have something to do: what they wait for is in one epoll set, when they are due in one sorted list.
 *
 * A context is the thread's default while it is run. Whoever attaches a source to one from within another on the same thread
 * has to call g_main_context_wakeup(): GLib thinks that its owner is awake. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgContextLoop BgContextLoop;

BgContextLoop *bg_context_loop_new (void);
/* What is due is run when it is due, however late that is; else what is due in more than a second is put off, as below. */
void bg_context_loop_set_exact (BgContextLoop *self);
/* On the thread that ran it, or where none did. */
void bg_context_loop_free (BgContextLoop *self);
/* Any thread: a context (transfer full) that is run until bg_context_loop_remove_take(). */
GMainContext *bg_context_loop_add (BgContextLoop *self);
/* Any thread, also the context's own: it is run no more, soon. */
void bg_context_loop_remove_take (BgContextLoop *self, GMainContext *context);
/* The same, but `to` (not `self`) runs it from then on; its sources and whoever holds it notice nothing. From within the context
 * this is so as soon as what is being dispatched of it is done. */
void bg_context_loop_move (BgContextLoop *self, GMainContext *context, BgContextLoop *to);
/* Any thread: a turn that waits ends. */
void bg_context_loop_wake (BgContextLoop *self);
/* The loop's thread: runs every context that has something to do, once; where `may_wait`, not before one has. FALSE: none
 * had. What is due in more than a second is put off to the end of the five seconds in which it falls, so that what many wait
 * for is one wake-up. */
gboolean bg_context_loop_turn (BgContextLoop *self, gboolean may_wait);

/* For a thread that has a loop of its own: runs what can be run now, within bounds, and comes back as soon as what was new has run,
 * so that what came of it need not wait for the rest. TRUE: more is left; else the loop's descriptor is readable when there is. */
gboolean bg_context_loop_visit (BgContextLoop *self);
/* An epoll descriptor; stays the loop's. */
int bg_context_loop_get_fd (BgContextLoop *self);
/* The loop's thread: it is that no more. Another one says so of itself. Between the two nothing is run. */
void bg_context_loop_leave (BgContextLoop *self);
void bg_context_loop_enter (BgContextLoop *self);

G_END_DECLS
