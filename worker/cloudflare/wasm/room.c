/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room of a Durable Object, for the JavaScript around it. A member is an address in the core's memory; a socket is the
 * host's number. */
#include "worker/cloudflare/wasm/memory.h"
#include "worker/core/room.h"
#include "worker/core/session.h"

typedef struct
{
  BgRoomMember core; /* first */
  uint32_t socket, len;
  uint8_t words[]; /* id, key, entry, name */
} Member;

IMPORT (send) void host_send (uint32_t socket, const uint8_t *frame, size_t len);
IMPORT (replaced) void host_replaced (uint32_t socket);

static int64_t
us (double ms)
{
  return (int64_t) (ms * 1000);
}

static BgRoom room;
static uint8_t frame[BG_ROOM_FRAME];
static uint8_t suffix[1024];

static void
send (void *data, BgRoomMember *member, BgBytes bytes)
{
  host_send (((Member *) member)->socket, bytes.bytes, bytes.len);
}

static void
replaced (void *data, BgRoomMember *member)
{
  host_replaced (((Member *) member)->socket);
}

/* The suffix, as JSON text, is in the input. */
EXPORT (room_open)
bool
room_open (uint32_t suffix_len, uint32_t max)
{
  static const BgRoomHost host = { .send = send, .replaced = replaced };

  if (suffix_len > sizeof suffix)
    return false;
  memcpy (suffix, input, suffix_len);
  bg_room_init (&room, &host, (BgBytes){ suffix, suffix_len }, frame, max);
  return true;
}

static size_t
size_of (uint32_t len)
{
  return sizeof (Member) + len;
}

/* One that is not here yet, whose id, key, entry and name are in the input. 0 where there is no memory. */
EXPORT (member_new)
Member *
member_new (uint32_t socket, bool takes_left, uint32_t id, uint32_t key, uint32_t entry,
            uint32_t name)
{
  uint32_t len = id + key + entry + name;
  Member *self = len <= INPUT_MAX ? block_take (size_of (len)) : NULL;

  if (self == NULL)
    return NULL;
  memset (self, 0, sizeof *self);
  self->socket = socket;
  self->len = len;
  memcpy (self->words, input, len);
  self->core.id = (BgBytes){ self->words, id };
  self->core.key = (BgBytes){ self->words + id, key };
  self->core.entry = (BgBytes){ self->words + id + key, entry };
  self->core.name = (BgBytes){ self->words + id + key + entry, name };
  self->core.takes_left = takes_left;
  return self;
}

/* Of one that is not here any more. */
EXPORT (member_free)
void
member_free (Member *self)
{
  bg_room_take_out (&room, &self->core);
  block_give_back (self, size_of (self->len));
}

EXPORT (room_join)
BgGoodbye
room_join (Member *self, double now_ms)
{
  static const BgGoodbye goodbyes[] = {
    [BG_ROOM_JOINED] = BG_GOODBYE_NONE,
    [BG_ROOM_NAME_TAKEN] = BG_GOODBYE_NAME_TAKEN,
    [BG_ROOM_FULL] = BG_GOODBYE_ROOM_FULL,
    [BG_ROOM_TOO_LONG] = BG_GOODBYE_JOIN_TOO_BIG,
  };

  return goodbyes[bg_room_join (&room, &self->core, us (now_ms))];
}

EXPORT (room_restore)
bool
room_restore (Member *self)
{
  return bg_room_restore (&room, &self->core);
}

EXPORT (room_leave)
void
room_leave (Member *self, double now_ms)
{
  bg_room_leave (&room, &self->core, us (now_ms));
}

/* In how many milliseconds room_tell() is to be called; negative: nothing waits. */
EXPORT (room_wait)
double
room_wait (double now_ms)
{
  int64_t due = bg_room_due (&room);

  if (due == INT64_MAX)
    return -1;
  return due > us (now_ms) ? (double) (due - us (now_ms)) / 1000 : 0;
}

/* Nothing is told before `until_ms`, but not for longer than the core allows. */
EXPORT (room_rest)
void
room_rest (double now_ms, double until_ms)
{
  bg_room_rest (&room, us (now_ms), us (until_ms));
}

EXPORT (room_tell)
void
room_tell (double now_ms)
{
  bg_room_tell (&room, us (now_ms));
}

/* The socket to which a frame goes on, 0 for none; from and to are in the input. */
EXPORT (room_route)
uint32_t
room_route (Member *self, uint32_t from, uint32_t to)
{
  BgRoomMember *receiver;

  if (bg_room_route (&room, &self->core, (BgBytes){ input, from }, (BgBytes){ input + from, to },
                     &receiver)
      != BG_ROOM_PASS_ON)
    return 0;
  return ((Member *) receiver)->socket;
}

EXPORT (room_count)
uint32_t
room_count (void)
{
  return room.count;
}

/* The bounds of a socket, joined or not. 0 where there is no memory. Times are milliseconds since 1970. */
EXPORT (session_new)
BgSession *
session_new (double now_ms)
{
  BgSession *self = block_take (sizeof *self);

  if (self != NULL)
    bg_session_init (self, us (now_ms));
  return self;
}

EXPORT (session_free)
void
session_free (BgSession *self)
{
  block_give_back (self, sizeof *self);
}

EXPORT (session_take_frame)
BgGoodbye
session_take_frame (BgSession *self, uint32_t len, double now_ms)
{
  if (!bg_session_take_frame (self, us (now_ms)))
    return BG_GOODBYE_TOO_MANY;
  return len > BG_SESSION_MAX_FRAME ? BG_GOODBYE_FRAME_TOO_BIG : BG_GOODBYE_NONE;
}

/* Where it joins, and whether the frame of that may be so long. */
EXPORT (session_check_join)
BgGoodbye
session_check_join (uint32_t len)
{
  return len > BG_SESSION_MAX_JOIN ? BG_GOODBYE_JOIN_TOO_BIG : BG_GOODBYE_NONE;
}

/* Of one that was opened and heard at these times, which outlive the memory here. */
EXPORT (session_overdue)
BgGoodbye
session_overdue (double opened_ms, double heard_ms, bool is_joined, uint32_t join_timeout_s,
                 uint32_t ping_interval_s, double now_ms)
{
  const BgSession session = { .opened_at = us (opened_ms), .heard_at = us (heard_ms) };

  return bg_session_overdue (&session, is_joined, join_timeout_s, ping_interval_s, us (now_ms));
}

EXPORT (goodbye_code)
uint32_t
goodbye_code (BgGoodbye why)
{
  return bg_goodbye_words (why)->code;
}

/* A text with a NUL behind it. */
EXPORT (goodbye_reason)
const char *
goodbye_reason (BgGoodbye why)
{
  return bg_goodbye_words (why)->reason;
}

EXPORT (goodbye_slow)
BgGoodbye
goodbye_slow (void)
{
  return BG_GOODBYE_SLOW;
}

EXPORT (goodbye_replaced)
BgGoodbye
goodbye_replaced (void)
{
  return BG_GOODBYE_REPLACED;
}
