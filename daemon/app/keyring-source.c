/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/keyring-source.h"

#include "common/error.h"
#include "common/source.h"
#include "secrets/keyring.h"

#include <unistd.h>

#define PLACE "user"
#define PATIENCE_S 120

/* Whoever waits for a task stops waiting in time, though a question that is shown to a person stays (secrets/session-agent.c). */
typedef struct
{
  GCancellable *cancellable;
  gulong cancelled_id;
  GSource *timeout;
  gboolean answered;
} Wait;

static void
wait_free (gpointer data)
{
  Wait *wait = data;

  g_cancellable_disconnect (wait->cancellable, wait->cancelled_id);
  bg_source_drop (&wait->timeout);
  g_clear_object (&wait->cancellable);
  g_free (wait);
}

/* FALSE: somebody did already. */
static gboolean
claim_answer (GTask *task)
{
  Wait *wait = g_task_get_task_data (task);
  gboolean is_first = !wait->answered;

  wait->answered = TRUE;
  bg_source_drop (&wait->timeout);
  return is_first;
}

static void
on_cancelled (GCancellable *cancellable, GTask *task)
{
  if (claim_answer (task))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "nobody waits any more");
}

static gboolean
on_timeout (gpointer task)
{
  if (claim_answer (task))
    g_task_return_error (task, bg_error (BG_ERROR_TIMEOUT, KEYRING_LATE));
  return G_SOURCE_REMOVE;
}

static GTask *
begin (gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  Wait *wait = g_new0 (Wait, 1);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, wait, wait_free);
  bg_source_arm (&wait->timeout, PATIENCE_S * 1000, on_timeout, task);
  if (cancellable)
    {
      wait->cancellable = g_object_ref (cancellable);
      wait->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), task,
                                                  NULL);
    }
  return task;
}

/* Takes `inner`. */
static void
fail (GTask *task, GError *inner)
{
  gboolean is_absent = g_error_matches (inner, BG_KEYRING_ERROR, BG_KEYRING_ERROR_ABSENT);

  if (inner->domain == BG_KEYRING_ERROR)
    g_task_return_error (
      task, bg_error (is_absent ? BG_ERROR_NOT_FOUND : BG_ERROR_WRONG_STATE, TEXT, inner->message));
  else
    g_task_return_error (task, g_steal_pointer (&inner));
  g_clear_error (&inner);
}

static gboolean
is_ours (const BgSecretOwner *owner)
{
  return owner->kind == BG_SECRET_USER && owner->uid == getuid ();
}

static void
refuse (gpointer tag, GAsyncReadyCallback callback, gpointer data)
{
  g_task_report_new_error (NULL, callback, data, tag, BG_ERROR, BG_ERROR_WRONG_STATE,
                           "a daemon of a person's own asks only that person");
}

/* --- Reading --- */

static void
on_got (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (GHashTable) secrets = bg_keyring_get_finish (result, &error);

  if (!claim_answer (task))
    g_clear_error (&error);
  else if (secrets)
    g_task_return_pointer (task, g_steal_pointer (&secrets), (GDestroyNotify) g_hash_table_unref);
  else
    fail (task, error);
}

static void
source_get (gpointer source, const BgSecretOwner *owner, const char *const *names,
            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  const BgKeyringSource *others = source;

  if (is_ours (owner))
    bg_keyring_get_async (PLACE, names, NULL, on_got,
                          begin (source_get, cancellable, callback, data));
  else if (owner->uid == getuid () && others->ops)
    others->ops->get (others->source, owner, names, cancellable, callback, data);
  else
    refuse (source_get, callback, data);
}

static GHashTable *
source_get_finish (gpointer source, GAsyncResult *result, GError **error)
{
  const BgKeyringSource *others = source;

  if (g_async_result_is_tagged (result, source_get) || !others->ops)
    return g_task_propagate_pointer (G_TASK (result), error);
  return others->ops->get_finish (others->source, result, error);
}

/* --- Writing --- */

static void
on_done (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  gboolean ok = bg_keyring_done (result, &error);

  if (!claim_answer (task))
    g_clear_error (&error);
  else if (ok)
    g_task_return_boolean (task, TRUE);
  else
    fail (task, error);
}

static void
source_save (gpointer source, const BgSecretOwner *owner, const char *name, const char *secret,
             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  const BgKeyringSource *others = source;
  g_autoptr (BgWords) words = bg_secret_words (name);
  g_autofree char *label = g_strconcat ("bamgate: ", bg_words_get_text (words), NULL);

  if (is_ours (owner))
    bg_keyring_set_async (PLACE, name, secret, label, NULL, on_done,
                          begin (source_save, cancellable, callback, data));
  else if (owner->uid == getuid () && others->ops)
    others->ops->save (others->source, owner, name, secret, cancellable, callback, data);
  else
    refuse (source_save, callback, data);
}

static void
source_remove (gpointer source, const BgSecretOwner *owner, const char *name,
               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  if (is_ours (owner))
    bg_keyring_remove_async (PLACE, name, NULL, on_done,
                             begin (source_save, cancellable, callback, data));
  else
    refuse (source_save, callback, data);
}

static gboolean
source_done (gpointer source, GAsyncResult *result, GError **error)
{
  const BgKeyringSource *others = source;

  if (g_async_result_is_tagged (result, source_save) || !others->ops)
    return g_task_propagate_boolean (G_TASK (result), error);
  return others->ops->done (others->source, result, error);
}

const BgSecretSourceOps bg_keyring_source_ops = { source_get, source_get_finish, source_save,
                                                  source_remove, source_done };
