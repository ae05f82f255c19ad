/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* Who is here, and who is told what of whom (docs/protocol.md, “What a hub does”). Entries and names are JSON of the host; a
 * member is memory of the host, which stays where it is while it is here. What changes is told at once after a quiet moment;
 * in a hurry of changes it waits for a moment in which all of it leaves together, so that a thousand that come at once are not
 * a thousand frames to each of them. Times are µs of a clock that does not jump far. */

enum
{
  BG_ROOM_FRAME = 32 * 1024, /* no list is longer: it leaves in several, which each count as news */
  BG_ROOM_BUCKETS = 256,
  BG_ROOM_LEFT = 4096, /* bytes of names of those that left and of whom not all were told */
  BG_ROOM_PAUSE_US = 50 * 1000,      /* from one telling to the next, */
  BG_ROOM_REST_US = 1000 * 1000, /* and no more where telling takes its time */
  BG_ROOM_PAUSE_OF_MEMBER_US = 50, /* and so much more for each who is told: never more than 20 000 frames a second */
};

typedef struct BgRoomMember BgRoomMember;
struct BgRoomMember
{
  BgBytes id, key; /* the host's, as those below, from the join on */
  BgBytes name;    /* `id` as JSON text, with its quotes */
  BgBytes entry;   /* as it stands in a list */
  bool takes_left; /* it said that it understands lists that say who left */

  /* the room's */
  bool is_here;
  uint32_t hash;
  uint64_t number;          /* they are counted as they come */
  uint64_t told, told_left; /* the last that it was told of by itself; so many bytes of names of those that left */
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
  BgBytes suffix; /* as JSON text, empty: none */
  uint8_t *frame; /* BG_ROOM_FRAME bytes to write in, which rooms of one thread may share */
  uint32_t max, count;
  BgRoomMember *first, *last; /* in the order in which they came */
  BgRoomMember *buckets[BG_ROOM_BUCKETS];

  uint64_t last_number, told; /* all were told of those up to this one */
  uint64_t told_left;         /* bytes of names that all were told, since the room began */
  uint32_t left_len;          /* and of those that wait, each behind its length in two bytes */
  uint8_t left[BG_ROOM_LEFT];
  int64_t free_at;            /* when the next may be told */
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

/* An empty room of at most `max`. `suffix` belongs to the caller and lives longer: the domain that names end in, as JSON text;
 * empty: there is none. */
void bg_room_init (BgRoom *self, const BgRoomHost *host, BgBytes suffix, uint8_t *frame, uint32_t max);
/* Tells `member` who is here, all others, now or soon, that it came, and its older socket that it was replaced. */
BgRoomJoin bg_room_join (BgRoom *self, BgRoomMember *member, int64_t now_us);
/* Has it here without a word to anybody: it joined before the host lost its memory. False where somebody has its id. */
bool bg_room_restore (BgRoom *self, BgRoomMember *member);
/* Takes a member out and tells the others, now or soon; does nothing for one that is not here. */
void bg_room_leave (BgRoom *self, BgRoomMember *member, int64_t now_us);
/* Takes it out and tells nobody. */
void bg_room_take_out (BgRoom *self, BgRoomMember *member);
/* To whom a frame goes on, of a member who says that it is from `from` to `to`. The receiver has been told of the sender when
 * this returns. */
BgRoomRoute bg_room_route (BgRoom *self, const BgRoomMember *sender, BgBytes from, BgBytes to, BgRoomMember **receiver);
/* When bg_room_tell() has something to do; INT64_MAX: nothing waits. To be asked after each of the above. */
int64_t bg_room_due (const BgRoom *self);
/* Nothing is told before `until_us`, but not for longer than BG_ROOM_REST_US: for a host that has no time for anything else. */
void bg_room_rest (BgRoom *self, int64_t now_us, int64_t until_us);
/* Tells what waits, if it is time. */
void bg_room_tell (BgRoom *self, int64_t now_us);
