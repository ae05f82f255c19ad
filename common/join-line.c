/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/join-line.h"

#include "common/invite-code.h"

#include <string.h>

#define PIN_MARK "#sha256="
#define QUOTES "'\"`‘’“”"

/* A longer text is no line that somebody made for joining. */
#define LONGEST 4096

static gboolean
is_scheme_known (const char *word)
{
  static const char *const schemes[] = { "https://", "http://", "wss://", "ws://" };

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strncasecmp (word, schemes[i], strlen (schemes[i])) == 0)
      return TRUE;
  return FALSE;
}

/* Quotes are of no use here: neither codes nor URLs hold blanks; mail programs make typographic ones of them. */
static char **
split_words (const char *text)
{
  g_autoptr (GString) plain = g_string_new (NULL);

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_utf8_strchr (QUOTES, -1, c) || g_unichar_isspace (c) || c == '\\')
        g_string_append_c (plain, ' ');
      else if (g_unichar_isgraph (c) && g_unichar_type (c) != G_UNICODE_FORMAT)
        g_string_append_unichar (plain, c);
    }
  return g_strsplit (plain->str, " ", -1);
}

static void
take_url (BgJoinLine *line, const char *word)
{
  const char *pin = strstr (word, PIN_MARK);

  if (line->url)
    return;
  line->url = g_strndup (word, pin ? (gsize) (pin - word) : strlen (word));
  if (pin && pin[strlen (PIN_MARK)])
    line->pin = g_strdup (pin + strlen (PIN_MARK));
}

/* A word without a dash may be a name too: it counts where the line has no better one. */
static void
take_code (BgJoinLine *line, const char *word, gboolean is_expected)
{
  g_autofree char *code = bg_invite_code_tidy (word);

  if (code && (!line->code || is_expected) && (is_expected || strchr (word, '-')))
    {
      g_free (line->code);
      line->code = g_steal_pointer (&code);
    }
}

static void
take_word (BgJoinLine *line, const char *word, const char *before, gboolean is_alone)
{
  if (is_scheme_known (word))
    take_url (line, word);
  else if (g_str_equal (before, "--name") || g_str_equal (before, "-n"))
    line->name = line->name ? line->name : g_strdup (word);
  else if (g_str_has_prefix (word, "--name="))
    line->name = line->name ? line->name : g_strdup (word + strlen ("--name="));
  else if (*word != '-')
    take_code (line, word, is_alone || g_str_equal (before, "join"));
}

/* One word, or one beside a URL. */
static gboolean
is_code_alone (char **words)
{
  guint others = 0;

  for (; *words; words++)
    others += **words != '\0' && !is_scheme_known (*words);
  return others == 1;
}

gboolean
bg_join_line_parse (const char *text, BgJoinLine *line)
{
  g_auto (GStrv) words = NULL;
  const char *before = "";
  gboolean alone;

  *line = (BgJoinLine){ 0 };
  if (!text || strlen (text) > LONGEST || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  words = split_words (text);
  alone = is_code_alone (words);
  for (guint i = 0; words[i]; i++)
    if (*words[i])
      {
        take_word (line, words[i], before, alone);
        before = words[i];
      }
  if (line->code || line->url)
    return TRUE;
  bg_join_line_clear (line);
  return FALSE;
}

void
bg_join_line_clear (BgJoinLine *line)
{
  g_clear_pointer (&line->code, g_free);
  g_clear_pointer (&line->url, g_free);
  g_clear_pointer (&line->pin, g_free);
  g_clear_pointer (&line->name, g_free);
}

char *
bg_join_line_server (const BgJoinLine *line)
{
  return line->pin ? g_strconcat (line->url, PIN_MARK, line->pin, NULL) : g_strdup (line->url);
}

char *
bg_join_line_hub (const char *url)
{
  g_autoptr (GUri) uri = url && is_scheme_known (url) ? g_uri_parse (url, G_URI_FLAGS_NONE, NULL)
                                                      : NULL;
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  int port = uri ? g_uri_get_port (uri) : -1;

  if (!host || !*host)
    return NULL;
  if (port == -1 || port == 443)
    return g_strdup (host);
  return g_strdup_printf (strchr (host, ':') ? "[%s]:%d" : "%s:%d", host, port);
}
