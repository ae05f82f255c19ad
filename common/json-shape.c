/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-shape.h"

#include "common/error.h"

#include <string.h>

/* Ours need four. */
#define MAX_DEPTH 16

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error_literal (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, what);
  return FALSE;
}

static gboolean
is_token_byte (char c)
{
  return c != '\0' && strchr (" \t\r\n{}[]:,+-.0123456789eEtrufalsn", c) != NULL;
}

/* What "\uXXXX" at `p` stands for; 0 where that is none. */
static guint
unicode_escape (const char *p, const char *end)
{
  guint code = 0;

  if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
    return 0;
  for (int i = 2; i < 6; i++)
    {
      if (!g_ascii_isxdigit (p[i]))
        return 0;
      code = code << 4 | (guint) g_ascii_xdigit_value (p[i]);
    }
  return code;
}

/* `p` is at a backslash; the result is behind what it escapes, NULL where that is nothing of JSON's, NUL, or half a character. */
static const char *
skip_escape (const char *p, const char *end)
{
  guint code, low;

  if (end - p < 2 || p[1] == '\0' || strchr ("\"\\/bfnrtu", p[1]) == NULL)
    return NULL;
  if (p[1] != 'u')
    return p + 2;
  code = unicode_escape (p, end);
  if (code < 0xd800 || code > 0xdfff)
    return code != 0 ? p + 6 : NULL;
  low = unicode_escape (p + 6, end);
  return code <= 0xdbff && low >= 0xdc00 && low <= 0xdfff ? p + 12 : NULL;
}

/* `p` is behind the opening quote; the result is behind the closing one. */
static const char *
skip_string (const char *p, const char *end)
{
  while (p != NULL && p < end && *p != '"')
    {
      if ((guchar) *p < 0x20)
        return NULL;
      p = *p == '\\' ? skip_escape (p, end) : p + 1;
    }
  return p != NULL && p < end ? p + 1 : NULL;
}

gboolean
bg_json_shape_is_fine (const char *text, gsize len, GError **error)
{
  const char *end = text + len, *p = text;
  int depth = 0;
  gboolean done = FALSE;

  if (!g_utf8_validate_len (text, len, NULL))
    return refuse (error, "not UTF-8");
  while (p < end)
    {
      char c = *p++;

      if (g_ascii_isspace (c) && is_token_byte (c))
        continue;
      if (done)
        return refuse (error, "more than one value in the frame");
      if (depth == 0 && c != '{')
        return refuse (error, "not a JSON object");
      if (c == '"')
        {
          if ((p = skip_string (p, end)) == NULL)
            return refuse (error, "a broken string");
        }
      else if (!is_token_byte (c))
        return refuse (error, "not JSON");
      else if ((c == '{' || c == '[') && ++depth > MAX_DEPTH)
        return refuse (error, "nested too deeply");
      else if ((c == '}' || c == ']') && --depth == 0)
        done = TRUE;
    }
  return done || refuse (error, "not a whole JSON object");
}
