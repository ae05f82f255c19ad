/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Timers of the main thread: sources, never integer ids. A file of its own, so that tests put a virtual clock here. */

#include <glib.h>

G_BEGIN_DECLS

/* Ends and forgets the source; fine on NULL. */
void bg_clear_source (GSource **source);
/* Replaces `*source` by a timer on the thread's default context. Long delays in whole seconds fire together with others. */
void bg_arm_timer (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data);

/* Monotonic, never 0. */
gint64 bg_main_now_us (void);

G_END_DECLS
