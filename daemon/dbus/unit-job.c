/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/unit-job.h"

#include "common/error.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define OWN_UNIT "/org/freedesktop/systemd1/unit/self" /* of whoever asks */
#define ANSWER_MS 500

static void
get_property (GTask *task, const char *path, const char *interface, const char *name,
              GAsyncReadyCallback callback)
{
  g_dbus_connection_call (g_task_get_source_object (task), SYSTEMD, path,
                          "org.freedesktop.DBus.Properties", "Get",
                          g_variant_new ("(ss)", interface, name), G_VARIANT_TYPE ("(v)"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, ANSWER_MS, NULL, callback, task);
}

/* The value, if it is of that type; NULL: the task has failed. */
static GVariant *
take_property (GTask *task, GAsyncResult *result, const char *type)
{
  GError *error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (g_task_get_source_object (task), result, &error);
  g_autoptr (GVariant) value = NULL;

  if (reply)
    g_variant_get (reply, "(v)", &value);
  if (value && g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    return g_steal_pointer (&value);
  if (!error)
    error = bg_error (BG_ERROR_FAILED, SYSTEMD_ANSWER);
  g_task_return_error (task, error);
  g_object_unref (task);
  return NULL;
}

static void
on_type (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  g_autoptr (GVariant) type = take_property (task, result, "s");

  if (!type)
    return;
  g_task_return_pointer (task, g_variant_dup_string (type, NULL), g_free);
  g_object_unref (task);
}

static void
on_job (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  g_autoptr (GVariant) job = take_property (task, result, "(uo)");
  const char *path;
  guint32 id;

  if (!job)
    return;
  g_variant_get (job, "(u&o)", &id, &path);
  if (id != 0)
    {
      get_property (task, path, SYSTEMD ".Job", "JobType", on_type);
      return;
    }
  bg_task_return_error (task, BG_ERROR_NOT_FOUND, NO_JOB);
  g_object_unref (task);
}

void
bg_unit_job_ask_async (GDBusConnection *connection, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (connection, NULL, callback, data);

  g_task_set_source_tag (task, bg_unit_job_ask_async);
  get_property (task, OWN_UNIT, SYSTEMD ".Unit", "Job", on_job);
}

char *
bg_unit_job_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
