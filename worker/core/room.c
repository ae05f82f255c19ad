/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/room.h"

void
bg_room_init (BgRoom *self, const BgRoomHost *host, BgBytes suffix, uint8_t *frame, uint32_t max)
{
  memset (self, 0, sizeof *self);
  self->host = *host;
  self->suffix = suffix;
  self->frame = frame;
  self->max = max;
  self->free_at = INT64_MIN;
}

/* The table */

static bool
is_same (BgBytes a, BgBytes b)
{
  return a.len == b.len && (a.len == 0 || memcmp (a.bytes, b.bytes, a.len) == 0);
}

/* FNV-1a */
static uint32_t
hash_of (BgBytes id)
{
  uint32_t hash = UINT32_C (2166136261);

  for (size_t i = 0; i < id.len; i++)
    hash = (hash ^ id.bytes[i]) * UINT32_C (16777619);
  return hash;
}

static BgRoomMember *
find (const BgRoom *self, BgBytes id)
{
  uint32_t hash = hash_of (id);
  BgRoomMember *member = self->buckets[hash % BG_ROOM_BUCKETS];

  while (member != NULL && (member->hash != hash || !is_same (member->id, id)))
    member = member->in_bucket;
  return member;
}

/* Behind all who came before it. */
static void
put_into_order (BgRoom *self, BgRoomMember *member)
{
  BgRoomMember *before = member->number > 0 ? self->last : NULL;
  BgRoomMember *after = before != NULL ? NULL : self->first;

  member->previous = before;
  member->next = after;
  *(before != NULL ? &before->next : &self->first) = member;
  *(after != NULL ? &after->previous : &self->last) = member;
}

static void
put_in (BgRoom *self, BgRoomMember *member)
{
  BgRoomMember **bucket;

  member->hash = hash_of (member->id);
  bucket = &self->buckets[member->hash % BG_ROOM_BUCKETS];
  member->in_bucket = *bucket;
  *bucket = member;
  put_into_order (self, member);
  member->is_here = true;
  self->count++;
}

void
bg_room_take_out (BgRoom *self, BgRoomMember *member)
{
  BgRoomMember **link = &self->buckets[member->hash % BG_ROOM_BUCKETS];

  if (!member->is_here)
    return;
  while (*link != member)
    link = &(*link)->in_bucket;
  *link = member->in_bucket;
  *(member->previous != NULL ? &member->previous->next : &self->first) = member->next;
  *(member->next != NULL ? &member->next->previous : &self->last) = member->previous;
  member->is_here = false;
  self->count--;
}

/* Frames: {"left":[…],"peers":[…],"suffix":…,"type":"peers"} and {"peerId":…,"type":"peer-left"} */

#define LIST_HEAD "{\"peers\":["
#define LEFT_HEAD "{\"left\":["
#define LEFT_TAIL "],\"peers\":["
#define SUFFIX_HEAD "],\"suffix\":"
#define LIST_TAIL ",\"type\":\"peers\"}"
#define FAREWELL_HEAD "{\"peerId\":"
#define FAREWELL_TAIL ",\"type\":\"peer-left\"}"

/* Who is told: one member, or all that know as much as all do, of whom some may understand other frames than the rest. */
typedef struct
{
  BgRoomMember *one;
  bool everyone, takes_left;
} Audience;

static size_t
append (BgRoom *self, size_t len, BgBytes bytes)
{
  if (bytes.len > 0)
    memcpy (self->frame + len, bytes.bytes, bytes.len);
  return len + bytes.len;
}

static size_t
append_tail (BgRoom *self, size_t len)
{
  if (self->suffix.len == 0)
    return append (self, append (self, len, BG_TEXT ("]")), BG_TEXT (LIST_TAIL));
  len = append (self, append (self, len, BG_TEXT (SUFFIX_HEAD)), self->suffix);
  return append (self, len, BG_TEXT (LIST_TAIL));
}

/* With the longest words around it. */
static bool
fits (const BgRoom *self, size_t len, size_t more)
{
  return len + more + 1 + sizeof (SUFFIX_HEAD LIST_TAIL) + self->suffix.len <= BG_ROOM_FRAME;
}

/* Also where names of those that left stand before it. */
static bool
fits_into_lists (const BgRoom *self, const BgRoomMember *member)
{
  return fits (self, sizeof (LEFT_HEAD LEFT_TAIL) + BG_ROOM_LEFT, member->entry.len)
         && member->name.len <= BG_ROOM_LEFT - 2;
}

static bool
knows_what_all_do (const BgRoom *self, const BgRoomMember *member)
{
  return member->told <= self->told && member->told_left <= self->told_left;
}

/* Does anybody hear it? */
static bool
say (BgRoom *self, const Audience *to, size_t len)
{
  BgBytes frame = { self->frame, len };
  bool is_heard = to->one != NULL;

  if (to->one != NULL)
    self->host.send (self->host.data, to->one, frame);
  else
    for (BgRoomMember *member = self->first; member != NULL; member = member->next)
      if (knows_what_all_do (self, member)
          && (to->everyone || member->takes_left == to->takes_left))
        {
          self->host.send (self->host.data, member, frame);
          is_heard = true;
        }
  return is_heard;
}

/* `len` bytes of the list are written, up to where entries begin; of those from `member` on, but for `except`. */
static bool
say_list (BgRoom *self, const Audience *to, size_t len, const BgRoomMember *member,
          const BgRoomMember *except)
{
  bool is_first = true;

  for (; member != NULL; member = member->next)
    {
      if (member == except)
        continue;
      if (!fits (self, len, member->entry.len))
        {
          say (self, to, append_tail (self, len));
          len = append (self, 0, BG_TEXT (LIST_HEAD));
          is_first = true;
        }
      if (!is_first)
        self->frame[len++] = ',';
      len = append (self, len, member->entry);
      is_first = false;
    }
  return say (self, to, append_tail (self, len));
}

/* Those that left */

static BgBytes
name_at (const BgRoom *self, size_t at)
{
  return (BgBytes){ self->left + at + 2, bg_get16 (self->left + at) };
}

/* False where there is no place for it. */
static bool
note_left (BgRoom *self, BgBytes name)
{
  if (name.len > (size_t) BG_ROOM_LEFT - 2 - self->left_len)
    return false;
  bg_put16 (self->left + self->left_len, (uint16_t) name.len);
  memcpy (self->left + self->left_len + 2, name.bytes, name.len);
  self->left_len += 2 + (uint32_t) name.len;
  return true;
}

static bool
say_farewells (BgRoom *self, const Audience *to, size_t from)
{
  bool is_heard = false;

  for (size_t at = from; at < self->left_len; at += 2 + name_at (self, at).len)
    {
      size_t len = append (self, 0, BG_TEXT (FAREWELL_HEAD));

      len = append (self, append (self, len, name_at (self, at)), BG_TEXT (FAREWELL_TAIL));
      is_heard |= say (self, to, len);
    }
  return is_heard;
}

/* All of them fit into one frame. */
static size_t
begin_with_left (BgRoom *self, size_t from)
{
  size_t len = append (self, 0, BG_TEXT (LEFT_HEAD));

  for (size_t at = from; at < self->left_len; at += 2 + name_at (self, at).len)
    {
      if (at > from)
        self->frame[len++] = ',';
      len = append (self, len, name_at (self, at));
    }
  return append (self, len, BG_TEXT (LEFT_TAIL));
}

/* Telling */

static uint64_t
larger_of (uint64_t a, uint64_t b)
{
  return a > b ? a : b;
}

static uint64_t
told_of (const BgRoom *self, const BgRoomMember *member)
{
  return larger_of (member->told, self->told);
}

/* The first that came after the one of that number. */
static const BgRoomMember *
first_after (const BgRoom *self, uint64_t number)
{
  const BgRoomMember *first = NULL;

  for (const BgRoomMember *member = self->last; member != NULL && member->number > number;
       member = member->previous)
    first = member;
  return first;
}

/* Of whoever knows all up to that newcomer and that name: departures first, as one that left may have come back. */
static bool
say_news (BgRoom *self, const Audience *to, uint64_t told, size_t left_from)
{
  const BgRoomMember *newcomers = first_after (self, told);
  bool is_heard = false;

  if (left_from < self->left_len && to->takes_left)
    return say_list (self, to, begin_with_left (self, left_from), newcomers, NULL);
  if (left_from < self->left_len)
    is_heard = say_farewells (self, to, left_from);
  if (newcomers != NULL)
    is_heard |= say_list (self, to, append (self, 0, BG_TEXT (LIST_HEAD)), newcomers, NULL);
  return is_heard;
}

static bool
tell_one (BgRoom *self, BgRoomMember *member)
{
  const Audience to = { .one = member, .takes_left = member->takes_left };
  size_t left_from = (size_t) (larger_of (member->told_left, self->told_left) - self->told_left);
  uint64_t told = told_of (self, member);

  member->told = self->last_number;
  member->told_left = self->told_left + self->left_len;
  return say_news (self, &to, told, left_from);
}

static bool
tell_the_others (BgRoom *self)
{
  bool is_heard = false;

  for (BgRoomMember *member = self->first; member != NULL; member = member->next)
    if (!knows_what_all_do (self, member))
      is_heard |= tell_one (self, member);
  return is_heard;
}

static bool
tell_most (BgRoom *self)
{
  const Audience everyone = { .everyone = true }, some = { .takes_left = true },
                 rest = { .takes_left = false };
  bool is_heard;

  if (self->left_len == 0)
    return say_news (self, &everyone, self->told, 0);
  is_heard = say_news (self, &some, self->told, 0);
  return say_news (self, &rest, self->told, 0) || is_heard;
}

static void
tell_all (BgRoom *self, int64_t now_us)
{
  bool is_heard = tell_most (self);

  is_heard |= tell_the_others (self);
  self->told = self->last_number;
  self->told_left += self->left_len;
  self->left_len = 0;
  if (is_heard)
    self->free_at = now_us + BG_ROOM_PAUSE_US + (int64_t) self->count * BG_ROOM_PAUSE_OF_MEMBER_US;
}

int64_t
bg_room_due (const BgRoom *self)
{
  bool waits = self->left_len > 0 || (self->last != NULL && self->last->number > self->told);

  return waits ? self->free_at : INT64_MAX;
}

/* No pause is that long: the clock went back. */
static bool
is_long_until (const BgRoom *self, int64_t at_us, int64_t now_us)
{
  return at_us - now_us - BG_ROOM_REST_US
         > BG_ROOM_PAUSE_US + (int64_t) (self->max + UINT32_C (1)) * BG_ROOM_PAUSE_OF_MEMBER_US;
}

void
bg_room_rest (BgRoom *self, int64_t now_us, int64_t until_us)
{
  if (until_us - now_us > BG_ROOM_REST_US)
    until_us = now_us + BG_ROOM_REST_US;
  if (self->free_at < until_us)
    self->free_at = until_us;
}

void
bg_room_tell (BgRoom *self, int64_t now_us)
{
  int64_t due = bg_room_due (self);

  if (due != INT64_MAX && (due <= now_us || is_long_until (self, due, now_us)))
    tell_all (self, now_us);
}

/* Coming and going */

/* It knows of all who came before it, and of all that left. */
static void
welcome (BgRoom *self, BgRoomMember *member)
{
  const Audience to = { .one = member };

  member->number = ++self->last_number;
  put_in (self, member);
  member->told = member->number;
  member->told_left = self->told_left + self->left_len;
  say_list (self, &to, append (self, 0, BG_TEXT (LIST_HEAD)), self->first, member);
}

BgRoomJoin
bg_room_join (BgRoom *self, BgRoomMember *member, int64_t now_us)
{
  BgRoomMember *old = find (self, member->id);

  if (!fits_into_lists (self, member))
    return BG_ROOM_TOO_LONG;
  if (old != NULL && !is_same (old->key, member->key))
    return BG_ROOM_NAME_TAKEN;
  if (old == NULL && self->count >= self->max)
    return BG_ROOM_FULL;
  if (old != NULL)
    bg_room_take_out (self, old);
  welcome (self, member);
  bg_room_tell (self, now_us);
  if (old != NULL)
    self->host.replaced (self->host.data, old);
  return BG_ROOM_JOINED;
}

/* In front of all: it is no news, and knows what was told. */
bool
bg_room_restore (BgRoom *self, BgRoomMember *member)
{
  if (find (self, member->id) != NULL || !fits_into_lists (self, member))
    return false;
  member->number = member->told = member->told_left = 0;
  put_in (self, member);
  return true;
}

void
bg_room_leave (BgRoom *self, BgRoomMember *member, int64_t now_us)
{
  if (!member->is_here)
    return;
  bg_room_take_out (self, member);
  if (!note_left (self, member->name))
    {
      tell_all (self, now_us);
      note_left (self, member->name);
    }
  bg_room_tell (self, now_us);
}

BgRoomRoute
bg_room_route (BgRoom *self, const BgRoomMember *sender, BgBytes from, BgBytes to,
               BgRoomMember **receiver)
{
  *receiver = NULL;
  if (!sender->is_here || !is_same (sender->id, from))
    return BG_ROOM_SPOOFED;
  *receiver = find (self, to);
  if (*receiver == NULL)
    return BG_ROOM_NOBODY;
  if (sender->number > told_of (self, *receiver))
    tell_one (self, *receiver);
  return BG_ROOM_PASS_ON;
}
