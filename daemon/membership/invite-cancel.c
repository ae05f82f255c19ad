/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/invite-cancel.h"

#include "common/error.h"
#include "common/key-text.h"
#include "membership/member-list.h"

#include <string.h>

typedef struct
{
  BgNetworkSync *sync;
  BgMembershipLog *log;
  guint8 seed[BG_SEED_BYTES];
  guint64 now;
  GArray *wanted; /* BgInviteView, the next one last */
  GStrvBuilder *used;
} Cancelling;

static void
cancelling_free (gpointer data)
{
  Cancelling *self = data;

  explicit_bzero (self->seed, sizeof self->seed);
  g_array_unref (self->wanted);
  g_strv_builder_unref (self->used);
  g_free (self);
}

/* Its place in the list; -1: it is none of them. */
static int
find (const GArray *invites, const guint8 key[BG_ENTRY_KEY])
{
  for (guint i = 0; i < invites->len; i++)
    if (memcmp (g_array_index (invites, BgInviteView, i).key, key, BG_ENTRY_KEY) == 0)
      return (int) i;
  return -1;
}

static gboolean
is_open (const Cancelling *self, const guint8 key[BG_ENTRY_KEY])
{
  g_autoptr (GArray) open = bg_invite_list_new (self->log, self->now);

  return find (open, key) >= 0;
}

static const guint8 *
next_of (const Cancelling *self)
{
  return g_array_index (self->wanted, BgInviteView, self->wanted->len - 1).key;
}

static void
note_used (Cancelling *self)
{
  char text[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (next_of (self), text);
  g_strv_builder_add (self->used, text);
}

static void cancel_next (GTask *task);

/* Where ours was not taken, somebody may have been there first, and that is in the log by now. After the end of the log nothing of it is asked. */
static void
on_signed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Cancelling *self = g_task_get_task_data (task);
  GError *error = NULL;
  gboolean ok = bg_network_sync_sign_finish (self->sync, result, &error);

  if (!ok
      && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          || is_open (self, next_of (self))))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!ok)
    note_used (self);
  g_clear_error (&error);
  g_array_set_size (self->wanted, self->wanted->len - 1);
  cancel_next (task);
}

static void
sign_next (GTask *task)
{
  Cancelling *self = g_task_get_task_data (task);
  BgEntryWish *wish = bg_entry_wish_new (BG_WISH_CANCEL, self->seed);

  memcpy (wish->key, next_of (self), BG_ENTRY_KEY);
  bg_network_sync_sign_async (self->sync, wish, NULL, on_signed, g_object_ref (task));
}

static void
cancel_next (GTask *task)
{
  Cancelling *self = g_task_get_task_data (task);

  for (; self->wanted->len > 0 && !is_open (self, next_of (self));
       g_array_set_size (self->wanted, self->wanted->len - 1))
    note_used (self);
  if (self->wanted->len > 0)
    sign_next (task);
  else
    g_task_return_pointer (task, g_strv_builder_end (self->used), (GDestroyNotify) g_strfreev);
}

/* FALSE: it is not there. */
static gboolean
keep_only (GArray *open, const guint8 key[BG_ENTRY_KEY])
{
  int at = find (open, key);

  if (at < 0)
    return FALSE;
  g_array_set_size (open, (guint) at + 1);
  g_array_remove_range (open, 0, (guint) at);
  return TRUE;
}

void
bg_invite_cancel_async (BgNetworkSync *sync, BgMembershipLog *log, const guint8 seed[BG_SEED_BYTES],
                        const guint8 *only, guint64 now, GAsyncReadyCallback callback,
                        gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  Cancelling *self = g_new0 (Cancelling, 1);

  *self = (Cancelling){ .sync = sync,
                        .log = log,
                        .now = now,
                        .wanted = bg_invite_list_new (log, now),
                        .used = g_strv_builder_new () };
  memcpy (self->seed, seed, sizeof self->seed);
  g_task_set_source_tag (task, bg_invite_cancel_async);
  g_task_set_task_data (task, self, cancelling_free);
  if (!only || keep_only (self->wanted, only))
    cancel_next (task);
  else
    bg_task_return_error (task, BG_ERROR_NOT_FOUND, ENTRY_UNKNOWN);
}

char **
bg_invite_cancel_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
