/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A person has compared two logs, and says which is right. */
#include "membership/network-sync-private.h"

#include "common/error.h"
#include "common/log.h"

/* Ours is right, as far as `entry`. */
static void
believe_ours (BgNetworkSync *self, guint32 entry)
{
  bg_log_watch_dismiss (self->watch, bg_network_sync_get_alarm (self).kind, entry);
  bg_network_sync_look_at_alarm (self);
  if (self->online)
    bg_network_sync_fetch (self);
}

/* Devices that ours puts out, and the other has. */
static void
say_who_is_back (const BgMembership *before, const BgMembership *after)
{
  for (guint i = 0; i < bg_membership_n_members (after); i++)
    {
      const BgMember *now = bg_membership_member (after, i),
                     *then = bg_membership_find_key (before, now->record.key);

      if (!now->is_revoked && then && then->is_revoked)
        bg_log (BG_TOPIC_APP, WARNING, now->record.name,
                "the network's log that was replaced had put it out, this one has not");
    }
}

static void
say_replaced (BgNetworkSync *self, guint32 common, guint32 ours)
{
  bg_log (BG_TOPIC_APP, WARNING, NULL,
          "the network's log was replaced, as somebody wanted: %u entries are the same, %u of this "
          "machine's were put aside, %u are new",
          common, ours - common, bg_membership_log_get_count (self->log) - common);
}

static gboolean
replace_log (BgNetworkSync *self, BgMembershipLog *other, GError **error)
{
  g_autofree BgMembership *before = bg_membership_copy (bg_membership_log_get_state (self->log));
  guint32 common = bg_membership_log_common (self->log, other),
          ours = bg_membership_log_get_count (self->log);

  bg_log_watch_begin_replacement (self->watch);
  if (!bg_membership_log_replace (self->log, bg_membership_log_get_entries (other), error))
    return FALSE;
  bg_log_watch_end_replacement (self->watch, g_get_monotonic_time ());
  g_clear_pointer (&self->held, g_ptr_array_unref);
  say_replaced (self, common, ours);
  say_who_is_back (before, bg_membership_log_get_state (self->log));
  self->events->grown (self->owner);
  return TRUE;
}

/* `text` is no entry of ours: it has to be one of the hub's. */
static gboolean
believe_hub (BgNetworkSync *self, BgMembershipLog *hubs, const char *text, GError **error)
{
  guint32 entry;

  if (bg_membership_log_find_text (hubs, text, &entry))
    return replace_log (self, hubs, error);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HEAD_IS_NEITHERS);
  return FALSE;
}

static void
on_whole_log (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgNetworkSync *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (BgMembershipLog) hubs = bg_hub_log_read_finish (result, &error);
  g_autofree char *text = g_steal_pointer (&self->trusted);

  if (bg_network_sync_is_over (self))
    g_clear_error (&error);
  g_clear_pointer (&self->whole, bg_hub_log_free);
  if (bg_network_sync_is_over (self))
    bg_network_sync_call_off (task, NULL);
  else if (hubs && believe_hub (self, hubs, text, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  if (!bg_network_sync_is_over (self))
    bg_network_sync_look_at_alarm (self);
}

/* All of it, and checked, before anything of ours is touched. */
static void
look_at_hub (BgNetworkSync *self, const char *text, GTask *task)
{
  if (self->whole)
    {
      bg_task_return_error (task, BG_ERROR_WRONG_STATE, TRUST_UNDER_WAY);
      return;
    }
  self->trusted = g_strdup (text);
  g_task_set_task_data (task, bg_network_sync_hold (self), (GDestroyNotify) bg_network_sync_let_go);
  self->whole = bg_hub_log_new (self->ops, self->hub);
  bg_hub_log_read_async (self->whole, on_whole_log, g_object_ref (task));
}

/* An entry from which on ours is right proves all before it, and one that both have proves nothing. */
static gboolean
believe (BgNetworkSync *self, const BgAlarm *alarm, const char *text, GError **error)
{
  guint32 entry;

  if (!*text && alarm->kind == BG_ALARM_FORKED)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, ENTRY_NEEDED);
  else if (*text && bg_membership_log_find_text (self->log, text, &entry)
           && alarm->kind == BG_ALARM_FORKED && entry < alarm->entry)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, ENTRY_TOO_EARLY, alarm->entry);
  else
    {
      believe_ours (self, *text ? entry : 0);
      return TRUE;
    }
  return FALSE;
}

void
bg_network_sync_trust_async (BgNetworkSync *self, const char *text, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  BgAlarm alarm = bg_network_sync_get_alarm (self);
  guint32 entry;
  GError *error = NULL;

  g_task_set_source_tag (task, bg_network_sync_trust_async);
  if (alarm.kind == BG_ALARM_NONE && !bg_log_watch_has_dismissed (self->watch))
    bg_task_return_error (task, BG_ERROR_WRONG_STATE, NO_FORK);
  else if (*text && !bg_membership_log_find_text (self->log, text, &entry))
    look_at_hub (self, text, task);
  else if (believe (self, &alarm, text, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

gboolean
bg_network_sync_trust_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
