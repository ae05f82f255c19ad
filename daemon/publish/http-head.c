/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/http-head.h"

#include <string.h>

enum
{
  METHOD_MAX = 32,
};

typedef struct
{
  const char *text;
  gsize len;
} Part;

typedef struct
{
  BgHttpHead *out;
  gboolean has_length, has_coding, is_chunked;
} Reading;

static gboolean
is_token (char c)
{
  return g_ascii_isalnum (c) || (c && strchr ("!#$%&'*+-.^_`|~", c));
}

static gsize
token_len (const char *text, gsize len)
{
  gsize n = 0;

  while (n < len && is_token (text[n]))
    n++;
  return n;
}

static gsize
blank_lines (const guint8 *bytes, gsize len)
{
  gsize n = 0;

  while (n < len && (bytes[n] == '\r' || bytes[n] == '\n'))
    n++;
  return n;
}

gsize
bg_http_head_end (const guint8 *bytes, gsize len, gsize from)
{
  gsize start = blank_lines (bytes, len), at = MAX (start, from > 2 ? from - 2 : 0);

  while (at < len)
    {
      const guint8 *end = memchr (bytes + at, '\n', len - at);

      if (!end)
        return 0;
      at = (gsize) (end - bytes) + 1;
      if (at < len && bytes[at] == '\n')
        return at + 1;
      if (at + 1 < len && bytes[at] == '\r' && bytes[at + 1] == '\n')
        return at + 2;
    }
  return 0;
}

static Part
trimmed (const char *text, gsize len)
{
  while (len > 0 && (*text == ' ' || *text == '\t'))
    {
      text++;
      len--;
    }
  while (len > 0 && strchr (" \t\r", text[len - 1]) && text[len - 1])
    len--;
  return (Part){ text, len };
}

/* Without its LF and a CR before it. */
static Part
line_at (const guint8 *bytes, gsize len, gsize at, gsize *next)
{
  const guint8 *end = memchr (bytes + at, '\n', len - at);
  Part line = { (const char *) bytes + at, end ? (gsize) (end - bytes) - at : len - at };

  *next = end ? (gsize) (end - bytes) + 1 : len;
  if (end && line.len > 0 && line.text[line.len - 1] == '\r')
    line.len--;
  return line;
}

static gboolean
is_request_line (Part line)
{
  static const char version[] = " HTTP/1.";
  gsize method = token_len (line.text, line.len), tail = sizeof version; /* with the digit */

  return method > 0 && method <= METHOD_MAX && line.len >= method + 1 + 1 + tail
         && line.text[method] == ' ' && memcmp (line.text + line.len - tail, version, tail - 1) == 0
         && g_ascii_isdigit (line.text[line.len - 1]);
}

gboolean
bg_http_head_may_begin (const guint8 *bytes, gsize len)
{
  gsize at = blank_lines (bytes, len), method = token_len ((const char *) bytes + at, len - at),
        next;

  if (at > 2 || method > METHOD_MAX)
    return FALSE;
  if (at + method == len)
    return TRUE;
  if (method == 0 || bytes[at + method] != ' ')
    return FALSE;
  return !memchr (bytes + at, '\n', len - at) || is_request_line (line_at (bytes, len, at, &next));
}

static gboolean
is_text (Part part, const char *text)
{
  return part.len == strlen (text) && g_ascii_strncasecmp (part.text, text, part.len) == 0;
}

/* Digits alone, and few enough of them. */
static gboolean
read_length (Reading *reading, Part value)
{
  guint64 length = 0;

  if (value.len == 0 || value.len > 18)
    return FALSE;
  for (gsize i = 0; i < value.len; i++)
    {
      if (!g_ascii_isdigit (value.text[i]))
        return FALSE;
      length = length * 10 + (guint64) (value.text[i] - '0');
    }
  if (reading->has_length && length != reading->out->length)
    return FALSE;
  reading->has_length = TRUE;
  reading->out->length = length;
  return TRUE;
}

static void
read_coding (Reading *reading, Part value)
{
  reading->is_chunked = !reading->has_coding && is_text (value, "chunked");
  reading->has_coding = TRUE;
}

static gboolean
read_host (Reading *reading, const guint8 *bytes, Part value, gsize next)
{
  BgHttpHead *out = reading->out;

  if (out->has_host)
    return FALSE;
  out->has_host = TRUE;
  out->host_at = (gsize) ((const guint8 *) value.text - bytes);
  out->host_len = value.len;
  out->host_line_end = next;
  return TRUE;
}

static gboolean
read_field (Reading *reading, const guint8 *bytes, Part line, gsize next)
{
  gsize len = token_len (line.text, line.len);
  Part name = { line.text, len }, value;

  if (len == 0 || len == line.len || line.text[len] != ':')
    return FALSE;
  value = trimmed (line.text + len + 1, line.len - len - 1);
  if (is_text (name, "host"))
    return read_host (reading, bytes, value, next);
  if (is_text (name, "content-length"))
    return read_length (reading, value);
  if (is_text (name, "transfer-encoding"))
    read_coding (reading, value);
  else if (is_text (name, "upgrade"))
    reading->out->has_upgrade = TRUE;
  return TRUE;
}

static BgHttpFraming
framing_of (const Reading *reading, Part request)
{
  if (request.len > 8 && memcmp (request.text, "CONNECT ", 8) == 0)
    return BG_HTTP_UNCLEAR;
  if (!reading->has_coding)
    return BG_HTTP_SIZED;
  return reading->is_chunked && !reading->has_length ? BG_HTTP_CHUNKED : BG_HTTP_UNCLEAR;
}

gboolean
bg_http_head_parse (const guint8 *bytes, gsize len, BgHttpHead *out)
{
  Reading reading = { .out = out };
  gsize at = blank_lines (bytes, len);
  Part request, line;

  *out = (BgHttpHead){ 0 };
  if (memchr (bytes, '\0', len))
    return FALSE;
  request = line_at (bytes, len, at, &at);
  if (!is_request_line (request))
    return FALSE;
  for (line = line_at (bytes, len, at, &at); line.len > 0; line = line_at (bytes, len, at, &at))
    if (!read_field (&reading, bytes, line, at))
      return FALSE;
  out->framing = framing_of (&reading, request);
  return TRUE;
}
