/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A connection of our own to the system's bus, and who of a few is on it. A bus that is not there is waited for, for ever; of the
 * daemon's life it is no part. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgBusWatch BgBusWatch;

/* Somebody came or went, or the bus did. */
typedef void (*BgBusWatchChanged) (gpointer owner);

/* `address` of the bus; NULL: the system bus. `names` are literals, NULL at the end. */
BgBusWatch *bg_bus_watch_new (const char *address, const char *const *names, BgBusWatchChanged changed, gpointer owner);
void bg_bus_watch_free (BgBusWatch *self);
/* Is it known who is there? Also where there is no bus. */
gboolean bg_bus_watch_is_settled (BgBusWatch *self);
/* NULL: none. Borrowed until the next change. */
GDBusConnection *bg_bus_watch_get_bus (BgBusWatch *self);
/* The unique name of who has this one; NULL: nobody. */
const char *bg_bus_watch_get_owner (BgBusWatch *self, const char *name);

G_END_DECLS
