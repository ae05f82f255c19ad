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

/* Virtual time: each change is long after the one before it, but for those in a hurry. */
static gint64 now_us;
static gboolean in_a_hurry;

static gint64
next_moment (void)
{
  return now_us += in_a_hurry ? 1 : G_USEC_PER_SEC;
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
leave (Fake *fake)
{
  bg_hub_room_leave (&fake->member, next_moment ());
}

static void
fake_free (Fake *fake)
{
  leave (fake);
  g_ptr_array_unref (fake->frames);
  g_free (fake);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fake, fake_free)

static BgRoomJoin
join_as (BgHubRoom *room, Fake *fake, const char *id, const char *key, gboolean takes_left)
{
  BgSignalPeer peer = { .id = (char *) id, .public_key = (char *) key };

  return bg_hub_room_join (room, &fake->member, &peer, takes_left, next_moment ());
}

static BgRoomJoin
join (BgHubRoom *room, Fake *fake, const char *id, const char *key)
{
  return join_as (room, fake, id, key, FALSE);
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

  leave (a);
  leave (a);
  assert_next (b, LEFT ("a"));
  assert_next (a, NULL);
  assert_next (b, NULL);
  leave (b);
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

  leave (old); /* its socket closes at last */
  assert_next (a, NULL);
  assert_next (new, NULL);
  g_assert_cmpint (forward (a, "{\"type\":\"offer\",\"from\":\"a\",\"to\":\"b\",\"sdp\":\"\"}"), ==,
                   BG_ROOM_PASS_ON);
  g_assert_cmpuint (new->frames->len, ==, 1);
  leave (new);
  leave (a);
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
  leave (thief);
  g_assert_cmpuint (bg_hub_room_count (room), ==, 1);
  leave (a);
}

static void
test_full_room (void)
{
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", 1, NULL);
  g_autoptr (Fake) a = fake_new ();
  g_autoptr (Fake) b = fake_new ();

  join (room, a, "a", "KA");
  g_assert_cmpint (join (room, b, "b", "KB"), ==, BG_ROOM_FULL);
  leave (a);
  g_assert_cmpint (join (room, b, "b", "KB"), ==, BG_ROOM_JOINED);
  leave (b);
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
  leave (a);
  leave (b);
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
  leave (last);
  g_ptr_array_set_size (members, 0);
}

/* Three who are here, of whom the first understands lists that say who left; then everything is in a hurry. */
typedef struct
{
  BgHubRoom *room;
  Fake *able, *b, *c, *d, *e;
} Hurry;

static void
forget_frames (Fake *fake)
{
  g_ptr_array_set_size (fake->frames, 0);
}

static void
hurry_begin (Hurry *h)
{
  *h = (Hurry){
    bg_hub_room_new ("r", 10, NULL), fake_new (), fake_new (), fake_new (), fake_new (), fake_new ()
  };
  in_a_hurry = FALSE;
  join_as (h->room, h->able, "a", "K", TRUE);
  join (h->room, h->b, "b", "K");
  join (h->room, h->c, "c", "K");
  in_a_hurry = TRUE;
  forget_frames (h->able);
  forget_frames (h->b);
  forget_frames (h->c);
}

static void
hurry_end (Hurry *h)
{
  fake_free (h->able);
  fake_free (h->b);
  fake_free (h->c);
  fake_free (h->d);
  fake_free (h->e);
  bg_hub_room_free (h->room);
  in_a_hurry = FALSE;
}

/* The first of all at once, the others together, and each of those what came after itself. */
static void
test_newcomers_in_a_hurry (void)
{
  Hurry h;

  hurry_begin (&h);
  now_us += G_USEC_PER_SEC;
  join (h.room, h.d, "d", "K");
  assert_next (h.b, LIST (ENTRY ("d", "K")));
  join (h.room, h.e, "e", "K");
  assert_next (
    h.e, LIST (ENTRY ("a", "K") "," ENTRY ("b", "K") "," ENTRY ("c", "K") "," ENTRY ("d", "K")));
  leave (h.c);
  join (h.room, h.c, "f", "K");
  forget_frames (h.c);
  assert_next (h.b, NULL);
  bg_hub_room_tell (h.room, next_moment ());
  assert_next (h.b, NULL);
  bg_hub_room_tell (h.room, now_us += G_USEC_PER_SEC);
  assert_next (h.b, LEFT ("c"));
  assert_next (h.b, LIST (ENTRY ("e", "K") "," ENTRY ("f", "K")));
  assert_next (h.e, LEFT ("c"));
  assert_next (h.e, LIST (ENTRY ("f", "K")));
  assert_next (h.c, NULL);
  hurry_end (&h);
}

/* One frame for whoever understands it. */
static void
test_list_says_who_left (void)
{
  Hurry h;

  hurry_begin (&h);
  leave (h.b);
  join (h.room, h.d, "b", "K2");
  leave (h.c);
  bg_hub_room_tell (h.room, now_us += G_USEC_PER_SEC);
  assert_next (h.able,
               "{\"left\":[\"b\",\"c\"],\"peers\":[" ENTRY ("b", "K2") "],\"type\":\"peers\"}");
  assert_next (h.able, NULL);
  assert_next (h.d, LIST (ENTRY ("a", "K") "," ENTRY ("c", "K")));
  assert_next (h.d, LEFT ("c")); /* and not that the other one of its name left */
  assert_next (h.d, NULL);
  hurry_end (&h);
}

/* Nobody hears a frame of somebody of whom it was not told. */
static void
test_newcomer_speaks_in_a_hurry (void)
{
  static const char frame[] = "{\"type\":\"offer\",\"from\":\"d\",\"to\":\"b\",\"sdp\":\"\"}";
  Hurry h;

  hurry_begin (&h);
  leave (h.c);
  join (h.room, h.d, "d", "K");
  assert_next (h.b, NULL);
  g_assert_cmpint (forward (h.d, frame), ==, BG_ROOM_PASS_ON);
  assert_next (h.b, LEFT ("c"));
  assert_next (h.b, LIST (ENTRY ("d", "K")));
  assert_next (h.b, frame);
  bg_hub_room_tell (h.room, now_us += G_USEC_PER_SEC);
  assert_next (h.b, NULL);
  hurry_end (&h);
}

/* More names than are kept: nobody waits for those. */
static void
test_many_leave_in_a_hurry (void)
{
  enum
  {
    MEMBERS = 500
  };
  g_autoptr (BgHubRoom) room = bg_hub_room_new ("r", MEMBERS + 1, NULL);
  g_autoptr (GPtrArray) members = g_ptr_array_new_with_free_func ((GDestroyNotify) fake_free);
  g_autoptr (Fake) able = fake_new ();
  guint left = 0;

  join_as (room, able, "able", "K", TRUE);
  in_a_hurry = TRUE;
  for (guint i = 0; i < MEMBERS; i++)
    {
      g_autofree char *id = g_strdup_printf ("member-%03u", i);

      g_ptr_array_add (members, fake_new ());
      join (room, members->pdata[i], id, "K");
    }
  bg_hub_room_tell (room, now_us += G_USEC_PER_SEC);
  g_assert_cmpuint (able->frames->len, <, 8);
  forget_frames (able);
  g_ptr_array_set_size (members, 0);
  bg_hub_room_tell (room, now_us += G_USEC_PER_SEC);
  for (guint i = 0; i < able->frames->len; i++)
    {
      const char *frame = able->frames->pdata[i];
      g_autoptr (BgSignalMessage) message = bg_signal_message_parse (frame, strlen (frame), NULL);

      left += g_strv_length (message->left);
    }
  g_assert_cmpuint (left, ==, MEMBERS);
  g_assert_cmpuint (able->frames->len, <, 8);
  in_a_hurry = FALSE;
  leave (able);
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
  g_test_add_func ("/hub-room/newcomers-in-a-hurry", test_newcomers_in_a_hurry);
  g_test_add_func ("/hub-room/list-says-who-left", test_list_says_who_left);
  g_test_add_func ("/hub-room/newcomer-speaks-in-a-hurry", test_newcomer_speaks_in_a_hurry);
  g_test_add_func ("/hub-room/many-leave-in-a-hurry", test_many_leave_in_a_hurry);
  return g_test_run ();
}
