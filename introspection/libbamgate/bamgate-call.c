/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-call.h"

#include "bamgate-error.h"

/* Long enough for a person who is asked for a password. */
#define CALL_TIMEOUT_MS (5 * 60 * 1000)

/* GDBusError has no code for this name, and the name is not ours to register for the whole process. */
#define INTERACTION_REQUIRED "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"

/* Takes `inner`. */
static GError *
translate (GError *inner)
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

static GVariant *
take_answer (GVariant *answer, GError *inner, GError **error)
{
  if (!answer)
    g_propagate_error (error, translate (inner));
  return answer;
}

static void
on_call_answered (GObject *proxy, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *inner = NULL, *error = NULL;
  GVariant *answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (proxy), result, &inner);

  if (take_answer (answer, inner, &error))
    g_task_return_pointer (task, answer, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

void
bamgate_call (gpointer source, gpointer proxy, const char *method, GVariant *parameters,
              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (source, cancellable, callback, data);

  g_task_set_source_tag (task, bamgate_call);
  (void) BAMGATE_ERROR; /* registers the names */
  g_dbus_proxy_call (proxy, method, parameters, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                     CALL_TIMEOUT_MS, cancellable, on_call_answered, task);
}

GVariant *
bamgate_call_finish (gpointer source, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, bamgate_call), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
bamgate_call_finish_void (gpointer source, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) answer = bamgate_call_finish (source, result, error);

  return answer != NULL;
}

GVariant *
bamgate_call_sync (gpointer proxy, const char *method, GVariant *parameters,
                   GCancellable *cancellable, GError **error)
{
  GError *inner = NULL;
  GVariant *answer;

  (void) BAMGATE_ERROR;
  answer = g_dbus_proxy_call_sync (proxy, method, parameters,
                                   G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                                   CALL_TIMEOUT_MS, cancellable, &inner);
  return take_answer (answer, inner, error);
}

gboolean
bamgate_call_sync_void (gpointer proxy, const char *method, GVariant *parameters,
                        GCancellable *cancellable, GError **error)
{
  g_autoptr (GVariant) answer = bamgate_call_sync (proxy, method, parameters, cancellable, error);

  return answer != NULL;
}

GVariant *
bamgate_call_take_only (GVariant *answer)
{
  GVariant *only = answer ? g_variant_get_child_value (answer, 0) : NULL;

  g_clear_pointer (&answer, g_variant_unref);
  return only;
}

GVariant *
bamgate_call_options (GVariant *options)
{
  if (!options)
    options = g_variant_new ("a{sv}", NULL);
  return g_variant_new ("(@a{sv})", options);
}
