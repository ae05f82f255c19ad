/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members that come, go, come back, and speak, in an order and at times that somebody else chose, beside a table of who has to be
 * here, and beside what each of them believes of the others from what it was told. Three bytes a step: who, what, and under which
 * name and key. */
#include "worker/core/room.h"
#include "fuzz.h"

#include <string.h>

enum
{
  MEMBERS = 8,
  NAMES = 6,
  DEVICES = 3,
  MOST = 5,
  LONGEST = 12000,
};

static BgRoom room;
static uint8_t frame[BG_ROOM_FRAME];
static uint8_t words[MEMBERS][LONGEST], zeros[4];
static BgRoomMember members[MEMBERS];
static bool is_member[MEMBERS];
static int listed[MEMBERS]; /* entries in lists that each got at its join */
static char
  believes[MEMBERS]
          [DEVICES]; /* which entry of a name each was told last; 0: nobody of that name is here */
static int64_t now_us;

static int
number_of (const BgRoomMember *member)
{
  return (int) (member - members);
}

/* Names are <a>, <b> and <c>; an entry is one of them, E, and the number of the member. */
static void
believe (const BgRoomMember *member, BgBytes bytes)
{
  char *belief = believes[number_of (member)];

  for (size_t i = 0; i + 4 < bytes.len; i++)
    {
      const uint8_t *at = bytes.bytes + i;

      if (at[0] != '<')
        continue;
      ASSERT (at[1] >= 'a' && at[1] < 'a' + DEVICES && at[2] == '>');
      belief[at[1] - 'a'] = at[3] == 'E' ? (char) at[4] : 0;
      listed[number_of (member)] += at[3] == 'E';
    }
}

static void
on_send (void *data, BgRoomMember *member, BgBytes bytes)
{
  ASSERT (member->is_here && bytes.len <= BG_ROOM_FRAME);
  ASSERT (bytes.bytes[0] == '{' && bytes.bytes[bytes.len - 1] == '}');
  ASSERT (member->takes_left || memcmp (bytes.bytes, "{\"left", 6) != 0);
  believe (member, bytes);
}

/* When nothing waits, everybody knows the truth. */
static void
check_beliefs (void)
{
  char truth[DEVICES] = { 0 };

  for (int i = 0; i < MEMBERS; i++)
    if (is_member[i])
      truth[members[i].id.bytes[0] - 'a'] = (char) ('0' + i);
  for (int i = 0; i < MEMBERS; i++)
    for (int device = 0; is_member[i] && device < DEVICES; device++)
      ASSERT (believes[i][device] == truth[device] || members[i].id.bytes[0] - 'a' == device);
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
  static const char ids[] = "abc", names[] = "<a><b><c>";
  unsigned device = what % DEVICES;

  member->id = (BgBytes){ (const uint8_t *) ids + device, 1 };
  member->name = (BgBytes){ (const uint8_t *) names + 3 * device, 3 };
  member->key = (BgBytes){ zeros, what / 8 % 3 };
  member->takes_left = what & 64;
}

static void
write_entry (int i, unsigned what)
{
  memcpy (words[i], members[i].name.bytes, 3);
  words[i][3] = 'E';
  words[i][4] = (uint8_t) ('0' + i);
  members[i].entry = (BgBytes){ words[i], what / 32 * 1700 + 5 };
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
  write_entry (i, what);
  holder = holder_of (members[i].id);
  listed[i] = 0;
  memset (believes[i], 0, sizeof believes[i]);
  switch (bg_room_join (&room, &members[i], now_us))
    {
    case BG_ROOM_JOINED:
      ASSERT (holder < 0 || members[holder].key.len == members[i].key.len);
      is_member[i] = true;
      ASSERT ((uint32_t) listed[i] >= room.count - 1);
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
  if (is_member[i] || room.count == MOST || room.last_number + room.left_len + room.told_left > 0)
    return; /* all who were here before come first */
  name (&members[i], what);
  write_entry (i, what);
  is_member[i] = holder_of (members[i].id) < 0;
  ASSERT (bg_room_restore (&room, &members[i]) == is_member[i]);
  for (int j = 0; is_member[i] && j < MEMBERS; j++)
    {
      believes[j][members[i].id.bytes[0] - 'a'] = (char) ('0' + i);
      if (is_member[j])
        believes[i][members[j].id.bytes[0] - 'a'] = (char) ('0' + j);
    }
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
    ASSERT (
      number_of (to) == holder_of (other.id)
      && (to == &members[i] || believes[number_of (to)][members[i].id.bytes[0] - 'a'] == '0' + i));
  if (route == BG_ROOM_NOBODY)
    ASSERT (holder_of (other.id) < 0);
}

static void
step (int i, unsigned act, unsigned what)
{
  now_us += act / 8 * 10000;
  switch (act % 8)
    {
    case 0:
    case 1:
      join (i, what);
      break;
    case 2:
    case 3:
      is_member[i] = false;
      bg_room_leave (&room, &members[i], now_us);
      break;
    case 4:
      restore (i, what);
      break;
    case 5:
      if (what & 1)
        bg_room_rest (&room, now_us, now_us + (int64_t) what * 10000);
      bg_room_tell (&room, now_us);
      break;
    default:
      speak (i, what);
    }
  check_count ();
  if (bg_room_due (&room) == INT64_MAX)
    check_beliefs ();
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
  memset (believes, 0, sizeof believes);
  now_us = 0;
  memset (members, 0, sizeof members);
  memset (is_member, 0, sizeof is_member);
  bg_room_init (&room, &host, BG_TEXT ("\"lab\""), frame, MOST);
  for (; size >= 3; data += 3, size -= 3)
    step (data[0] % MEMBERS, data[1], data[2]);
  if (bg_room_due (&room) != INT64_MAX)
    bg_room_tell (&room, bg_room_due (&room));
  check_beliefs ();
  return 0;
}
