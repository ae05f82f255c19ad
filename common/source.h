/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Main loop sources that somebody keeps as GSource *, never as integer ids. */

/* Lets `source` (taken) call `callback` on the thread's default context; gives it back, to be ended with
 * bg_source_drop(). */
GSource *bg_source_attach (GSource *source, GSourceFunc callback, gpointer data);
/* Replaces `*source` by a timer on the thread's default context. Long delays in whole seconds fire together with others. */
void bg_source_arm (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data);
/* Ends and forgets the source; fine on NULL. */
void bg_source_drop (GSource **source);
