/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/join-line.h"

#include "common/invite-code.h"

#include <string.h>

#define PIN_MARK "sha256="
#define TRUST_MARK "trust="
#define QUOTES "'\"`‘’“”"

/* A longer text is no line that somebody made for joining. */
#define LONGEST 4096
#define LONGEST_TRUST 512

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

static const char *
value_of (const char *part, const char *mark)
{
  return g_str_has_prefix (part, mark) && part[strlen (mark)] ? part + strlen (mark) : NULL;
}

static gboolean
is_trust (const char *text)
{
  gsize len = strlen (text);

  return len <= LONGEST_TRUST && strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_") == len;
}

/* FALSE: it has something in it that is neither, or twice; what is known of it is taken all the same. */
static gboolean
take_fragment (const char *fragment, char **pin, char **trust)
{
  g_auto (GStrv) parts = g_strsplit (fragment, "&", 4);
  gboolean ok = *parts != NULL;

  for (char **part = parts; *part; part++)
    {
      const char *said_pin = value_of (*part, PIN_MARK), *said_trust = value_of (*part, TRUST_MARK);

      if (said_pin && !*pin)
        *pin = g_strdup (said_pin);
      else if (said_trust && !*trust && is_trust (said_trust))
        *trust = g_strdup (said_trust);
      else
        ok = FALSE;
    }
  return ok;
}

static void
take_url (BgJoinLine *line, const char *word)
{
  const char *mark = strchr (word, '#');

  if (line->url)
    return;
  if (mark && !g_str_has_prefix (mark + 1, PIN_MARK) && !g_str_has_prefix (mark + 1, TRUST_MARK))
    mark = NULL;
  line->url = g_strndup (word, mark ? (gsize) (mark - word) : strlen (word));
  if (mark)
    take_fragment (mark + 1, &line->pin, &line->trust);
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
  if (line->trust)
    explicit_bzero (line->trust, strlen (line->trust));
  g_clear_pointer (&line->trust, g_free);
  g_clear_pointer (&line->name, g_free);
}

static void
add_part (GString *text, const char *before, const char *mark, const char *value)
{
  if (value)
    g_string_append_printf (text, "%s%s%s", before, mark, value);
}

char *
bg_join_line_server (const BgJoinLine *line)
{
  GString *text;

  if (!line->url)
    return NULL;
  text = g_string_new (line->url);
  add_part (text, "#", PIN_MARK, line->pin);
  add_part (text, line->pin ? "&" : "#", TRUST_MARK, line->trust);
  return g_string_free (text, FALSE);
}

gboolean
bg_join_line_split_server (const char *text, char **url, char **pin, char **trust)
{
  const char *mark = strchr (text, '#');

  *pin = *trust = NULL;
  *url = mark ? g_strndup (text, (gsize) (mark - text)) : g_strdup (text);
  if (!mark || take_fragment (mark + 1, pin, trust))
    return TRUE;
  g_clear_pointer (url, g_free);
  g_clear_pointer (pin, g_free);
  g_clear_pointer (trust, g_free);
  return FALSE;
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
