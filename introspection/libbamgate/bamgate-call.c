/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-call.h"

#include "bamgate-error.h"
#include "bamgate-words.h"

#include <gio/gunixfdlist.h>

/* Long enough for a person who is asked for a password. */
#define CALL_TIMEOUT_MS (5 * 60 * 1000)

/* GDBusError has no code for this name, and the name is not ours to register for the whole process. */
#define INTERACTION_REQUIRED "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"

void
bamgate_target_clear (BamgateTarget *self)
{
  g_clear_object (&self->connection);
  g_clear_pointer (&self->path, g_free);
}

GError *
bamgate_call_translate (GError *inner)
{
  g_autofree char *name = g_dbus_error_get_remote_error (inner);

  g_dbus_error_strip_remote_error (inner);
  if (g_strcmp0 (name, INTERACTION_REQUIRED) == 0)
    {
      inner->domain = BAMGATE_ERROR;
      inner->code = BAMGATE_ERROR_AUTHENTICATION_REQUIRED;
    }
  return inner;
}

static void
on_error_explained (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  g_task_return_error (task, bamgate_words_explain_finish (result));
}

static void
on_call_answered (GObject *connection, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BamgateTarget target = { .connection = G_DBUS_CONNECTION (connection) };
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  GVariant *answer = g_dbus_connection_call_with_unix_fd_list_finish (target.connection, NULL,
                                                                      result, &error);

  if (answer)
    {
      g_task_return_pointer (task, answer, (GDestroyNotify) g_variant_unref);
      return;
    }
  error = bamgate_call_translate (error);
  if (bamgate_words_may_explain (error))
    bamgate_words_explain (&target, error, cancellable, on_error_explained,
                           g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

static gboolean
is_connected (const BamgateTarget *target, GVariant *parameters, GError **error)
{
  (void) BAMGATE_ERROR; /* registers the names */
  if (target->connection)
    return TRUE;
  if (parameters)
    g_variant_unref (g_variant_ref_sink (parameters));
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED,
                       _ ("the client was not connected"));
  return FALSE;
}

/* `files` NULL: none. */
static void
call (gpointer source, const BamgateTarget *target, const char *method, const char *reply_type,
      GVariant *parameters, GUnixFDList *files, GCancellable *cancellable,
      GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (source, cancellable, callback, data);
  GError *error = NULL;

  g_task_set_source_tag (task, bamgate_call);
  if (is_connected (target, parameters, &error))
    {
      g_dbus_connection_call_with_unix_fd_list (
        target->connection, BAMGATE_BUS_NAME, target->path, target->interface, method, parameters,
        (const GVariantType *) reply_type,
        target->flags
          | (target->unattended ? 0 : G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION),
        CALL_TIMEOUT_MS, files, cancellable, on_call_answered, task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

void
bamgate_call (gpointer source, const BamgateTarget *target, const char *method,
              const char *reply_type, GVariant *parameters, GCancellable *cancellable,
              GAsyncReadyCallback callback, gpointer data)
{
  call (source, target, method, reply_type, parameters, NULL, cancellable, callback, data);
}

void
bamgate_call_with_file (gpointer source, const BamgateTarget *target, const char *method,
                        const char *reply_type, GVariant *parameters, int fd,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GUnixFDList) files = g_unix_fd_list_new ();

  g_unix_fd_list_append (files, fd, NULL); /* where it is none, the daemon says so */
  call (source, target, method, reply_type, parameters, files, cancellable, callback, data);
}

GVariant *
bamgate_call_finish (gpointer source, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, bamgate_call), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
bamgate_call_sync (const BamgateTarget *target, const char *method, const char *reply_type,
                   GVariant *parameters, GCancellable *cancellable, GError **error)
{
  GError *inner = NULL;
  GVariant *answer;

  if (!is_connected (target, parameters, error))
    return NULL;
  answer = g_dbus_connection_call_sync (
    target->connection, BAMGATE_BUS_NAME, target->path, target->interface, method, parameters,
    (const GVariantType *) reply_type,
    target->flags | G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, CALL_TIMEOUT_MS, cancellable,
    &inner);
  if (answer)
    return answer;
  inner = bamgate_call_translate (inner);
  if (bamgate_words_may_explain (inner))
    inner = bamgate_words_explain_sync (target, inner, cancellable);
  g_propagate_error (error, inner);
  return NULL;
}

gboolean
bamgate_call_take_nothing (GVariant *answer)
{
  if (!answer)
    return FALSE;
  g_variant_unref (answer);
  return TRUE;
}

gboolean
bamgate_call_take_uint64 (GVariant *answer, guint64 *number)
{
  if (!answer)
    return FALSE;
  if (number)
    g_variant_get (answer, "(t)", number);
  g_variant_unref (answer);
  return TRUE;
}

GVariant *
bamgate_call_take_only (GVariant *answer)
{
  GVariant *only = answer ? g_variant_get_child_value (answer, 0) : NULL;

  g_clear_pointer (&answer, g_variant_unref);
  return bamgate_words_of_answer (only);
}

GVariant *
bamgate_call_dict (GVariant *dict)
{
  return dict ? dict : g_variant_new ("a{sv}", NULL);
}
