/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "join-line.h"

#include "hub-url.h"

#include <string.h>

#define PROGRAM "bamgatectl"
#define MAX_CODE 64
#define MAX_NAME 63

/* What codes look like is the hub's business: letters, digits and "-", and no option. */
gboolean
join_line_is_code (const char *text)
{
  gsize n = strlen (text);

  if (n < 4 || n > MAX_CODE || !g_ascii_isalnum (text[0]))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '-')
      return FALSE;
  return TRUE;
}

static gboolean
take_name (JoinLine *line, const char *name)
{
  g_free (line->name);
  line->name = g_strdup (name);
  return *name && strlen (name) <= MAX_NAME && g_utf8_validate (name, -1, NULL);
}

/* Options that change how a person runs it are passed over, as this is no such run. */
static gboolean
take_option (JoinLine *line, char **words, guint *i)
{
  const char *word = words[*i];

  if (g_str_has_prefix (word, "--name="))
    return take_name (line, word + strlen ("--name="));
  if ((g_str_equal (word, "--name") || g_str_equal (word, "-n")) && words[*i + 1])
    return take_name (line, words[++*i]);
  return TRUE;
}

static gboolean
take_word (JoinLine *line, const char *word, guint n)
{
  if (n == 0 && g_str_equal (word, "-"))
    return TRUE;
  if (n > 1)
    return FALSE;
  if (n == 0)
    line->code = g_strdup (word);
  else
    line->hub = g_strdup (word);
  return n == 0 ? join_line_is_code (word) : hub_url_is_valid (word);
}

/* `words` stand behind "bamgatectl join". */
static gboolean
take_words (JoinLine *line, char **words)
{
  guint n = 0;

  for (guint i = 0; words[i]; i++)
    {
      gboolean is_option = words[i][0] == '-' && words[i][1];

      if (!(is_option ? take_option (line, words, &i) : take_word (line, words[i], n++)))
        return FALSE;
    }
  return line->hub != NULL;
}

static gboolean
parse_one (const char *text, JoinLine *line)
{
  g_auto (GStrv) words = NULL;

  *line = (JoinLine){ NULL };
  text = strstr (text, PROGRAM);
  if (!text || !g_shell_parse_argv (text, NULL, &words, NULL) || !words[1]
      || !g_str_equal (words[0], PROGRAM) || !g_str_equal (words[1], "join"))
    return FALSE;
  if (take_words (line, words + 2))
    return TRUE;
  join_line_clear (line);
  return FALSE;
}

gboolean
join_line_parse (const char *text, JoinLine *line)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 200);

  for (char **one = lines; *one; one++)
    if (parse_one (g_strstrip (*one), line))
      return TRUE;
  *line = (JoinLine){ NULL };
  return FALSE;
}

void
join_line_clear (JoinLine *line)
{
  g_clear_pointer (&line->code, g_free);
  g_clear_pointer (&line->hub, g_free);
  g_clear_pointer (&line->name, g_free);
}

char *
join_line_format (const char *code, const char *hub, const char *name)
{
  g_autofree char *quoted_hub = g_shell_quote (hub);
  g_autofree char *quoted_name = name ? g_shell_quote (name) : NULL;
  gboolean has_code = code && join_line_is_code (code); /* people paste the line into a shell */

  return g_strconcat (PROGRAM " join ", has_code ? code : "-", " ", quoted_hub,
                      name ? " --name " : "", name ? quoted_name : "", "\n", NULL);
}
