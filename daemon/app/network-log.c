/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/network-log.h"

#include "common/error.h"
#include "common/log.h"
#include "membership/trust-text.h"
#include "signaling/service-devices.h"
#include "signaling/service-log.h"

#include <glib/gstdio.h>
#include <string.h>

#define FILE_NAME "network-log"
#define ALARM_NAME "network-alarm"

struct _BgNetworkLog
{
  char *path, *alarm_path;
  BgHealth *health;
  const BgNetworkLogDoor *door;
  const BgNetworkLogEvents *events;
  gpointer owner;

  BgMembershipLog *log; /* NULL: it is damaged */
  BgLogWatch *watch;    /* these two are there while it is */
  BgNetworkSync *sync;
  char *saved; /* what is in the file of the alarm; NULL: there is none */
  BgRevokedKeys *revoked;

  gboolean online;
  guint32 entries, pending; /* as the hub says */
};

/* --- The hub --- */

/* One question, and what becomes of it. */
typedef struct
{
  BgNetworkLog *log;
  guint32 from, count;
  GPtrArray *entries;  /* to be posted; NULL: it fetches */
  gboolean is_of_keys; /* the log is not what it is about, but those that were revoked */
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_clear_pointer (&question->entries, g_ptr_array_unref);
  g_free (question);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;
  GPtrArray *entries = bg_service_log_fetch_finish (result, &question->count, &error);

  if (entries)
    g_task_return_pointer (task, entries, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
on_posted (GObject *source, GAsyncResult *result, gpointer data)
{
  static const BgPostOutcome outcomes[] = {
    [BG_LOG_POST_FAILED] = BG_POST_FAILED,
    [BG_LOG_POST_TAKEN] = BG_POST_TAKEN,
    [BG_LOG_POST_ELSEWHERE] = BG_POST_ELSEWHERE,
  };
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  BgPostOutcome outcome = outcomes[bg_service_log_post_finish (result, &error)];

  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, outcome);
}

static void
on_revoked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  GHashTable *keys = bg_service_revoked_finish (result, &error);

  if (keys)
    g_task_return_pointer (task, keys, (GDestroyNotify) g_hash_table_unref);
  else
    g_task_return_error (task, error);
}

static void
put_question (GTask *task, const BgServiceHub *hub)
{
  Question *question = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (question->is_of_keys)
    bg_service_revoked_async (hub, cancellable, on_revoked, g_object_ref (task));
  else if (question->entries)
    bg_service_log_post_async (hub, question->entries, cancellable, on_posted, g_object_ref (task));
  else
    bg_service_log_fetch_async (hub, question->from, cancellable, on_fetched, g_object_ref (task));
}

static void
on_door_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;
  const BgServiceHub *hub;

  if (g_task_return_error_if_cancelled (task))
    return; /* and there may be no log any more */
  hub = question->log->door->open_finish (question->log->owner, result, &error);
  if (hub)
    put_question (task, hub);
  else
    g_task_return_error (task, error);
}

/* Takes `question`, which is copied. */
static void
ask (const Question *question, GCancellable *cancellable, GAsyncReadyCallback callback,
     gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  BgNetworkLog *self = question->log;

  g_task_set_source_tag (task, ask);
  g_task_set_task_data (task, g_memdup2 (question, sizeof *question), question_free);
  self->door->open_async (self->owner, cancellable, on_door_open, task);
}

static void
hub_fetch_async (gpointer data, guint32 from, GCancellable *cancellable,
                 GAsyncReadyCallback callback, gpointer user_data)
{
  const Question question = { .log = data, .from = from };

  ask (&question, cancellable, callback, user_data);
}

static GPtrArray *
hub_fetch_finish (gpointer data, GAsyncResult *result, guint32 *count, GError **error)
{
  *count = ((Question *) g_task_get_task_data (G_TASK (result)))->count;
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
hub_post_async (gpointer data, const GPtrArray *entries, GCancellable *cancellable,
                GAsyncReadyCallback callback, gpointer user_data)
{
  const Question question = { .log = data, .entries = g_ptr_array_ref ((GPtrArray *) entries) };

  ask (&question, cancellable, callback, user_data);
}

static BgPostOutcome
hub_post_finish (gpointer data, GAsyncResult *result, GError **error)
{
  gssize outcome = g_task_propagate_int (G_TASK (result), error);

  return outcome < 0 ? BG_POST_FAILED : (BgPostOutcome) outcome;
}

static const BgNetworkHubOps hub_ops = { hub_fetch_async, hub_fetch_finish, hub_post_async,
                                         hub_post_finish };

static void
revoked_fetch_async (gpointer data, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  const Question question = { .log = data, .is_of_keys = TRUE };

  ask (&question, cancellable, callback, user_data);
}

static GHashTable *
revoked_fetch_finish (gpointer data, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const BgRevokedHubOps revoked_ops = { revoked_fetch_async, revoked_fetch_finish };

static void
on_revoked_changed (gpointer owner)
{
  BgNetworkLog *self = owner;

  self->events->revoked (self->owner);
}

/* --- Alarms --- */

static BgWords *
words_of_fork (BgNetworkLog *self, const BgAlarm *alarm)
{
  g_autofree char *ours = bg_hash_text (bg_membership_log_get_hash (self->log, alarm->entry)),
                  *theirs = bg_hash_text (alarm->theirs);

  return bg_words (LOG_FORKED, alarm->peer, ours, theirs);
}

static BgWords *
words_of (BgNetworkLog *self, const BgAlarm *alarm)
{
  switch (alarm->kind)
    {
    case BG_ALARM_FORKED:
      return words_of_fork (self, alarm);
    case BG_ALARM_WITHHELD:
      return bg_words (LOG_WITHHELD, alarm->peer, alarm->entry);
    case BG_ALARM_BROKEN:
      return bg_words (HUB_LOG_BROKEN, alarm->why);
    case BG_ALARM_NONE:
      break;
    }
  return NULL;
}

/* A fork is one after a restart too, though whoever said so may be away then. */
static void
save_alarm (BgNetworkLog *self)
{
  g_autofree char *text = bg_log_watch_save (self->watch);
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (text, self->saved) == 0)
    return;
  if (!text)
    g_unlink (self->alarm_path);
  else if (!g_file_set_contents_full (self->alarm_path, text, -1,
                                      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                      0600, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
  g_free (self->saved);
  self->saved = g_steal_pointer (&text);
}

/* TRUE: it is another one than before. */
static gboolean
say_alarm (BgNetworkLog *self)
{
  BgAlarm alarm = bg_network_log_get_alarm (self);
  BgWords *words = words_of (self, &alarm);
  gboolean is_news = !bg_words_equal (words, bg_health_get (self->health, BG_CONCERN_MEMBERS));

  if (words && is_news)
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", words->text);
  bg_health_set (self->health, BG_CONCERN_MEMBERS, words);
  return is_news;
}

static void
on_alarm_changed (gpointer owner)
{
  BgNetworkLog *self = owner;

  save_alarm (self);
  if (say_alarm (self))
    self->events->changed (self->owner);
}

static void
on_grown (gpointer owner)
{
  BgNetworkLog *self = owner;

  self->events->grown (self->owner);
}

static gboolean
on_ask (gpointer owner, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 entry,
        guint16 offset)
{
  BgNetworkLog *self = owner;

  return self->events->ask (self->owner, name, key, entry, offset);
}

static const BgNetworkSyncEvents sync_events = { on_grown, on_alarm_changed, on_ask };

/* --- Life --- */

static void
drop (BgNetworkLog *self)
{
  g_clear_pointer (&self->sync, bg_network_sync_free);
  g_clear_pointer (&self->watch, bg_log_watch_free);
  g_clear_pointer (&self->log, bg_membership_log_free);
  g_clear_pointer (&self->saved, g_free);
}

static void
restore_alarm (BgNetworkLog *self)
{
  if (!g_file_get_contents (self->alarm_path, &self->saved, NULL, NULL))
    return;
  bg_log_watch_restore (self->watch, self->saved);
  say_alarm (self);
}

static gboolean
load (BgNetworkLog *self, GError **error)
{
  drop (self);
  self->log = bg_membership_log_load (self->path, error);
  if (!self->log)
    return FALSE;
  self->watch = bg_log_watch_new (self->log);
  self->sync = bg_network_sync_new (self->log, self->watch, &hub_ops, self, &sync_events, self);
  restore_alarm (self);
  bg_network_sync_set_online (self->sync, self->online);
  return TRUE;
}

void
bg_network_log_reload (BgNetworkLog *self)
{
  g_autoptr (GError) error = NULL;

  if (!load (self, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
  self->events->grown (self->owner);
}

BgNetworkLog *
bg_network_log_new (const char *state_dir, BgHealth *health, const BgNetworkLogDoor *door,
                    const BgNetworkLogEvents *events, gpointer owner)
{
  BgNetworkLog *self = g_new0 (BgNetworkLog, 1);
  g_autoptr (GError) error = NULL;

  self->path = g_build_filename (state_dir, FILE_NAME, NULL);
  self->alarm_path = g_build_filename (state_dir, ALARM_NAME, NULL);
  self->health = health;
  self->door = door;
  self->events = events;
  self->owner = owner;
  self->revoked = bg_revoked_keys_new (&revoked_ops, self, on_revoked_changed, self);
  if (!load (self, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
  return self;
}

void
bg_network_log_free (BgNetworkLog *self)
{
  if (!self)
    return;
  drop (self);
  bg_revoked_keys_free (self->revoked);
  g_free (self->path);
  g_free (self->alarm_path);
  g_free (self);
}

gboolean
bg_network_log_check (BgNetworkLog *self, GError **error)
{
  return self->log || load (self, error);
}

static void
forget_numbers (BgNetworkLog *self)
{
  self->entries = self->pending = 0;
  bg_revoked_keys_clear (self->revoked);
}

gboolean
bg_network_log_forget (BgNetworkLog *self, GError **error)
{
  if (!bg_membership_log_unlink (self->path, error))
    return FALSE;
  g_unlink (self->alarm_path);
  forget_numbers (self);
  bg_health_set (self->health, BG_CONCERN_MEMBERS, NULL);
  bg_network_log_reload (self);
  return TRUE;
}

/* --- Another network's --- */

/* FALSE: `entries` are no log. */
static gboolean
judge_other (BgNetworkLog *self, BgMembershipLog *other, BgLogFit *fit, GError **error)
{
  guint32 common = bg_membership_log_common (self->log, other),
          ours = bg_membership_log_get_count (self->log),
          theirs = bg_membership_log_get_count (other);

  *fit = common == theirs && theirs <= ours ? BG_LOG_FIT_KNOWN : BG_LOG_FIT_MORE;
  if (common == ours || common == theirs)
    return TRUE;
  if (common == 0)
    bg_error_set (error, BG_ERROR_WRONG_STATE, ENTERS_ANOTHER_NETWORK);
  else
    bg_error_set (error, BG_ERROR_WRONG_STATE, ENTERS_SPLIT_NETWORK, common);
  return FALSE;
}

gboolean
bg_network_log_judge (BgNetworkLog *self, const GPtrArray *entries, BgLogFit *fit, GError **error)
{
  g_autoptr (BgMembershipLog) other = bg_membership_log_load (NULL, NULL);

  *fit = BG_LOG_FIT_MORE;
  if (!bg_membership_log_append (other, entries, error))
    return FALSE;
  return !self->log || bg_membership_log_get_count (self->log) == 0
         || judge_other (self, other, fit, error);
}

gboolean
bg_network_log_stage (BgNetworkLog *self, const GPtrArray *entries, guint8 head[BG_ENTRY_HASH],
                      GError **error)
{
  return bg_membership_log_stage (self->path, entries, head, error);
}

gboolean
bg_network_log_take_staged (const char *state_dir, const guint8 head[BG_ENTRY_HASH], GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, FILE_NAME, NULL),
                  *alarm = g_build_filename (state_dir, ALARM_NAME, NULL);

  g_unlink (alarm);
  return bg_membership_log_take_staged (path, head, error);
}

gboolean
bg_network_log_unlink (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, FILE_NAME, NULL),
                  *alarm = g_build_filename (state_dir, ALARM_NAME, NULL);

  g_unlink (alarm);
  return bg_membership_log_unlink (path, error);
}

gboolean
bg_network_log_replace (BgNetworkLog *self, const guint8 head[BG_ENTRY_HASH], GError **error)
{
  g_autofree char *state_dir = g_path_get_dirname (self->path);
  gboolean ok = bg_network_log_take_staged (state_dir, head, error);

  forget_numbers (self);
  bg_health_set (self->health, BG_CONCERN_MEMBERS, NULL);
  bg_network_log_reload (self);
  return ok;
}

/* --- What there is --- */

BgMembershipLog *
bg_network_log_get (BgNetworkLog *self)
{
  return self->log;
}

const BgMembership *
bg_network_log_get_state (BgNetworkLog *self)
{
  return self->log ? bg_membership_log_get_state (self->log) : NULL;
}

BgNetworkSync *
bg_network_log_get_sync (BgNetworkLog *self)
{
  return self->sync;
}

gboolean
bg_network_log_is_signed (BgNetworkLog *self)
{
  return self->log && bg_membership_log_get_count (self->log) > 0;
}

BgAlarm
bg_network_log_get_alarm (BgNetworkLog *self)
{
  return self->sync ? bg_network_sync_get_alarm (self->sync) : (BgAlarm){ BG_ALARM_NONE };
}

guint
bg_network_log_get_pending (BgNetworkLog *self)
{
  return self->pending;
}

BgRevokedKeys *
bg_network_log_get_revoked (BgNetworkLog *self)
{
  return self->revoked;
}

/* --- What is heard --- */

void
bg_network_log_set_online (BgNetworkLog *self, gboolean online)
{
  if (self->online == online)
    return;
  self->online = online;
  bg_revoked_keys_set_online (self->revoked, online);
  if (self->sync)
    bg_network_sync_set_online (self->sync, online);
}

void
bg_network_log_take_numbers (BgNetworkLog *self, guint32 entries, guint32 pending, guint32 revoked)
{
  gboolean is_news = self->pending != pending;

  self->entries = entries;
  self->pending = pending;
  if (self->sync)
    bg_network_sync_take_count (self->sync, entries);
  bg_revoked_keys_take_number (self->revoked, bg_network_log_is_signed (self) ? 0 : revoked);
  if (is_news)
    self->events->changed (self->owner);
}

void
bg_network_log_retry (BgNetworkLog *self)
{
  if (self->sync && self->online)
    bg_network_sync_take_count (self->sync, self->entries);
}

void
bg_network_log_take_head (BgNetworkLog *self, const char *name, const guint8 key[BG_ENTRY_KEY],
                          guint32 count, const guint8 hash[BG_ENTRY_HASH])
{
  if (self->sync)
    bg_network_sync_take_head (self->sync, name, key, count, hash);
}

void
bg_network_log_take_part (BgNetworkLog *self, const guint8 key[BG_ENTRY_KEY], guint32 entry,
                          guint16 offset, BgBytes part)
{
  if (self->sync)
    bg_network_sync_take_part (self->sync, key, entry, offset, part);
}

void
bg_network_log_trust_async (BgNetworkLog *self, const char *text, GAsyncReadyCallback callback,
                            gpointer data)
{
  GError *error = NULL;

  if (bg_network_log_check (self, &error))
    bg_network_sync_trust_async (self->sync, text, NULL, callback, data);
  else
    g_task_report_error (NULL, callback, data, bg_network_log_trust_async, error);
}

gboolean
bg_network_log_trust_finish (GAsyncResult *result, GError **error)
{
  return bg_network_sync_trust_finish (result, error);
}
