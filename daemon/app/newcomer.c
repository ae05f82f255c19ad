/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/newcomer.h"

#include "app/hub-place.h"
#include "common/error.h"
#include "common/key-text.h"
#include "membership/member-list.h"
#include "membership/member-standing.h"
#include "membership/network-sync.h"
#include "signaling/service-log.h"

#include <string.h>

typedef struct
{
  char *url, *pin, *bearer;
  gboolean has_trust, was_sent;
  BgTrust trust;
  BgMemberRecord record;
  BgMembershipLog *log; /* in memory: kept when all is well */
  BgLogWatch *watch;
  BgNetworkSync *sync;
} Newcomer;

/* --- The hub --- */

static BgServiceHub
hub_of (Newcomer *self)
{
  return (BgServiceHub){ self->url, self->pin, self->bearer };
}

static void
fetch_async (gpointer data, guint32 from, GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  BgServiceHub hub = hub_of (data);

  bg_service_log_fetch_async (&hub, from, cancellable, callback, user_data);
}

static GPtrArray *
fetch_finish (gpointer data, GAsyncResult *result, guint32 *count, GError **error)
{
  return bg_service_log_fetch_finish (result, count, error);
}

static void
post_async (gpointer data, const GPtrArray *entries, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
  BgServiceHub hub = hub_of (data);

  bg_service_log_post_async (&hub, entries, cancellable, callback, user_data);
}

static BgPostOutcome
post_finish (gpointer data, GAsyncResult *result, GError **error)
{
  switch (bg_service_log_post_finish (result, error))
    {
    case BG_LOG_POST_TAKEN:
      return BG_POST_TAKEN;
    case BG_LOG_POST_ELSEWHERE:
      return BG_POST_ELSEWHERE;
    case BG_LOG_POST_FAILED:
      break;
    }
  return BG_POST_FAILED;
}

static const BgNetworkHubOps ops = { fetch_async, fetch_finish, post_async, post_finish };

static void
on_nothing (gpointer owner)
{
}

static const BgNetworkSyncEvents events = { on_nothing, on_nothing };

/* --- Life --- */

static void
wipe (char *secret)
{
  if (secret)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

static void
newcomer_free (gpointer data)
{
  Newcomer *self = data;

  bg_network_sync_free (self->sync);
  bg_log_watch_free (self->watch);
  bg_membership_log_free (self->log);
  g_free (self->url);
  g_free (self->pin);
  wipe (self->bearer);
  explicit_bzero (&self->trust, sizeof self->trust);
  g_free (self);
}

static Newcomer *
newcomer_new (const BgServiceHub *hub, const BgMemberRecord *record)
{
  Newcomer *self = g_new0 (Newcomer, 1);

  self->url = g_strdup (hub->url);
  self->pin = g_strdup (hub->pin);
  self->bearer = g_strdup (hub->bearer);
  self->record = *record;
  self->log = bg_membership_log_load (NULL, NULL);
  self->watch = bg_log_watch_new (self->log);
  self->sync = bg_network_sync_new (self->log, self->watch, &ops, self, &events, self);
  return self;
}

/* --- What the invite says --- */

static gboolean
is_trusted (Newcomer *self)
{
  const BgMembership *state = bg_membership_log_get_state (self->log);

  return bg_membership_count (state) >= self->trust.count
         && memcmp (bg_membership_id (state), self->trust.network, BG_ENTRY_HASH) == 0
         && memcmp (bg_membership_log_get_hash (self->log, self->trust.count - 1), self->trust.head,
                    BG_TRUST_HEAD_BYTES)
              == 0;
}

/* Whoever has the old hub can send anybody anywhere; an owner alone says where the network is. */
static gboolean
is_at_home (Newcomer *self)
{
  const BgMembership *state = bg_membership_log_get_state (self->log);
  BgMembershipHub hub = bg_membership_hub (state);
  char text[BG_KEY_TEXT_LEN + 1];

  if (!self->was_sent || bg_membership_count (state) == 0)
    return TRUE;
  return hub.number > 0
         && bg_hub_place_is_same (hub.url, bg_hub_place_pin_text (hub.pin, text), self->url,
                                  self->pin);
}

static void
take_grant (Newcomer *self, const guint8 key[BG_ENTRY_KEY])
{
  g_autoptr (GArray) open = bg_invite_list_new (self->log, 0);

  for (guint i = 0; i < open->len; i++)
    if (memcmp (g_array_index (open, BgInviteView, i).key, key, BG_ENTRY_KEY) == 0)
      self->record.granted = g_array_index (open, BgInviteView, i).granted;
}

static BgEntryWish *
wish_of (Newcomer *self)
{
  guint8 seed[BG_SEED_BYTES], key[BG_ENTRY_KEY];
  BgEntryWish *wish;

  if (!bg_seed_of_invite (self->trust.secret, seed) || !bg_seed_get_public (seed, key))
    return NULL;
  take_grant (self, key);
  wish = bg_entry_wish_new (BG_WISH_JOIN, seed);
  wish->record = self->record;
  explicit_bzero (seed, sizeof seed);
  return wish;
}

/* --- One after the other --- */

static void
succeed (GTask *task)
{
  Newcomer *self = g_task_get_task_data (task);
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint32 i = 0; i < bg_membership_log_get_count (self->log); i++)
    g_ptr_array_add (entries, g_bytes_ref (bg_membership_log_get_entry (self->log, i)));
  g_task_return_pointer (task, entries, (GDestroyNotify) g_ptr_array_unref);
}

static void
on_signed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Newcomer *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (bg_network_sync_sign_finish (self->sync, result, &error))
    succeed (task);
  else
    g_task_return_error (task, error);
}

/* It may be this machine itself, as it was before it left: the log does not know. */
static gboolean
is_name_taken (Newcomer *self)
{
  const BgMember *member = bg_standing_find_name (bg_membership_log_get_state (self->log),
                                                  self->record.name);

  return member && memcmp (member->record.key, self->record.key, BG_ENTRY_KEY) != 0;
}

static void
sign (GTask *task)
{
  Newcomer *self = g_task_get_task_data (task);
  gboolean is_true = is_trusted (self);
  BgEntryWish *wish = is_true && !is_name_taken (self) ? wish_of (self) : NULL;

  if (wish)
    bg_network_sync_sign_async (self->sync, wish, g_task_get_cancellable (task), on_signed,
                                g_object_ref (task));
  else if (is_true && is_name_taken (self))
    bg_task_return_error (task, BG_ERROR_EXISTS, JOIN_NAME_IN_LOG, self->record.name);
  else
    bg_task_return_error (task, BG_ERROR_SERVICE, TRUST_IS_OTHERS);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Newcomer *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!bg_network_sync_fetch_finish (self->sync, result, &error))
    g_task_return_error (task, error);
  else if (!is_at_home (self))
    bg_task_return_error (task, BG_ERROR_SERVICE, LOG_NAMES_OTHER_HUB);
  else if (self->has_trust)
    sign (task);
  else
    succeed (task);
}

void
bg_newcomer_async (const BgServiceHub *hub, const char *trust, const BgMemberRecord *record,
                   gboolean was_sent, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Newcomer *self = newcomer_new (hub, record);
  GError *error = NULL;

  g_task_set_source_tag (task, bg_newcomer_async);
  g_task_set_task_data (task, self, newcomer_free);
  self->has_trust = trust != NULL;
  self->was_sent = was_sent;
  if (!trust || bg_trust_parse (trust, &self->trust, &error))
    bg_network_sync_fetch_async (self->sync, cancellable, on_fetched, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

GPtrArray *
bg_newcomer_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
