/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* Who is here, and who is told what of whom (docs/protocol.md, “What a hub does”). Frames and entries are bytes of the
 * host, which reads and writes JSON; a member is memory of the host, which stays where it is while it is here. */

enum
{
  BG_ROOM_FRAME = 32 * 1024, /* no list is longer: it leaves in several, which each count as news */
  BG_ROOM_BUCKETS = 256,
};

typedef struct BgRoomMember BgRoomMember;
struct BgRoomMember
{
  BgBytes id, key; /* the host's, as the entry, from the join on */
  BgBytes entry;   /* as it stands in a list */

  /* the room's */
  bool is_here;
  uint32_t hash;
  BgRoomMember *in_bucket, *next, *previous;
};

typedef struct
{
  /* Queues one frame, which is good until it returns. Neither of the two may call back into the room. */
  void (*send) (void *data, BgRoomMember *member, BgBytes frame);
  /* Another socket of the same device took its place: the member is out of the room, and is to go. */
  void (*replaced) (void *data, BgRoomMember *member);
  void *data;
} BgRoomHost;

typedef struct
{
  BgRoomHost host;
  BgBytes head, tail; /* of a list, around entries with commas between them */
  uint8_t *frame;     /* BG_ROOM_FRAME bytes to write in, which rooms of one thread may share */
  uint32_t max, count;
  BgRoomMember *first, *last; /* in the order in which they came */
  BgRoomMember *buckets[BG_ROOM_BUCKETS];
} BgRoom;

typedef enum
{
  BG_ROOM_JOINED,
  BG_ROOM_NAME_TAKEN, /* somebody here has this id and another key: whoever has the token must not take over its name */
  BG_ROOM_FULL,
  BG_ROOM_TOO_LONG, /* the entry fits into no list */
} BgRoomJoin;

typedef enum
{
  BG_ROOM_PASS_ON,
  BG_ROOM_NOBODY,  /* `to` is not here */
  BG_ROOM_SPOOFED, /* `from` is not the sender */
} BgRoomRoute;

/* An empty room of at most `max`. */
void bg_room_init (BgRoom *self, const BgRoomHost *host, BgBytes head, BgBytes tail, uint8_t *frame,
                   uint32_t max);
/* Tells `member` who is here, then all others that it came, then its older socket that it was replaced. */
BgRoomJoin bg_room_join (BgRoom *self, BgRoomMember *member);
/* Has it here without a word to anybody: it joined before the host lost its memory. False where somebody has its id. */
bool bg_room_restore (BgRoom *self, BgRoomMember *member);
/* Takes a member out and tells the others, in the host's words; does nothing for one that is not here. */
void bg_room_leave (BgRoom *self, BgRoomMember *member, BgBytes farewell);
/* Takes it out and tells nobody. */
void bg_room_take_out (BgRoom *self, BgRoomMember *member);
/* To whom a frame goes on, of a member who says that it is from `from` to `to`. */
BgRoomRoute bg_room_route (const BgRoom *self, const BgRoomMember *sender, BgBytes from, BgBytes to,
                           BgRoomMember **receiver);
