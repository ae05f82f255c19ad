/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Requests against the data plane, one after the other: each sees the peers as the one before left them, and a set is made
 * whole, however long the data plane's mailbox takes to have room for all of it. Main thread only. */

#include "uapi/uapi-plan.h"

G_BEGIN_DECLS

typedef struct _BgUapiQueue BgUapiQueue;

/* The answer (transfer full, free with bg_uapi_text_free()); NULL where the queue went first. Called once per request. */
typedef void (*BgUapiDone) (gpointer data, char *answer);

/* `dataplane` must live as long as the queue; `ifname` is for the log. */
BgUapiQueue *bg_uapi_queue_new (BgDataplane *dataplane, const char *ifname);
/* Our private key, at first and when it changed. */
void bg_uapi_queue_set_private_key (BgUapiQueue *self, const WgKey *private_key);
/* Takes `request`. What a set asks for happens even if whoever asked has gone. */
void bg_uapi_queue_push_take (BgUapiQueue *self, BgUapiRequest *request, BgUapiDone done, gpointer data);
/* Hands in an event of the data plane. TRUE where it answered a question of ours; the caller still clears it. */
gboolean bg_uapi_queue_take_event (BgUapiQueue *self, const BgEvent *event);
/* What waits is given up. */
void bg_uapi_queue_free (BgUapiQueue *self);

G_END_DECLS
