/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Turns of peers that never proved themselves: sessions under construction are dear, and anybody may name peers that never
 * answer. What is being ended counts too, until it is gone. Owners are opaque. Pure. */

#include <glib.h>

G_BEGIN_DECLS

#define BG_PEER_MAX_ATTEMPTS 32 /* at once, with those that are being ended */

typedef struct _BgPeerAttempts BgPeerAttempts;

BgPeerAttempts *bg_peer_attempts_new (void);
void bg_peer_attempts_free (BgPeerAttempts *self);

/* May one more begin, or take the place of one? */
gboolean bg_peer_attempts_has_room (const BgPeerAttempts *self);
/* The owner has one; it waits no more. */
void bg_peer_attempts_begin (BgPeerAttempts *self, gpointer owner);
/* Its session is ended; a `farewell` counts until bg_peer_attempts_end_farewells(). TRUE where it had one. */
gboolean bg_peer_attempts_end (BgPeerAttempts *self, gpointer owner, gboolean farewell);
/* One takes the place of another of the same owner. */
void bg_peer_attempts_replace (BgPeerAttempts *self);
void bg_peer_attempts_end_farewells (BgPeerAttempts *self);
guint bg_peer_attempts_count (const BgPeerAttempts *self);

/* The owner waits for its turn, from now on if it did not. */
void bg_peer_attempts_wait (BgPeerAttempts *self, gpointer owner, guint failures);
void bg_peer_attempts_wait_no_more (BgPeerAttempts *self, gpointer owner);
gboolean bg_peer_attempts_has_waiting (const BgPeerAttempts *self);
/* Whose turn it is: who failed least, then who waits longest. It waits no more. NULL: there is no room, or nobody waits. */
gpointer bg_peer_attempts_next (BgPeerAttempts *self);

G_END_DECLS
