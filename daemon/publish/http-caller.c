/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/http-caller.h"

#include <string.h>

typedef struct
{
  const char *name, *value; /* of a field */
  gsize name_len, value_len;
} Field;

gboolean
bg_http_caller_may_follow (guint8 before, guint8 byte)
{
  if (before == '\r' || byte == '\n')
    return before == '\r' && byte == '\n';
  return byte == '\r' || byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/* Every line ends with CR LF. */
static gboolean
is_clean (const guint8 *bytes, gsize len)
{
  guint8 before = 0;

  for (gsize i = 0; i < len; before = bytes[i++])
    if (!bg_http_caller_may_follow (before, bytes[i]))
      return FALSE;
  return before == '\n';
}

/* Of a name or a token; `pattern` may end with “*”. Programs behind CGI see “_” for “-”, and some for whatever is no letter or digit. */
static gboolean
is_like (const char *text, gsize len, const char *pattern)
{
  for (gsize i = 0; i < len; i++)
    {
      char c = g_ascii_isalnum (text[i]) ? g_ascii_tolower (text[i]) : '-';

      if (pattern[i] == '*')
        return TRUE;
      if (c != pattern[i])
        return FALSE;
    }
  return pattern[len] == '\0' || pattern[len] == '*';
}

static gboolean
is_about_caller (const char *name, gsize len)
{
  static const char *const patterns[] = { "x-forwarded-*", "forwarded", "x-real-ip", "bamgate-*" };

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    if (is_like (name, len, patterns[i]))
      return TRUE;
  return FALSE;
}

/* Lines are clean, and have a colon (bg_http_head_parse()). */
static Field
field_of (const char *line, gsize len)
{
  const char *colon = memchr (line, ':', len);
  Field field = { .name = line, .name_len = (gsize) (colon - line), .value = colon + 1 };

  field.value_len = len - field.name_len - 1;
  while (field.value_len > 0 && g_ascii_isspace (field.value[0]))
    {
      field.value++;
      field.value_len--;
    }
  while (field.value_len > 0 && g_ascii_isspace (field.value[field.value_len - 1]))
    field.value_len--;
  return field;
}

static gboolean
is_dropped (const Field *field)
{
  if (is_like (field->name, field->name_len, "upgrade"))
    return !is_like (field->value, field->value_len, "websocket");
  return is_about_caller (field->name, field->name_len)
         || is_like (field->name, field->name_len, "http2-settings");
}

/* A proxy behind us takes out what Connection names, who calls not excepted. */
static gboolean
would_take_out_caller (const Field *field)
{
  g_autofree char *value = NULL;
  g_auto (GStrv) tokens = NULL;

  if (!is_like (field->name, field->name_len, "connection")
      && !is_like (field->name, field->name_len, "proxy-connection"))
    return FALSE;
  value = g_strndup (field->value, field->value_len);
  tokens = g_strsplit (value, ",", -1);
  for (char **token = tokens; *token; token++)
    if (is_about_caller (g_strstrip (*token), strlen (*token)))
      return TRUE;
  return FALSE;
}

/* Bodies of HTTP/1.0 end otherwise for some. */
static gboolean
is_old_with_coding (const char *request, gsize len, const Field *field)
{
  return len > 3 && memcmp (request + len - 3, "1.1", 3) != 0
         && is_like (field->name, field->name_len, "transfer-encoding");
}

static gboolean
has_known_version (const char *request, gsize len)
{
  return len > 3
         && (memcmp (request + len - 3, "1.1", 3) == 0
             || memcmp (request + len - 3, "1.0", 3) == 0);
}

static gsize
line_length (const char *line, const char *end)
{
  return (gsize) ((const char *) memchr (line, '\r', (gsize) (end - line)) - line);
}

static GByteArray *
rewritten (const char *text, const char *end, const char *lines)
{
  const char *request = text;
  gsize request_len = line_length (text, end), len = request_len;
  GByteArray *out = g_byte_array_new ();

  g_byte_array_append (out, (const guint8 *) text, (guint) len + 2);
  for (text += len + 2; (len = line_length (text, end)) > 0; text += len + 2)
    {
      Field field = field_of (text, len);

      if (would_take_out_caller (&field) || is_old_with_coding (request, request_len, &field))
        {
          g_byte_array_unref (out);
          return NULL;
        }
      if (!is_dropped (&field))
        g_byte_array_append (out, (const guint8 *) text, (guint) len + 2);
    }
  g_byte_array_append (out, (const guint8 *) lines, (guint) strlen (lines));
  g_byte_array_append (out, (const guint8 *) "\r\n", 2);
  return out;
}

gboolean
bg_http_caller_put (GByteArray *head, const char *lines)
{
  const char *text = (const char *) head->data, *end = text + head->len;
  g_autoptr (GByteArray) out = NULL;

  if (!is_clean (head->data, head->len))
    return FALSE;
  while (text < end && (*text == '\r' || *text == '\n'))
    text++;
  if (text == end || !has_known_version (text, line_length (text, end)))
    return FALSE;
  out = rewritten (text, end, lines);
  if (!out)
    return FALSE;
  g_byte_array_set_size (head, 0);
  g_byte_array_append (head, out->data, out->len);
  return TRUE;
}
