/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the manager of units is told of us. Nothing happens where none listens. */

#include <glib.h>

G_BEGIN_DECLS

/* As sd_notify(3) does. */
void bg_manager_notify (const char *state);

/* Three times in the time after which the manager's watchdog would end us, the main loop asks `is_alive` (NULL: that it runs is
 * enough), and tells the watchdog of each yes. NULL where none watches this process; else to be ended with bg_source_drop(). */
GSource *bg_manager_watchdog_start (gboolean (*is_alive) (gpointer owner), gpointer owner);

G_END_DECLS
