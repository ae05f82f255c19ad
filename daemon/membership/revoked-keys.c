/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/revoked-keys.h"

#include "common/key-text.h"
#include "common/log.h"
#include "common/source.h"

#define PACE_MS 1000
#define RETRY_MS 2000 /* doubling */
#define MAX_DOUBLINGS 7

struct _BgRevokedKeys
{
  const BgRevokedHubOps *ops;
  gpointer hub;
  void (*changed) (gpointer owner);
  gpointer owner;
  GHashTable *keys; /* of GBytes */
  guint32 number;   /* as the hub said last */
  gboolean online;
  gboolean is_new;           /* the line, which has said no number yet */
  GCancellable *cancellable; /* of the question that is out; NULL: none is */
  gboolean once_more;        /* it is asked again when that was answered */
  GSource *again;            /* until it may be asked */
  gint64 asked_us;
  guint failures; /* in a row */
  gboolean is_over;
};

static GHashTable *
no_keys (void)
{
  return g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
}

static void
finalize (gpointer data)
{
  BgRevokedKeys *self = data;

  g_hash_table_unref (self->keys);
}

BgRevokedKeys *
bg_revoked_keys_new (const BgRevokedHubOps *ops, gpointer hub, void (*changed) (gpointer owner),
                     gpointer owner)
{
  BgRevokedKeys *self = g_rc_box_new0 (BgRevokedKeys);

  self->ops = ops;
  self->hub = hub;
  self->changed = changed;
  self->owner = owner;
  self->keys = no_keys ();
  return self;
}

static void
call_off (BgRevokedKeys *self)
{
  bg_source_drop (&self->again);
  self->once_more = FALSE;
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* The answer to what is out may come later. */
void
bg_revoked_keys_free (BgRevokedKeys *self)
{
  if (!self)
    return;
  call_off (self);
  self->is_over = TRUE;
  g_rc_box_release_full (self, finalize);
}

/* --- What is known --- */

static gboolean
is_same_set (GHashTable *one, GHashTable *other)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, one);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (other, key))
      return FALSE;
  return g_hash_table_size (one) == g_hash_table_size (other);
}

/* Takes `keys`. */
static void
take_keys (BgRevokedKeys *self, GHashTable *keys)
{
  g_autoptr (GHashTable) before = self->keys;

  self->keys = keys;
  if (!is_same_set (before, keys))
    self->changed (self->owner);
}

void
bg_revoked_keys_add (BgRevokedKeys *self, const char *public_key)
{
  guint8 bytes[BG_KEY_BYTES];

  if (bg_key_from_base64 (public_key, bytes)
      && g_hash_table_add (self->keys, g_bytes_new (bytes, sizeof bytes)))
    self->changed (self->owner);
}

gboolean
bg_revoked_keys_has (BgRevokedKeys *self, const guint8 key[32])
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (key, BG_KEY_BYTES);

  return g_hash_table_contains (self->keys, bytes);
}

void
bg_revoked_keys_clear (BgRevokedKeys *self)
{
  call_off (self);
  self->number = 0;
  take_keys (self, no_keys ());
}

/* --- Asking --- */

static void ask_soon (BgRevokedKeys *self);

static gboolean
on_again (gpointer data)
{
  BgRevokedKeys *self = data;

  bg_source_drop (&self->again);
  ask_soon (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BgRevokedKeys *self, const GError *error)
{
  guint ms = RETRY_MS << MIN (self->failures, MAX_DOUBLINGS);

  self->failures++;
  bg_log (BG_TOPIC_APP, INFO, NULL, "the hub does not say which keys were revoked: %s",
          error->message);
  bg_source_arm (&self->again, ms, on_again, self);
}

static void
take_answer (BgRevokedKeys *self, GHashTable *keys, const GError *error)
{
  g_clear_object (&self->cancellable);
  if (!keys)
    {
      retry_later (self, error);
      return;
    }
  self->failures = 0;
  take_keys (self, keys);
  if (self->once_more && self->online)
    ask_soon (self);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  BgRevokedKeys *self = data;
  gboolean is_wanted = !self->is_over
                       && g_task_get_cancellable (G_TASK (result)) == self->cancellable;
  g_autoptr (GError) error = NULL;

  if (is_wanted)
    {
      GHashTable *keys = self->ops->fetch_finish (self->hub, result, &error);

      take_answer (self, keys, error);
    }
  g_rc_box_release_full (self, finalize);
}

static void
ask (BgRevokedKeys *self)
{
  self->once_more = FALSE;
  self->asked_us = g_get_monotonic_time ();
  self->cancellable = g_cancellable_new ();
  self->ops->fetch_async (self->hub, self->cancellable, on_fetched, g_rc_box_acquire (self));
}

static void
ask_soon (BgRevokedKeys *self)
{
  gint64 wait_ms = self->asked_us == 0
                     ? 0
                     : PACE_MS - (g_get_monotonic_time () - self->asked_us) / 1000;

  if (self->cancellable)
    self->once_more = TRUE;
  else if (!self->again && wait_ms > 0)
    bg_source_arm (&self->again, (guint) wait_ms, on_again, self);
  else if (!self->again)
    ask (self);
}

void
bg_revoked_keys_set_online (BgRevokedKeys *self, gboolean online)
{
  if (self->online == online)
    return;
  self->online = self->is_new = online;
  self->failures = 0;
  if (!online)
    call_off (self);
}

void
bg_revoked_keys_take_number (BgRevokedKeys *self, guint32 number)
{
  gboolean is_news = self->is_new || number != self->number;

  if (number == 0)
    bg_revoked_keys_clear (self);
  self->number = number;
  self->is_new = FALSE;
  if (number > 0 && is_news && self->online)
    ask_soon (self);
}
