/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-text.h"

#include <string.h>

/* What a line is, as GKeyFile reads it. */
typedef enum
{
  LINE_OTHER, /* blank or comment */
  LINE_GROUP,
  LINE_KEY,
} LineKind;

static LineKind
read_line (const char *line, char **name)
{
  const char *end;

  while (g_ascii_isspace (*line))
    line++;
  end = strchr (line, *line == '[' ? ']' : '=');
  *name = NULL;
  if (*line == '#' || !end)
    return LINE_OTHER;
  if (*line == '[')
    {
      *name = g_strndup (line + 1, (gsize) (end - line) - 1);
      return LINE_GROUP;
    }
  *name = g_strchomp (g_strndup (line, (gsize) (end - line)));
  return LINE_KEY;
}

/* Lines without their ends. */
static GPtrArray *
split (const char *text)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (text, "\n", -1);

  for (char **part = parts; *part; part++)
    g_ptr_array_add (lines, g_steal_pointer (part));
  /* The end of the last line is not a line of its own. */
  if (lines->len > 0 && *(const char *) g_ptr_array_index (lines, lines->len - 1) == '\0')
    g_ptr_array_set_size (lines, (int) lines->len - 1);
  return lines;
}

static char *
join (const GPtrArray *lines)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (out, "%s\n", (const char *) g_ptr_array_index (lines, i));
  return g_string_free (out, FALSE);
}

/* Where a key is, and where a new one goes: the last word counts, also of a section that is opened twice. -1: nowhere. */
static void
find (const GPtrArray *lines, const char *group, const char *key, int *key_line, int *last_line)
{
  gboolean inside = FALSE;

  *key_line = *last_line = -1;
  for (guint i = 0; i < lines->len; i++)
    {
      g_autofree char *name = NULL;
      LineKind kind = read_line (g_ptr_array_index (lines, i), &name);

      if (kind == LINE_GROUP)
        inside = g_str_equal (name, group);
      if (!inside || kind == LINE_OTHER)
        continue;
      *last_line = (int) i;
      if (kind == LINE_KEY && g_str_equal (name, key))
        *key_line = (int) i;
    }
}

char *
bg_config_text_set (const char *text, const char *group, const char *key, const char *value)
{
  g_autoptr (GPtrArray) lines = split (text);
  g_autoptr (GKeyFile) escaper = g_key_file_new ();
  g_autofree char *escaped = NULL;
  char *line;
  int key_line, last_line;

  g_key_file_set_string (escaper, group, key, value);
  escaped = g_key_file_get_value (escaper, group, key, NULL);
  line = g_strconcat (key, "=", escaped, NULL);
  find (lines, group, key, &key_line, &last_line);
  if (key_line >= 0)
    {
      g_free (g_ptr_array_index (lines, key_line));
      g_ptr_array_index (lines, key_line) = line;
    }
  else if (last_line >= 0)
    g_ptr_array_insert (lines, last_line + 1, line);
  else
    {
      if (lines->len > 0)
        g_ptr_array_add (lines, g_strdup (""));
      g_ptr_array_add (lines, g_strdup_printf ("[%s]", group));
      g_ptr_array_add (lines, line);
    }
  return join (lines);
}

char *
bg_config_text_remove (const char *text, const char *group, const char *key)
{
  g_autoptr (GPtrArray) lines = split (text);
  gboolean inside = FALSE;

  for (guint i = 0; i < lines->len;)
    {
      g_autofree char *name = NULL;
      LineKind kind = read_line (g_ptr_array_index (lines, i), &name);

      if (kind == LINE_GROUP)
        inside = g_str_equal (name, group);
      if (inside && kind != LINE_OTHER
          && (key ? kind == LINE_KEY && g_str_equal (name, key) : TRUE))
        g_ptr_array_remove_index (lines, i);
      else
        i++;
    }
  return join (lines);
}
