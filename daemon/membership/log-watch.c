/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/log-watch.h"

#include "common/key-text.h"

#include <string.h>

/* What a peer says is looked at this often, and so many times at once. */
#define PACE_US (10 * G_USEC_PER_SEC)
#define PACE_BURST 4

/* What was said. */
typedef struct
{
  guint32 count;
  guint8 hash[BG_ENTRY_HASH];
} Said;

typedef struct
{
  char *name;
  guint8 key[BG_ENTRY_KEY];
  gboolean was_heard;
  Said said;
  gint64 ahead_us;       /* since when it has more than we; 0: it has not */
  BgAlarmKind dismissed; /* what a person said of it: ours is right */
  guint32 dismissed_at;  /* how many entries it had then */
  gboolean agreed;       /* with the log of before, while that is replaced */
  gboolean waits;        /* with what it said last, until it is time to look at it */
  Said waiting;
  gint64 spared_us; /* until when it is asked for nothing */
  gint64 paid_us;   /* when the looks that it had are paid for */
} Head;

struct _BgLogWatch
{
  BgMembershipLog *log;
  GHashTable *heads; /* key in hexadecimal -> Head */
  gboolean online;
  BgWords *broken;
  char *accepted; /* the text of what a person has seen of that; NULL: nothing */
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
  g_free (self->accepted);
  g_free (self);
}

/* --- One head --- */

static gboolean
is_ahead (BgLogWatch *self, const Head *head)
{
  return head->said.count > bg_membership_log_get_count (self->log);
}

static gboolean
is_forked (BgLogWatch *self, const Head *head)
{
  return head->said.count > 0 && !is_ahead (self, head)
         && memcmp (bg_membership_log_get_hash (self->log, head->said.count - 1), head->said.hash,
                    BG_ENTRY_HASH)
              != 0;
}

static gboolean
is_alike (BgLogWatch *self, const Head *head)
{
  return !is_ahead (self, head) && !is_forked (self, head);
}

static gboolean
is_revoked_in (const BgMembership *state, const Head *head)
{
  const BgMember *member = bg_membership_find_key (state, head->key);

  return member && member->is_revoked;
}

/* One that was put out has nothing to say any more. */
static gboolean
is_revoked (BgLogWatch *self, const Head *head)
{
  return is_revoked_in (bg_membership_log_get_state (self->log), head);
}

/* It says all that ours says, or all that it said when it was dismissed: an old entry that both have proves nothing. */
static gboolean
is_cured (BgLogWatch *self, const Head *head)
{
  return is_alike (self, head)
         && head->said.count >= MIN (head->dismissed_at, bg_membership_log_get_count (self->log));
}

static void
judge (BgLogWatch *self, Head *head, gint64 now_us)
{
  if (!is_ahead (self, head))
    head->ahead_us = 0;
  else if (head->ahead_us == 0)
    head->ahead_us = now_us;
  if (is_cured (self, head) || (head->dismissed == BG_ALARM_WITHHELD && !is_ahead (self, head)))
    head->dismissed = BG_ALARM_NONE;
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

static gboolean
is_said (const Said *said, guint32 count, const guint8 hash[BG_ENTRY_HASH])
{
  return said->count == count && memcmp (said->hash, hash, BG_ENTRY_HASH) == 0;
}

/* When it is looked at again, at the earliest. */
static gint64
look_us (const Head *head)
{
  return head->paid_us - (PACE_BURST - 1) * PACE_US;
}

static void
look (BgLogWatch *self, Head *head, const Said *said, gint64 now_us)
{
  head->paid_us = MAX (head->paid_us, now_us) + PACE_US;
  head->said = *said;
  head->spared_us = 0;
  head->waits = FALSE;
  judge (self, head, now_us);
}

/* Nobody keeps us from looking by what it says: the last word waits, and all before it are forgotten. */
static BgHeadNews
wait (Head *head, const Said *said)
{
  gboolean waited = head->waits;

  head->waits = TRUE;
  head->waiting = *said;
  return waited ? BG_HEAD_OLD : BG_HEAD_WAITS;
}

BgHeadNews
bg_log_watch_take_head (BgLogWatch *self, const char *name, const guint8 key[BG_ENTRY_KEY],
                        guint32 count, const guint8 hash[BG_ENTRY_HASH], gint64 now_us)
{
  Head *head = find_or_add (self, key);
  Said said = { .count = count };

  memcpy (said.hash, hash, BG_ENTRY_HASH);
  if (g_strcmp0 (head->name, name) != 0)
    {
      g_free (head->name);
      head->name = g_strdup (name);
    }
  if (head->was_heard && is_said (head->waits ? &head->waiting : &head->said, count, hash))
    return BG_HEAD_OLD;
  head->was_heard = TRUE;
  if (look_us (head) > now_us)
    return wait (head, &said);
  look (self, head, &said, now_us);
  return is_ahead (self, head) ? BG_HEAD_AHEAD : BG_HEAD_NEWS;
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

/* G_MAXINT64: nothing does. */
static gint64
waits_until (const Head *head)
{
  return head->waits ? look_us (head) : G_MAXINT64;
}

gboolean
bg_log_watch_settle (BgLogWatch *self, gint64 now_us)
{
  GHashTableIter iter;
  gpointer data;
  gboolean has_more = FALSE;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    {
      Head *head = data;
      Said said = head->waiting;

      if (waits_until (head) > now_us)
        continue;
      look (self, head, &said, now_us);
      has_more |= is_ahead (self, head);
    }
  return has_more;
}

void
bg_log_watch_set_broken (BgLogWatch *self, BgWords *take)
{
  if (self->accepted && (!take || !g_str_equal (take->text, self->accepted)))
    g_clear_pointer (&self->accepted, g_free);
  bg_words_take (&self->broken, take);
}

void
bg_log_watch_note_log (BgLogWatch *self, gint64 now_us)
{
  for_each (self, judge, now_us);
}

static void
dismiss (BgLogWatch *self, Head *head, BgAlarmKind kind)
{
  head->dismissed = kind;
  head->dismissed_at = head->said.count;
}

/* What is said of entries behind the one that was compared is not known to be wrong. */
void
bg_log_watch_dismiss (BgLogWatch *self, BgAlarmKind kind, guint32 entry)
{
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    {
      Head *head = data;

      if (kind == BG_ALARM_FORKED && is_forked (self, head) && head->said.count - 1 <= entry)
        dismiss (self, head, kind);
      if (kind == BG_ALARM_WITHHELD && is_ahead (self, head))
        dismiss (self, head, kind);
    }
  if (kind == BG_ALARM_BROKEN && self->broken)
    {
      g_free (self->accepted);
      self->accepted = g_strdup (self->broken->text);
    }
}

gboolean
bg_log_watch_has_dismissed (BgLogWatch *self)
{
  GHashTableIter iter;
  gpointer head;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &head))
    if (((Head *) head)->dismissed != BG_ALARM_NONE)
      return TRUE;
  return self->accepted != NULL;
}

/* --- Another log --- */

static void
note_agreement (BgLogWatch *self, Head *head, gint64 now_us)
{
  head->agreed = is_alike (self, head);
}

void
bg_log_watch_begin_replacement (BgLogWatch *self)
{
  for_each (self, note_agreement, 0);
}

/* Whoever said what the log of before said is as wrong as that was. */
static void
judge_anew (BgLogWatch *self, Head *head, gint64 now_us)
{
  judge (self, head, now_us);
  if (head->agreed && !is_alike (self, head))
    dismiss (self, head, BG_ALARM_FORKED);
}

void
bg_log_watch_end_replacement (BgLogWatch *self, gint64 now_us)
{
  for_each (self, judge_anew, now_us);
  bg_log_watch_set_broken (self, NULL);
}

/* --- The alarm --- */

/* A split that was looked into is no more of one because that peer's log goes on. */
static gboolean
is_dismissed (const Head *head, BgAlarmKind kind)
{
  return head->dismissed == kind || head->dismissed == BG_ALARM_FORKED;
}

static BgAlarmKind
kind_of (BgLogWatch *self, const Head *head, gint64 now_us)
{
  if (is_revoked (self, head))
    return BG_ALARM_NONE;
  if (is_forked (self, head))
    return is_dismissed (head, BG_ALARM_FORKED) ? BG_ALARM_NONE : BG_ALARM_FORKED;
  return self->online && head->ahead_us > 0 && now_us - head->ahead_us >= BG_WITHHELD_US
             && !is_dismissed (head, BG_ALARM_WITHHELD)
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
    return (BgAlarm){ BG_ALARM_FORKED,      head->name,      head->key,
                      head->said.count - 1, head->said.hash, NULL };
  if (self->broken && !self->accepted)
    return (BgAlarm){ .kind = BG_ALARM_BROKEN, .why = self->broken };
  head = find_first (self, BG_ALARM_WITHHELD, now_us);
  if (head)
    return (BgAlarm){ BG_ALARM_WITHHELD, head->name,      head->key,
                      head->said.count,  head->said.hash, NULL };
  return (BgAlarm){ .kind = BG_ALARM_NONE };
}

gboolean
bg_log_watch_is_forker (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY])
{
  char text[BG_KEY_HEX_LEN + 1];
  const Head *head;

  bg_key_to_hex (key, text);
  head = g_hash_table_lookup (self->heads, text);
  return head && kind_of (self, head, 0) == BG_ALARM_FORKED;
}

gboolean
bg_log_watch_ends_fork (BgLogWatch *self, const BgMembership *state)
{
  GHashTableIter iter;
  gpointer head;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &head))
    if (kind_of (self, head, 0) == BG_ALARM_FORKED && is_revoked_in (state, head))
      return TRUE;
  return FALSE;
}

gint64
bg_log_watch_next_us (BgLogWatch *self)
{
  GHashTableIter iter;
  gpointer data;
  gint64 next = G_MAXINT64;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    {
      const Head *head = data;

      next = MIN (next, waits_until (head));
      if (self->online && head->ahead_us > 0 && !is_dismissed (head, BG_ALARM_WITHHELD))
        next = MIN (next, head->ahead_us + BG_WITHHELD_US);
    }
  return next;
}

gboolean
bg_log_watch_lacks_entries (BgLogWatch *self)
{
  GHashTableIter iter;
  gpointer head;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &head))
    if (is_ahead (self, head) && !is_dismissed (head, BG_ALARM_WITHHELD)
        && !is_revoked (self, head))
      return TRUE;
  return FALSE;
}

/* --- Whom to ask --- */

static gboolean
may_be_asked (BgLogWatch *self, const Head *head, gint64 now_us)
{
  return is_ahead (self, head) && head->spared_us <= now_us && head->dismissed == BG_ALARM_NONE
         && !is_revoked (self, head);
}

gboolean
bg_log_watch_find_ahead (BgLogWatch *self, gint64 now_us, const char **name,
                         guint8 key[BG_ENTRY_KEY])
{
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    {
      const Head *head = data;

      if (!may_be_asked (self, head, now_us))
        continue;
      *name = head->name;
      memcpy (key, head->key, BG_ENTRY_KEY);
      return TRUE;
    }
  return FALSE;
}

static Head *
find (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY])
{
  char text[BG_KEY_HEX_LEN + 1];

  bg_key_to_hex (key, text);
  return g_hash_table_lookup (self->heads, text);
}

gboolean
bg_log_watch_is_ahead (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY])
{
  const Head *head = find (self, key);

  return head && is_ahead (self, head);
}

void
bg_log_watch_spare (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY], gint64 until_us)
{
  Head *head = find (self, key);

  if (head)
    head->spared_us = until_us;
}

/* --- Over restarts --- */

static const char *const kind_words[] = {
  [BG_ALARM_NONE] = "open",
  [BG_ALARM_FORKED] = "forked",
  [BG_ALARM_WITHHELD] = "withheld",
};

/* What is wrong, and what a person said of it. */
static void
write_head (GString *text, const Head *head)
{
  char key[BG_KEY_HEX_LEN + 1], hash[BG_KEY_HEX_LEN + 1];
  g_autofree char *name = g_uri_escape_string (head->name, NULL, FALSE);

  bg_key_to_hex (head->key, key);
  bg_key_to_hex (head->said.hash, hash);
  g_string_append_printf (text, "%s %u %s %s %s %u\n", key, head->said.count, hash, name,
                          kind_words[head->dismissed], head->dismissed_at);
}

/* In an order of its own, so that the same is the same text. */
static int
compare_heads (gconstpointer a, gconstpointer b)
{
  return memcmp ((*(Head *const *) a)->key, (*(Head *const *) b)->key, BG_ENTRY_KEY);
}

static gboolean
is_kept (BgLogWatch *self, const Head *head)
{
  return kind_of (self, head, 0) == BG_ALARM_FORKED
         || (head->dismissed != BG_ALARM_NONE && !is_revoked (self, head));
}

static GPtrArray *
find_kept (BgLogWatch *self)
{
  GPtrArray *heads = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer head;

  g_hash_table_iter_init (&iter, self->heads);
  while (g_hash_table_iter_next (&iter, NULL, &head))
    if (is_kept (self, head))
      g_ptr_array_add (heads, head);
  g_ptr_array_sort (heads, compare_heads);
  return heads;
}

char *
bg_log_watch_save (BgLogWatch *self)
{
  g_autoptr (GPtrArray) heads = find_kept (self);
  g_autofree char *accepted = self->accepted ? g_uri_escape_string (self->accepted, NULL, FALSE)
                                             : NULL;
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < heads->len; i++)
    write_head (text, heads->pdata[i]);
  if (accepted)
    g_string_append_printf (text, "hub %s\n", accepted);
  return g_string_free (text, text->len == 0);
}

static BgAlarmKind
kind_of_word (const char *word)
{
  return g_strcmp0 (word, kind_words[BG_ALARM_FORKED]) == 0     ? BG_ALARM_FORKED
         : g_strcmp0 (word, kind_words[BG_ALARM_WITHHELD]) == 0 ? BG_ALARM_WITHHELD
                                                                : BG_ALARM_NONE;
}

/* The last two words came later. */
static void
restore_head (BgLogWatch *self, char **words)
{
  gboolean says_more = g_strv_length (words) == 6;
  g_autofree char *name = NULL;
  guint8 key[BG_ENTRY_KEY], hash[BG_ENTRY_HASH];
  guint64 count, at = 0;
  Head *head;

  if ((g_strv_length (words) != 4 && !says_more) || !bg_key_from_hex (words[0], key)
      || !g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXUINT32, &count, NULL)
      || !bg_key_from_hex (words[2], hash) || !(name = g_uri_unescape_string (words[3], NULL))
      || (says_more && !g_ascii_string_to_unsigned (words[5], 10, 0, G_MAXUINT32, &at, NULL)))
    return;
  bg_log_watch_take_head (self, name, key, (guint32) count, hash, 0);
  head = find_or_add (self, key);
  head->paid_us = 0;
  head->dismissed_at = (guint32) at;
  if (!is_alike (self, head))
    head->dismissed = says_more ? kind_of_word (words[4]) : BG_ALARM_NONE;
}

void
bg_log_watch_restore (BgLogWatch *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", -1);

      if (g_strv_length (words) == 2 && g_str_equal (words[0], "hub"))
        {
          g_free (self->accepted);
          self->accepted = g_uri_unescape_string (words[1], NULL);
        }
      else
        restore_head (self, words);
    }
}
