/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The room at the hub, as signalling tells of it: who is named goes to the set, who is not named any more has left, and what
 * peers say is theirs to hear. Main thread only. */

#include "peer/peer-private.h"

G_BEGIN_DECLS

typedef struct _BgPeerRoom BgPeerRoom;

/* `said` is borrowed. */
typedef void (*BgPeerRoomEntry) (BgPeerSet *set, const BgSignalPeer *said);

/* Listens to the context's signalling, which there has to be, until it is stopped; `context` outlives it. `take_entry` is told of
 * each peer that the hub names. */
BgPeerRoom *bg_peer_room_new (BgPeerContext *context, BgPeerRoomEntry take_entry);
/* Nothing comes any more, also not of what is being told just now. */
void bg_peer_room_stop (BgPeerRoom *self);
/* Not from within `take_entry`. */
void bg_peer_room_free (BgPeerRoom *self);
/* The hub is away, and a peer lost its path: it is dialled every few seconds, not ever more rarely. */
void bg_peer_room_hurry (BgPeerRoom *self);
/* A peer that is here was forgotten: it is named once more, soon, as the hub has no reason to. */
void bg_peer_room_repeat_take (BgPeerRoom *self, BgSignalPeer *said);

G_END_DECLS
