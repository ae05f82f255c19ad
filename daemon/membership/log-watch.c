/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/log-watch.h"

#include "common/key-text.h"

#include <string.h>

typedef struct
{
  char *name;
  guint8 key[BG_ENTRY_KEY];
  guint32 count;
  guint8 hash[BG_ENTRY_HASH];
  gint64 ahead_us;       /* since when it has more than we; 0: it has not */
  gboolean is_dismissed; /* a person said that ours is right */
} Head;

struct _BgLogWatch
{
  BgMembershipLog *log;
  GHashTable *heads; /* key in hexadecimal -> Head */
  gboolean online;
  BgWords *broken;
};

static void
head_free (gpointer data)
{
  Head *head = data;

  g_free (head->name);
  g_free (head);
}

BgLogWatch *
bg_log_watch_new (BgMembershipLog *log)
{
  BgLogWatch *self = g_new0 (BgLogWatch, 1);

  self->log = log;
  self->heads = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, head_free);
  return self;
}

void
bg_log_watch_free (BgLogWatch *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->heads);
  bg_words_unref (self->broken);
  g_free (self);
}

/* --- One head --- */

static gboolean
is_ahead (BgLogWatch *self, const Head *head)
{
  return head->count > bg_membership_log_get_count (self->log);
}

static gboolean
is_forked (BgLogWatch *self, const Head *head)
{
  return head->count > 0 && !is_ahead (self, head)
         && memcmp (bg_membership_log_get_hash (self->log, head->count - 1), head->hash,
                    BG_ENTRY_HASH)
              != 0;
}

/* One that was put out has nothing to say any more. */
static gboolean
is_revoked (BgLogWatch *self, const Head *head)
{
  const BgMember *member = bg_membership_find_key (bg_membership_log_get_state (self->log),
                                                   head->key);

  return member && member->is_revoked;
}

static void
judge (BgLogWatch *self, Head *head, gint64 now_us)
{
  if (!is_ahead (self, head))
    head->ahead_us = 0;
  else if (head->ahead_us == 0)
    head->ahead_us = now_us;
  if (!is_ahead (self, head) && !is_forked (self, head))
    head->is_dismissed = FALSE;
}

/* --- What happens --- */

static Head *
find_or_add (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY])
{
  char text[BG_KEY_HEX_LEN + 1];
  Head *head;

  bg_key_to_hex (key, text);
  head = g_hash_table_lookup (self->heads, text);
  if (head)
    return head;
  head = g_new0 (Head, 1);
  memcpy (head->key, key, BG_ENTRY_KEY);
  g_hash_table_insert (self->heads, g_strdup (text), head);
  return head;
}

gboolean
bg_log_watch_take_head (BgLogWatch *self, const char *name, const guint8 key[BG_ENTRY_KEY],
                        guint32 count, const guint8 hash[BG_ENTRY_HASH], gint64 now_us)
{
  Head *head = find_or_add (self, key);

  g_free (head->name);
  head->name = g_strdup (name);
  head->count = count;
  memcpy (head->hash, hash, BG_ENTRY_HASH);
  judge (self, head, now_us);
  return is_ahead (self, head);
}

void
bg_log_watch_forget (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY])
{
  char text[BG_KEY_HEX_LEN + 1];

  bg_key_to_hex (key, text);
  g_hash_table_remove (self->heads, text);
}

static void
for_each (BgLogWatch *self, void (*what) (BgLogWatch *self, Head *head, gint64 now_us),
          gint64 now_us)
{
  GHashTableIter iter;
  gpointer head;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &head))
    what (self, head, now_us);
}

static void
begin_again (BgLogWatch *self, Head *head, gint64 now_us)
{
  head->ahead_us = 0;
  judge (self, head, now_us);
}

void
bg_log_watch_set_online (BgLogWatch *self, gboolean online, gint64 now_us)
{
  if (online && !self->online)
    for_each (self, begin_again, now_us);
  self->online = online;
}

void
bg_log_watch_set_broken (BgLogWatch *self, BgWords *take)
{
  bg_words_take (&self->broken, take);
}

void
bg_log_watch_note_log (BgLogWatch *self, gint64 now_us)
{
  for_each (self, judge, now_us);
}

static void
dismiss (BgLogWatch *self, Head *head, gint64 now_us)
{
  head->is_dismissed |= is_forked (self, head) || is_ahead (self, head);
}

void
bg_log_watch_dismiss (BgLogWatch *self)
{
  for_each (self, dismiss, 0);
  g_clear_pointer (&self->broken, bg_words_unref);
}

/* --- The alarm --- */

static BgAlarmKind
kind_of (BgLogWatch *self, const Head *head, gint64 now_us)
{
  if (head->is_dismissed || is_revoked (self, head))
    return BG_ALARM_NONE;
  if (is_forked (self, head))
    return BG_ALARM_FORKED;
  return self->online && head->ahead_us > 0 && now_us - head->ahead_us >= BG_WITHHELD_US
           ? BG_ALARM_WITHHELD
           : BG_ALARM_NONE;
}

/* Of several peers always the same one, so that what is said does not jump. */
static const Head *
find_first (BgLogWatch *self, BgAlarmKind kind, gint64 now_us)
{
  GHashTableIter iter;
  gpointer head;
  const Head *first = NULL;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &head))
    if (kind_of (self, head, now_us) == kind
        && (!first || strcmp (((Head *) head)->name, first->name) < 0))
      first = head;
  return first;
}

BgAlarm
bg_log_watch_get_alarm (BgLogWatch *self, gint64 now_us)
{
  const Head *head = find_first (self, BG_ALARM_FORKED, now_us);

  if (head)
    return (BgAlarm){ BG_ALARM_FORKED, head->name, head->key, head->count - 1, head->hash, NULL };
  if (self->broken)
    return (BgAlarm){ .kind = BG_ALARM_BROKEN, .why = self->broken };
  head = find_first (self, BG_ALARM_WITHHELD, now_us);
  if (head)
    return (BgAlarm){ BG_ALARM_WITHHELD, head->name, head->key, head->count, head->hash, NULL };
  return (BgAlarm){ .kind = BG_ALARM_NONE };
}

gint64
bg_log_watch_next_us (BgLogWatch *self)
{
  GHashTableIter iter;
  gpointer data;
  gint64 next = G_MAXINT64;

  g_hash_table_iter_init (&iter, self->heads);
  while (self->online && g_hash_table_iter_next (&iter, NULL, &data))
    {
      const Head *head = data;

      if (head->ahead_us > 0 && !head->is_dismissed)
        next = MIN (next, head->ahead_us + BG_WITHHELD_US);
    }
  return next;
}

/* --- Over restarts --- */

static void
write_head (GString *text, const Head *head)
{
  char key[BG_KEY_HEX_LEN + 1], hash[BG_KEY_HEX_LEN + 1];
  g_autofree char *name = g_uri_escape_string (head->name, NULL, FALSE);

  bg_key_to_hex (head->key, key);
  bg_key_to_hex (head->hash, hash);
  g_string_append_printf (text, "%s %u %s %s\n", key, head->count, hash, name);
}

char *
bg_log_watch_save (BgLogWatch *self)
{
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer head;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &head))
    if (kind_of (self, head, 0) == BG_ALARM_FORKED)
      write_head (text, head);
  return g_string_free (text, text->len == 0);
}

static void
restore_head (BgLogWatch *self, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  g_autofree char *name = NULL;
  guint8 key[BG_ENTRY_KEY], hash[BG_ENTRY_HASH];
  guint64 count;

  if (g_strv_length (words) != 4 || !bg_key_from_hex (words[0], key)
      || !g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXUINT32, &count, NULL)
      || !bg_key_from_hex (words[2], hash) || !(name = g_uri_unescape_string (words[3], NULL)))
    return;
  bg_log_watch_take_head (self, name, key, (guint32) count, hash, 0);
}

void
bg_log_watch_restore (BgLogWatch *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line; line++)
    restore_head (self, *line);
}
