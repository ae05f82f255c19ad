/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an owner signs about devices that are in the network: out they go, and what they are called, may offer and sign. */
#include "app/application-network.h"

#include "app/application-private.h"
#include "app/granted-options.h"
#include "app/own-record.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "membership/member-standing.h"

#include <string.h>

static GTask *
task_new (BgApplication *self, gpointer tag, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, tag);
  return task;
}

/* An active device, by its name or its key in base64. */
const BgMember *
bg_application_find_member (BgApplication *self, const char *device, GError **error)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  guint8 key[BG_ENTRY_KEY];
  const BgMember *member = bg_key_from_base64 (device, key) ? bg_membership_find_key (state, key)
                                                            : bg_standing_find_name (state, device);
  g_autofree char *shown = NULL;

  if (member && !member->is_revoked)
    return member;
  shown = bg_printable_start (device, BG_DEVICE_NAME_FOREIGN_MAX);
  bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SUCH_MEMBER, shown);
  return NULL;
}

static BgEntryWish *
wish_for (BgApplication *self, BgWishKind kind, const char *device, const BgMember **member,
          GError **error)
{
  BgEntryWish *wish = bg_application_wish_new (self, kind, error);

  *member = wish ? bg_application_find_member (self, device, error) : NULL;
  if (!*member)
    {
      bg_entry_wish_free (wish);
      return NULL;
    }
  memcpy (wish->device, (*member)->record.key, BG_ENTRY_KEY);
  wish->record = (*member)->record;
  wish->based_on = (*member)->number;
  return wish;
}

static gboolean
is_self (BgApplication *self, const BgMember *member)
{
  char key[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (member->record.key, key);
  return g_str_equal (key, self->public_key);
}

void
bg_application_revoke_async (BgApplication *self, const char *device, GAsyncReadyCallback callback,
                             gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_revoke_async, callback, data);
  const BgMember *member;
  GError *error = NULL;
  BgEntryWish *wish = wish_for (self, BG_WISH_REVOKE, device, &member, &error);

  if (wish && is_self (self, member))
    {
      g_clear_pointer (&wish, bg_entry_wish_free);
      bg_error_set (&error, BG_ERROR_INVALID_ARGUMENT, CANNOT_REVOKE_SELF);
    }
  bg_application_sign_take (task, wish, error, NULL);
}

gboolean
bg_application_revoke_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- One that leaves --- */

typedef struct
{
  char *name, *device;
} Leaver;

static void
on_leaver_out (GObject *source, GAsyncResult *result, gpointer data)
{
  BgApplication *self = BG_APPLICATION (source);
  Leaver *leaver = data;
  g_autoptr (GError) error = NULL;

  if (!bg_application_revoke_finish (self, result, &error))
    bg_log (BG_TOPIC_APP, WARNING, leaver->name,
            "it has left the network, and is in its log still: %s", error->message);
  g_hash_table_remove (self->leavers, leaver->device);
  g_free (leaver->device);
  g_free (leaver->name);
  g_free (leaver);
}

/* It can say so of itself alone, and what it gives up is its own. It says so more than once, as datagrams get lost. */
void
bg_application_follow_leave (BgApplication *self, const char *name, const char *device)
{
  Leaver *leaver;

  if (!self->info.is_owner || bg_network_log_get_alarm (self->network_log).kind != BG_ALARM_NONE
      || !g_hash_table_add (self->leavers, g_strdup (device)))
    return;
  bg_log (BG_TOPIC_APP, MESSAGE, name,
          "it leaves the network, as its own key says: it is put out of the log");
  leaver = g_new (Leaver, 1);
  *leaver = (Leaver){ g_strdup (name), g_strdup (device) };
  bg_application_revoke_async (self, device, on_leaver_out, leaver);
}

/* --- What is said of one that stays --- */

void
bg_application_rename_async (BgApplication *self, const char *device, const char *name,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_rename_async, callback, data);
  const BgMember *member;
  GError *error = NULL;
  BgEntryWish *wish = wish_for (self, BG_WISH_CHANGE, device, &member, &error);

  if (wish && !bg_own_record_set_name (&wish->record, name, &error))
    g_clear_pointer (&wish, bg_entry_wish_free);
  bg_application_sign_take (task, wish, error, NULL);
}

gboolean
bg_application_rename_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_grant_async (BgApplication *self, const char *device, GVariant *options,
                            GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_grant_async, callback, data);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  const BgMember *member;
  GError *error = NULL;
  BgEntryWish *wish = wish_for (self, BG_WISH_CHANGE, device, &member, &error);

  if (wish
      && (!bg_granted_options_take (&dict, &wish->record.granted, &error)
          || !bg_bus_options_end (&dict, &error)))
    g_clear_pointer (&wish, bg_entry_wish_free);
  bg_application_sign_take (task, wish, error, NULL);
}

gboolean
bg_application_grant_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Owners --- */

void
bg_application_add_owner_async (BgApplication *self, const char *device, const char *signing_key,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_add_owner_async, callback, data);
  const BgMember *member;
  GError *error = NULL;
  BgEntryWish *wish = wish_for (self, BG_WISH_ADD_OWNER, device, &member, &error);

  if (wish && !bg_key_from_base64 (signing_key, wish->key))
    {
      g_clear_pointer (&wish, bg_entry_wish_free);
      bg_error_set (&error, BG_ERROR_INVALID_ARGUMENT, BAD_SIGNING_KEY);
    }
  bg_application_sign_take (task, wish, error, NULL);
}

gboolean
bg_application_add_owner_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_remove_owner_async (BgApplication *self, const char *device,
                                   GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_remove_owner_async, callback, data);
  const BgMember *member;
  GError *error = NULL;
  BgEntryWish *wish = wish_for (self, BG_WISH_REMOVE_OWNER, device, &member, &error);

  bg_application_sign_take (task, wish, error, NULL);
}

gboolean
bg_application_remove_owner_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* FALSE: nobody has to be told. */
static gboolean
has_to_resign (BgApplication *self)
{
  return bg_application_signs (self)
         && bg_membership_n_owners (bg_network_log_get_state (self->network_log)) > 1;
}

void
bg_application_resign_async (BgApplication *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  const BgMember *member;
  GError *error = NULL;
  BgEntryWish *wish;

  g_task_set_source_tag (task, bg_application_resign_async);
  if (!has_to_resign (self))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  wish = wish_for (self, BG_WISH_REMOVE_OWNER, self->public_key, &member, &error);
  bg_application_sign_take (task, wish, error, NULL);
}
