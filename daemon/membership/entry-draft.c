/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/entry-draft.h"

#include "common/error.h"

#include <string.h>

struct _BgEntryDraft
{
  BgMembership *state;
  guint64 now;
  GPtrArray *entries;
};

BgEntryDraft *
bg_entry_draft_new (const BgMembership *state, guint64 now)
{
  BgEntryDraft *self = g_new0 (BgEntryDraft, 1);

  self->state = bg_membership_copy (state);
  self->now = now;
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return self;
}

void
bg_entry_draft_free (BgEntryDraft *self)
{
  if (!self)
    return;
  g_free (self->state);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

const BgMembership *
bg_entry_draft_get_state (BgEntryDraft *self)
{
  return self->state;
}

const GPtrArray *
bg_entry_draft_get_entries (BgEntryDraft *self)
{
  return self->entries;
}

static void
place (BgEntryDraft *self, BgEntry *entry)
{
  const guint8 *head = bg_membership_head (self->state);

  entry->number = bg_membership_count (self->state);
  entry->time = MAX (self->now, bg_membership_time (self->state));
  memset (entry->previous, 0, sizeof entry->previous);
  if (head)
    memcpy (entry->previous, head, sizeof entry->previous);
}

/* FALSE: it cannot be made at all. */
static gboolean
write_signed (const BgEntry *entry, const guint8 seed[BG_SEED_BYTES], guint8 *bytes, gsize *len)
{
  *len = bg_entry_write (entry, bytes, BG_ENTRY_MAX - BG_ENTRY_SIGNATURE);
  if (*len == 0 || !bg_entry_sign (seed, bytes, *len))
    return FALSE;
  *len += BG_ENTRY_SIGNATURE;
  return TRUE;
}

static gboolean
refuse (GError **error, BgVerdict verdict)
{
  BgError code = verdict == BG_VERDICT_NOT_ALLOWED ? BG_ERROR_NOT_AUTHORIZED
                                                   : BG_ERROR_INVALID_ARGUMENT;

  bg_error_set_take (error, code, bg_verdict_words (verdict));
  return FALSE;
}

gboolean
bg_entry_draft_add (BgEntryDraft *self, const BgEntry *wanted, const guint8 seed[BG_SEED_BYTES],
                    GError **error)
{
  BgEntry entry = *wanted;
  guint8 bytes[BG_ENTRY_MAX], hash[BG_ENTRY_HASH];
  BgVerdict verdict;
  gsize len;

  place (self, &entry);
  if (!bg_seed_get_public (seed, entry.signer) || !write_signed (&entry, seed, bytes, &len))
    return refuse (error, BG_VERDICT_MALFORMED);
  verdict = bg_membership_judge (self->state, &entry);
  if (verdict != BG_VERDICT_FITS)
    return refuse (error, verdict);
  bg_entry_hash ((BgBytes){ bytes, len }, hash);
  bg_membership_apply (self->state, &entry, hash);
  g_ptr_array_add (self->entries, g_bytes_new (bytes, len));
  return TRUE;
}
