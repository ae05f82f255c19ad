/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers that have more of the log than this machine, and a hub that is away or keeps it back: who is asked for what, and what is taken. In virtual
 * time. */
#include "sync-world.h"

#include "common/source.h"
#include "membership/entry-crypto.h"

#include <string.h>

/* --- Time, in place of common/source.c --- */

typedef struct
{
  GSource **slot;
  gint64 due_us;
  GSourceFunc callback;
  gpointer data;
} Timer;

static Timer timers[8];
static gint64 now_us = G_USEC_PER_SEC;

gint64
g_get_monotonic_time (void)
{
  return now_us;
}

void
bg_source_drop (GSource **source)
{
  for (guint i = 0; i < G_N_ELEMENTS (timers); i++)
    if (timers[i].slot == source)
      timers[i] = (Timer){ 0 };
  g_clear_pointer (source, g_source_unref);
}

GSource *
bg_source_attach (GSource *source, GSourceFunc callback, gpointer data)
{
  g_source_set_callback (source, callback, data, NULL);
  g_source_attach (source, NULL);
  return source;
}

void
bg_source_arm (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data)
{
  guint i = 0;

  bg_source_drop (source);
  while (timers[i].slot)
    g_assert_cmpuint (++i, <, G_N_ELEMENTS (timers));
  *source = g_timeout_source_new (delay_ms);
  timers[i] = (Timer){ source, now_us + delay_ms * INT64_C (1000), callback, data };
}

static Timer *
next_due (gint64 until_us)
{
  Timer *next = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (timers); i++)
    if (timers[i].slot && timers[i].due_us <= until_us
        && (!next || timers[i].due_us < next->due_us))
      next = &timers[i];
  return next;
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
pass (guint seconds)
{
  gint64 until_us = now_us + seconds * G_USEC_PER_SEC;
  Timer *timer;

  while ((timer = next_due (until_us)) != NULL)
    {
      Timer due = *timer;

      now_us = MAX (now_us, due.due_us);
      due.callback (due.data);
      settle ();
    }
  now_us = until_us;
}

/* --- A peer --- */

typedef struct
{
  BgMembershipLog *log;
  BgMemberRecord record;
} Peer;

/* Device `number`, with a log of ours and `more` devices. */
static Peer
peer_new (guint number, guint more)
{
  g_autoptr (GPtrArray) entries = fixture_network (4);
  Peer peer = { bg_membership_log_load (NULL, NULL), fixture_record (number) };

  for (guint i = 0; i < more; i++)
    {
      BgEntry device = fixture_device (10 + i);

      fixture_add (entries, &device, FIXTURE_OWNER_SEED);
    }
  g_assert_true (bg_membership_log_append (peer.log, entries, NULL));
  return peer;
}

static void
say_head (World *world, const Peer *peer)
{
  guint32 count = bg_membership_log_get_count (peer->log);

  bg_network_sync_take_head (world->sync, peer->record.name, peer->record.key, count,
                             bg_membership_log_get_hash (peer->log, count - 1));
  settle ();
}

/* Answers what was asked last; FALSE: nothing was, or another one. */
static gboolean
answer (World *world, const Peer *peer)
{
  guint8 bytes[512];
  BgBytes part = { bytes, 0 };

  if (world->n_asked == 0 || memcmp (world->asked_key, peer->record.key, BG_ENTRY_KEY) != 0)
    return FALSE;
  world->n_asked = 0;
  part.len = bg_log_part_read (peer->log, world->asked_entry, world->asked_offset, bytes,
                               sizeof bytes);
  bg_network_sync_take_part (world->sync, peer->record.key, world->asked_entry, world->asked_offset,
                             part);
  settle ();
  return TRUE;
}

static guint
answer_all (World *world, const Peer *peer)
{
  guint n = 0;

  while (answer (world, peer))
    {
      n++;
      pass (1);
    }
  return n;
}

static void
wait_asked (World *world)
{
  world->n_asked = 0;
  for (guint i = 0; world->n_asked == 0; i++)
    {
      g_assert_cmpuint (i, <, 90);
      pass (1);
    }
}

/* --- Tests --- */

/* The hub is gone, and the network has moved: a peer hands out the entry that says so. */
static void
test_hub_away (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 40);

  say_head (world, &peer);
  g_assert_cmpuint (answer_all (world, &peer), >, 10); /* entries cross the bounds of parts */
  g_assert_cmpuint (world_count (world), ==, 44);
  world_assert_in (world, 49, TRUE);
  g_assert_cmpuint (world->hub.n_fetches, ==, 0);
  g_assert_cmpuint (world->n_grown, >, 0);
  pass (600);
  g_assert_cmpuint (world->n_asked, ==, 0); /* there is no more */
  bg_membership_log_free (peer.log);
}

/* It is there: it is asked, and peers are not until it has kept something back for a minute. It is given then what it lacks. */
static void
test_hub_lacks (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 3);

  bg_network_sync_set_online (world->sync, TRUE);
  settle ();
  say_head (world, &peer);
  pass (59);
  g_assert_cmpuint (world->n_asked, ==, 0);
  g_assert_cmpuint (world->hub.n_fetches, >, 2);
  pass (2);
  g_assert_cmpuint (answer_all (world, &peer), >, 0);
  g_assert_cmpuint (world_count (world), ==, 7);
  g_assert_cmpuint (world->hub.entries->len, ==, 7);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_NONE);
  bg_membership_log_free (peer.log);
}

/* The hub goes while one was told that it will do. */
static void
test_hub_goes (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 1);

  bg_network_sync_set_online (world->sync, TRUE);
  settle ();
  say_head (world, &peer);
  g_assert_cmpuint (world->n_asked, ==, 0);
  bg_network_sync_set_online (world->sync, FALSE);
  g_assert_cmpuint (answer_all (world, &peer), ==, 1);
  g_assert_cmpuint (world_count (world), ==, 5);
  bg_membership_log_free (peer.log);
}

/* What gets lost is asked for again; who says nothing is left for the next one, and asked again in a minute. */
static void
test_silence (World *world, gconstpointer data)
{
  Peer silent = peer_new (2, 9), other = peer_new (3, 1);

  say_head (world, &silent);
  g_assert_cmpuint (world->n_asked, ==, 1);
  pass (4);
  g_assert_cmpuint (world->n_asked, ==, 5);
  g_assert_cmpstr (world->asked, ==, silent.record.name);
  say_head (world, &other);
  pass (1);
  g_assert_cmpstr (world->asked, ==, other.record.name);
  g_assert_cmpuint (answer_all (world, &other), ==, 1);
  g_assert_cmpuint (world_count (world), ==, 5);
  pass (50);
  g_assert_cmpuint (world->n_asked, ==, 0);
  wait_asked (world);
  g_assert_cmpstr (world->asked, ==, silent.record.name);
  g_assert_cmpuint (answer_all (world, &silent), >, 0);
  g_assert_cmpuint (world_count (world), ==, 13);
  bg_membership_log_free (silent.log);
  bg_membership_log_free (other.log);
}

/* Nobody is there, since the tunnel is down: no timer runs for that, and the next word begins it. */
static void
test_nobody (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 1);

  world->is_alone = TRUE;
  say_head (world, &peer);
  g_assert_cmpuint (world->n_asked, ==, 1);
  pass (600);
  g_assert_cmpuint (world->n_asked, ==, 1);
  world->is_alone = FALSE;
  say_head (world, &peer);
  g_assert_cmpuint (answer_all (world, &peer), ==, 1);
  g_assert_cmpuint (world_count (world), ==, 5);
  bg_membership_log_free (peer.log);
}

static void
hand (World *world, const Peer *peer, const guint8 *bytes, gsize len)
{
  bg_network_sync_take_part (world->sync, peer->record.key, world->asked_entry, world->asked_offset,
                             (BgBytes){ bytes, len });
  settle ();
}

/* What the hub could not hand out either: nothing of it is taken, and who did so is left alone for a minute. */
static void
test_forged (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 1);
  guint8 bytes[512], noise[512];
  gsize len = bg_log_part_read (peer.log, 4, 0, bytes, sizeof bytes);

  memset (noise, 0xff, sizeof noise);
  say_head (world, &peer);
  bytes[BG_ENTRY_HEAD] ^= 1; /* the device's key */
  hand (world, &peer, bytes, len);
  g_assert_cmpuint (world_count (world), ==, 4);
  world->n_asked = 0;
  pass (59);
  g_assert_cmpuint (world->n_asked, ==, 0);
  pass (5);
  g_assert_cmpuint (world->n_asked, >, 0);
  for (guint i = 0; i < 4; i++) /* an entry without an end */
    {
      hand (world, &peer, noise, sizeof noise);
      pass (1);
    }
  g_assert_cmpuint (world_count (world), ==, 4);
  g_assert_cmpuint (world->n_grown, ==, 0);
  wait_asked (world);
  g_assert_cmpuint (answer_all (world, &peer), ==, 1);
  g_assert_cmpuint (world_count (world), ==, 5);
  bg_membership_log_free (peer.log);
}

/* Another branch of the same log. */
static void
test_split (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 3);
  BgEntry ours = fixture_device (90);
  g_autoptr (GPtrArray) entries = fixture_network (4), more = g_ptr_array_new ();

  fixture_add (entries, &ours, FIXTURE_OWNER_SEED);
  g_ptr_array_add (more, entries->pdata[4]);
  g_assert_true (bg_membership_log_append (world->log, more, NULL));
  say_head (world, &peer);
  answer (world, &peer);
  g_assert_cmpuint (world_count (world), ==, 5);
  world_assert_in (world, 90, TRUE);
  world_assert_in (world, 11, FALSE);
  bg_membership_log_free (peer.log);
}

/* Nobody is told what to ask for, and what nobody asked for is nothing. */
static void
test_unasked (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 1), stranger = peer_new (3, 1);
  guint8 bytes[512];
  gsize len = bg_log_part_read (peer.log, 4, 0, bytes, sizeof bytes);

  world->asked_entry = 4;
  hand (world, &peer, bytes, len);
  say_head (world, &peer);
  hand (world, &stranger, bytes, len);
  world->asked_offset = 1;
  hand (world, &peer, bytes + 1, len - 1);
  g_assert_cmpuint (world_count (world), ==, 4);
  world->asked_offset = 0;
  g_assert_cmpuint (answer_all (world, &peer), ==, 1);
  g_assert_cmpuint (world_count (world), ==, 5);
  bg_membership_log_free (peer.log);
  bg_membership_log_free (stranger.log);
}

/* A machine whose network nobody signed has nothing to hold it against. */
static void
test_without_log (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 1);
  g_autoptr (BgMembershipLog) empty = bg_membership_log_load (NULL, NULL);
  g_autoptr (BgLogWatch) watch = bg_log_watch_new (empty);
  g_autoptr (BgNetworkSync)
    sync = bg_network_sync_new (empty, watch, &hub_ops, &world->hub, &world_events, world);

  bg_network_sync_take_head (sync, peer.record.name, peer.record.key, 5,
                             bg_membership_log_get_hash (peer.log, 4));
  pass (120);
  g_assert_cmpuint (world->n_asked, ==, 0);
  bg_membership_log_free (peer.log);
}

static void
test_parts (World *world, gconstpointer data)
{
  Peer peer = peer_new (2, 0);
  guint8 bytes[4096], again[4096];
  gsize all = bg_log_part_read (peer.log, 0, 0, bytes, sizeof bytes), at = 0, n;

  while ((n = bg_log_part_read (peer.log, 0, (guint16) at, again + at, 7)) > 0 && at + n < 200)
    at += n;
  g_assert_cmpmem (again, at, bytes, at);
  g_assert_cmpuint (all, >, 4 * BG_ENTRY_HEAD);
  g_assert_cmpuint (bg_log_part_read (peer.log, 4, 0, bytes, sizeof bytes), ==, 0);
  g_assert_cmpuint (bg_log_part_read (peer.log, 3, 65535, bytes, sizeof bytes), ==, 0);
  g_assert_cmpuint (bg_log_part_read (peer.log, G_MAXUINT32, 0, bytes, sizeof bytes), ==, 0);
  bg_membership_log_free (peer.log);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/log-pull/" name, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  ADD ("hub-away", test_hub_away);
  ADD ("hub-lacks", test_hub_lacks);
  ADD ("hub-goes", test_hub_goes);
  ADD ("silence", test_silence);
  ADD ("nobody", test_nobody);
  ADD ("forged", test_forged);
  ADD ("split", test_split);
  ADD ("unasked", test_unasked);
  ADD ("without-log", test_without_log);
  ADD ("parts", test_parts);
  return g_test_run ();
}
