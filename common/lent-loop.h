/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A BgContextLoop that another thread may run beside its own work, so that nobody has to be woken for what that work leaves
 * there. While none does it has a thread of its own, made when it is first needed. It lives as long as the program. */

#include "common/context-loop.h"

G_BEGIN_DECLS

typedef struct _BgLentLoop BgLentLoop;

/* `name` is the thread's, and stays the caller's. */
BgLentLoop *bg_lent_loop_new (const char *name);
/* Any thread: the loop (borrowed), for contexts to come; it is run from here on. */
BgContextLoop *bg_lent_loop_get_loop (BgLentLoop *self);
/* Any thread: its descriptor (bg_context_loop_get_fd()). */
int bg_lent_loop_get_fd (BgLentLoop *self);
/* The calling thread runs it from here on, with bg_lent_loop_visit(); one at a time. Waits until the own thread has let go. */
void bg_lent_loop_take (BgLentLoop *self);
/* Who took it: as bg_context_loop_visit(). */
gboolean bg_lent_loop_visit (BgLentLoop *self);
/* Who took it: the own thread goes on. */
void bg_lent_loop_give (BgLentLoop *self);

G_END_DECLS
