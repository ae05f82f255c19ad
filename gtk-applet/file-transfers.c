/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-transfers.h"

#include "sentence.h"

#include "common/printable.h"
#include "transfers/part-file.h"
#include "transfers/transfer-job.h"
#include "transfers/transfer-watch.h"

#include <glib/gi18n.h>

/* Steps of a percentage that is shown. */
#define STEP 10

struct AppletFileTransfers
{
  GApplication *application;
  BamgateClient *client;
  TransferWatch *watch; /* NULL: no client */
  GVariant *list;       /* as it was told last; NULL */
  GHashTable *offers;   /* ids that are told of */
  GPtrArray *jobs;      /* Job */
};

typedef struct
{
  TransferJob *transfer;
  char *key; /* of its notification */
  char *shown;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  transfer_job_free (job->transfer);
  g_free (job->key);
  g_free (job->shown);
  g_free (job);
}

/* --- Showing --- */

/* Some desktops read markup in a body, and others show it. */
static char *
plain (const char *text)
{
  return bg_printable_without (text, "<>&");
}

static char *
key_of (const char *id)
{
  return g_strconcat ("file:", id, NULL);
}

static GNotification *
notification_new (const char *title, const char *body)
{
  g_autofree char *shown = plain (title), *text = plain (body);
  GNotification *made = g_notification_new (shown);
  g_autoptr (GIcon) icon = g_themed_icon_new ("document-save-symbolic");

  g_notification_set_body (made, text);
  g_notification_set_icon (made, icon);
  g_notification_set_default_action (made, "app.show-window");
  return made;
}

static void
show_offer (AppletFileTransfers *self, const TransferItem *item)
{
  g_autofree char *size = g_format_size (item->size), *key = key_of (item->id);
  g_autofree char *title = g_strdup_printf (_ ("“%s” wants to send a file"), item->peer);
  /* Translators: a file and its size. */
  g_autofree char *body = g_strdup_printf (_ ("%s (%s)"), item->name, size);
  g_autoptr (GNotification) shown = notification_new (title, body);

  g_notification_set_priority (shown, G_NOTIFICATION_PRIORITY_HIGH);
  g_notification_add_button_with_target (shown, _ ("Accept"), "app.accept-file", "s", item->id);
  g_notification_add_button_with_target (shown, _ ("Decline"), "app.decline-file", "s", item->id);
  g_application_send_notification (self->application, key, shown);
}

static void
show_trouble (AppletFileTransfers *self, const char *key, const char *title, const char *reason)
{
  g_autofree char *sentence = applet_sentence (reason);
  g_autoptr (GNotification) shown = notification_new (title, sentence);

  g_application_send_notification (self->application, key, shown);
}

static char *
title_of_open (const TransferJobInfo *info)
{
  if (info->incoming)
    return g_strdup_printf (_ ("“%s” sends a file"), info->peer);
  return g_str_equal (info->state, "running")
           ? g_strdup_printf (_ ("A file is sent to “%s”"), info->peer)
           : g_strdup_printf (_ ("“%s” is asked to take a file"), info->peer);
}

static char *
body_of_open (const TransferJobInfo *info)
{
  guint percent = info->size > 0 ? (guint) (100 * (double) info->done / (double) info->size) : 0;

  if (*info->reason)
    return g_strdup_printf ("%s\n%s", info->name, info->reason);
  if (!g_str_equal (info->state, "running") || percent < STEP)
    return g_strdup (info->name);
  /* Translators: a file, and how much of it has gone. */
  return g_strdup_printf (_ ("%s: %u %%"), info->name, percent / STEP * STEP);
}

static void
show_open (AppletFileTransfers *self, Job *job, const TransferJobInfo *info)
{
  g_autofree char *title = title_of_open (info), *body = body_of_open (info);
  g_autofree char *both = g_strjoin ("\n", title, body, NULL);
  g_autoptr (GNotification) shown = NULL;

  if (g_strcmp0 (both, job->shown) == 0 || !*info->id)
    return;
  g_free (job->shown);
  job->shown = g_steal_pointer (&both);
  shown = notification_new (title, body);
  g_notification_set_priority (shown, G_NOTIFICATION_PRIORITY_LOW);
  g_notification_add_button_with_target (shown, _ ("Cancel"), "app.cancel-file", "s", info->id);
  g_application_send_notification (self->application, job->key, shown);
}

static void
show_here (AppletFileTransfers *self, const char *key, const TransferJobInfo *info)
{
  g_autofree char *title = g_strdup_printf (_ ("A file of “%s” is here"), info->peer);
  g_autofree char *base = g_path_get_basename (info->path);
  g_autofree char *name = g_filename_display_name (base);
  g_autoptr (GNotification) shown = notification_new (title, name);
  GVariant *path = g_variant_new_bytestring (info->path);

  g_notification_add_button_with_target_value (shown, _ ("Show in Folder"), "app.show-file", path);
  g_application_send_notification (self->application, key, shown);
}

static void
show_over (AppletFileTransfers *self, Job *job, const TransferJobInfo *info)
{
  g_autofree char *title = NULL;

  if (info->path)
    show_here (self, job->key, info);
  else if (g_str_equal (info->state, "done"))
    {
      g_autoptr (GNotification) shown = NULL;

      title = g_strdup_printf (_ ("“%s” has the file"), info->peer);
      shown = notification_new (title, info->name);
      g_application_send_notification (self->application, job->key, shown);
    }
  else if (g_str_equal (info->state, "cancelled") && !*info->reason)
    g_application_withdraw_notification (self->application, job->key);
  else
    {
      title = g_strdup_printf (info->incoming ? _ ("%s did not come") : _ ("%s was not sent"),
                               info->name);
      show_trouble (self, job->key, title, info->reason);
    }
}

/* --- What there is --- */

static Job *
find_job (AppletFileTransfers *self, const char *id)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      Job *job = self->jobs->pdata[i];

      if (g_str_equal (transfer_job_get_info (job->transfer)->id, id))
        return job;
    }
  return NULL;
}

static void
see_jobs (AppletFileTransfers *self)
{
  for (guint i = self->jobs->len; i-- > 0;)
    {
      Job *job = self->jobs->pdata[i];
      const TransferJobInfo *info;

      transfer_job_see (job->transfer, self->list);
      info = transfer_job_get_info (job->transfer);
      if (transfer_job_is_over (job->transfer))
        {
          show_over (self, job, info);
          g_ptr_array_remove_index (self->jobs, i);
        }
      else
        show_open (self, job, info);
    }
}

static void
see_offers (AppletFileTransfers *self)
{
  for (gsize i = 0; self->list && i < g_variant_n_children (self->list); i++)
    {
      g_auto (TransferItem) item = { 0 };

      transfer_item_read (self->list, i, &item);
      if (transfer_item_is_offer (&item) && !find_job (self, item.id)
          && g_hash_table_add (self->offers, g_strdup (item.id)))
        show_offer (self, &item);
    }
}

static gboolean
is_over (gpointer id, gpointer value, gpointer data)
{
  AppletFileTransfers *self = data;
  g_auto (TransferItem) item = { 0 };
  g_autofree char *key = key_of (id);

  if (transfer_item_find (self->list, id, &item) && transfer_item_is_offer (&item))
    return FALSE;
  if (!find_job (self, id)) /* which has that notification now */
    g_application_withdraw_notification (self->application, key);
  return TRUE;
}

static void
update (AppletFileTransfers *self)
{
  g_hash_table_foreach_remove (self->offers, is_over, self);
  see_offers (self);
  see_jobs (self);
  if (self->watch)
    transfer_watch_be_lively (self->watch, self->jobs->len > 0);
}

static void
on_list (gpointer owner, GVariant *list)
{
  AppletFileTransfers *self = owner;

  g_clear_pointer (&self->list, g_variant_unref);
  self->list = list ? g_variant_ref (list) : NULL;
  update (self);
}

/* --- Deeds --- */

static void
add_job (AppletFileTransfers *self, TransferJob *take, const char *key)
{
  Job *job = g_new0 (Job, 1);

  job->transfer = take;
  job->key = g_strdup (key);
  g_ptr_array_add (self->jobs, job);
  if (self->watch)
    transfer_watch_be_lively (self->watch, TRUE);
}

static void
on_accept_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletFileTransfers *self = data;
  const char *id = g_variant_get_string (parameter, NULL);
  g_autofree char *key = key_of (id);
  g_autoptr (GError) error = NULL;
  g_auto (TransferItem) item = { 0 };
  TransferJob *taken;

  if (!self->client || find_job (self, id) || !transfer_item_find (self->list, id, &item))
    return;
  taken = transfer_job_take (self->client, &item, part_file_get_default_folder (), NULL, NULL,
                             &error);
  if (taken)
    add_job (self, taken, key);
  else
    show_trouble (self, key, _ ("The file cannot be received"), error->message);
}

static void
on_decline_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletFileTransfers *self = data;

  if (self->client)
    bamgate_client_decline_file (self->client, g_variant_get_string (parameter, NULL), NULL, NULL,
                                 NULL);
}

static void
on_cancel_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  Job *job = find_job (data, g_variant_get_string (parameter, NULL));

  if (job)
    transfer_job_cancel (job->transfer);
}

static void
on_shown (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree char *folder = data;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (!answer) /* no file manager that knows this */
    g_app_info_launch_default_for_uri_async (folder, NULL, NULL, NULL, NULL);
}

static void
on_show_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletFileTransfers *self = data;
  GDBusConnection *session = g_application_get_dbus_connection (self->application);
  g_autoptr (GFile) file = g_file_new_for_path (g_variant_get_bytestring (parameter));
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autofree char *uri = g_file_get_uri (file);
  const char *const uris[] = { uri, NULL };

  if (session && folder)
    g_dbus_connection_call (session, "org.freedesktop.FileManager1",
                            "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1",
                            "ShowItems", g_variant_new ("(^ass)", uris, ""), NULL,
                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_shown, g_file_get_uri (folder));
}

void
applet_file_transfers_send (AppletFileTransfers *self, const char *peer, const char *path)
{
  static guint count;
  g_autofree char *number = g_strdup_printf ("sent-%u", ++count), *key = key_of (number);
  g_autoptr (GError) error = NULL;
  TransferJob *given = self->client
                         ? transfer_job_give (self->client, peer, path, NULL, NULL, &error)
                         : NULL;

  if (given)
    add_job (self, given, key);
  else
    show_trouble (self, key, _ ("The file cannot be sent"), error ? error->message : "");
}

/* --- Life --- */

void
applet_file_transfers_set_client (AppletFileTransfers *self, BamgateClient *client)
{
  if (client == self->client)
    return;
  g_clear_pointer (&self->watch, transfer_watch_free);
  g_ptr_array_set_size (self->jobs, 0);
  g_clear_object (&self->client);
  on_list (self, NULL);
  if (!client)
    return;
  self->client = g_object_ref (client);
  self->watch = transfer_watch_new (client, TRUE, on_list, self);
}

AppletFileTransfers *
applet_file_transfers_new (GApplication *application)
{
  const GActionEntry actions[] = {
    { "accept-file", on_accept_activate, "s" },
    { "decline-file", on_decline_activate, "s" },
    { "cancel-file", on_cancel_activate, "s" },
    { "show-file", on_show_activate, "ay" },
  };
  AppletFileTransfers *self = g_new0 (AppletFileTransfers, 1);

  self->application = application;
  self->offers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->jobs = g_ptr_array_new_with_free_func (job_free);
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   self);
  return self;
}

void
applet_file_transfers_free (AppletFileTransfers *self)
{
  static const char *const actions[] = { "accept-file", "decline-file", "cancel-file",
                                         "show-file" };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    g_action_map_remove_action (G_ACTION_MAP (self->application), actions[i]);
  g_clear_pointer (&self->watch, transfer_watch_free);
  g_clear_pointer (&self->list, g_variant_unref);
  g_clear_object (&self->client);
  g_hash_table_unref (self->offers);
  g_ptr_array_unref (self->jobs);
  g_free (self);
}
