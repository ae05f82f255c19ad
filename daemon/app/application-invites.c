/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The invites that are open: what is listed, and how one is taken back, in the log first, and then at the hub. */
#include "app/application-devices.h"
#include "app/application-private.h"
#include "app/invite-table.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"

typedef struct
{
  char *id;                /* of the one that is cancelled; NULL: they are listed */
  GAsyncResult *opened;    /* has the hub */
  const BgServiceHub *hub; /* NULL: it does not answer */
  char *hub_id;
  gboolean was_used;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_clear_object (&request->opened);
  g_free (request->id);
  g_free (request->hub_id);
  g_free (request);
}

static guint64
now_s (void)
{
  return (guint64) (g_get_real_time () / G_USEC_PER_SEC);
}

/* NULL: the network is not signed. */
static BgMembershipLog *
log_of (BgApplication *self)
{
  return bg_network_log_is_signed (self->network_log) ? bg_network_log_get (self->network_log)
                                                      : NULL;
}

/* --- Cancelling --- */

static void
return_end (GTask *task, BgInviteEnd end)
{
  g_task_return_pointer (
    task, g_variant_ref_sink (g_variant_new_parsed ("{'state': <%s>}", bg_invite_end_name (end))),
    (GDestroyNotify) g_variant_unref);
}

static void
on_code_cancelled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  BgInviteEnd end;
  GError *error = NULL;

  if (!bg_service_invite_cancel_finish (result, &end, &error))
    g_task_return_error (task, error);
  else
    return_end (task, request->was_used ? BG_INVITE_WAS_USED : end);
}

static void
cancel_code (GTask *task, const char *hub_id)
{
  Request *request = g_task_get_task_data (task);

  bg_service_invite_cancel_async (request->hub, hub_id, NULL, on_code_cancelled,
                                  g_object_ref (task));
}

static void
on_signed_one_cancelled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  g_auto (GStrv)
    used = bg_application_cancel_signed_invite_finish (BG_APPLICATION (source), result, &error);

  if (!used)
    {
      g_task_return_error (task, error);
      return;
    }
  request->was_used = *used != NULL;
  if (request->hub_id)
    cancel_code (task, request->hub_id);
  else
    return_end (task, request->was_used ? BG_INVITE_WAS_USED : BG_INVITE_CANCELLED);
}

/* It is over in the log already, or the hub knows what became of it. */
static void
cancel_past (GTask *task, const char *id)
{
  Request *request = g_task_get_task_data (task);
  BgMembershipLog *log = log_of (g_task_get_source_object (task));
  BgInviteFate fate = log ? bg_invite_fate (log, id) : BG_INVITE_NEVER_WAS;

  if (fate == BG_INVITE_FATE_USED)
    return_end (task, BG_INVITE_WAS_USED);
  else if (fate == BG_INVITE_FATE_CANCELLED)
    return_end (task, BG_INVITE_CANCELLED);
  else if (fate == BG_INVITE_FATE_OPEN)
    return_end (task, BG_INVITE_HAD_EXPIRED);
  else if (request->hub)
    cancel_code (task, id);
  else
    bg_task_return_error (task, BG_ERROR_NOT_FOUND, NO_SUCH_INVITE);
}

static void
cancel (GTask *task, const GPtrArray *table)
{
  Request *request = g_task_get_task_data (task);
  const BgInviteRow *row = bg_invite_table_find (table, request->id);

  if (!row)
    {
      cancel_past (task, request->id);
      return;
    }
  request->hub_id = g_strdup (row->hub_id);
  if (row->signing_key)
    bg_application_cancel_signed_invite_async (g_task_get_source_object (task), row->signing_key,
                                               on_signed_one_cancelled, g_object_ref (task));
  else
    cancel_code (task, row->hub_id);
}

/* --- The table --- */

static void
take_codes (GTask *task, const GPtrArray *codes)
{
  Request *request = g_task_get_task_data (task);
  BgMembershipLog *log = log_of (g_task_get_source_object (task));
  g_autoptr (GArray) signed_ones = log ? bg_invite_list_new (log, now_s ()) : NULL;
  g_autoptr (GPtrArray) table = bg_invite_table_new (codes, signed_ones);

  if (request->id)
    cancel (task, table);
  else
    g_task_return_pointer (task, g_variant_ref_sink (bg_invite_table_describe (table)),
                           (GDestroyNotify) g_variant_unref);
}

/* The log alone is enough for what is in it. Takes the error. */
static void
take_failure (GTask *task, GError *error)
{
  Request *request = g_task_get_task_data (task);

  if (!log_of (g_task_get_source_object (task)))
    {
      g_task_return_error (task, error);
      return;
    }
  bg_log (BG_TOPIC_CONFIG, INFO, NULL, "the hub does not say which invites are open: %s",
          error->message);
  g_error_free (error);
  request->hub = NULL;
  take_codes (task, NULL);
}

static void
on_invites (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) codes = bg_service_invites_finish (result, &error);

  if (codes)
    take_codes (task, codes);
  else
    take_failure (task, error);
}

static void
on_hub_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  request->hub = bg_application_open_hub_finish (BG_APPLICATION (source), result, &error);
  if (!request->hub)
    {
      take_failure (task, error);
      return;
    }
  request->opened = g_object_ref (result);
  bg_service_invites_async (request->hub, NULL, on_invites, g_object_ref (task));
}

static void
start (BgApplication *self, const char *id, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  Request *request = g_new0 (Request, 1);

  request->id = g_strdup (id);
  g_task_set_source_tag (task, start);
  g_task_set_task_data (task, request, request_free);
  bg_application_open_hub_async (self, NULL, on_hub_open, task);
}

void
bg_application_list_invites_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  start (self, NULL, callback, data);
}

void
bg_application_cancel_invite_async (BgApplication *self, const char *id,
                                    GAsyncReadyCallback callback, gpointer data)
{
  start (self, id, callback, data);
}

GVariant *
bg_application_invites_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
