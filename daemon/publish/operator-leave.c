/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-private.h"

#include "common/error.h"

static GError *
error_of (const BgOperatorAnswer *answer)
{
  BgError code = answer->kind == BG_ANSWER_REFUSED ? BG_ERROR_NOT_AUTHORIZED : BG_ERROR_SERVICE;

  return bg_error_new_take (code, bg_words_ref (answer->reason));
}

/* --- Is it an API key? --- */

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BgOperatorAnswer) answer = bg_operator_api_ask_finish (result, &error);

  if (!answer)
    g_task_return_error (task, error);
  else if (answer->kind == BG_ANSWER_GOOD)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error_of (answer));
}

static void
api_free (gpointer api)
{
  bg_operator_api_free (api);
}

void
bg_operator_check_api_key_async (BgOperator *self, const char *api_key, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  BgOperatorApi *api;

  g_task_set_source_tag (task, bg_operator_check_api_key_async);
  if (!bg_operator_api_key_is_usable (api_key))
    {
      bg_task_return_error (task, BG_ERROR_INVALID_ARGUMENT, API_KEY_MALFORMED);
      return;
    }
  api = bg_operator_api_new (self->api_url, self->proxies, NULL);
  if (self->answers)
    bg_operator_api_count (api, self->answers);
  bg_operator_api_set_key (api, api_key);
  g_task_set_task_data (task, api, api_free);
  bg_operator_api_ask_async (api, "GET", BG_OPERATOR_PATH "?limit=1", NULL, cancellable, on_checked,
                             g_object_ref (task));
}

gboolean
bg_operator_check_api_key_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Out of the account --- */

static void
forget (BgOperator *self)
{
  bg_operator_files_forget (self->files);
  bg_operator_api_set_key (self->api, NULL);
  self->has_api_key = FALSE;
  g_clear_pointer (&self->id, g_free);
  g_ptr_array_set_size (self->list, 0);
  bg_words_take (&self->trouble, bg_words (API_KEY_MISSING));
  bg_operator_take_identity (self, NULL);
}

/* What came of it, for who asked; NULL: it was not tried to the end. */
static void
end_leaving (GTask *task, const BgOperatorAnswer *answer, GError *error)
{
  BgOperator *self = g_task_get_source_object (task);
  gboolean is_out = answer && (answer->kind == BG_ANSWER_GOOD || answer->kind == BG_ANSWER_GONE);

  self->is_leaving = FALSE;
  if (is_out)
    forget (self);
  bg_operator_announce (self);
  bg_operator_run (self);
  if (is_out)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, answer ? error_of (answer) : error);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BgOperatorAnswer) answer = bg_operator_api_ask_finish (result, &error);

  end_leaving (task, answer, error);
}

/* Takes `task`. */
static void delete (GTask *task, const char *id)
{
  BgOperator *self = g_task_get_source_object (task);
  g_autofree char *path = g_strconcat (BG_OPERATOR_PATH "/", id, NULL);

  bg_operator_api_ask_async (self->api, "DELETE", path, NULL, g_task_get_cancellable (task),
                             on_deleted, task);
}

static gboolean
find_own (JsonObject *page, gpointer data)
{
  GTask *task = data;
  BgOperator *self = g_task_get_source_object (task);
  char *id = bg_operator_page_find (page, self->instance);

  if (id)
    g_task_set_task_data (task, id, g_free);
  return id != NULL;
}

static void
on_searched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BgOperatorAnswer) answer = bg_operator_api_list_finish (result, &error);
  const char *id = g_task_get_task_data (task);

  if (answer && answer->kind == BG_ANSWER_GOOD && id)
    delete (g_object_ref (task), id);
  else
    end_leaving (task, answer, error);
}

/* Of a registration whose answer was lost nothing but the name is known. */
static void
leave (GTask *task)
{
  BgOperator *self = g_task_get_source_object (task);
  BgOperatorAnswer nothing = { .kind = BG_ANSWER_GONE };

  if (self->id)
    delete (g_object_ref (task), self->id);
  else if (self->instance)
    bg_operator_api_list_async (self->api, BG_OPERATOR_PATH BG_OPERATOR_PAGE, "operators", find_own,
                                g_task_get_cancellable (task), on_searched, g_object_ref (task));
  else
    end_leaving (task, &nothing, NULL);
}

void
bg_operator_unregister_async (BgOperator *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, bg_operator_unregister_async);
  if (!self->has_api_key || self->is_leaving)
    {
      bg_task_return_error (task, BG_ERROR_WRONG_STATE, API_KEY_MISSING);
      return;
    }
  bg_operator_interrupt (self);
  self->is_leaving = TRUE;
  bg_operator_announce (self);
  leave (task);
}

gboolean
bg_operator_unregister_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
