/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/membership-log.h"

#include "common/error.h"
#include "common/log.h"
#include "membership/log-file.h"
#include "membership/trust-text.h"

#include <string.h>

struct _BgMembershipLog
{
  char *path; /* NULL: in memory only */
  BgMembership *state;
  GPtrArray *entries; /* GBytes */
  GArray *hashes;     /* Hash */
  goffset size;       /* of the file, as far as it is ours */
};

typedef struct
{
  guint8 bytes[BG_ENTRY_HASH];
} Hash;

/* --- States --- */

BgMembership *
bg_membership_copy (const BgMembership *state)
{
  gsize size = bg_membership_size ();

  return state ? g_memdup2 (state, size) : bg_membership_init (g_malloc (size));
}

BgWords *
bg_verdict_words (BgVerdict verdict)
{
  switch (verdict)
    {
    case BG_VERDICT_ELSEWHERE:
      return bg_words (ENTRY_ELSEWHERE);
    case BG_VERDICT_TOO_OLD:
      return bg_words (ENTRY_TOO_OLD);
    case BG_VERDICT_NOT_ALLOWED:
      return bg_words (ENTRY_NOT_ALLOWED);
    case BG_VERDICT_EXPIRED:
      return bg_words (ENTRY_EXPIRED);
    case BG_VERDICT_BEYOND_INVITE:
      return bg_words (ENTRY_BEYOND_INVITE);
    case BG_VERDICT_NAME_TAKEN:
      return bg_words (ENTRY_NAME_TAKEN);
    case BG_VERDICT_ADDRESS_TAKEN:
      return bg_words (ENTRY_ADDRESS_TAKEN);
    case BG_VERDICT_KEY_SPENT:
      return bg_words (ENTRY_KEY_SPENT);
    case BG_VERDICT_UNKNOWN:
      return bg_words (ENTRY_UNKNOWN);
    case BG_VERDICT_LAST_OWNER:
      return bg_words (ENTRY_LAST_OWNER);
    case BG_VERDICT_FULL:
      return bg_words (ENTRY_FULL);
    case BG_VERDICT_TOO_NEW:
      return bg_words (ENTRY_TOO_NEW);
    case BG_VERDICT_FITS:
    case BG_VERDICT_MALFORMED:
      break;
    }
  return bg_words (ENTRY_MALFORMED);
}

static gboolean
refuse (GError **error, guint32 number, BgWords *take)
{
  g_autoptr (BgWords) why = take;

  bg_error_set (error, BG_ERROR_SERVICE, ENTRY_DOES_NOT_FOLLOW, number, why);
  return FALSE;
}

gboolean
bg_membership_take_entry (BgMembership *state, BgBytes bytes, guint8 *hash, GError **error)
{
  guint32 number = bg_membership_count (state);
  BgEntry entry;
  BgVerdict verdict = bg_entry_read (bytes, &entry) ? bg_membership_judge (state, &entry)
                                                    : BG_VERDICT_MALFORMED;

  if (verdict != BG_VERDICT_FITS)
    return refuse (error, number, bg_verdict_words (verdict));
  if (!bg_entry_is_authentic (&entry))
    return refuse (error, number, bg_words (ENTRY_BAD_SIGNATURE));
  bg_entry_hash (bytes, hash);
  bg_membership_apply (state, &entry, hash);
  return TRUE;
}

static BgBytes
bytes_of (GBytes *entry)
{
  BgBytes bytes;

  bytes.bytes = g_bytes_get_data (entry, &bytes.len);
  return bytes;
}

static gboolean
take_all (BgMembership *state, const GPtrArray *entries, GArray *hashes, GError **error)
{
  for (guint i = 0; i < entries->len; i++)
    {
      Hash hash;

      if (!bg_membership_take_entry (state, bytes_of (entries->pdata[i]), hash.bytes, error))
        return FALSE;
      g_array_append_val (hashes, hash);
    }
  return TRUE;
}

/* --- Loading --- */

static BgMembershipLog *
log_new (const char *path)
{
  BgMembershipLog *self = g_new0 (BgMembershipLog, 1);

  self->path = g_strdup (path);
  self->state = bg_membership_copy (NULL);
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->hashes = g_array_new (FALSE, FALSE, sizeof (Hash));
  return self;
}

void
bg_membership_log_free (BgMembershipLog *self)
{
  if (!self)
    return;
  g_free (self->path);
  g_free (self->state);
  g_ptr_array_unref (self->entries);
  g_array_unref (self->hashes);
  g_free (self);
}

/* As far as entries follow; `error` says why that was not to the end. */
static gboolean
read_entries (BgMembershipLog *self, GBytes *file, GError **error)
{
  BgBytes all = bytes_of (file);

  while ((gsize) self->size < all.len)
    {
      BgBytes rest = { all.bytes + self->size, all.len - (gsize) self->size };
      gsize len = bg_log_entry_len (rest);
      Hash hash;

      if (len == 0)
        return refuse (error, self->entries->len, bg_words (ENTRY_CUT_SHORT));
      if (!bg_membership_take_entry (self->state, (BgBytes){ rest.bytes, len }, hash.bytes, error))
        return FALSE;
      g_array_append_val (self->hashes, hash);
      g_ptr_array_add (self->entries, g_bytes_new_from_bytes (file, (gsize) self->size, len));
      self->size += (goffset) len;
    }
  return TRUE;
}

static gboolean
has_mark (BgMembershipLog *self, const BgLogMark *mark)
{
  return mark->count == 0
         || (self->entries->len >= mark->count
             && memcmp (bg_membership_log_get_hash (self, mark->count - 1), mark->head,
                        BG_ENTRY_HASH)
                  == 0);
}

static gboolean
set_mark (BgMembershipLog *self, guint32 count, GError **error)
{
  BgLogMark mark = { .count = count };

  if (count > 0)
    memcpy (mark.head, bg_membership_log_get_hash (self, count - 1), BG_ENTRY_HASH);
  return bg_log_mark_write (self->path, &mark, error);
}

/* All that was ever said to be in the log is: what is behind it was being written when the machine went down. */
static gboolean
cut_tail (BgMembershipLog *self, gsize len, const GError *why, GError **error)
{
  bg_log (BG_TOPIC_APP, WARNING, NULL,
          "%s: %" G_GSIZE_FORMAT " bytes of an unfinished write cut: %s", self->path,
          len - (gsize) self->size, why->message);
  return bg_log_file_truncate (self->path, self->size, error);
}

static gboolean
load (BgMembershipLog *self, GError **error)
{
  BgLogMark mark;
  g_autoptr (GBytes) file = bg_log_file_read (self->path, error);
  g_autoptr (GError) why = NULL;

  if (!file || !bg_log_mark_read (self->path, &mark, error))
    return FALSE;
  read_entries (self, file, &why);
  if (!has_mark (self, &mark) || (why && !mark.is_there))
    {
      if (!why)
        refuse (&why, self->entries->len, bg_words (ENTRY_MISSING));
      bg_error_set (error, BG_ERROR_CONFIG, NETWORK_LOG_DAMAGED, self->path, why);
      return FALSE;
    }
  if (why && !cut_tail (self, g_bytes_get_size (file), why, error))
    return FALSE;
  return mark.count == self->entries->len || set_mark (self, self->entries->len, error);
}

BgMembershipLog *
bg_membership_log_load (const char *path, GError **error)
{
  g_autoptr (BgMembershipLog) self = log_new (path);

  if (path && !load (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
bg_membership_log_unlink (const char *path, GError **error)
{
  return bg_log_file_unlink (path, error);
}

/* --- What is there --- */

const BgMembership *
bg_membership_log_get_state (BgMembershipLog *self)
{
  return self->state;
}

guint32
bg_membership_log_get_count (BgMembershipLog *self)
{
  return self->entries->len;
}

const guint8 *
bg_membership_log_get_hash (BgMembershipLog *self, guint32 number)
{
  return g_array_index (self->hashes, Hash, number).bytes;
}

const GPtrArray *
bg_membership_log_get_entries (BgMembershipLog *self)
{
  return self->entries;
}

GBytes *
bg_membership_log_get_entry (BgMembershipLog *self, guint32 number)
{
  return self->entries->pdata[number];
}

gboolean
bg_membership_log_find_text (BgMembershipLog *self, const char *text, guint32 *number)
{
  for (guint32 i = 0; i < self->entries->len; i++)
    if (bg_hash_is_text (bg_membership_log_get_hash (self, i), text))
      {
        *number = i;
        return TRUE;
      }
  return FALSE;
}

guint32
bg_membership_log_common (BgMembershipLog *self, BgMembershipLog *other)
{
  guint32 end = MIN (self->entries->len, other->entries->len), i = 0;

  while (i < end
         && memcmp (bg_membership_log_get_hash (self, i), bg_membership_log_get_hash (other, i),
                    BG_ENTRY_HASH)
              == 0)
    i++;
  return i;
}

/* --- More --- */

/* What the first `keep` entries make: they were checked when they came. */
static BgMembership *
state_after (BgMembershipLog *self, guint32 keep)
{
  BgMembership *state = bg_membership_copy (NULL);
  BgEntry entry;

  for (guint32 i = 0; i < keep; i++)
    if (bg_entry_read (bytes_of (self->entries->pdata[i]), &entry))
      bg_membership_apply (state, &entry, bg_membership_log_get_hash (self, i));
  return state;
}

BgMembership *
bg_membership_log_try (BgMembershipLog *self, guint32 keep, const GPtrArray *entries,
                       GError **error)
{
  g_autofree BgMembership *state = keep == self->entries->len ? bg_membership_copy (self->state)
                                                              : state_after (self, keep);
  g_autoptr (GArray) hashes = g_array_new (FALSE, FALSE, sizeof (Hash));

  return take_all (state, entries, hashes, error) ? g_steal_pointer (&state) : NULL;
}

static goffset
length_of (const GPtrArray *entries)
{
  goffset len = 0;

  for (guint i = 0; i < entries->len; i++)
    len += (goffset) g_bytes_get_size (entries->pdata[i]);
  return len;
}

/* The first one is written behind a mark: what a crash leaves of it is not taken for a damaged log. */
static gboolean
write_entries (BgMembershipLog *self, const GPtrArray *entries, GError **error)
{
  return !self->path
         || ((self->entries->len > 0 || set_mark (self, 0, error))
             && bg_log_file_append (self->path, self->size, entries, error));
}

/* They are in memory only when they are on the disk. */
static gboolean
keep_entries (BgMembershipLog *self, const GPtrArray *entries, GArray *hashes, GError **error)
{
  if (!write_entries (self, entries, error))
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    g_ptr_array_add (self->entries, g_bytes_ref (entries->pdata[i]));
  g_array_append_vals (self->hashes, hashes->data, hashes->len);
  self->size += length_of (entries);
  return TRUE;
}

/* The entries are there, and the next mark says so too. */
static void
mark_or_complain (BgMembershipLog *self)
{
  g_autoptr (GError) error = NULL;

  if (self->path && !set_mark (self, self->entries->len, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
}

gboolean
bg_membership_log_append (BgMembershipLog *self, const GPtrArray *entries, GError **error)
{
  g_autofree BgMembership *state = NULL;
  g_autoptr (GArray) hashes = g_array_new (FALSE, FALSE, sizeof (Hash));

  if (entries->len == 0)
    return TRUE;
  state = bg_membership_copy (self->state);
  if (!take_all (state, entries, hashes, error) || !keep_entries (self, entries, hashes, error))
    return FALSE;
  g_free (self->state);
  self->state = g_steal_pointer (&state);
  mark_or_complain (self);
  return TRUE;
}

/* Killed at any step, the next start reads the whole log of before or the whole new one: a mark that says nothing fits both. */
static gboolean
replace_file (BgMembershipLog *self, const GPtrArray *entries, GError **error)
{
  return !self->path
         || (bg_log_file_prepare (self->path, entries, error) && set_mark (self, 0, error)
             && bg_log_file_switch (self->path, error));
}

static void
take_over (BgMembershipLog *self, const GPtrArray *entries, GArray *hashes, BgMembership *take)
{
  g_ptr_array_set_size (self->entries, 0);
  for (guint i = 0; i < entries->len; i++)
    g_ptr_array_add (self->entries, g_bytes_ref (entries->pdata[i]));
  g_array_set_size (self->hashes, 0);
  g_array_append_vals (self->hashes, hashes->data, hashes->len);
  self->size = length_of (entries);
  g_free (self->state);
  self->state = take;
}

gboolean
bg_membership_log_replace (BgMembershipLog *self, const GPtrArray *entries, GError **error)
{
  g_autofree BgMembership *state = bg_membership_copy (NULL);
  g_autoptr (GArray) hashes = g_array_new (FALSE, FALSE, sizeof (Hash));

  if (!take_all (state, entries, hashes, error))
    return FALSE;
  if (!replace_file (self, entries, error))
    {
      mark_or_complain (self); /* as it was */
      return FALSE;
    }
  take_over (self, entries, hashes, g_steal_pointer (&state));
  mark_or_complain (self);
  return TRUE;
}

/* --- One that is not open --- */

gboolean
bg_membership_log_stage (const char *path, const GPtrArray *entries, guint8 head[BG_ENTRY_HASH],
                         GError **error)
{
  g_autoptr (BgMembershipLog) staged = log_new (NULL);

  if (!bg_membership_log_replace (staged, entries, error)
      || !bg_log_file_prepare (path, entries, error))
    return FALSE;
  memcpy (head, bg_membership_log_get_hash (staged, entries->len - 1), BG_ENTRY_HASH);
  return TRUE;
}

static gboolean
ends_in (BgMembershipLog *self, const guint8 head[BG_ENTRY_HASH])
{
  guint32 count = self->entries->len;

  return count > 0
         && memcmp (bg_membership_log_get_hash (self, count - 1), head, BG_ENTRY_HASH) == 0;
}

gboolean
bg_membership_log_take_staged (const char *path, const guint8 head[BG_ENTRY_HASH], GError **error)
{
  g_autoptr (BgMembershipLog) staged = log_new (path);
  g_autoptr (GBytes) file = bg_log_file_read_prepared (path, error);

  if (!file)
    return FALSE;
  if (g_bytes_get_size (file) == 0)
    return TRUE; /* it is in its place */
  if (!read_entries (staged, file, error))
    return FALSE;
  if (!ends_in (staged, head))
    return refuse (error, staged->entries->len, bg_words (ENTRY_MISSING));
  return bg_log_mark_write (path, &(BgLogMark){ .count = 0 }, error)
         && bg_log_file_switch (path, error) && set_mark (staged, staged->entries->len, error);
}
