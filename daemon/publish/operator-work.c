/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-private.h"

#include "common/error.h"
#include "common/secret-text.h"
#include "publish/operator-key.h"

static BgOperatorAnswer *
answer_of_error (GError *take)
{
  g_autoptr (GError) error = take;

  return bg_operator_answer_new_none (bg_error_dup_words (error));
}

static char *
own_path (const char *id, const char *rest)
{
  return g_strconcat (BG_OPERATOR_PATH "/", id, rest, NULL);
}

static BgOperatorWish
wish_of (BgOperator *self)
{
  return (BgOperatorWish){ self->instance, self->description,
                           (const char *const *) self->selectors };
}

/* Nothing here keeps the operator: it cancels what goes on before it ends, and whoever is called without an answer looks at nothing. */

/* NULL: nobody waits for it any more. */
static BgOperatorAnswer *
finish_ask (GAsyncResult *result)
{
  return bg_operator_api_ask_finish (result, NULL);
}

static void
ask (BgOperator *self, const char *method, const char *path, GBytes *body,
     GAsyncReadyCallback callback)
{
  bg_operator_api_ask_async (self->api, method, path, body, self->cancellable, callback, self);
}

/* --- A certificate --- */

/* What came with the answer to `self->new_key`, on the disk; NULL with why there is none. */
static BgTlsIdentity *
keep_identity (BgOperator *self, const BgOperatorRecord *record, GError **error)
{
  g_autoptr (BgTlsIdentity) identity = bg_tls_identity_new (record->certificate, self->new_key);

  if (identity && bg_operator_files_save_identity (self->files, identity, error))
    return g_steal_pointer (&identity);
  if (*record->certificate == '\0')
    bg_error_set (error, BG_ERROR_SERVICE, ACCOUNT_NO_CERTIFICATE);
  else if (!identity)
    bg_error_set (error, BG_ERROR_SERVICE, ACCOUNT_CERTIFICATE_BAD);
  return NULL;
}

static gboolean
keep (BgOperator *self, const BgOperatorRecord *record, GError **error)
{
  BgTlsIdentity *identity = keep_identity (self, record, error);

  if (!identity)
    return FALSE;
  bg_operator_take_identity (self, identity);
  if (!bg_operator_files_save_id (self->files, record->id, error))
    return FALSE;
  g_free (self->id);
  self->id = g_strdup (record->id);
  bg_operator_take_record (self, record);
  return TRUE;
}

static gboolean
make_key (BgOperator *self, char **request, GError **error)
{
  g_clear_pointer (&self->new_key, bg_secret_free);
  return bg_operator_key_new (&self->new_key, request, error);
}

static void
on_certified (GObject *source, GAsyncResult *result, gpointer data)
{
  BgOperator *self = data;
  BgOperatorAnswer *answer = finish_ask (result);
  g_autoptr (BgOperatorRecord) record = NULL;
  GError *error = NULL;

  if (!answer)
    return;
  if (answer->kind == BG_ANSWER_GOOD && answer->body)
    record = bg_operator_record_read (answer->body);
  if (answer->kind != BG_ANSWER_GOOD || (record && keep (self, record, &error)))
    {
      bg_operator_done (self, answer);
      return;
    }
  bg_operator_answer_free (answer);
  bg_operator_done (self, record ? answer_of_error (error)
                                 : bg_operator_answer_new_none (bg_words (ACCOUNT_GARBLED)));
}

static void
certify (BgOperator *self, const char *id)
{
  g_autofree char *request = NULL, *path = own_path (id, "");
  BgOperatorWish wish = wish_of (self);
  g_autoptr (GBytes) body = NULL;
  GError *error = NULL;

  if (!make_key (self, &request, &error))
    {
      bg_operator_done (self, answer_of_error (error));
      return;
    }
  body = bg_operator_question_certify (&wish, request);
  ask (self, "PATCH", path, body, on_certified);
}

/* --- A registration --- */

typedef struct
{
  BgOperator *self;
  BgOperatorAnswer *why;
} Undo;

static void
on_undone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Undo *undo = data;
  g_autoptr (BgOperatorAnswer) answer = finish_ask (result);

  if (answer)
    bg_operator_done (undo->self, undo->why);
  else
    bg_operator_answer_free (undo->why);
}

/* A registration that this machine cannot keep is nobody's: it goes, and where it does not, it is found again by its instance. */
static void
undo (BgOperator *self, const char *id, BgOperatorAnswer *why)
{
  g_autofree char *path = own_path (id, "");
  Undo *undo = g_new (Undo, 1);

  undo->self = self;
  undo->why = why;
  bg_operator_api_ask_async (self->api, "DELETE", path, NULL, self->cancellable, on_undone, undo);
}

static void
on_registered (GObject *source, GAsyncResult *result, gpointer data)
{
  BgOperator *self = data;
  g_autoptr (BgOperatorAnswer) answer = finish_ask (result);
  g_autoptr (BgOperatorRecord) record = NULL;
  GError *error = NULL;

  if (!answer)
    return;
  if (answer->kind == BG_ANSWER_GOOD && answer->body)
    record = bg_operator_record_read (answer->body);
  if (answer->kind == BG_ANSWER_GOOD && !record)
    bg_operator_done (self, bg_operator_answer_new_none (bg_words (ACCOUNT_GARBLED)));
  else if (record && !keep (self, record, &error))
    undo (self, record->id, answer_of_error (error));
  else
    bg_operator_done (self, g_steal_pointer (&answer));
}

/* The name of this machine is written first: it shows that the directory takes files, and a registration whose answer is lost is found
 * by it. */
static gboolean
prepare (BgOperator *self, char **request, GError **error)
{
  char *instance = bg_operator_files_save_instance (self->files, self->instance, error);

  if (!instance)
    return FALSE;
  g_free (self->instance);
  self->instance = instance;
  return make_key (self, request, error);
}

static void
enter (BgOperator *self)
{
  g_autofree char *request = NULL;
  g_autoptr (GBytes) body = NULL;
  GError *error = NULL;
  BgOperatorWish wish;

  if (!prepare (self, &request, &error))
    {
      bg_operator_done (self, answer_of_error (error));
      return;
    }
  wish = wish_of (self);
  body = bg_operator_question_register (&wish, request);
  self->has_asked = TRUE;
  ask (self, "POST", BG_OPERATOR_PATH, body, on_registered);
}

static gboolean
find_own (JsonObject *page, gpointer data)
{
  BgOperator *self = data;

  g_free (self->new_id);
  self->new_id = bg_operator_page_find (page, self->instance);
  return self->new_id != NULL;
}

static void
on_searched (GObject *source, GAsyncResult *result, gpointer data)
{
  BgOperator *self = data;
  BgOperatorAnswer *answer = bg_operator_api_list_finish (result, NULL);

  if (!answer)
    return;
  if (answer->kind != BG_ANSWER_GOOD)
    {
      bg_operator_done (self, answer);
      return;
    }
  bg_operator_answer_free (answer);
  if (self->new_id)
    certify (self, self->new_id);
  else
    enter (self);
}

/* Who has no name yet has never registered. */
static void
adopt (BgOperator *self)
{
  if (!self->instance)
    {
      enter (self);
      return;
    }
  bg_operator_api_list_async (self->api, BG_OPERATOR_PATH BG_OPERATOR_PAGE, "operators", find_own,
                              self->cancellable, on_searched, self);
}

/* --- The list --- */

static gboolean
add_page (JsonObject *page, gpointer data)
{
  BgOperator *self = data;

  bg_operator_page_add_endpoints (page, self->name, self->new_list);
  return FALSE;
}

static void
on_polled (GObject *source, GAsyncResult *result, gpointer data)
{
  BgOperator *self = data;
  BgOperatorAnswer *answer = bg_operator_api_list_finish (result, NULL);

  if (!answer)
    return;
  if (answer->kind == BG_ANSWER_GOOD)
    {
      bg_endpoint_list_merge (self->new_list);
      bg_operator_take_list (self, self->new_list);
    }
  bg_operator_done (self, answer);
}

static void
poll (BgOperator *self)
{
  g_autofree char *path = own_path (self->id, "/bound_endpoints" BG_OPERATOR_PAGE);

  g_clear_pointer (&self->new_list, g_ptr_array_unref);
  self->new_list = bg_endpoint_list_new ();
  bg_operator_api_list_async (self->api, path, "endpoints", add_page, self->cancellable, on_polled,
                              self);
}

/* --- What the account says of this machine --- */

static void
on_record (GObject *source, GAsyncResult *result, gpointer data)
{
  BgOperator *self = data;
  g_autoptr (BgOperatorAnswer) answer = finish_ask (result);
  g_autoptr (BgOperatorRecord) record = NULL;

  if (!answer)
    return;
  if (answer->body)
    record = bg_operator_record_read (answer->body);
  if (answer->kind == BG_ANSWER_GOOD && !record)
    {
      bg_operator_done (self, bg_operator_answer_new_none (bg_words (ACCOUNT_GARBLED)));
      return;
    }
  if (record)
    bg_operator_take_record (self, record);
  if (self->step == BG_STEP_SELECT)
    self->wants_others = FALSE;
  bg_operator_done (self, g_steal_pointer (&answer));
}

static void
read_own (BgOperator *self)
{
  g_autofree char *path = own_path (self->id, "");

  ask (self, "GET", path, NULL, on_record);
}

static void
select_endpoints (BgOperator *self)
{
  g_autofree char *path = own_path (self->id, "");
  BgOperatorWish wish = wish_of (self);
  g_autoptr (GBytes) body = bg_operator_question_select (&wish);

  ask (self, "PATCH", path, body, on_record);
}

void
bg_operator_begin (BgOperator *self, BgOperatorStep step)
{
  self->step = step;
  switch (step)
    {
    case BG_STEP_REGISTER:
      enter (self);
      break;
    case BG_STEP_ADOPT:
      adopt (self);
      break;
    case BG_STEP_CERTIFY:
      certify (self, self->id);
      break;
    case BG_STEP_POLL:
      poll (self);
      break;
    case BG_STEP_READ:
      read_own (self);
      break;
    case BG_STEP_SELECT:
      select_endpoints (self);
      break;
    case BG_STEP_REST:
    case BG_STEP_WAIT:
      g_assert_not_reached ();
    }
}
