/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/dataplane.h"

/* Events from the data thread to the main thread, in order. Bounded: where BG_EVENTS_MAX wait, an answer (ping,
 * statistics) is dropped, and any other event takes the place of the one of its type and peer that waits already, so
 * that at most one of each remains however long nobody pops. */
typedef struct BgEventQueue BgEventQueue;

enum { BG_EVENTS_MAX = 256 };

BgEventQueue *bg_event_queue_new (void);
void bg_event_queue_free (BgEventQueue *queue);
/* An eventfd, readable while events wait; stays the queue's. */
int bg_event_queue_fd (const BgEventQueue *queue);
/* Data thread. What `event` owns is the queue's from here. */
void bg_event_queue_push_take (BgEventQueue *queue, const BgEvent *event);
/* The same for one that can wait, and owns nothing: it comes, in its place, with the next that cannot. */
void bg_event_queue_push_patient (BgEventQueue *queue, const BgEvent *event);
/* Main thread; the receiver clears `out` with bg_dataplane_event_clear(). */
bool bg_event_queue_pop (BgEventQueue *queue, BgEvent *out);
