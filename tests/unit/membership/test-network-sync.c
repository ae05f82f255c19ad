/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hub that keeps the log, and one that lies: what gets into ours, and what is an alarm. */
#include "sync-world.h"

#include "common/error.h"
#include "common/key-text.h"
#include "membership/entry-crypto.h"
#include "membership/invite-cancel.h"
#include "membership/member-list.h"
#include "membership/trust-text.h"

#include <string.h>

/* --- Following --- */

static void
test_follows (World *world, gconstpointer data)
{
  BgEntry revoke = fixture_revoke (2);

  for (guint i = 4; i < 40; i++)
    {
      BgEntry device = fixture_device (i);

      fixture_add (world->hub.entries, &device, FIXTURE_OWNER_SEED);
    }
  fixture_add (world->hub.entries, &revoke, FIXTURE_OWNER_SEED);
  world->hub.page = 5;
  g_assert_true (world_fetch (world, NULL));
  g_assert_cmpuint (world_count (world), ==, 41);
  world_assert_in (world, 39, TRUE);
  world_assert_in (world, 2, FALSE);
  g_assert_cmpuint (world->n_grown, >, 0);
  world->hub.n_fetches = 0;
  bg_network_sync_take_count (world->sync, 41); /* no news */
  g_assert_cmpuint (world->hub.n_fetches, ==, 0);
}

static void
test_from_nothing (World *world, gconstpointer data)
{
  g_autoptr (BgMembershipLog) empty = bg_membership_log_load (NULL, NULL);
  g_autoptr (BgLogWatch) watch = bg_log_watch_new (empty);
  g_autoptr (BgNetworkSync)
    sync = bg_network_sync_new (empty, watch, &hub_ops, &world->hub, &world_events, world);
  g_autoptr (GAsyncResult) result = NULL;

  bg_network_sync_fetch_async (sync, NULL, world_on_done, &result);
  g_assert_true (bg_network_sync_fetch_finish (sync, world_wait_for (&result), NULL));
  g_assert_cmpuint (bg_membership_log_get_count (empty), ==, 4);
}

/* --- A hub that lies --- */

static void
assert_refuses (World *world, const char *word)
{
  g_autoptr (GError) error = NULL;
  guint before = world_count (world);

  g_assert_false (world_fetch (world, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_cmpuint (world_count (world), ==, before);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_BROKEN);
}

/* Entries `n` on are others', and it is put right again. */
static void
assert_recovers (World *world, guint n)
{
  g_ptr_array_set_size (world->hub.entries, (gint) n);
  world->hub.count = -1;
  g_assert_true (world_fetch (world, NULL));
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_NONE);
}

static void
test_unsigned_addition (World *world, gconstpointer data)
{
  BgEntry device = fixture_device (50);
  g_autofree BgMembership *state = fixture_state (world->hub.entries);
  GBytes *entry = fixture_sign (state, &device, FIXTURE_OWNER_SEED);
  gsize len;
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (entry, &len), g_bytes_get_size (entry));

  memset (bytes + g_bytes_get_size (entry) - BG_ENTRY_SIGNATURE, 0, BG_ENTRY_SIGNATURE);
  g_ptr_array_add (world->hub.entries, g_bytes_new (bytes, len));
  g_bytes_unref (entry);
  assert_refuses (world, "signature");
  assert_recovers (world, 4);
}

static void
test_swapped_key (World *world, gconstpointer data)
{
  BgEntry device = fixture_device (50);
  g_autofree BgMembership *state = fixture_state (world->hub.entries);
  g_autoptr (GBytes) entry = fixture_sign (state, &device, FIXTURE_OWNER_SEED);
  gsize len;
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (entry, &len), g_bytes_get_size (entry));

  bytes[BG_ENTRY_HEAD] ^= 1; /* the device's key */
  g_ptr_array_add (world->hub.entries, g_bytes_new (bytes, len));
  assert_refuses (world, "signature");
  assert_recovers (world, 4);
}

static void
test_strange_signer (World *world, gconstpointer data)
{
  BgEntry device = fixture_device (50);
  g_autofree BgMembership *state = fixture_state (world->hub.entries);

  g_ptr_array_add (world->hub.entries, fixture_sign (state, &device, 77));
  assert_refuses (world, "may not");
  assert_recovers (world, 4);
}

static void
test_removed_signer (World *world, gconstpointer data)
{
  BgEntry owner = { .type = BG_ENTRY_OWNER }, disown = { .type = BG_ENTRY_DISOWN },
          device = fixture_device (50);
  BgMemberRecord first = fixture_record (1);
  guint8 seed[BG_SEED_BYTES];
  g_autofree BgMembership *state = NULL;

  fixture_key (33, seed);
  bg_seed_get_public (seed, owner.key);
  memcpy (disown.key, owner.key, BG_ENTRY_KEY);
  memcpy (owner.device, first.key, BG_ENTRY_KEY);
  fixture_add (world->hub.entries, &owner, FIXTURE_OWNER_SEED);
  fixture_add (world->hub.entries, &disown, FIXTURE_OWNER_SEED);
  state = fixture_state (world->hub.entries);
  g_ptr_array_add (world->hub.entries, fixture_sign (state, &device, 33));
  assert_refuses (world, "may not");
  assert_recovers (world, 6);
  g_assert_cmpuint (world_count (world), ==, 6);
}

/* What was revoked is out for good: the old entry, and a new one by the owner's own hand. */
static void
test_brought_back (World *world, gconstpointer data)
{
  BgEntry revoke = fixture_revoke (2), device = fixture_device (2);
  g_autofree BgMembership *state = NULL;

  fixture_add (world->hub.entries, &revoke, FIXTURE_OWNER_SEED);
  g_assert_true (world_fetch (world, NULL));
  world_assert_in (world, 2, FALSE);
  g_ptr_array_add (world->hub.entries, g_bytes_ref (world->hub.entries->pdata[2]));
  assert_refuses (world, "another place");
  g_ptr_array_set_size (world->hub.entries, 5);
  state = fixture_state (world->hub.entries);
  g_ptr_array_add (world->hub.entries, fixture_sign (state, &device, FIXTURE_OWNER_SEED));
  assert_refuses (world, "put it out");
  world_assert_in (world, 2, FALSE);
}

static void
test_shorter (World *world, gconstpointer data)
{
  g_ptr_array_set_size (world->hub.entries, 2);
  assert_refuses (world, "2 entries, where this machine has 4");
  g_ptr_array_set_size (world->hub.entries, 0);
  assert_refuses (world, "0 entries");
}

/* A hub that was restored from a backup is given what it lacks, as often as it takes. */
static void
test_gives_back (World *world, gconstpointer data)
{
  for (guint i = 4; i < 40; i++)
    {
      BgEntry device = fixture_device (i);

      fixture_add (world->hub.entries, &device, FIXTURE_OWNER_SEED);
    }
  g_assert_true (world_fetch (world, NULL));
  g_ptr_array_set_size (world->hub.entries, 3);
  bg_network_sync_set_online (world->sync, TRUE);
  while (world->hub.entries->len < 40
         || bg_network_sync_get_alarm (world->sync).kind != BG_ALARM_NONE)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (world->hub.n_posts, ==, 3);
  g_assert_cmpuint (world_count (world), ==, 40);
}

/* One that hides them is asked once. */
static void
test_gives_in_vain (World *world, gconstpointer data)
{
  g_ptr_array_set_size (world->hub.entries, 2);
  world->hub.elsewhere = 1;
  bg_network_sync_set_online (world->sync, TRUE);
  while (world->hub.n_posts == 0)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_set_size (world->hub.entries, 2);
  assert_refuses (world, "2 entries");
  assert_refuses (world, "2 entries");
  g_assert_cmpuint (world->hub.n_posts, ==, 1);
}

static void
test_other_log (World *world, gconstpointer data)
{
  BgEntry revoke = fixture_revoke (3);

  g_ptr_array_set_size (world->hub.entries, 3);
  fixture_add (world->hub.entries, &revoke, FIXTURE_OWNER_SEED);
  (void) data;
  assert_refuses (world, "others than this machine's");
  world_assert_in (world, 3, TRUE);
}

static void
test_says_more (World *world, gconstpointer data)
{
  world->hub.count = 9;
  assert_refuses (world, "does not hand them out");
  assert_recovers (world, 4);
}

/* --- A log that is split --- */

static void
say_fork (World *world, guint number)
{
  BgMemberRecord record = fixture_record (number);
  guint8 hash[BG_ENTRY_HASH] = { 1 };

  bg_network_sync_take_head (world->sync, record.name, record.key, 3, hash);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_FORKED);
}

static void
test_fork_waits_for_person (World *world, gconstpointer data)
{
  BgEntry device = fixture_device (50);
  g_autoptr (GError) error = NULL;

  say_fork (world, 2);
  fixture_add (world->hub.entries, &device, FIXTURE_OWNER_SEED);
  g_assert_true (world_fetch (world, NULL));
  g_assert_cmpuint (world_count (world), ==, 4);
  g_assert_false (world_sign (world, world_wish_record (60), &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
  g_assert_cmpuint (world->hub.n_posts, ==, 0);
  g_assert_true (world_trust_entry (world, world->hub.entries, 3));
  g_assert_true (world_fetch (world, NULL));
  world_assert_in (world, 50, TRUE);
}

/* Who is put out cannot keep himself in by a lie. */
static void
test_fork_keeps_nobody_in (World *world, gconstpointer data)
{
  BgEntry device = fixture_device (50), revoke = fixture_revoke (2);

  say_fork (world, 2);
  fixture_add (world->hub.entries, &device, FIXTURE_OWNER_SEED);
  fixture_add (world->hub.entries, &revoke, FIXTURE_OWNER_SEED);
  g_assert_true (world_fetch (world, NULL));
  world_assert_in (world, 2, FALSE);
  world_assert_in (world, 50, TRUE);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_NONE);
}

/* Two who lie at once keep nobody in either, and the owner puts them out while they do. */
static void
test_fork_is_put_out (World *world, gconstpointer data)
{
  BgEntry device = fixture_device (50);
  g_autoptr (GError) error = NULL;

  say_fork (world, 1);
  say_fork (world, 2);
  fixture_add (world->hub.entries, &device, FIXTURE_OWNER_SEED);
  g_assert_false (world_sign (world, world_wish_revoke (3), &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
  g_assert_true (world_sign (world, world_wish_revoke (2), NULL));
  world_assert_in (world, 2, FALSE);
  world_assert_in (world, 50, TRUE);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_FORKED);
  g_assert_true (world_sign (world, world_wish_revoke (1), NULL));
  world_assert_in (world, 1, FALSE);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_NONE);
  g_assert_cmpuint (world->hub.n_posts, ==, 2);
}

/* The hub's log parts from ours behind the second entry, and a peer has it too. */
static void
split (World *world)
{
  BgEntry revoke = fixture_revoke (1);
  BgMemberRecord record = fixture_record (0);
  guint8 hash[BG_ENTRY_HASH];
  BgBytes bytes;

  g_ptr_array_set_size (world->hub.entries, 2);
  fixture_add (world->hub.entries, &revoke, FIXTURE_OWNER_SEED);
  for (guint i = 60; i < 70; i++)
    {
      BgEntry device = fixture_device (i);

      fixture_add (world->hub.entries, &device, FIXTURE_OWNER_SEED);
    }
  bytes.bytes = g_bytes_get_data (world->hub.entries->pdata[3], &bytes.len);
  bg_entry_hash (bytes, hash);
  bg_network_sync_take_head (world->sync, record.name, record.key, 4, hash);
  g_assert_cmpuint (bg_network_sync_get_alarm (world->sync).entry, ==, 3);
}

/* A split of two entries: all of the other is taken, whichever entry of it is named, and the alarm is over. */
static void
test_fork_other_is_right (World *world, gconstpointer data)
{
  split (world);
  world->hub.page = 3;
  g_assert_true (world_trust_entry (world, world->hub.entries, 12));
  g_assert_cmpuint (world_count (world), ==, 13);
  world_assert_in (world, 1, FALSE);
  world_assert_in (world, 3, FALSE);
  world_assert_in (world, 69, TRUE);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_NONE);
  g_assert_true (world_fetch (world, NULL));
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_NONE);
  g_assert_false (world_trust (world, "", NULL));
}

/* The peer is away: the hub alone says something else. */
static void
test_hub_is_right (World *world, gconstpointer data)
{
  BgEntry device = fixture_device (50);

  g_ptr_array_set_size (world->hub.entries, 2);
  fixture_add (world->hub.entries, &device, FIXTURE_OWNER_SEED);
  fixture_add (world->hub.entries, &(BgEntry){ .type = BG_ENTRY_POLICY }, FIXTURE_OWNER_SEED);
  assert_refuses (world, "others than this machine's");
  g_assert_true (world_trust_entry (world, world->hub.entries, 3));
  world_assert_in (world, 50, TRUE);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_NONE);
  g_assert_true (world_fetch (world, NULL));
}

/* Said once, it holds as long as the hub says the same, and the person may think otherwise later. */
static void
test_hub_is_wrong (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) ours = fixture_network (4);

  split (world);
  g_assert_false (world_fetch (world, NULL));
  g_assert_false (world_trust (world, "", NULL));      /* of a fork an entry has to be named */
  g_assert_false (world_trust_entry (world, ours, 1)); /* both have it */
  g_assert_true (world_trust_entry (world, ours, 3));
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_BROKEN);
  g_assert_true (world_trust_entry (world, ours, 3));
  g_assert_false (world_fetch (world, NULL));
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_NONE);
  g_assert_cmpuint (world_count (world), ==, 4);
  g_assert_true (world_trust_entry (world, world->hub.entries, 5));
  g_assert_cmpuint (world_count (world), ==, 13);
}

/* What nobody hands out, and what is no log: nothing changes, and ours can still be said to be right. */
static void
test_nothing_half_trusted (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) ours = fixture_network (4);
  g_autoptr (GBytes) last = NULL;
  g_autoptr (GError) error = NULL;

  split (world);
  g_assert_false (world_trust (world, "0123 4567 89ab cdef 0123 4567 89ab cdef", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  last = g_bytes_ref (world->hub.entries->pdata[12]);
  g_ptr_array_remove_index (world->hub.entries, 11);
  g_assert_false (world_trust_entry (world, world->hub.entries, 5));
  g_assert_cmpuint (world_count (world), ==, 4);
  g_assert_cmpint (bg_network_sync_get_alarm (world->sync).kind, ==, BG_ALARM_FORKED);
  g_assert_true (world_trust_entry (world, ours, 3));
}

/* What peers say is looked at a few times; the hub is not asked each time. */
static void
test_flood (World *world, gconstpointer data)
{
  BgMemberRecord record = fixture_record (2);
  guint8 hash[BG_ENTRY_HASH] = { 0 };

  bg_network_sync_set_online (world->sync, TRUE);
  g_assert_true (world_fetch (world, NULL));
  world->hub.n_fetches = 0;
  for (guint i = 0; i < 1000; i++)
    {
      hash[0] = (guint8) i;
      bg_network_sync_take_head (world->sync, record.name, record.key, 100 + i, hash);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_assert_cmpuint (world->hub.n_fetches, <=, 4);
  g_assert_cmpuint (world->n_alarms, <=, 20);
}

/* --- Signing --- */

static void
test_signs (World *world, gconstpointer data)
{
  g_assert_true (world_sign (world, world_wish_record (10), NULL));
  g_assert_true (world_sign (world, world_wish_revoke (1), NULL));
  world_assert_in (world, 10, TRUE);
  world_assert_in (world, 1, FALSE);
  g_assert_cmpuint (world->hub.n_posts, ==, 2);
  g_assert_true (world_sign (world, world_wish_record (10), NULL)); /* it is so */
  g_assert_true (world_sign (world, world_wish_revoke (1), NULL));
  g_assert_cmpuint (world->hub.n_posts, ==, 2);
}

static void
test_signs_again (World *world, gconstpointer data)
{
  world->hub.elsewhere = 3;
  g_assert_true (world_sign (world, world_wish_record (10), NULL));
  world_assert_in (world, 10, TRUE);
  world_assert_in (world, 103, TRUE);
  g_assert_cmpuint (world->hub.n_posts, ==, 4);
}

static void
test_no_longer_holds (World *world, gconstpointer data)
{
  BgEntryWish *rename = world_wish (BG_WISH_CHANGE, FIXTURE_OWNER_SEED), *other;
  g_autoptr (GError) error = NULL;
  BgEntry first = fixture_device (1);

  rename->record = fixture_record (1);
  rename->record.name_len = (guint8) g_snprintf (rename->record.name, 8, "new");
  rename->based_on = 1;
  g_snprintf (first.record.name, 8, "else");
  first.record.name_len = 4;
  fixture_add (world->hub.entries, &first, FIXTURE_OWNER_SEED);
  g_assert_false (world_sign (world, rename, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
  g_assert_cmpuint (world->hub.n_posts, ==, 0);
  other = world_wish_record (1); /* its key is there */
  g_assert_true (world_sign (world, other, NULL));
  g_assert_cmpuint (world->hub.n_posts, ==, 0);
}

static void
test_replaces (World *world, gconstpointer data)
{
  BgEntryWish *newcomer = world_wish_record (70);
  BgMemberRecord old = fixture_record (3);
  g_autoptr (GError) error = NULL;

  memcpy (newcomer->record.name, old.name, sizeof old.name);
  newcomer->record.name_len = old.name_len;
  g_assert_false (world_sign (world, newcomer, &error));
  newcomer = world_wish_record (70);
  memcpy (newcomer->record.name, old.name, sizeof old.name);
  newcomer->record.name_len = old.name_len;
  newcomer->replaces = TRUE;
  memcpy (newcomer->device, old.key, BG_ENTRY_KEY);
  g_assert_true (world_sign (world, newcomer, NULL));
  world_assert_in (world, 3, FALSE);
  world_assert_in (world, 70, TRUE);
}

static void
test_lost_answer (World *world, gconstpointer data)
{
  BgEntryWish *invite = world_wish (BG_WISH_INVITE, FIXTURE_OWNER_SEED);

  fixture_key (5, invite->key);
  invite->expires_at = FIXTURE_NOW + 100000000;
  world->hub.loses_answer = TRUE;
  g_assert_true (world_sign (world, invite, NULL));
  g_assert_cmpuint (world->hub.n_posts, ==, 1);
  g_assert_cmpuint (world_count (world), ==, 5);
}

static void
test_hub_keeps_nothing (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  world->hub.keeps_none = TRUE;
  g_assert_false (world_sign (world, world_wish_revoke (1), &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
  g_assert_cmpuint (world->hub.n_posts, <=, 8);
}

static void
test_stranger_signs (World *world, gconstpointer data)
{
  BgEntryWish *revoke = world_wish (BG_WISH_REVOKE, 99);
  BgMemberRecord record = fixture_record (1);
  g_autoptr (GError) error = NULL;

  memcpy (revoke->device, record.key, BG_ENTRY_KEY);
  g_assert_false (world_sign (world, revoke, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_NOT_AUTHORIZED);
  g_assert_cmpuint (world->hub.n_posts, ==, 0);
}

/* In several posts, since a hub takes sixteen at once. */
static void
test_protects (World *world, gconstpointer data)
{
  g_autoptr (BgMembershipLog) empty = bg_membership_log_load (NULL, NULL);
  g_autoptr (BgLogWatch) watch = bg_log_watch_new (empty);
  g_autoptr (BgNetworkSync)
    sync = bg_network_sync_new (empty, watch, &hub_ops, &world->hub, &world_events, world);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  BgEntryWish *protect = world_wish (BG_WISH_PROTECT, FIXTURE_OWNER_SEED);

  g_ptr_array_set_size (world->hub.entries, 0);
  protect->record = fixture_record (0);
  fixture_key (3, protect->key);
  protect->others = g_array_new (FALSE, FALSE, sizeof (BgMemberRecord));
  for (guint i = 1; i < 40; i++)
    {
      BgMemberRecord record = fixture_record (i % 39); /* one of them twice */

      g_array_append_val (protect->others, record);
    }
  bg_network_sync_sign_async (sync, protect, NULL, world_on_done, &result);
  bg_network_sync_sign_finish (sync, world_wait_for (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bg_membership_log_get_count (empty), ==, 39);
  g_assert_cmpuint (world->hub.n_posts, ==, 3);
}

/* What is under way when nobody cares any more. */
/* --- Cancelling invites --- */

static void
invite_key (guint8 seed_byte, guint8 key[BG_ENTRY_KEY])
{
  guint8 seed[BG_SEED_BYTES];

  fixture_key (seed_byte, seed);
  g_assert_true (bg_seed_get_public (seed, key));
}

/* In the hub's log and in ours. */
static void
add_invite (World *world, guint8 seed_byte)
{
  BgEntry entry = { .type = BG_ENTRY_INVITE, .expires_at = FIXTURE_NOW + 3600 };

  invite_key (seed_byte, entry.key);
  fixture_add (world->hub.entries, &entry, FIXTURE_OWNER_SEED);
  g_assert_true (world_fetch (world, NULL));
}

/* In the hub's log alone. */
static void
use_invite (World *world, guint8 seed_byte)
{
  BgEntry entry = fixture_device (seed_byte);

  fixture_add (world->hub.entries, &entry, seed_byte);
}

static char **
cancel (World *world, const guint8 *only, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  guint8 seed[BG_SEED_BYTES];

  fixture_key (FIXTURE_OWNER_SEED, seed);
  bg_invite_cancel_async (world->sync, world->log, seed, only, FIXTURE_NOW, world_on_done, &result);
  return bg_invite_cancel_finish (world_wait_for (&result), error);
}

static guint
count_open (World *world)
{
  g_autoptr (GArray) open = bg_invite_list_new (world->log, FIXTURE_NOW);

  return open->len;
}

static void
assert_used (char **used, guint8 seed_byte)
{
  guint8 key[BG_ENTRY_KEY];
  char text[BG_KEY_TEXT_LEN + 1];

  invite_key (seed_byte, key);
  bg_key_to_base64 (key, text);
  g_assert_cmpuint (g_strv_length (used), ==, 1);
  g_assert_cmpstr (used[0], ==, text);
}

static void
test_cancels_all (World *world, gconstpointer data)
{
  g_auto (GStrv) used = NULL;

  for (guint8 seed = 70; seed < 73; seed++)
    add_invite (world, seed);
  used = cancel (world, NULL, NULL);
  g_assert_cmpuint (g_strv_length (used), ==, 0);
  g_assert_cmpuint (count_open (world), ==, 0);
}

/* Whichever it is, the others are cancelled all the same; nobody who came in is put out. */
static void
test_cancels_beside_used (World *world, gconstpointer data)
{
  guint8 which = (guint8) GPOINTER_TO_UINT (data);
  g_auto (GStrv) used = NULL;

  for (guint8 seed = 70; seed < 73; seed++)
    add_invite (world, seed);
  use_invite (world, which);
  used = cancel (world, NULL, NULL);
  g_assert_nonnull (used);
  assert_used (used, which);
  g_assert_cmpuint (count_open (world), ==, 0);
  world_assert_in (world, which, TRUE);
}

static void
test_cancels_one (World *world, gconstpointer data)
{
  guint8 key[BG_ENTRY_KEY];
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) used = NULL;

  for (guint8 seed = 70; seed < 73; seed++)
    add_invite (world, seed);
  invite_key (71, key);
  used = cancel (world, key, NULL);
  g_assert_cmpuint (g_strv_length (used), ==, 0);
  g_assert_cmpuint (count_open (world), ==, 2);
  g_assert_null (cancel (world, key, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_NOT_FOUND);
}

/* It is no used invite that keeps them from being cancelled. */
static void
test_cancels_nothing (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  add_invite (world, 70);
  say_fork (world, 2);
  g_assert_null (cancel (world, NULL, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
  g_assert_cmpuint (count_open (world), ==, 1);
}

static void
test_freed_meanwhile (World *world, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL, other = NULL;
  g_autoptr (GError) error = NULL;

  bg_network_sync_sign_async (world->sync, world_wish_record (10), NULL, world_on_done, &result);
  bg_network_sync_fetch_async (world->sync, NULL, world_on_done, &other);
  g_clear_pointer (&world->sync, bg_network_sync_free);
  g_assert_false (bg_network_sync_sign_finish (NULL, world_wait_for (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  world_wait_for (&other);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

#define ADD(name, function)                                                                        \
  g_test_add ("/network-sync/" name, World, NULL, world_set_up, function, world_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  ADD ("follows", test_follows);
  ADD ("from-nothing", test_from_nothing);
  ADD ("unsigned-addition", test_unsigned_addition);
  ADD ("swapped-key", test_swapped_key);
  ADD ("strange-signer", test_strange_signer);
  ADD ("removed-signer", test_removed_signer);
  ADD ("brought-back", test_brought_back);
  ADD ("shorter", test_shorter);
  ADD ("gives-back", test_gives_back);
  ADD ("gives-in-vain", test_gives_in_vain);
  ADD ("other-log", test_other_log);
  ADD ("says-more", test_says_more);
  ADD ("fork-waits-for-person", test_fork_waits_for_person);
  ADD ("fork-keeps-nobody-in", test_fork_keeps_nobody_in);
  ADD ("fork-is-put-out", test_fork_is_put_out);
  ADD ("fork-other-is-right", test_fork_other_is_right);
  ADD ("hub-is-right", test_hub_is_right);
  ADD ("hub-is-wrong", test_hub_is_wrong);
  ADD ("nothing-half-trusted", test_nothing_half_trusted);
  ADD ("flood", test_flood);
  ADD ("signs", test_signs);
  ADD ("signs-again", test_signs_again);
  ADD ("no-longer-holds", test_no_longer_holds);
  ADD ("replaces", test_replaces);
  ADD ("lost-answer", test_lost_answer);
  ADD ("hub-keeps-nothing", test_hub_keeps_nothing);
  ADD ("stranger-signs", test_stranger_signs);
  ADD ("protects", test_protects);
  ADD ("cancels-all", test_cancels_all);
  ADD ("cancels-one", test_cancels_one);
  ADD ("cancels-nothing", test_cancels_nothing);
  for (guint which = 70; which < 73; which++)
    {
      g_autofree char *name = g_strdup_printf ("/network-sync/cancels-beside-used/%u", which);

      g_test_add (name, World, GUINT_TO_POINTER (which), world_set_up, test_cancels_beside_used,
                  world_tear_down);
    }
  ADD ("freed-meanwhile", test_freed_meanwhile);
  return g_test_run ();
}
