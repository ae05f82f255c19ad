/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Turns to restart ICE: where an uplink dies, all the connections on it want to at once, and offers, sockets and allocations of
 * hundreds would get into each other's way. A few are under way at a time, those with the latest traffic first. One that finds no
 * answer gives its turn away soon: it goes on beside the next. Owners are opaque. Pure. */

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_PEER_RESTARTS_AT_ONCE = 16,
  BG_PEER_RESTART_TURN_MS = 2000,
};

typedef struct _BgPeerRestarts BgPeerRestarts;

BgPeerRestarts *bg_peer_restarts_new (void);
void bg_peer_restarts_free (BgPeerRestarts *self);

/* TRUE: the owner's is under way from now on, as it is where it was already. FALSE: there is no room, or others wait. Times are
 * monotonic µs. */
gboolean bg_peer_restarts_begin (BgPeerRestarts *self, gpointer owner, gint64 now_us);
/* The owner waits for its turn; it had traffic last at `used_us`, which may be said again. */
void bg_peer_restarts_wait (BgPeerRestarts *self, gpointer owner, gint64 used_us);
gboolean bg_peer_restarts_is_waiting (const BgPeerRestarts *self, gconstpointer owner);
guint bg_peer_restarts_count_waiting (const BgPeerRestarts *self);
/* Neither waits nor has one under way any more; nothing where it was so. */
void bg_peer_restarts_end (BgPeerRestarts *self, gconstpointer owner);
/* Whose turn it is, which is under way from now on. NULL: there is no room, or nobody waits. */
gpointer bg_peer_restarts_next (BgPeerRestarts *self, gint64 now_us);
/* When bg_peer_restarts_next() is to be asked again, at the latest; 0: nobody waits. */
gint64 bg_peer_restarts_due_us (const BgPeerRestarts *self, gint64 now_us);

G_END_DECLS
