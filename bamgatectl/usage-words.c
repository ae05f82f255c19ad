/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/usage-words.h"

#include <string.h>

#define REPEATED "…"

static gboolean
is_meant_as_it_is (const char *word)
{
  return g_ascii_islower (word[0]);
}

/* The word of a way at a place; the last one again where it repeats; else NULL. */
static char *
word_at (char **way, guint n)
{
  const guint length = g_strv_length (way);
  char *word = n < length                                                   ? way[n]
               : length > 0 && g_str_has_suffix (way[length - 1], REPEATED) ? way[length - 1]
                                                                            : NULL;

  if (!word)
    return NULL;
  return g_strndup (word,
                    strlen (word) - (g_str_has_suffix (word, REPEATED) ? strlen (REPEATED) : 0));
}

static gboolean
leads_there (char **way, char **before, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *word = word_at (way, i);

      if (!word || (is_meant_as_it_is (word) && !g_str_equal (word, before[i])))
        return FALSE;
    }
  return TRUE;
}

void
usage_words_next (const char *usage, char **before, guint n, UsageWordFunc func, gpointer data)
{
  g_autofree char *plain = g_strdup (usage ? usage : "");
  g_auto (GStrv) ways = NULL;

  g_strdelimit (plain, "[]", ' ');
  ways = g_strsplit (plain, "|", -1);
  for (char **text = ways; *text; text++)
    {
      g_auto (GStrv) way = g_strsplit (g_strstrip (*text), " ", -1);
      g_autofree char *word = NULL;

      if (leads_there (way, before, n) && (word = word_at (way, n)) && *word)
        func (word, data);
    }
}
