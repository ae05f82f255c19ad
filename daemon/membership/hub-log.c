/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/hub-log.h"

struct _BgHubLog
{
  BgMembershipLog *log; /* NULL: it was handed over */
  BgLogWatch *watch;
  BgNetworkSync *sync;
};

static void
on_nothing (gpointer owner)
{
}

static const BgNetworkSyncEvents events = { on_nothing, on_nothing };

BgHubLog *
bg_hub_log_new (const BgNetworkHubOps *ops, gpointer hub)
{
  BgHubLog *self = g_new0 (BgHubLog, 1);

  self->log = bg_membership_log_load (NULL, NULL);
  self->watch = bg_log_watch_new (self->log);
  self->sync = bg_network_sync_new (self->log, self->watch, ops, hub, &events, self);
  return self;
}

void
bg_hub_log_free (BgHubLog *self)
{
  if (!self)
    return;
  bg_network_sync_free (self->sync);
  bg_log_watch_free (self->watch);
  g_clear_pointer (&self->log, bg_membership_log_free);
  g_free (self);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (bg_network_sync_fetch_finish (NULL, result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
bg_hub_log_read_async (BgHubLog *self, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);

  g_task_set_source_tag (task, bg_hub_log_read_async);
  g_task_set_task_data (task, self, NULL);
  bg_network_sync_fetch_async (self->sync, NULL, on_fetched, task);
}

BgMembershipLog *
bg_hub_log_read_finish (GAsyncResult *result, GError **error)
{
  BgHubLog *self = g_task_get_task_data (G_TASK (result));

  return g_task_propagate_boolean (G_TASK (result), error) ? g_steal_pointer (&self->log) : NULL;
}
