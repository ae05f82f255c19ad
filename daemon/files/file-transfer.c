/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-transfer.h"

#include "common/log.h"

#define TO(state) (1u << BG_FILE_##state)
#define ENDS (TO (DECLINED) | TO (CANCELLED) | TO (FAILED))

static const guint may_become[] = {
  [BG_FILE_OFFERED] = TO (RUNNING) | TO (WAITING) | TO (DONE) | ENDS,
  [BG_FILE_WAITING] = TO (OFFERED) | TO (RUNNING) | TO (DONE) | ENDS,
  [BG_FILE_RUNNING] = TO (OFFERED) | TO (WAITING) | TO (DONE) | ENDS,
  [BG_FILE_DONE] = 0,
  [BG_FILE_DECLINED] = 0,
  [BG_FILE_CANCELLED] = 0,
  [BG_FILE_FAILED] = 0,
};

BgFileTransfer *
bg_file_transfer_new (const char *id, const char *peer, const char *name, guint64 size,
                      void (*changed) (gpointer owner), gpointer owner)
{
  BgFileTransfer *self = g_new0 (BgFileTransfer, 1);

  g_ref_count_init (&self->refs);
  g_strlcpy (self->id, id, sizeof self->id);
  self->peer = g_strdup (peer);
  self->name = g_strdup (name);
  self->size = size;
  self->uid = BG_FILE_NOBODY;
  self->began_us = self->heard_us = g_get_monotonic_time ();
  self->cancellable = g_cancellable_new ();
  self->changed = changed;
  self->owner = owner;
  return self;
}

BgFileTransfer *
bg_file_transfer_ref (BgFileTransfer *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
bg_file_transfer_unref (BgFileTransfer *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  bg_open_file_unref (self->file);
  g_clear_pointer (&self->reason, bg_words_unref);
  g_object_unref (self->cancellable);
  g_free (self->peer);
  g_free (self->name);
  g_free (self);
}

static void
end (BgFileTransfer *self)
{
  void (*over) (gpointer carrier) = g_steal_pointer (&self->over);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->file, bg_open_file_unref);
  if (over)
    over (self->carrier);
}

void
bg_file_transfer_disown (BgFileTransfer *self)
{
  self->changed = NULL;
  end (self);
}

gboolean
bg_file_transfer_is_over (const BgFileTransfer *self)
{
  return bg_file_state_is_over (self->state);
}

static void
say (const BgFileTransfer *self, BgFileState old)
{
  bg_log (BG_TOPIC_APP, MESSAGE, self->peer, "file %.8s %s: %s → %s%s%s", self->id,
          self->incoming ? "from it" : "to it", bg_file_state_name (old),
          bg_file_state_name (self->state), self->reason ? ": " : "",
          self->reason ? self->reason->text : "");
}

void
bg_file_transfer_move (BgFileTransfer *self, BgFileState state, BgWords *reason)
{
  BgFileState old = self->state;

  if (state != old && !(may_become[old] & 1u << state))
    {
      bg_words_unref (reason);
      return;
    }
  if (state == old && bg_words_equal (reason, self->reason))
    {
      bg_words_unref (reason);
      return;
    }
  bg_words_unref (self->reason);
  self->reason = reason;
  self->state = state;
  say (self, old);
  if (bg_file_transfer_is_over (self) && self->ended_us == 0)
    {
      self->ended_us = g_get_monotonic_time ();
      end (self);
    }
  if (self->changed)
    self->changed (self->owner);
}

void
bg_file_transfer_note_progress (BgFileTransfer *self)
{
  self->done = bg_open_file_get_at (self->file);
  bg_open_file_get_digest (self->file, self->digest);
}

void
bg_file_transfer_get_status (const BgFileTransfer *self, BgFileStatus *status)
{
  status->state = self->state;
  status->have = self->state == BG_FILE_RUNNING ? self->done : 0;
  g_strlcpy (status->digest, self->digest, sizeof status->digest);
}

gboolean
bg_file_transfer_is_free (const BgFileTransfer *self)
{
  return self->incoming && self->state == BG_FILE_OFFERED && self->uid == BG_FILE_NOBODY;
}

gboolean
bg_file_transfer_is_of (const BgFileTransfer *self, guint32 uid)
{
  return self->uid != BG_FILE_NOBODY && (uid == 0 || self->uid == uid);
}

static void
add (GVariantBuilder *item, const char *key, GVariant *value)
{
  g_variant_builder_add (item, "{sv}", key, value);
}

void
bg_file_transfer_describe (const BgFileTransfer *self, GVariantBuilder *list)
{
  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  add (list, "id", g_variant_new_string (self->id));
  add (list, "peer", g_variant_new_string (self->peer));
  add (list, "incoming", g_variant_new_boolean (self->incoming));
  add (list, "name", g_variant_new_string (self->name));
  add (list, "size", g_variant_new_uint64 (self->size));
  add (list, "done", g_variant_new_uint64 (self->done));
  add (list, "state", g_variant_new_string (bg_file_state_name (self->state)));
  add (list, "reason", g_variant_new_string (self->reason ? self->reason->text : ""));
  if (self->reason)
    add (list, "reason-code", self->reason->wire);
  g_variant_builder_close (list);
}
