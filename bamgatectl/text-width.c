/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/text-width.h"

#include <string.h>

#define NO_BREAK "\u00a0"

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
  int at;    /* columns that the last line has */
  int first; /* indent of what begins behind a newline */
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

static char *
wrap (const char *text, Paragraph paragraph)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i]; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

      if (i > 0)
        break_line (&paragraph, paragraph.first);
      for (guint j = 0; words[j]; j++)
        add_word (&paragraph, words[j], j == 0);
    }
  return g_string_free (paragraph.text, FALSE);
}

char *
text_wrap (const char *text, int columns, int indent)
{
  return wrap (text, (Paragraph){ g_string_new (NULL), columns, indent, .first = 0 });
}

/* The blanks of what is quoted from `start` on become ones that do not break, if all of it fits into a line. */
static void
hold_quoted (GString *text, gsize start, gsize end, int most)
{
  g_autofree char *quoted = g_strndup (text->str + start, end - start);
  g_auto (GStrv) words = g_strsplit (quoted, " ", -1);
  g_autofree char *held = g_strjoinv (NO_BREAK, words);

  if (text_width (quoted) > most)
    return;
  g_string_erase (text, (gssize) start, (gssize) (end - start));
  g_string_insert (text, (gssize) start, held);
}

static GString *
hold_quotes (const char *text, int most)
{
  GString *held = g_string_new (NULL);
  gsize start = 0;
  gboolean inside = FALSE;

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!inside && (c == 0x201c || c == 0xbb)) /* “ » */
        {
          start = held->len;
          inside = TRUE;
        }
      g_string_append_unichar (held, c);
      if (inside && (c == 0x201d || c == 0xab)) /* ” « */
        {
          hold_quoted (held, start, held->len, most);
          inside = FALSE;
        }
    }
  return held;
}

char *
text_wrap_behind (const char *text, int columns, int indent)
{
  g_autoptr (GString) held = hold_quotes (text, columns - indent);
  g_autofree char *broken = wrap (
    held->str, (Paragraph){ g_string_new (NULL), columns, indent, .at = indent, .first = indent });
  g_auto (GStrv) parts = g_strsplit (broken, NO_BREAK, -1);

  return g_strjoinv (" ", parts);
}
