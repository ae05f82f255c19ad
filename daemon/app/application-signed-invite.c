/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Invites of a signed network: who has the secret of one signs one record. */
#include "app/application-network.h"

#include "app/application-private.h"
#include "app/granted-options.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "membership/invite-cancel.h"
#include "membership/trust-text.h"

#include <string.h>

#define LASTS_S 600

void
bg_invite_secret_free (BgInviteSecret *invite)
{
  if (!invite)
    return;
  explicit_bzero (invite, sizeof *invite);
  g_free (invite);
}

BgInviteSecret *
bg_invite_secret_new (GError **error)
{
  g_autoptr (BgInviteSecret) invite = g_new0 (BgInviteSecret, 1);
  guint8 seed[BG_SEED_BYTES];
  gboolean ok = bg_seed_make (invite->secret, sizeof invite->secret)
                && bg_seed_of_invite (invite->secret, seed)
                && bg_seed_get_public (seed, invite->key);

  explicit_bzero (seed, sizeof seed);
  if (ok)
    return g_steal_pointer (&invite);
  bg_error_set (error, BG_ERROR_FAILED, NO_RANDOMNESS);
  return NULL;
}

/* "name", "expires-in" and the grant. */
static gboolean
take_options (BgEntryWish *wish, GVariant *options, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  g_autofree char *name = NULL;
  guint32 lasts_s = LASTS_S;

  if (!bg_bus_option_take (&dict, "name", "s", &name, error)
      || !bg_bus_option_take (&dict, "expires-in", "u", &lasts_s, error)
      || (name && *name && !bg_device_name_check (name, error)))
    return FALSE;
  g_strlcpy (wish->name, name ? name : "", sizeof wish->name);
  wish->expires_at = (guint64) (g_get_real_time () / G_USEC_PER_SEC) + lasts_s;
  return bg_granted_options_take (&dict, &wish->record.granted, error)
         && bg_bus_options_end (&dict, error);
}

/* What the newcomer holds the log against: as it is now that the invite is in it. */
static char *
trust_text (BgApplication *self, const BgInviteSecret *invite)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  BgTrust trust = { .count = bg_membership_count (state) };
  char *text;

  memcpy (trust.secret, invite->secret, sizeof trust.secret);
  memcpy (trust.network, bg_membership_id (state), sizeof trust.network);
  memcpy (trust.head, bg_membership_head (state), sizeof trust.head);
  text = bg_trust_format (&trust);
  explicit_bzero (&trust, sizeof trust);
  return text;
}

static void
on_invite_signed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (bg_network_sync_sign_finish (bg_network_log_get_sync (self->network_log), result, &error))
    g_task_return_pointer (task, trust_text (self, g_task_get_task_data (task)),
                           (GDestroyNotify) bg_secret_free);
  else
    g_task_return_error (task, error);
}

void
bg_application_sign_invite_async (BgApplication *self, const BgInviteSecret *invite,
                                  GVariant *options, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgEntryWish *wish = bg_application_wish_new (self, BG_WISH_INVITE, &error);

  g_task_set_source_tag (task, bg_application_sign_invite_async);
  g_task_set_task_data (task, g_memdup2 (invite, sizeof *invite),
                        (GDestroyNotify) bg_invite_secret_free);
  if (wish && !take_options (wish, options, &error))
    g_clear_pointer (&wish, bg_entry_wish_free);
  if (wish)
    memcpy (wish->key, invite->key, BG_ENTRY_KEY);
  bg_application_sign_take (task, wish, error, on_invite_signed);
}

char *
bg_application_sign_invite_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Cancelling --- */

static void
on_cancelled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  char **used = bg_invite_cancel_finish (result, &error);

  if (used)
    g_task_return_pointer (task, used, (GDestroyNotify) g_strfreev);
  else
    g_task_return_error (task, error);
}

void
bg_application_cancel_signed_invite_async (BgApplication *self, const char *invite,
                                           GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  g_autoptr (BgEntryWish) wish = bg_application_wish_new (self, BG_WISH_CANCEL, &error);
  guint8 key[BG_ENTRY_KEY];

  g_task_set_source_tag (task, bg_application_cancel_signed_invite_async);
  if (!wish)
    g_task_return_error (task, error);
  else if (*invite && !bg_key_from_base64 (invite, key))
    bg_task_return_error (task, BG_ERROR_NOT_FOUND, ENTRY_UNKNOWN);
  else
    bg_invite_cancel_async (bg_network_log_get_sync (self->network_log),
                            bg_network_log_get (self->network_log), wish->seed,
                            *invite ? key : NULL, (guint64) (g_get_real_time () / G_USEC_PER_SEC),
                            on_cancelled, g_object_ref (task));
}

char **
bg_application_cancel_signed_invite_finish (BgApplication *self, GAsyncResult *result,
                                            GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
