/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/hosts-text.h"

#include <string.h>

#define TAG "# bamgate"
#define TAG_ENDED "# bamgate+" /* of the heading: the line before it had no end, and got one */
#define HEADING "# Names of bamgate; bamgated keeps these lines"

/* Up to the end of the line, which is not counted. */
static gsize
line_length (const char *line)
{
  gsize len = strcspn (line, "\n");

  return len > 0 && line[len - 1] == '\r' ? len - 1 : len;
}

static const char *
next_line (const char *line)
{
  const char *end = strchr (line, '\n');

  return end ? end + 1 : line + strlen (line);
}

static gboolean
ends_with (const char *line, gsize len, const char *tag)
{
  gsize n = strlen (tag);

  return len >= n && memcmp (line + len - n, tag, n) == 0;
}

static gboolean
is_ours (const char *line)
{
  gsize len = line_length (line);

  return ends_with (line, len, TAG) || ends_with (line, len, TAG_ENDED);
}

gboolean
bg_hosts_text_has_section (const char *text)
{
  for (const char *line = text; *line; line = next_line (line))
    if (is_ours (line))
      return TRUE;
  return FALSE;
}

/* --- Without our section --- */

static void
drop_line_end (GString *text)
{
  if (text->len > 0 && text->str[text->len - 1] == '\n')
    g_string_truncate (text, text->len - 1);
  if (text->len > 0 && text->str[text->len - 1] == '\r')
    g_string_truncate (text, text->len - 1);
}

/* `*place` becomes where our section was, or the end. */
static GString *
without_section (const char *old, gsize *place)
{
  GString *text = g_string_new (NULL);
  gboolean found = FALSE, ended = FALSE;

  for (const char *line = old; *line; line = next_line (line))
    if (!is_ours (line))
      g_string_append_len (text, line, next_line (line) - line);
    else
      {
        if (ends_with (line, line_length (line), TAG_ENDED))
          ended = TRUE;
        if (!found)
          *place = text->len;
        found = TRUE;
      }
  /* Only where nobody wrote anything behind it meanwhile. */
  if (found && ended && *place == text->len)
    drop_line_end (text);
  *place = found ? MIN (*place, text->len) : text->len;
  return text;
}

/* --- Names --- */

/* Names of the lines, in lower case. */
static GHashTable *
collect_names (const char *text)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_hash_table_add (names, g_strdup ("localhost"));
  for (const char *line = text; *line; line = next_line (line))
    {
      g_autofree char *part = g_strndup (line, MIN (strcspn (line, "#"), line_length (line)));
      g_auto (GStrv) words = g_strsplit_set (part, " \t\r", -1);
      gboolean is_address = TRUE;

      for (guint i = 0; words[i]; i++)
        {
          if (!words[i][0])
            continue;
          if (!is_address)
            g_hash_table_add (names, g_ascii_strdown (words[i], -1));
          is_address = FALSE;
        }
    }
  return names;
}

GHashTable *
bg_hosts_text_collect_foreign (const char *text)
{
  gsize place;
  GString *foreign = without_section (text, &place);
  GHashTable *names = collect_names (foreign->str);

  g_string_free (foreign, TRUE);
  return names;
}

/* "10.0.0.3\tlaptop.bamgate.internal laptop"; NULL where no name is left. */
static char *
clean_line (const char *line, GHashTable *taken)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  GString *clean = g_string_new (words[0]);
  guint n = 0;

  for (guint i = 1; words[0] && words[i]; i++)
    if (words[i][0] && !g_hash_table_contains (taken, words[i]))
      {
        g_string_append_c (clean, n++ == 0 ? '\t' : ' ');
        g_string_append (clean, words[i]);
      }
  return g_string_free (clean, n == 0);
}

/* --- The section --- */

static GString *
make_section (const char *const *lines, GHashTable *taken, const char *eol, gboolean ends_line)
{
  GString *section = g_string_new (NULL);

  for (; lines && *lines; lines++)
    {
      g_autofree char *line = clean_line (*lines, taken);

      if (line)
        g_string_append_printf (section, "%s " TAG "%s", line, eol);
    }
  if (section->len > 0)
    {
      g_autofree char *heading = g_strconcat (ends_line ? eol : "", HEADING " ",
                                              ends_line ? TAG_ENDED : TAG, eol, NULL);

      g_string_prepend (section, heading);
    }
  return section;
}

static const char *
line_end_of (const char *text)
{
  const char *end = strchr (text, '\n');

  return end && end > text && end[-1] == '\r' ? "\r\n" : "\n";
}

char *
bg_hosts_text_replace (const char *old, const char *const *lines)
{
  gsize place = 0;
  GString *text = without_section (old, &place);
  g_autoptr (GHashTable) taken = collect_names (text->str);
  gboolean ends_line = place == text->len && place > 0 && text->str[place - 1] != '\n';
  GString *section = make_section (lines, taken, line_end_of (old), ends_line);

  g_string_insert_len (text, (gssize) place, section->str, (gssize) section->len);
  g_string_free (section, TRUE);
  return g_string_free (text, FALSE);
}
