/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members that come, go, come back, and speak, in an order that somebody else chose, beside a table of who has to be here. Three
 * bytes a step: who, what, and under which name and key. */
#include "worker/core/room.h"
#include "fuzz.h"

#include <string.h>

enum
{
  MEMBERS = 8,
  NAMES = 6,
  MOST = 5,
  LONGEST = 12000,
};

static BgRoom room;
static uint8_t frame[BG_ROOM_FRAME];
static uint8_t words[LONGEST];
static BgRoomMember members[MEMBERS];
static bool is_member[MEMBERS];
static int listed[MEMBERS]; /* entries in lists that each got at its join */

static int
number_of (const BgRoomMember *member)
{
  return (int) (member - members);
}

static void
on_send (void *data, BgRoomMember *member, BgBytes bytes)
{
  ASSERT (member->is_here && bytes.len <= BG_ROOM_FRAME);
  ASSERT (bytes.len >= 2 && (bytes.bytes[0] == '<' || bytes.bytes[0] == '-'));
  for (size_t i = 0; i < bytes.len; i++)
    listed[number_of (member)] += bytes.bytes[i] == 'E';
}

static void
on_replaced (void *data, BgRoomMember *member)
{
  ASSERT (!member->is_here);
  is_member[number_of (member)] = false;
}

static void
name (BgRoomMember *member, unsigned what)
{
  static const char names[] = "aabbcc";

  member->id = (BgBytes){ (const uint8_t *) names + what % NAMES, 1 + what % 2 };
  member->key = (BgBytes){ words, what / 8 % 3 };
  member->entry = (BgBytes){ words, what / 32 * 1700 + 1 };
}

static int
holder_of (BgBytes id)
{
  for (int i = 0; i < MEMBERS; i++)
    if (is_member[i] && members[i].id.len == id.len
        && memcmp (members[i].id.bytes, id.bytes, id.len) == 0)
      return i;
  return -1;
}

static void
check_count (void)
{
  uint32_t n = 0, chained = 0;

  for (int i = 0; i < MEMBERS; i++)
    {
      ASSERT (members[i].is_here == is_member[i]);
      n += is_member[i];
    }
  for (BgRoomMember *member = room.first; member != NULL; member = member->next)
    chained++;
  ASSERT (n == room.count && n == chained && n <= MOST);
}

static void
join (int i, unsigned what)
{
  int holder;
  uint32_t before = room.count;

  if (is_member[i])
    return;
  name (&members[i], what);
  holder = holder_of (members[i].id);
  listed[i] = 0;
  switch (bg_room_join (&room, &members[i]))
    {
    case BG_ROOM_JOINED:
      ASSERT (holder < 0 || members[holder].key.len == members[i].key.len);
      is_member[i] = true;
      ASSERT ((uint32_t) listed[i] == room.count - 1);
      break;
    case BG_ROOM_NAME_TAKEN:
      ASSERT (holder >= 0 && members[holder].key.len != members[i].key.len);
      break;
    case BG_ROOM_FULL:
      ASSERT (holder < 0 && before == MOST);
      break;
    case BG_ROOM_TOO_LONG:
      ASSERT (false);
    }
}

static void
restore (int i, unsigned what)
{
  if (is_member[i] || room.count == MOST)
    return;
  name (&members[i], what);
  is_member[i] = holder_of (members[i].id) < 0;
  ASSERT (bg_room_restore (&room, &members[i]) == is_member[i]);
}

static void
speak (int i, unsigned what)
{
  BgRoomMember other = { 0 }, *to;
  BgRoomRoute route;

  name (&other, what);
  route = bg_room_route (&room, &members[i], what & 64 ? other.id : members[i].id, other.id, &to);
  ASSERT ((route == BG_ROOM_PASS_ON) == (to != NULL));
  ASSERT (is_member[i] || route == BG_ROOM_SPOOFED);
  if (route == BG_ROOM_PASS_ON)
    ASSERT (number_of (to) == holder_of (other.id));
  if (route == BG_ROOM_NOBODY)
    ASSERT (holder_of (other.id) < 0);
}

static void
step (int i, unsigned act, unsigned what)
{
  switch (act % 6)
    {
    case 0:
    case 1:
      join (i, what);
      break;
    case 2:
      bg_room_leave (&room, &members[i], BG_TEXT ("-gone"));
      is_member[i] = false;
      break;
    case 3:
      bg_room_take_out (&room, &members[i]);
      is_member[i] = false;
      break;
    case 4:
      restore (i, what);
      break;
    default:
      speak (i, what);
    }
  check_count ();
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const uint8_t steps[] = { 0, 0, 255, 1, 0, 2, 2,   0, 0, 3, 1, 8, 1, 5,
                                   4, 2, 2,   0, 4, 0, 255, 5, 4, 3, 0, 5, 68 };

  if (n > 0 || max < sizeof steps)
    return 0;
  memcpy (out, steps, sizeof steps);
  return sizeof steps;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const BgRoomHost host = { .send = on_send, .replaced = on_replaced };

  memset (words, 'x', sizeof words);
  words[0] = 'E';
  memset (members, 0, sizeof members);
  memset (is_member, 0, sizeof is_member);
  bg_room_init (&room, &host, BG_TEXT ("<"), BG_TEXT (">"), frame, MOST);
  for (; size >= 3; data += 3, size -= 3)
    step (data[0] % MEMBERS, data[1], data[2]);
  return 0;
}
