/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/log-pull.h"

#include "common/source.h"
#include "membership/log-file.h"

#include <string.h>

struct _BgLogPull
{
  BgMembershipLog *log;
  BgLogWatch *watch;
  const BgLogPullOps *ops;
  gpointer owner;

  char *name; /* who is asked; NULL: nobody */
  guint8 key[BG_ENTRY_KEY];
  guint32 entry;   /* the first one that we have not, */
  GByteArray *got; /* and what there is of it: less than one entry */
  guint tries;
  GSource *due;    /* of a question, or of the next one when nobody is asked */
  gint64 retry_us; /* when whoever was given up last may be asked again */
};

BgLogPull *
bg_log_pull_new (BgMembershipLog *log, BgLogWatch *watch, const BgLogPullOps *ops, gpointer owner)
{
  BgLogPull *self = g_new0 (BgLogPull, 1);

  self->log = log;
  self->watch = watch;
  self->ops = ops;
  self->owner = owner;
  self->got = g_byte_array_new ();
  return self;
}

void
bg_log_pull_free (BgLogPull *self)
{
  if (!self)
    return;
  bg_log_pull_end (self);
  g_byte_array_unref (self->got);
  g_free (self);
}

void
bg_log_pull_end (BgLogPull *self)
{
  bg_source_drop (&self->due);
  g_clear_pointer (&self->name, g_free);
}

/* --- Asking --- */

/* Whatever else became of our log meanwhile. */
static void
keep_place (BgLogPull *self)
{
  guint32 count = bg_membership_log_get_count (self->log);

  if (self->entry == count)
    return;
  self->entry = count;
  g_byte_array_set_size (self->got, 0);
}

static gboolean on_due (gpointer data);

/* On to the next one; where there is none, to those that were given up, when it is time. */
static void
go_to_next (BgLogPull *self)
{
  gint64 wait_us = self->retry_us - g_get_monotonic_time ();

  bg_log_pull_end (self);
  bg_log_pull_begin (self);
  if (!self->name && !self->due && wait_us > 0)
    bg_source_arm (&self->due, (guint) (wait_us / 1000 + 1), on_due, self);
}

static void
leave (BgLogPull *self, guint ms)
{
  bg_log_watch_spare (self->watch, self->key, g_get_monotonic_time () + ms * INT64_C (1000));
  go_to_next (self);
}

/* It has nothing to give, whatever it says. */
static void
give_up (BgLogPull *self)
{
  self->retry_us = g_get_monotonic_time () + BG_PULL_SPARE_MS * INT64_C (1000);
  leave (self, BG_PULL_SPARE_MS);
}

static void
ask (BgLogPull *self)
{
  keep_place (self);
  if (!bg_log_watch_is_ahead (self->watch, self->key))
    leave (self, 0);
  else if (self->tries++ >= BG_PULL_TRIES)
    give_up (self);
  else if (self->ops->ask (self->owner, self->name, self->key, self->entry,
                           (guint16) self->got->len))
    bg_source_arm (&self->due, BG_PULL_WAIT_MS, on_due, self);
  else
    leave (self, BG_PULL_WAIT_MS); /* there will be a word of its when it is there again */
}

static gboolean
on_due (gpointer data)
{
  BgLogPull *self = data;

  bg_source_drop (&self->due);
  if (self->name)
    ask (self);
  else
    bg_log_pull_begin (self);
  return G_SOURCE_REMOVE;
}

void
bg_log_pull_begin (BgLogPull *self)
{
  const char *name;

  if (self->name
      || !bg_log_watch_find_ahead (self->watch, g_get_monotonic_time (), &name, self->key))
    return;
  self->name = g_strdup (name);
  self->tries = 0;
  g_byte_array_set_size (self->got, 0);
  ask (self);
}

/* --- What is handed out --- */

/* The whole entries at the beginning of what there is, and how many bytes they are. */
static GPtrArray *
whole_entries (BgLogPull *self, gsize *bytes)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gsize len;

  *bytes = 0;
  while ((len = bg_log_entry_len ((BgBytes){ self->got->data + *bytes, self->got->len - *bytes }))
         > 0)
    {
      g_ptr_array_add (entries, g_bytes_new (self->got->data + *bytes, len));
      *bytes += len;
    }
  return entries;
}

/* FALSE: it is nothing of our log. */
static gboolean
take_whole (BgLogPull *self)
{
  gsize bytes;
  g_autoptr (GPtrArray) entries = whole_entries (self, &bytes);

  if (entries->len == 0)
    return self->got->len < BG_ENTRY_MAX;
  g_byte_array_remove_range (self->got, 0, (guint) bytes);
  if (!self->ops->take (self->owner, self->name, entries))
    return FALSE;
  self->entry = bg_membership_log_get_count (self->log);
  return TRUE;
}

/* The owner may have ended it with what it made of the entries. */
static void
go_on (BgLogPull *self)
{
  if (!self->name)
    return;
  self->tries = 0;
  if (bg_log_watch_is_ahead (self->watch, self->key))
    bg_source_arm (&self->due, BG_PULL_PACE_MS, on_due, self);
  else
    go_to_next (self);
}

void
bg_log_pull_take_part (BgLogPull *self, const guint8 key[BG_ENTRY_KEY], guint32 entry,
                       guint16 offset, BgBytes part)
{
  if (!self->name || memcmp (key, self->key, BG_ENTRY_KEY) != 0 || part.len == 0)
    return;
  keep_place (self);
  if (entry != self->entry || offset != self->got->len)
    return;
  g_byte_array_append (self->got, part.bytes, (guint) part.len);
  if (take_whole (self))
    go_on (self);
  else if (self->name)
    give_up (self);
}

/* --- Handing out --- */

gsize
bg_log_part_read (BgMembershipLog *log, guint32 entry, guint16 offset, guint8 *bytes, gsize room)
{
  gsize skip = offset, len = 0;

  for (guint32 i = entry; i < bg_membership_log_get_count (log) && len < room; i++)
    {
      gsize size, n;
      const guint8 *at = g_bytes_get_data (bg_membership_log_get_entry (log, i), &size);

      if (skip >= size)
        return 0;
      n = MIN (size - skip, room - len);
      memcpy (bytes + len, at + skip, n);
      len += n;
      skip = 0;
    }
  return len;
}
