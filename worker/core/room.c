/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/room.h"

void
bg_room_init (BgRoom *self, const BgRoomHost *host, BgBytes head, BgBytes tail, uint8_t *frame,
              uint32_t max)
{
  *self = (BgRoom){ .host = *host, .head = head, .tail = tail, .frame = frame, .max = max };
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

static void
put_in (BgRoom *self, BgRoomMember *member)
{
  BgRoomMember **bucket;

  member->hash = hash_of (member->id);
  bucket = &self->buckets[member->hash % BG_ROOM_BUCKETS];
  member->in_bucket = *bucket;
  *bucket = member;
  member->previous = self->last;
  member->next = NULL;
  *(self->last != NULL ? &self->last->next : &self->first) = member;
  self->last = member;
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

/* Lists */

static size_t
append (BgRoom *self, size_t len, BgBytes bytes)
{
  if (bytes.len > 0)
    memcpy (self->frame + len, bytes.bytes, bytes.len);
  return len + bytes.len;
}

static size_t
around (const BgRoom *self)
{
  return self->head.len + self->tail.len;
}

static void
send_piece (BgRoom *self, BgRoomMember *to, size_t len)
{
  len = append (self, len, self->tail);
  self->host.send (self->host.data, to, (BgBytes){ self->frame, len });
}

/* Everyone but the newcomer, to the newcomer; one empty list where there is nobody. */
static void
send_list (BgRoom *self, BgRoomMember *newcomer)
{
  size_t len = append (self, 0, self->head);

  for (BgRoomMember *member = self->first; member != NULL; member = member->next)
    {
      if (member == newcomer)
        continue;
      if (len + 1 + member->entry.len + self->tail.len > BG_ROOM_FRAME)
        {
          send_piece (self, newcomer, len);
          len = append (self, 0, self->head);
        }
      if (len > self->head.len)
        self->frame[len++] = ',';
      len = append (self, len, member->entry);
    }
  send_piece (self, newcomer, len);
}

static void
broadcast (BgRoom *self, const BgRoomMember *except, BgBytes frame)
{
  for (BgRoomMember *member = self->first; member != NULL; member = member->next)
    if (member != except)
      self->host.send (self->host.data, member, frame);
}

static void
announce (BgRoom *self, const BgRoomMember *newcomer)
{
  size_t len = append (self, 0, self->head);

  len = append (self, len, newcomer->entry);
  len = append (self, len, self->tail);
  broadcast (self, newcomer, (BgBytes){ self->frame, len });
}

/* Coming and going */

BgRoomJoin
bg_room_join (BgRoom *self, BgRoomMember *member)
{
  BgRoomMember *old = find (self, member->id);

  if (around (self) + member->entry.len >= BG_ROOM_FRAME)
    return BG_ROOM_TOO_LONG;
  if (old != NULL && !is_same (old->key, member->key))
    return BG_ROOM_NAME_TAKEN;
  if (old == NULL && self->count >= self->max)
    return BG_ROOM_FULL;
  if (old != NULL)
    bg_room_take_out (self, old);
  put_in (self, member);
  send_list (self, member);
  announce (self, member);
  if (old != NULL)
    self->host.replaced (self->host.data, old);
  return BG_ROOM_JOINED;
}

bool
bg_room_restore (BgRoom *self, BgRoomMember *member)
{
  if (find (self, member->id) != NULL || around (self) + member->entry.len >= BG_ROOM_FRAME)
    return false;
  put_in (self, member);
  return true;
}

void
bg_room_leave (BgRoom *self, BgRoomMember *member, BgBytes farewell)
{
  if (!member->is_here)
    return;
  bg_room_take_out (self, member);
  broadcast (self, NULL, farewell);
}

BgRoomRoute
bg_room_route (const BgRoom *self, const BgRoomMember *sender, BgBytes from, BgBytes to,
               BgRoomMember **receiver)
{
  *receiver = NULL;
  if (!sender->is_here || !is_same (sender->id, from))
    return BG_ROOM_SPOOFED;
  *receiver = find (self, to);
  return *receiver != NULL ? BG_ROOM_PASS_ON : BG_ROOM_NOBODY;
}
