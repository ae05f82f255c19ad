/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

#include <glib.h>

G_BEGIN_DECLS

/* What waits for one client of the relay: whole messages, STUN or ChannelData with its padding, in a row. Where more comes
 * than may wait, the oldest goes, as in a router that knows what is of use to whom is late. */
typedef struct
{
  guint8 *bytes;
  gsize   room, start, end;
  guint64 dropped; /* messages, ever */
} BgHubRelayQueue;

/* Frees what it holds. */
void bg_hub_relay_queue_clear (BgHubRelayQueue *self);
/* Bytes that wait. */
gsize bg_hub_relay_queue_get_len (const BgHubRelayQueue *self);
/* Appends one message; drops old ones until no more than `limit` bytes wait, and the message itself where it is larger. */
void bg_hub_relay_queue_push (BgHubRelayQueue *self, const BgBytes *parts, gsize n, gsize limit);
/* The oldest messages in a row, as many as are `most` bytes together and at least one: borrowed, off the queue, and good until
 * the next call. */
BgBytes bg_hub_relay_queue_take (BgHubRelayQueue *self, gsize most);

G_END_DECLS
