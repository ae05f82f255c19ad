/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the data plane has to say, brought to the main thread: every event as it comes, and figures asked for once a
 * minute, with more than 120 peers less often. Main thread only. */

#include "dataplane/dataplane.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgDataEvents BgDataEvents;

/* `event` is borrowed. */
typedef void (*BgDataEventFunc) (gpointer owner, const BgEvent *event);

/* `dataplane` must outlive it. */
BgDataEvents *bg_data_events_new (BgDataplane *dataplane, BgDataEventFunc take, gpointer owner);
/* Something changed that figures tell of: they come soon, at most once a second. */
void bg_data_events_want_stats (BgDataEvents *self);
/* Not from within `take`. */
void bg_data_events_free (BgDataEvents *self);

G_END_DECLS
