/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/text-width.h"

#include <string.h>

static int
width_of (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

int
text_width (const char *text)
{
  int width = 0;

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    width += width_of (g_utf8_get_char (p));
  return width;
}

/* Where the text has filled `columns`. */
static const char *
end_of (const char *text, int columns)
{
  const char *p = text;

  for (int width = 0; *p; p = g_utf8_next_char (p))
    {
      width += width_of (g_utf8_get_char (p));
      if (width > columns)
        break;
    }
  return p;
}

char *
text_cut (const char *text, int columns)
{
  g_autofree char *start = NULL;

  if (columns <= 0)
    return g_strdup ("");
  if (text_width (text) <= columns)
    return g_strdup (text);
  start = g_strndup (text, (gsize) (end_of (text, columns - 1) - text));
  return g_strconcat (start, "…", NULL);
}

typedef struct
{
  GString *text;
  int columns, indent;
  int at; /* columns that the last line has */
} Paragraph;

static void
break_line (Paragraph *paragraph, int indent)
{
  g_string_append_printf (paragraph->text, "\n%*s", indent, "");
  paragraph->at = indent;
}

static void
add_word (Paragraph *paragraph, const char *word, gboolean first)
{
  int width = text_width (word);

  if (!first && paragraph->at + 1 + width > paragraph->columns)
    break_line (paragraph, paragraph->indent);
  else if (!first)
    {
      g_string_append_c (paragraph->text, ' ');
      paragraph->at++;
    }
  g_string_append (paragraph->text, word);
  paragraph->at += width;
}

char *
text_wrap (const char *text, int columns, int indent)
{
  Paragraph paragraph = { g_string_new (NULL), columns, indent, 0 };
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i]; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

      if (i > 0)
        break_line (&paragraph, 0);
      for (guint j = 0; words[j]; j++)
        add_word (&paragraph, words[j], j == 0);
    }
  return g_string_free (paragraph.text, FALSE);
}
