/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-statistics.h"

struct _BgDBusStatistics
{
  BgApplication *app;
  GCancellable *cancellable; /* ends the questions to the bus */
  GHashTable *wishes;        /* unique name → Wish */
};

typedef struct
{
  guint watch;       /* id of the watch on the client's name */
  guint interval_ms; /* 0: withdrawn while the bus is asked */
  gboolean is_new;   /* the bus is asked whose it is */
  guint32 uid;
} Wish;

/* A question to the bus: whose is this client? */
typedef struct
{
  BgDBusStatistics *self; /* gone where the question was cancelled */
  GTask *task;
  char *client;
} Question;

static void
question_free (Question *question)
{
  g_object_unref (question->task);
  g_free (question->client);
  g_free (question);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  g_bus_unwatch_name (wish->watch);
  g_free (wish);
}

BgDBusStatistics *
bg_dbus_statistics_new (BgApplication *app)
{
  BgDBusStatistics *self = g_new0 (BgDBusStatistics, 1);

  self->app = g_object_ref (app);
  self->cancellable = g_cancellable_new ();
  self->wishes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wish_free);
  return self;
}

static void
end_wish (BgDBusStatistics *self, const char *client)
{
  g_autofree char *kept = g_strdup (client); /* the table's own key may be what we were given */

  if (g_hash_table_remove (self->wishes, kept))
    bg_application_set_statistics_interval (self->app, kept, 0);
}

void
bg_dbus_statistics_free (BgDBusStatistics *self)
{
  g_autofree char **clients = (char **) g_hash_table_get_keys_as_array (self->wishes, NULL);

  g_cancellable_cancel (self->cancellable);
  for (guint i = 0; clients[i]; i++)
    end_wish (self, clients[i]);
  g_hash_table_unref (self->wishes);
  g_object_unref (self->cancellable);
  g_object_unref (self->app);
  g_free (self);
}

static void
on_client_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  end_wish (data, name);
}

static guint
count_of_user (BgDBusStatistics *self, guint32 uid)
{
  GHashTableIter iter;
  gpointer wish;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->wishes);
  while (g_hash_table_iter_next (&iter, NULL, &wish))
    n += !((Wish *) wish)->is_new && ((Wish *) wish)->uid == uid;
  return n;
}

static void
refuse (GTask *task, const char *why)
{
  g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED, "%s", why);
}

/* The client may have left, or thought better of it, meanwhile. */
static void
settle (Question *question, guint32 uid)
{
  BgDBusStatistics *self = question->self;
  Wish *wish = g_hash_table_lookup (self->wishes, question->client);
  gboolean is_too_many = wish && count_of_user (self, uid) >= BG_STATISTICS_MAX_PER_USER;

  if (!wish || wish->interval_ms == 0 || is_too_many)
    {
      end_wish (self, question->client);
      if (is_too_many)
        refuse (question->task, "too many programs of this user watch the counters");
      else
        g_task_return_boolean (question->task, TRUE);
      return;
    }
  wish->is_new = FALSE;
  wish->uid = uid;
  bg_application_set_statistics_interval (self->app, question->client, wish->interval_ms);
  g_task_return_boolean (question->task, TRUE);
}

static void
on_user_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Question) question = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 uid;

  if (answer)
    {
      g_variant_get (answer, "(u)", &uid);
      settle (question, uid);
      return;
    }
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    end_wish (question->self, question->client);
  g_task_return_error (question->task, g_steal_pointer (&error));
}

static void
ask_for_user (BgDBusStatistics *self, GDBusConnection *connection, const char *client, GTask *task)
{
  Question *question = g_new (Question, 1);

  *question = (Question){ self, g_object_ref (task), g_strdup (client) };
  g_dbus_connection_call (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionUnixUser",
                          g_variant_new ("(s)", client), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, on_user_got, question);
}

static void
add_wish (BgDBusStatistics *self, GDBusConnection *connection, const char *client,
          guint interval_ms)
{
  Wish *wish = g_new0 (Wish, 1);

  wish->interval_ms = interval_ms;
  wish->is_new = TRUE;
  wish->watch = g_bus_watch_name_on_connection (connection, client, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                NULL, on_client_vanished, self, NULL);
  g_hash_table_insert (self->wishes, g_strdup (client), wish);
}

/* Of a client that is known; its first call is answered when the bus has said whose it is. */
static void
change_wish (BgDBusStatistics *self, const char *client, Wish *wish, guint interval_ms)
{
  wish->interval_ms = interval_ms;
  if (wish->is_new)
    return;
  if (interval_ms == 0)
    end_wish (self, client);
  else
    bg_application_set_statistics_interval (self->app, client, interval_ms);
}

void
bg_dbus_statistics_set_async (BgDBusStatistics *self, GDBusConnection *connection,
                              const char *client, guint interval_ms, GAsyncReadyCallback callback,
                              gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  Wish *wish = g_hash_table_lookup (self->wishes, client);

  g_task_set_source_tag (task, bg_dbus_statistics_set_async);
  if (interval_ms > 0 && interval_ms < BG_STATISTICS_MIN_MS)
    bg_task_return_error (task, BG_ERROR_INVALID_ARGUMENT, STATISTICS_TOO_OFTEN, interval_ms,
                          BG_STATISTICS_MIN_MS);
  else if (!wish && interval_ms > 0
           && g_hash_table_size (self->wishes) >= BG_STATISTICS_MAX_CLIENTS)
    refuse (task, "too many programs watch the counters");
  else if (!wish && interval_ms > 0)
    {
      add_wish (self, connection, client, interval_ms);
      ask_for_user (self, connection, client, task);
    }
  else
    {
      if (wish)
        change_wish (self, client, wish, interval_ms);
      g_task_return_boolean (task, TRUE);
    }
}

gboolean
bg_dbus_statistics_set_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
