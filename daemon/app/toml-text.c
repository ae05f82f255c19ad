/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/toml-text.h"

#include "common/error.h"

#include <string.h>

#define MAX_PARTS 8 /* of a table's name */

typedef struct
{
  const char *p;
  guint line;
  GPtrArray *table; /* char *, without NULL at its end */
  BgTomlFunc func;
  gpointer data;
} Reader;

static gboolean
refuse (const Reader *r, GError **error, BgWords *take)
{
  g_autoptr (BgWords) what = take;

  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, LINE, r->line, what);
  return FALSE;
}

/* --- Blanks --- */

static void
skip_blanks (Reader *r)
{
  while (*r->p == ' ' || *r->p == '\t')
    r->p++;
}

static gboolean
is_at_line_end (const Reader *r)
{
  return *r->p == '\0' || *r->p == '\n' || (r->p[0] == '\r' && r->p[1] == '\n');
}

static gboolean
skip_comment (Reader *r, GError **error)
{
  skip_blanks (r);
  if (*r->p == '#')
    while (!is_at_line_end (r))
      {
        if (((guint8) *r->p < 0x20 && *r->p != '\t') || *r->p == 0x7f)
          return refuse (r, error, bg_words (TOML_CONTROL_CHARACTER));
        r->p++;
      }
  return TRUE;
}

/* The rest of a line has nothing but a comment; goes on to the next. */
static gboolean
end_line (Reader *r, GError **error)
{
  if (!skip_comment (r, error))
    return FALSE;
  if (!is_at_line_end (r))
    return refuse (r, error, bg_words (TOML_TRAILING));
  if (*r->p == '\r')
    r->p++;
  if (*r->p == '\n')
    {
      r->p++;
      r->line++;
    }
  return TRUE;
}

/* Inside an array, over as many lines as there are. */
static gboolean
skip_lines (Reader *r, GError **error)
{
  for (;;)
    {
      if (!skip_comment (r, error))
        return FALSE;
      if (*r->p == '\0' || !is_at_line_end (r))
        return TRUE;
      if (!end_line (r, error))
        return FALSE;
    }
}

/* --- Strings --- */

static gboolean
append_code_point (Reader *r, GString *out, guint digits, GError **error)
{
  gunichar c = 0;

  for (guint i = 0; i < digits; i++, r->p++)
    {
      int digit = g_ascii_xdigit_value (*r->p);

      if (digit < 0)
        return refuse (r, error, bg_words (TOML_BAD_UNICODE));
      c = c << 4 | (guint) digit;
    }
  if (c == 0 || !g_unichar_validate (c))
    return refuse (r, error, bg_words (TOML_NO_CHARACTER));
  g_string_append_unichar (out, c);
  return TRUE;
}

static gboolean
append_escape (Reader *r, GString *out, GError **error)
{
  static const char letters[] = "btnfr\"\\", meant[] = "\b\t\n\f\r\"\\";
  char c = *r->p;
  const char *found = c != '\0' ? strchr (letters, c) : NULL;

  if (c != '\0')
    r->p++;
  if (found)
    g_string_append_c (out, meant[found - letters]);
  else if (c == 'u' || c == 'U')
    return append_code_point (r, out, c == 'u' ? 4 : 8, error);
  else
    return refuse (r, error, bg_words (TOML_BAD_ESCAPE));
  return TRUE;
}

/* From the opening quote on; NULL with an error. Wiped by nobody: the text that it is from is not either. */
static char *
read_string (Reader *r, GError **error)
{
  const char quote = *r->p++;
  g_autoptr (GString) out = g_string_new (NULL);

  if (r->p[0] == quote && r->p[1] == quote)
    {
      refuse (r, error, bg_words (TOML_LONG_STRING));
      return NULL;
    }
  while (*r->p != quote)
    {
      if (is_at_line_end (r) || ((guint8) *r->p < 0x20 && *r->p != '\t') || *r->p == 0x7f)
        {
          refuse (r, error, bg_words (TOML_OPEN_STRING));
          return NULL;
        }
      if (quote == '"' && *r->p == '\\')
        {
          r->p++;
          if (!append_escape (r, out, error))
            return NULL;
        }
      else
        g_string_append_c (out, *r->p++);
    }
  r->p++;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
is_quote (char c)
{
  return c == '"' || c == '\'';
}

/* A bare or quoted key; NULL with an error. */
static char *
read_key (Reader *r, GError **error)
{
  const char *start = r->p;

  if (is_quote (*r->p))
    return read_string (r, error);
  while (g_ascii_isalnum (*r->p) || *r->p == '-' || *r->p == '_')
    r->p++;
  if (r->p > start)
    return g_strndup (start, (gsize) (r->p - start));
  refuse (r, error, bg_words (TOML_BAD_LINE));
  return NULL;
}

/* --- Values --- */

static gboolean
take_word (Reader *r, const char *word)
{
  gsize len = strlen (word);

  if (strncmp (r->p, word, len) != 0 || g_ascii_isalnum (r->p[len]) || r->p[len] == '_')
    return FALSE;
  r->p += len;
  return TRUE;
}

static gboolean
read_integer (Reader *r, gint64 *out, GError **error)
{
  const char *start = r->p;
  g_autofree char *text = NULL;

  while (*r->p && strchr ("+-0123456789", *r->p))
    r->p++;
  text = g_strndup (start, (gsize) (r->p - start));
  if ((*text && strchr (".:eETZ_xob", *r->p) && *r->p)
      || !g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, out, NULL))
    return refuse (r, error, bg_words (TOML_BAD_VALUE));
  return TRUE;
}

static gboolean
read_items (Reader *r, GPtrArray *items, GError **error)
{
  for (;;)
    {
      if (!skip_lines (r, error))
        return FALSE;
      if (*r->p == ']')
        break;
      if (!is_quote (*r->p))
        return refuse (r, error, bg_words (TOML_BAD_ITEM));
      g_ptr_array_add (items, read_string (r, error));
      if (!items->pdata[items->len - 1] || !skip_lines (r, error))
        return FALSE;
      if (*r->p == ',')
        r->p++;
      else if (*r->p != ']')
        return refuse (r, error, bg_words (TOML_OPEN_ARRAY));
    }
  r->p++;
  return TRUE;
}

static gboolean
give_strings (Reader *r, BgTomlValue *value, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);

  r->p++;
  if (!read_items (r, items, error))
    return FALSE;
  g_ptr_array_add (items, NULL);
  value->type = BG_TOML_STRINGS;
  value->strings = (const char *const *) items->pdata;
  return r->func (value, r->data, error);
}

static gboolean
give_string (Reader *r, BgTomlValue *value, GError **error)
{
  g_autofree char *string = read_string (r, error);

  value->type = BG_TOML_STRING;
  value->string = string;
  return string && r->func (value, r->data, error);
}

static gboolean
give_value (Reader *r, BgTomlValue *value, GError **error)
{
  if (is_quote (*r->p))
    return give_string (r, value, error);
  if (*r->p == '[')
    return give_strings (r, value, error);
  value->boolean = take_word (r, "true");
  if (value->boolean || take_word (r, "false"))
    value->type = BG_TOML_BOOLEAN;
  else if (read_integer (r, &value->integer, error))
    value->type = BG_TOML_INTEGER;
  else
    return FALSE;
  return r->func (value, r->data, error);
}

static gboolean
read_pair (Reader *r, GError **error)
{
  g_autofree const char **table = g_new0 (const char *, r->table->len + 1);
  g_autofree char *key = read_key (r, error);
  BgTomlValue value = { .line = r->line, .table = table, .key = key };

  if (!key)
    return FALSE;
  for (guint i = 0; i < r->table->len; i++)
    table[i] = r->table->pdata[i];
  skip_blanks (r);
  if (*r->p != '=')
    return refuse (r, error, bg_words (TOML_KEY_ALONE));
  r->p++;
  skip_blanks (r);
  return give_value (r, &value, error) && end_line (r, error);
}

/* "[a.b]" */
static gboolean
read_header (Reader *r, GError **error)
{
  g_ptr_array_set_size (r->table, 0);
  do
    {
      char *part;

      r->p++;
      skip_blanks (r);
      part = read_key (r, error);
      if (!part)
        return FALSE;
      g_ptr_array_add (r->table, part);
      skip_blanks (r);
    }
  while (*r->p == '.' && r->table->len < MAX_PARTS);
  if (*r->p != ']')
    return refuse (r, error, bg_words (TOML_BAD_TABLE));
  r->p++;
  return end_line (r, error);
}

static gboolean
read_line (Reader *r, GError **error)
{
  skip_blanks (r);
  if (*r->p == '#' || is_at_line_end (r))
    return end_line (r, error);
  return *r->p == '[' ? read_header (r, error) : read_pair (r, error);
}

gboolean
bg_toml_read (const char *text, BgTomlFunc func, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) table = g_ptr_array_new_with_free_func (g_free);
  Reader reader = { text, 1, table, func, data };

  while (*reader.p)
    if (!read_line (&reader, error))
      return FALSE;
  return TRUE;
}
