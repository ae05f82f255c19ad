/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What peers say of their logs, in virtual time. */
#include "log-fixture.h"
#include "membership/log-watch.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

typedef struct
{
  GPtrArray *entries; /* of the network */
  BgMembershipLog *log;
  BgLogWatch *watch;
  gint64 now_us;
} World;

/* The network has five entries, this machine three of them. */
static void
world_set_up (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) ours = fixture_network (3);

  world->entries = fixture_network (5);
  world->log = bg_membership_log_load (NULL, NULL);
  g_assert_true (bg_membership_log_append (world->log, ours, NULL));
  world->watch = bg_log_watch_new (world->log);
  world->now_us = 1000 * SECOND;
  bg_log_watch_set_online (world->watch, TRUE, world->now_us);
}

static void
world_tear_down (World *world, gconstpointer data)
{
  bg_log_watch_free (world->watch);
  bg_membership_log_free (world->log);
  g_ptr_array_unref (world->entries);
}

/* The device `number` says that its log is the first `count` of the network's, or another. */
static BgHeadNews
say (World *world, guint number, guint count, gboolean is_other)
{
  BgMemberRecord record = fixture_record (number);
  guint8 hash[BG_ENTRY_HASH] = { 0 };
  BgBytes bytes;

  if (count > 0)
    {
      bytes.bytes = g_bytes_get_data (world->entries->pdata[count - 1], &bytes.len);
      bg_entry_hash (bytes, hash);
    }
  hash[0] ^= is_other ? 1 : 0;
  return bg_log_watch_take_head (world->watch, record.name, record.key, count, hash, world->now_us);
}

static void
grow (World *world, guint end)
{
  g_autoptr (GPtrArray) more = g_ptr_array_new ();

  for (guint i = bg_membership_log_get_count (world->log); i < end; i++)
    g_ptr_array_add (more, world->entries->pdata[i]);
  g_assert_true (bg_membership_log_append (world->log, more, NULL));
  bg_log_watch_note_log (world->watch, world->now_us);
}

static void
assert_alarm (World *world, BgAlarmKind kind, const char *peer, guint entry)
{
  BgAlarm alarm = bg_log_watch_get_alarm (world->watch, world->now_us);

  g_assert_cmpint (alarm.kind, ==, kind);
  g_assert_cmpstr (alarm.peer, ==, peer);
  g_assert_cmpuint (alarm.entry, ==, entry);
}

static void
test_alike (World *world, gconstpointer data)
{
  g_assert_cmpint (say (world, 1, 3, FALSE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 2, 1, FALSE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 3, 0, FALSE), ==, BG_HEAD_NEWS);
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  g_assert_cmpint (bg_log_watch_next_us (world->watch), ==, G_MAXINT64);
}

static void
test_withheld (World *world, gconstpointer data)
{
  gint64 begun_us = world->now_us;

  g_assert_cmpint (say (world, 1, 5, FALSE), ==, BG_HEAD_AHEAD);
  world->now_us += 40 * SECOND;
  g_assert_cmpint (say (world, 1, 5, FALSE), ==, BG_HEAD_OLD); /* which gives it no longer */
  g_assert_cmpint (bg_log_watch_next_us (world->watch), ==, begun_us + BG_WITHHELD_US);
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  world->now_us = begun_us + BG_WITHHELD_US;
  assert_alarm (world, BG_ALARM_WITHHELD, "d1", 5);
  grow (world, 4);
  assert_alarm (world, BG_ALARM_WITHHELD, "d1", 5);
  grow (world, 5);
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  g_assert_cmpint (bg_log_watch_next_us (world->watch), ==, G_MAXINT64);
}

static void
test_hub_away (World *world, gconstpointer data)
{
  bg_log_watch_set_online (world->watch, FALSE, world->now_us);
  g_assert_cmpint (say (world, 1, 5, FALSE), ==, BG_HEAD_AHEAD);
  world->now_us += 600 * SECOND;
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  g_assert_cmpint (bg_log_watch_next_us (world->watch), ==, G_MAXINT64);
  bg_log_watch_set_online (world->watch, TRUE, world->now_us);
  world->now_us += BG_WITHHELD_US - 1;
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  world->now_us += 1;
  assert_alarm (world, BG_ALARM_WITHHELD, "d1", 5);
}

/* A network that the hub says is not signed. */
static void
test_not_signed_here (World *world, gconstpointer data)
{
  g_autoptr (BgMembershipLog) empty = bg_membership_log_load (NULL, NULL);
  g_autoptr (BgLogWatch) watch = bg_log_watch_new (empty);
  BgLogWatch *kept = world->watch;

  world->watch = watch;
  bg_log_watch_set_online (watch, TRUE, world->now_us);
  g_assert_cmpint (say (world, 1, 5, FALSE), ==, BG_HEAD_AHEAD);
  world->now_us += BG_WITHHELD_US;
  assert_alarm (world, BG_ALARM_WITHHELD, "d1", 5);
  world->watch = kept;
}

static void
test_forked (World *world, gconstpointer data)
{
  g_assert_cmpint (say (world, 2, 2, TRUE), ==, BG_HEAD_NEWS);
  assert_alarm (world, BG_ALARM_FORKED, "d2", 1);
  g_assert_cmpint (say (world, 1, 3, TRUE), ==, BG_HEAD_NEWS); /* always the same one of several */
  assert_alarm (world, BG_ALARM_FORKED, "d1", 2);
  g_assert_cmpint (say (world, 1, 3, FALSE), ==, BG_HEAD_NEWS);
  assert_alarm (world, BG_ALARM_FORKED, "d2", 1);
  g_assert_cmpint (say (world, 2, 3, FALSE), ==,
                   BG_HEAD_NEWS); /* its person has found out that ours is right */
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
}

/* What it says is known only when there is something to hold it against. */
static void
test_forked_ahead (World *world, gconstpointer data)
{
  g_assert_cmpint (say (world, 1, 5, TRUE), ==, BG_HEAD_AHEAD);
  grow (world, 5);
  assert_alarm (world, BG_ALARM_FORKED, "d1", 4);
}

static void
test_revoked_has_no_say (World *world, gconstpointer data)
{
  BgEntry revoke = fixture_revoke (1);

  g_assert_cmpint (say (world, 1, 3, TRUE), ==, BG_HEAD_NEWS);
  assert_alarm (world, BG_ALARM_FORKED, "d1", 2);
  fixture_add (world->entries, &revoke, FIXTURE_OWNER_SEED);
  grow (world, 6);
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
}

static void
test_dismissed (World *world, gconstpointer data)
{
  g_assert_cmpint (say (world, 1, 3, TRUE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 2, 5, TRUE), ==, BG_HEAD_AHEAD);
  world->now_us += BG_WITHHELD_US;
  g_assert_false (bg_log_watch_has_dismissed (world->watch));
  bg_log_watch_dismiss (world->watch, BG_ALARM_FORKED, 2);
  g_assert_true (bg_log_watch_has_dismissed (world->watch));
  assert_alarm (world, BG_ALARM_WITHHELD, "d2", 5);
  bg_log_watch_dismiss (world->watch, BG_ALARM_WITHHELD, 0);
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  g_assert_cmpint (say (world, 1, 3, TRUE), ==, BG_HEAD_OLD);   /* the same again */
  g_assert_cmpint (say (world, 1, 1, FALSE), ==, BG_HEAD_NEWS); /* which proves nothing */
  g_assert_cmpint (say (world, 1, 5, TRUE), ==, BG_HEAD_AHEAD); /* the split goes on */
  world->now_us += BG_WITHHELD_US;
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  g_assert_cmpint (say (world, 1, 3, FALSE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 1, 3, TRUE), ==,
                   BG_HEAD_NEWS); /* it was in line, and is not any more */
  assert_alarm (world, BG_ALARM_FORKED, "d1", 2);
}

/* What was compared proves nothing of what comes behind it, nor that what is withheld is in order. */
static void
test_dismissed_as_far (World *world, gconstpointer data)
{
  g_assert_cmpint (say (world, 1, 2, TRUE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 2, 3, TRUE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 3, 5, TRUE), ==, BG_HEAD_AHEAD);
  bg_log_watch_dismiss (world->watch, BG_ALARM_FORKED, 1);
  assert_alarm (world, BG_ALARM_FORKED, "d2", 2);
  bg_log_watch_dismiss (world->watch, BG_ALARM_FORKED, 2);
  world->now_us += BG_WITHHELD_US;
  bg_log_watch_dismiss (world->watch, BG_ALARM_WITHHELD, 0);
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  grow (world, 5);
  assert_alarm (world, BG_ALARM_FORKED, "d3", 4);
}

/* Also where the machine starts anew, and until the hub says something else. */
static void
test_dismissed_over_restarts (World *world, gconstpointer data)
{
  BgLogWatch *before = world->watch;
  g_autoptr (BgLogWatch) next = bg_log_watch_new (world->log);
  g_autofree char *saved = NULL, *again = NULL;

  g_assert_cmpint (say (world, 1, 3, TRUE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 2, 5, FALSE), ==, BG_HEAD_AHEAD);
  world->now_us += BG_WITHHELD_US;
  bg_log_watch_set_broken (world->watch, bg_words (HUB_LOG_OTHER));
  for (BgAlarmKind kind = BG_ALARM_FORKED; kind <= BG_ALARM_WITHHELD; kind++)
    bg_log_watch_dismiss (world->watch, kind, 2);
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  saved = bg_log_watch_save (world->watch);
  bg_log_watch_restore (next, saved);
  again = bg_log_watch_save (next);
  g_assert_cmpstr (again, ==, saved);
  world->watch = next;
  bg_log_watch_set_online (next, TRUE, world->now_us);
  bg_log_watch_set_broken (next, bg_words (HUB_LOG_OTHER));
  g_assert_cmpint (say (world, 1, 3, TRUE), ==, BG_HEAD_OLD);
  world->now_us += BG_WITHHELD_US;
  assert_alarm (world, BG_ALARM_NONE, NULL, 0);
  bg_log_watch_set_broken (next, bg_words (HUB_LOG_INCOMPLETE));
  assert_alarm (world, BG_ALARM_BROKEN, NULL, 0);
  world->watch = before;
}

/* Those who said what the log of before said are no alarm: that one was found to be wrong. */
static void
test_replaced (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) other = fixture_network (2);

  for (guint i = 10; i < 13; i++)
    {
      BgEntry device = fixture_device (i);

      fixture_add (other, &device, FIXTURE_OWNER_SEED);
    }
  g_assert_cmpint (say (world, 1, 3, FALSE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 2, 2, FALSE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 3, 3, TRUE), ==, BG_HEAD_NEWS); /* a third one */
  bg_log_watch_set_broken (world->watch, bg_words (HUB_LOG_OTHER));
  bg_log_watch_begin_replacement (world->watch);
  g_assert_true (bg_membership_log_replace (world->log, other, NULL));
  bg_log_watch_end_replacement (world->watch, world->now_us);
  assert_alarm (world, BG_ALARM_FORKED, "d3", 2);
}

/* --- Pace --- */

/* Whatever a peer says, it is looked at a few times, then every ten seconds, and the last word counts. */
static void
test_flood (World *world, gconstpointer data)
{
  guint looks = 0;
  gint64 begun_us = world->now_us;

  for (guint i = 0; i < 100000; i++)
    {
      BgHeadNews news = say (world, 1, 1 + i % 5, i % 2 == 0);

      looks += news == BG_HEAD_NEWS || news == BG_HEAD_AHEAD ? 1 : 0;
      g_assert_true (news != BG_HEAD_WAITS || looks == 4);
      world->now_us += 50; /* five seconds in all */
    }
  g_assert_cmpuint (looks, ==, 4);
  say (world, 1, 3, TRUE);
  g_assert_cmpint (bg_log_watch_next_us (world->watch), ==, begun_us + 10 * SECOND);
  bg_log_watch_settle (world->watch, begun_us + 10 * SECOND - 1);
  g_assert_cmpint (bg_log_watch_next_us (world->watch), ==, begun_us + 10 * SECOND);
  g_assert_false (bg_log_watch_settle (world->watch, begun_us + 10 * SECOND));
  assert_alarm (world, BG_ALARM_FORKED, "d1", 2);
  g_assert_cmpint (say (world, 2, 3, FALSE), ==, BG_HEAD_NEWS); /* others are heard */
}

/* An honest one whose log grows fast: what it said last is known in the end. */
static void
test_last_word (World *world, gconstpointer data)
{
  for (guint count = 1; count <= 5; count++)
    say (world, 1, count, FALSE);
  g_assert_cmpint (say (world, 1, 5, FALSE), ==, BG_HEAD_OLD);
  g_assert_cmpint (bg_log_watch_next_us (world->watch), ==, world->now_us + 10 * SECOND);
  g_assert_true (bg_log_watch_settle (world->watch, world->now_us + 10 * SECOND));
  g_assert_true (bg_log_watch_lacks_entries (world->watch));
  world->now_us += 100 * SECOND;
  assert_alarm (world, BG_ALARM_WITHHELD, "d1", 5);
}

static void
test_broken (World *world, gconstpointer data)
{
  g_assert_cmpint (say (world, 1, 5, FALSE), ==, BG_HEAD_AHEAD);
  world->now_us += BG_WITHHELD_US;
  bg_log_watch_set_broken (world->watch, bg_words (HUB_LOG_OTHER));
  assert_alarm (world, BG_ALARM_BROKEN, NULL, 0);
  bg_log_watch_set_broken (world->watch, NULL);
  assert_alarm (world, BG_ALARM_WITHHELD, "d1", 5);
}

static void
test_over_restarts (World *world, gconstpointer data)
{
  g_autoptr (BgLogWatch) next = bg_log_watch_new (world->log);
  g_autofree char *none = bg_log_watch_save (world->watch), *saved = NULL;
  BgAlarm alarm;

  g_assert_null (none);
  g_assert_cmpint (say (world, 1, 3, TRUE), ==, BG_HEAD_NEWS);
  g_assert_cmpint (say (world, 2, 5, FALSE), ==, BG_HEAD_AHEAD);
  saved = bg_log_watch_save (world->watch);
  bg_log_watch_restore (next, "nonsense\n\n0 0 0 0\n");
  g_assert_cmpint (bg_log_watch_get_alarm (next, 0).kind, ==, BG_ALARM_NONE);
  bg_log_watch_restore (next, saved);
  alarm = bg_log_watch_get_alarm (next, 0);
  g_assert_cmpint (alarm.kind, ==, BG_ALARM_FORKED);
  g_assert_cmpstr (alarm.peer, ==, "d1");
  g_assert_cmpuint (alarm.entry, ==, 2);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/log-watch/" name, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("alike", test_alike);
  ADD ("withheld", test_withheld);
  ADD ("hub-away", test_hub_away);
  ADD ("not-signed-here", test_not_signed_here);
  ADD ("forked", test_forked);
  ADD ("forked-ahead", test_forked_ahead);
  ADD ("revoked-has-no-say", test_revoked_has_no_say);
  ADD ("dismissed", test_dismissed);
  ADD ("dismissed-as-far", test_dismissed_as_far);
  ADD ("dismissed-over-restarts", test_dismissed_over_restarts);
  ADD ("replaced", test_replaced);
  ADD ("flood", test_flood);
  ADD ("last-word", test_last_word);
  ADD ("broken", test_broken);
  ADD ("over-restarts", test_over_restarts);
  return g_test_run ();
}
