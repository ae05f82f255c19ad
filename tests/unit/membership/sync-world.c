/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sync-world.h"

#include "membership/entry-crypto.h"
#include "membership/trust-text.h"

#include <string.h>

/* --- The hub --- */

static void
hub_fetch_async (gpointer data, guint32 from, GCancellable *cancellable,
                 GAsyncReadyCallback callback, gpointer user_data)
{
  Hub *hub = data;
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  GPtrArray *page = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  hub->n_fetches++;
  for (guint i = from; i < hub->entries->len && (hub->page == 0 || page->len < hub->page); i++)
    g_ptr_array_add (page, g_bytes_ref (hub->entries->pdata[i]));
  g_task_return_pointer (task, page, (GDestroyNotify) g_ptr_array_unref);
}

static GPtrArray *
hub_fetch_finish (gpointer data, GAsyncResult *result, guint32 *count, GError **error)
{
  Hub *hub = data;

  *count = hub->count >= 0 ? (guint32) hub->count : hub->entries->len;
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
world_follows (Hub *hub, const GPtrArray *entries)
{
  g_autofree BgMembership *state = fixture_state (hub->entries);

  for (guint i = 0; i < entries->len; i++)
    {
      guint8 hash[BG_ENTRY_HASH];
      BgBytes bytes;

      bytes.bytes = g_bytes_get_data (entries->pdata[i], &bytes.len);
      if (!bg_membership_take_entry (state, bytes, hash, NULL))
        return FALSE;
    }
  return TRUE;
}

/* Somebody else's entry comes first. */
static void
overtake (Hub *hub)
{
  BgEntry other = fixture_device (100 + hub->elsewhere--);

  fixture_add (hub->entries, &other, FIXTURE_OWNER_SEED);
}

static void
hub_post_async (gpointer data, const GPtrArray *entries, GCancellable *cancellable,
                GAsyncReadyCallback callback, gpointer user_data)
{
  Hub *hub = data;
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  BgPostOutcome outcome = BG_POST_ELSEWHERE;

  hub->n_posts++;
  g_assert_cmpuint (entries->len, >, 0);
  g_assert_cmpuint (entries->len, <=, BG_SYNC_POST_MAX);
  if (hub->elsewhere > 0)
    overtake (hub);
  else if (world_follows (hub, entries))
    {
      for (guint i = 0; i < entries->len && !hub->keeps_none; i++)
        g_ptr_array_add (hub->entries, g_bytes_ref (entries->pdata[i]));
      outcome = BG_POST_TAKEN;
    }
  if (hub->loses_answer && outcome == BG_POST_TAKEN)
    outcome = BG_POST_ELSEWHERE;
  g_task_return_int (task, outcome);
}

static BgPostOutcome
hub_post_finish (gpointer data, GAsyncResult *result, GError **error)
{
  return (BgPostOutcome) g_task_propagate_int (G_TASK (result), error);
}

const BgNetworkHubOps hub_ops = { hub_fetch_async, hub_fetch_finish, hub_post_async,
                                  hub_post_finish };

/* --- This machine --- */

static void
on_grown (gpointer owner)
{
  ((World *) owner)->n_grown++;
}

static void
on_alarm_changed (gpointer owner)
{
  ((World *) owner)->n_alarms++;
}

static gboolean
on_ask (gpointer owner, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 entry,
        guint16 offset)
{
  World *world = owner;

  world->n_asked++;
  g_strlcpy (world->asked, name, sizeof world->asked);
  memcpy (world->asked_key, key, BG_ENTRY_KEY);
  world->asked_entry = entry;
  world->asked_offset = offset;
  return !world->is_alone;
}

const BgNetworkSyncEvents world_events = { on_grown, on_alarm_changed, on_ask };

/* Hub and machine have a network of four devices. */
void
world_set_up (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) ours = fixture_network (4);

  world->hub = (Hub){ .entries = fixture_network (4), .count = -1 };
  world->log = bg_membership_log_load (NULL, NULL);
  g_assert_true (bg_membership_log_append (world->log, ours, NULL));
  world->watch = bg_log_watch_new (world->log);
  world->sync = bg_network_sync_new (world->log, world->watch, &hub_ops, &world->hub, &world_events,
                                     world);
}

void
world_tear_down (World *world, gconstpointer data)
{
  bg_network_sync_free (world->sync);
  bg_log_watch_free (world->watch);
  bg_membership_log_free (world->log);
  g_ptr_array_unref (world->hub.entries);
}

void
world_on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

GAsyncResult *
world_wait_for (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

gboolean
world_fetch (World *world, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bg_network_sync_fetch_async (world->sync, NULL, world_on_done, &result);
  return bg_network_sync_fetch_finish (world->sync, world_wait_for (&result), error);
}

gboolean
world_sign (World *world, BgEntryWish *take, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bg_network_sync_sign_async (world->sync, take, NULL, world_on_done, &result);
  return bg_network_sync_sign_finish (world->sync, world_wait_for (&result), error);
}

gboolean
world_trust (World *world, const char *text, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bg_network_sync_trust_async (world->sync, text, NULL, world_on_done, &result);
  return bg_network_sync_trust_finish (world_wait_for (&result), error);
}

gboolean
world_trust_entry (World *world, const GPtrArray *entries, guint number)
{
  g_autofree char *text = NULL;
  guint8 hash[BG_ENTRY_HASH];
  BgBytes bytes;

  bytes.bytes = g_bytes_get_data (entries->pdata[number], &bytes.len);
  bg_entry_hash (bytes, hash);
  text = bg_hash_text (hash);
  return world_trust (world, text, NULL);
}

BgEntryWish *
world_wish (BgWishKind kind, guint8 seed_byte)
{
  guint8 seed[BG_SEED_BYTES];

  fixture_key (seed_byte, seed);
  return bg_entry_wish_new (kind, seed);
}

BgEntryWish *
world_wish_record (guint number)
{
  BgEntryWish *made = world_wish (BG_WISH_RECORD, FIXTURE_OWNER_SEED);

  made->record = fixture_record (number);
  return made;
}

BgEntryWish *
world_wish_revoke (guint number)
{
  BgEntryWish *made = world_wish (BG_WISH_REVOKE, FIXTURE_OWNER_SEED);
  BgMemberRecord record = fixture_record (number);

  memcpy (made->device, record.key, BG_ENTRY_KEY);
  return made;
}

guint
world_count (World *world)
{
  return bg_membership_log_get_count (world->log);
}

void
world_assert_in (World *world, guint number, gboolean is_in)
{
  BgMemberRecord record = fixture_record (number);
  const BgMember *member = bg_membership_find_key (bg_membership_log_get_state (world->log),
                                                   record.key);

  g_assert_cmpint (member && !member->is_revoked, ==, is_in);
}
