/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hub that says how many keys were revoked, and which when it is asked: when it is, and what is taken of it. */
#include "membership/revoked-keys.h"

#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"

#include <string.h>

typedef struct
{
  BgRevokedKeys *keys;
  guint n_changed;
  guint8 has[8]; /* first bytes of what the hub has; 0: no more */
  guint n_asked;
  gboolean fails, is_slow;
  GTask *late; /* of a slow one */
} World;

static void
key_of (guint8 first, guint8 key[BG_KEY_BYTES])
{
  memset (key, 0, BG_KEY_BYTES);
  key[0] = first;
}

static void
answer (World *world, GTask *task)
{
  GHashTable *set = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                           (GDestroyNotify) g_bytes_unref, NULL);

  for (guint i = 0; world->has[i]; i++)
    {
      guint8 key[BG_KEY_BYTES];

      key_of (world->has[i], key);
      g_hash_table_add (set, g_bytes_new (key, sizeof key));
    }
  g_task_return_pointer (task, set, (GDestroyNotify) g_hash_table_unref);
}

static void
fetch_async (gpointer hub, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  World *world = hub;
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  world->n_asked++;
  if (world->is_slow)
    g_set_object (&world->late, task);
  else if (world->fails)
    g_task_return_new_error (task, BG_ERROR, BG_ERROR_SERVICE, "no");
  else
    answer (world, task);
}

static GHashTable *
fetch_finish (gpointer hub, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const BgRevokedHubOps ops = { fetch_async, fetch_finish };

static void
on_changed (gpointer owner)
{
  ((World *) owner)->n_changed++;
}

static void
set_up (World *world, gconstpointer data)
{
  world->keys = bg_revoked_keys_new (&ops, world, on_changed, world);
  bg_revoked_keys_set_online (world->keys, TRUE);
}

static void
tear_down (World *world, gconstpointer data)
{
  bg_revoked_keys_free (world->keys);
  g_clear_object (&world->late);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
has (World *world, guint8 first)
{
  guint8 key[BG_KEY_BYTES];

  key_of (first, key);
  return bg_revoked_keys_has (world->keys, key);
}

static void
wait_asked (World *world, guint n)
{
  while (world->n_asked < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_changed (World *world, guint n)
{
  while (world->n_changed < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_asks_for_what_it_does_not_know (World *world, gconstpointer data)
{
  bg_revoked_keys_take_number (world->keys, 0);
  g_assert_cmpuint (world->n_asked, ==, 0);
  world->has[0] = 7;
  bg_revoked_keys_take_number (world->keys, 1);
  wait_changed (world, 1);
  g_assert_true (has (world, 7));
  g_assert_false (has (world, 8));
  bg_revoked_keys_take_number (world->keys, 1); /* no news */
  g_assert_cmpuint (world->n_asked, ==, 1);
}

/* Also where the number is the one of before: it can be another list. */
static void
test_asks_again_on_each_line (World *world, gconstpointer data)
{
  world->has[0] = 7;
  bg_revoked_keys_take_number (world->keys, 1);
  wait_changed (world, 1);
  bg_revoked_keys_set_online (world->keys, FALSE);
  g_assert_true (has (world, 7));
  world->has[0] = 9;
  bg_revoked_keys_set_online (world->keys, TRUE);
  bg_revoked_keys_take_number (world->keys, 1);
  wait_changed (world, 2);
  g_assert_true (has (world, 9));
  g_assert_false (has (world, 7));
}

static void
test_none_any_more (World *world, gconstpointer data)
{
  world->has[0] = 7;
  bg_revoked_keys_take_number (world->keys, 1);
  wait_changed (world, 1);
  bg_revoked_keys_take_number (world->keys, 0);
  g_assert_cmpuint (world->n_changed, ==, 2);
  g_assert_false (has (world, 7));
  g_assert_cmpuint (world->n_asked, ==, 1);
}

/* A hub that says another number all the time is asked once in a second. */
static void
test_pace (World *world, gconstpointer data)
{
  gint64 began_us = g_get_monotonic_time ();

  for (guint32 i = 1; i <= 1000; i++)
    {
      bg_revoked_keys_take_number (world->keys, i);
      g_main_context_iteration (NULL, FALSE);
    }
  wait_asked (world, 2);
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=, 900000);
  g_assert_cmpuint (world->n_asked, ==, 2);
}

/* What changes while it is asked is asked for once more. */
static void
test_changes_while_it_is_asked (World *world, gconstpointer data)
{
  world->is_slow = TRUE;
  bg_revoked_keys_take_number (world->keys, 1);
  bg_revoked_keys_take_number (world->keys, 2);
  g_assert_cmpuint (world->n_asked, ==, 1);
  world->is_slow = FALSE;
  world->has[0] = 7;
  answer (world, world->late);
  world->has[1] = 8;
  wait_changed (world, 2);
  g_assert_cmpuint (world->n_asked, ==, 2);
  g_assert_true (has (world, 7) && has (world, 8));
}

static void
test_asks_until_there_is_an_answer (World *world, gconstpointer data)
{
  world->fails = TRUE;
  bg_revoked_keys_take_number (world->keys, 1);
  wait_asked (world, 1);
  world->fails = FALSE;
  world->has[0] = 7;
  wait_changed (world, 1);
  g_assert_cmpuint (world->n_asked, ==, 2);
  g_assert_true (has (world, 7));
}

/* Of a line that is gone, or a network that was left, comes nothing; nor after the end. */
static void
test_late_answer (World *world, gconstpointer data)
{
  world->is_slow = TRUE;
  world->has[0] = 7;
  bg_revoked_keys_take_number (world->keys, 1);
  bg_revoked_keys_clear (world->keys);
  answer (world, world->late);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (world->n_changed, ==, 0);
  bg_revoked_keys_take_number (world->keys, 1);
  wait_asked (world, 2);
  bg_revoked_keys_free (g_steal_pointer (&world->keys));
  answer (world, world->late);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (world->n_changed, ==, 0);
}

static void
test_own_deed (World *world, gconstpointer data)
{
  guint8 key[BG_KEY_BYTES];
  char text[BG_KEY_TEXT_LEN + 1];

  key_of (7, key);
  bg_key_to_base64 (key, text);
  bg_revoked_keys_add (world->keys, text);
  bg_revoked_keys_add (world->keys, text);
  bg_revoked_keys_add (world->keys, "");
  g_assert_cmpuint (world->n_changed, ==, 1);
  g_assert_true (has (world, 7));
}

#define ADD(name, func) g_test_add ("/revoked-keys/" name, World, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD ("asks-for-what-it-does-not-know", test_asks_for_what_it_does_not_know);
  ADD ("asks-again-on-each-line", test_asks_again_on_each_line);
  ADD ("none-any-more", test_none_any_more);
  ADD ("pace", test_pace);
  ADD ("changes-while-it-is-asked", test_changes_while_it_is_asked);
  ADD ("asks-until-there-is-an-answer", test_asks_until_there_is_an_answer);
  ADD ("late-answer", test_late_answer);
  ADD ("own-deed", test_own_deed);
  return g_test_run ();
}
