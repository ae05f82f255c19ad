/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-room.h"

#include <string.h>

/* A member whose socket is a list of what was sent. */
typedef struct
{
  BgHubMember member;
  GPtrArray *frames;
  gboolean was_replaced;
} Fake;

static void
fake_send (BgHubMember *member, const char *text, gsize len)
{
  g_assert_cmpuint (len, <=, BG_SIGNAL_MAX_FRAME);
  g_ptr_array_add (((Fake *) member)->frames, g_strndup (text, len));
}

static void
fake_replaced (BgHubMember *member)
{
  g_assert_null (member->room);
  ((Fake *) member)->was_replaced = TRUE;
}

static const BgHubMemberOps fake_ops = { fake_send, fake_replaced };

static Fake *
fake_new (void)
{
  Fake *fake = g_new0 (Fake, 1);

  fake->member.ops = &fake_ops;
  fake->frames = g_ptr_array_new_with_free_func (g_free);
  return fake;
}

static void
fake_free (Fake *fake)
{
  bg_hub_room_leave (&fake->member);
  g_ptr_array_unref (fake->frames);
  g_free (fake);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fake, fake_free)

static BgRoomJoin
join (BgHubRoom *room, Fake *fake, const char *id, const char *key)
{
  BgSignalPeer peer = { .id = (char *) id, .public_key = (char *) key };

  return bg_hub_room_join (room, &fake->member, &peer);
}

/* Takes the oldest frame. */
static void
assert_next (Fake *fake, const char *expected)
{
  g_autofree char *frame = fake->frames->len > 0 ? g_ptr_array_steal_index (fake->frames, 0) : NULL;

  g_assert_cmpstr (frame, ==, expected);
}

static BgRoomRoute
forward (Fake *from, const char *text)
{
  g_autoptr (BgSignalMessage) message = bg_signal_message_parse (text, strlen (text), NULL);

  g_assert_nonnull (message);
  return bg_hub_room_forward (&from->member, message, text, strlen (text));
}

#define EMPTY "{\"peers\":[],\"type\":\"peers\"}"
#define ENTRY(id, key) "{\"peerId\":\"" id "\",\"publicKey\":\"" key "\"}"
#define LIST(entries) "{\"peers\":[" entries "],\"type\":\"peers\"}"
#define LEFT(id) "{\"peerId\":\"" id "\",\"type\":\"peer-left\"}"

static void
test_join_and_leave (void)
{
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", 10, NULL);
  g_autoptr (Fake) a = fake_new ();
  g_autoptr (Fake) b = fake_new ();

  g_assert_cmpint (join (room, a, "a", "KA"), ==, BG_ROOM_JOINED);
  assert_next (a, EMPTY);
  g_assert_cmpint (join (room, b, "b", "KB"), ==, BG_ROOM_JOINED);
  assert_next (b, LIST (ENTRY ("a", "KA")));
  assert_next (a, LIST (ENTRY ("b", "KB")));
  g_assert_cmpuint (bg_hub_room_count (room), ==, 2);

  bg_hub_room_leave (&a->member);
  bg_hub_room_leave (&a->member);
  assert_next (b, LEFT ("a"));
  assert_next (a, NULL);
  assert_next (b, NULL);
  bg_hub_room_leave (&b->member);
  g_assert_cmpuint (bg_hub_room_count (room), ==, 0);
}

static void
test_suffix_is_in_every_list (void)
{
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", 10, "lab.internal");
  g_autoptr (Fake) a = fake_new ();
  g_autoptr (Fake) b = fake_new ();

  join (room, a, "a", "KA");
  assert_next (a, "{\"peers\":[],\"suffix\":\"lab.internal\",\"type\":\"peers\"}");
  join (room, b, "b", "KB");
  assert_next (
    a, "{\"peers\":[" ENTRY ("b", "KB") "],\"suffix\":\"lab.internal\",\"type\":\"peers\"}");
  bg_hub_room_dissolve (room);
}

/* Spec 9.2, vector 9: the defect of the reference. */
static void
test_second_socket (void)
{
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", 2, NULL);
  g_autoptr (Fake) a = fake_new ();
  g_autoptr (Fake) old = fake_new ();
  g_autoptr (Fake) new = fake_new ();

  join (room, a, "a", "KA");
  join (room, old, "b", "KB");
  g_ptr_array_set_size (a->frames, 0);
  g_ptr_array_set_size (old->frames, 0);

  g_assert_cmpint (join (room, new, "b", "KB"), ==,
                   BG_ROOM_JOINED); /* the room is full, but of itself */
  g_assert_true (old->was_replaced);
  assert_next (new, LIST (ENTRY ("a", "KA")));
  assert_next (a, LIST (ENTRY ("b", "KB")));
  assert_next (old, NULL);

  bg_hub_room_leave (&old->member); /* its socket closes at last */
  assert_next (a, NULL);
  assert_next (new, NULL);
  g_assert_cmpint (forward (a, "{\"type\":\"offer\",\"from\":\"a\",\"to\":\"b\",\"sdp\":\"\"}"), ==,
                   BG_ROOM_PASS_ON);
  g_assert_cmpuint (new->frames->len, ==, 1);
  bg_hub_room_leave (&new->member);
  bg_hub_room_leave (&a->member);
}

static void
test_taken_name (void)
{
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", 10, NULL);
  g_autoptr (Fake) a = fake_new ();
  g_autoptr (Fake) thief = fake_new ();

  join (room, a, "a", "KA");
  assert_next (a, EMPTY);
  g_assert_cmpint (join (room, thief, "a", "KX"), ==, BG_ROOM_NAME_TAKEN);
  assert_next (a, NULL);
  assert_next (thief, NULL);
  g_assert_false (a->was_replaced);
  g_assert_null (thief->member.room);
  bg_hub_room_leave (&thief->member);
  g_assert_cmpuint (bg_hub_room_count (room), ==, 1);
  bg_hub_room_leave (&a->member);
}

static void
test_full_room (void)
{
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", 1, NULL);
  g_autoptr (Fake) a = fake_new ();
  g_autoptr (Fake) b = fake_new ();

  join (room, a, "a", "KA");
  g_assert_cmpint (join (room, b, "b", "KB"), ==, BG_ROOM_FULL);
  bg_hub_room_leave (&a->member);
  g_assert_cmpint (join (room, b, "b", "KB"), ==, BG_ROOM_JOINED);
  bg_hub_room_leave (&b->member);
}

static void
test_forward (void)
{
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", 10, NULL);
  g_autoptr (Fake) a = fake_new ();
  g_autoptr (Fake) b = fake_new ();
  static const char frame[] =
    "{ \"unknown\" : [1], \"type\":\"ice-candidate\",\"candidate\":\"\",\"from\":\"a\",\"to\":\"b\" }";

  join (room, a, "a", "KA");
  join (room, b, "b", "KB");
  assert_next (b, LIST (ENTRY ("a", "KA")));
  g_assert_cmpint (forward (a, frame), ==, BG_ROOM_PASS_ON);
  assert_next (b, frame);
  g_assert_cmpint (forward (b, frame), ==, BG_ROOM_SPOOFED);
  g_assert_cmpint (forward (a, "{\"type\":\"answer\",\"from\":\"a\",\"to\":\"c\",\"sdp\":\"\"}"),
                   ==, BG_ROOM_NOBODY);
  assert_next (b, NULL);
  bg_hub_room_leave (&a->member);
  bg_hub_room_leave (&b->member);
}

/* A thousand members with long joins: the list comes in pieces below the limit, and whole. */
static void
test_long_list (void)
{
  enum
  {
    MEMBERS = 1000
  };
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", MEMBERS + 1, NULL);
  g_autoptr (GPtrArray) members = g_ptr_array_new_with_free_func ((GDestroyNotify) fake_free);
  g_autoptr (Fake) last = fake_new ();
  g_autofree char *key = g_strnfill (900, 'k');
  guint listed = 0;

  for (guint i = 0; i < MEMBERS; i++)
    {
      g_autofree char *id = g_strdup_printf ("member-%u", i);

      g_ptr_array_add (members, fake_new ());
      join (room, members->pdata[i], id, key);
      for (guint j = 0; j <= i; j++)
        g_ptr_array_set_size (((Fake *) members->pdata[j])->frames, 0);
    }
  join (room, last, "last", "K");
  for (guint i = 0; i < last->frames->len; i++)
    {
      const char *frame = last->frames->pdata[i];
      g_autoptr (BgSignalMessage) message = bg_signal_message_parse (frame, strlen (frame), NULL);

      listed += message->peers->len;
    }
  g_assert_cmpuint (listed, ==, MEMBERS);
  g_assert_cmpuint (last->frames->len, <, 40);
  bg_hub_room_leave (&last->member);
  g_ptr_array_set_size (members, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-room/join-and-leave", test_join_and_leave);
  g_test_add_func ("/hub-room/suffix", test_suffix_is_in_every_list);
  g_test_add_func ("/hub-room/second-socket", test_second_socket);
  g_test_add_func ("/hub-room/taken-name", test_taken_name);
  g_test_add_func ("/hub-room/full-room", test_full_room);
  g_test_add_func ("/hub-room/forward", test_forward);
  g_test_add_func ("/hub-room/long-list", test_long_list);
  return g_test_run ();
}
