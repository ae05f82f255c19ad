/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/secret-move.h"

#include "common/error.h"
#include "common/log.h"

typedef struct
{
  BgSecretKeeper *keeper;
  BgConfig *config; /* the fresh ones from the commit on */
  char *config_path, *name, *left;
  BgSecretOwner from, to;
  char *secret;
} Move;

static void
move_free (gpointer data)
{
  Move *move = data;

  bg_config_unref (move->config);
  g_free (move->config_path);
  g_free (move->name);
  g_free (move->left);
  bg_secret_free (move->secret);
  g_free (move);
}

/* Takes `error`. */
static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
succeed (GTask *task)
{
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* --- The end: the old copy --- */

static void
on_removed (GObject *object, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Move *move = g_task_get_task_data (task);
  gpointer source = g_object_get_data (G_OBJECT (task), "source");
  const BgSecretSourceOps *ops = g_object_get_data (G_OBJECT (task), "ops");
  g_autoptr (GError) error = NULL;

  if (!ops->done (source, result, &error))
    {
      move->left = g_strdup (error->message);
      bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "the old copy of %s stays: %s", move->name,
              error->message);
    }
  succeed (task);
}

static void
remove_from_person (GTask *task)
{
  Move *move = g_task_get_task_data (task);
  gpointer source;
  const BgSecretSourceOps *ops = bg_secret_keeper_get_source (move->keeper, &source);

  if (!ops)
    {
      move->left = g_strdup ("nobody can be asked while there is no bus");
      succeed (task);
      return;
    }
  g_object_set_data (G_OBJECT (task), "source", source);
  g_object_set_data (G_OBJECT (task), "ops", (gpointer) ops);
  ops->remove (source, &move->from, move->name, NULL, on_removed, task);
}

static gboolean
remove_file (Move *move, GError **error)
{
  g_autoptr (BgSecretStore) files = bg_secret_keeper_open_files (move->keeper, error);

  return files && bg_secret_store_remove (files, move->name, error);
}

static void
remove_old_copy (GTask *task)
{
  Move *move = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (bg_secret_owner_is_user (&move->to) && !remove_file (move, &error))
    move->left = g_strdup (error->message);
  if (move->from.kind == BG_SECRET_USER && !bg_secret_owner_equal (&move->from, &move->to)
      && !(move->to.kind == BG_SECRET_USER && move->to.uid == move->from.uid))
    remove_from_person (task);
  else
    succeed (task);
}

/* --- The middle: the settings --- */

static GVariant *
changes_of (const Move *move)
{
  BgSecretOwner own = bg_secret_keeper_unsaid_owner_of (move->keeper, move->name);
  g_autofree char *setting = bg_secret_keeper_setting_of (move->name);
  g_autofree char *owner = bg_secret_owner_format (&move->to);
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  if (bg_secret_owner_equal (&own, &move->to))
    g_variant_dict_insert_value (&changes, setting, g_variant_new_tuple (NULL, 0));
  else
    g_variant_dict_insert (&changes, setting, "s", owner);
  return g_variant_ref_sink (g_variant_dict_end (&changes));
}

static gboolean
save_settings (Move *move, GError **error)
{
  g_autoptr (GVariant) changes = changes_of (move);
  BgConfig *fresh;

  if (bg_secret_owner_equal (&move->from, &move->to))
    return TRUE;
  fresh = bg_config_change (move->config, move->config_path, changes, error);
  if (!fresh)
    return FALSE;
  bg_config_unref (move->config);
  move->config = fresh;
  return TRUE;
}

static void
commit (GTask *task)
{
  GError *error = NULL;

  if (save_settings (g_task_get_task_data (task), &error))
    remove_old_copy (task);
  else
    fail (task, error);
}

/* --- The beginning: the new copy --- */

static void
on_handed_over (GObject *object, GAsyncResult *result, gpointer data)
{
  Move *move = g_task_get_task_data (data);
  GError *error = NULL;

  if (bg_secret_keeper_hand_over_finish (move->keeper, result, &error))
    commit (data);
  else
    fail (data, error);
}

static gboolean
write_file (Move *move, GError **error)
{
  g_autoptr (BgSecretStore) files = bg_secret_keeper_open_files (move->keeper, error);
  char *again;
  gboolean ok;

  if (!files || !bg_secret_store_write (files, move->name, move->secret, error))
    return FALSE;
  again = bg_secret_store_read (files, move->name, error);
  ok = g_strcmp0 (again, move->secret) == 0;
  if (again && !ok)
    bg_error_set (error, BG_ERROR_FAILED, SECRET_CHANGED_IN_FILE);
  bg_secret_free (again);
  return ok;
}

static gboolean
read_secret (Move *move, GError **error)
{
  g_autoptr (BgSecretStore) store = bg_secret_keeper_open (move->keeper, error);
  g_autoptr (GError) local = NULL;

  if (!store)
    return FALSE;
  move->secret = bg_secret_store_read (store, move->name, &local);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else if (!move->secret)
    bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SUCH_SECRET, move->name);
  return move->secret != NULL;
}

static void
on_fetched (GObject *object, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Move *move = g_task_get_task_data (task);
  GError *error = NULL;

  if (!bg_secret_keeper_fetch_finish (move->keeper, result, &error) || !read_secret (move, &error))
    fail (task, error);
  else if (bg_secret_owner_is_user (&move->to))
    bg_secret_keeper_hand_over_async (move->keeper, &move->to, move->name, move->secret, NULL,
                                      on_handed_over, task);
  else if (write_file (move, &error))
    commit (task);
  else
    fail (task, error);
}

void
bg_secret_move_async (const BgSecretMovePlaces *places, const char *name,
                      const BgSecretOwner *target, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  const char *names[] = { name, NULL };
  Move *move = g_new0 (Move, 1);

  g_task_set_source_tag (task, bg_secret_move_async);
  move->keeper = places->keeper;
  move->config = bg_config_ref (places->config);
  move->config_path = g_strdup (places->config_path);
  move->name = g_strdup (name);
  move->from = bg_secret_keeper_owner_of (places->keeper, name);
  move->to = *target;
  g_task_set_task_data (task, move, move_free);
  bg_secret_keeper_stop_settling (places->keeper);
  bg_secret_keeper_fetch_async (places->keeper, names, NULL, on_fetched, task);
}

BgConfig *
bg_secret_move_finish (GAsyncResult *result, char **left, GError **error)
{
  Move *move = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *left = g_steal_pointer (&move->left);
  return bg_config_ref (move->config);
}
