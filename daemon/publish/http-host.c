/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/http-host.h"

#include "publish/http-caller.h"
#include "publish/http-head.h"

#include <string.h>

enum
{
  ANSWER_START = 12, /* "HTTP/1.1 101" */
};

typedef enum
{
  IN_HEAD,
  IN_BODY,       /* `left` bytes */
  IN_CHUNK_SIZE, /* the digits */
  IN_CHUNK_LINE, /* the rest of that line */
  IN_CHUNK,      /* `left` bytes */
  IN_CHUNK_END,  /* the line end after them */
  IN_TRAILER,    /* lines up to an empty one */
  RAW,
  REFUSED, /* it would be RAW, but who calls has to be told */
} State;

struct _BgHttpHost
{
  const BgHttpHostRule *rule;
  State state;
  GByteArray *head;   /* being collected, or given with the last call */
  gboolean is_given;  /* `head` is out */
  guint64 left;       /* of a body or chunk; the size so far in IN_CHUNK_SIZE */
  guint digits;       /* of a chunk's size */
  gboolean is_filled; /* the trailer's line has characters */
  char *caller;       /* lines; NULL: it need not be told */
  guint8 before;      /* the byte before, between chunks; 0: there is none */
  /* the answer to an Upgrade */
  gboolean is_armed;
  guint8 start[ANSWER_START];
  guint start_len, blank; /* of an interim head: line ends in a row, 0 within a line */
  gboolean is_interim;
};

BgHttpHost *
bg_http_host_new (const BgHttpHostRule *rule)
{
  BgHttpHost *host = g_new0 (BgHttpHost, 1);

  host->rule = rule;
  return host;
}

static void
drop_head (BgHttpHost *host)
{
  g_clear_pointer (&host->head, g_byte_array_unref);
  host->is_given = FALSE;
}

void
bg_http_host_free (BgHttpHost *host)
{
  drop_head (host);
  g_free (host->caller);
  g_free (host);
}

void
bg_http_host_tell_caller (BgHttpHost *host, const char *lines)
{
  g_free (host->caller);
  host->caller = g_strdup (lines);
}

gboolean
bg_http_host_refuses (const BgHttpHost *host)
{
  return host->state == REFUSED;
}

/* As it comes from here on, where that may be. */
static State
unfollowed (const BgHttpHost *host)
{
  return host->caller ? REFUSED : RAW;
}

gsize
bg_http_host_held (const BgHttpHost *host)
{
  return host->head && !host->is_given ? host->head->len : 0;
}

BgSpan
bg_http_host_end (BgHttpHost *host)
{
  BgSpan held = { NULL, bg_http_host_held (host) };

  host->is_given = TRUE;
  if (host->caller) /* half a head says nothing to anybody */
    return (BgSpan){ NULL, 0 };
  if (held.len > 0)
    held.bytes = host->head->data;
  host->state = RAW;
  return held;
}

/* Gives the collected head, as it is now. */
static void
give_head (BgHttpHost *host, BgSpan *out)
{
  *out = (BgSpan){ host->head->data, host->head->len };
  host->is_given = TRUE;
}

static gboolean
names_us (const BgHttpHostRule *rule, const char *value, gsize len)
{
  gsize name_len = strlen (rule->name);
  const char *rest = value + name_len;

  if (len < name_len || g_ascii_strncasecmp (value, rule->name, name_len) != 0)
    return FALSE;
  if (rest < value + len && *rest == '.')
    rest++;
  return rest == value + len || *rest == ':';
}

static void
splice (GByteArray *array, gsize at, gsize old_len, const char *text)
{
  gsize len = strlen (text), behind = array->len - at - old_len;

  if (len > old_len)
    g_byte_array_set_size (array, array->len + (guint) (len - old_len));
  memmove (array->data + at + len, array->data + at + old_len, behind);
  memcpy (array->data + at, text, len);
  g_byte_array_set_size (array, (guint) (at + len + behind));
}

static void
rewrite (BgHttpHost *host, const BgHttpHead *head)
{
  const char *value = (const char *) host->head->data + head->host_at;
  g_autofree char *old = g_strndup (value, head->host_len);

  if (host->rule->when == BG_REWRITE_NEVER || !head->has_host
      || (host->rule->when == BG_REWRITE_AUTO && names_us (host->rule, value, head->host_len)))
    return;
  if (host->rule->forwarded)
    {
      g_autofree char *line = g_strdup_printf ("X-Forwarded-Host: %s\r\n", old);

      splice (host->head, head->host_line_end, 0, line);
    }
  splice (host->head, head->host_at, head->host_len, host->rule->value);
}

static State
after_head (BgHttpHost *host, const BgHttpHead *head)
{
  if (head->framing == BG_HTTP_UNCLEAR)
    return unfollowed (host);
  host->left = head->length;
  host->digits = host->before = 0;
  host->is_armed = head->has_upgrade;
  host->start_len = 0;
  host->is_interim = FALSE;
  if (head->framing == BG_HTTP_CHUNKED)
    {
      host->left = 0;
      return IN_CHUNK_SIZE;
    }
  return head->length > 0 ? IN_BODY : IN_HEAD;
}

/* Whether an Upgrade is still in it is another question then. */
static gboolean
say_caller (BgHttpHost *host)
{
  BgHttpHead head;

  if (!bg_http_caller_put (host->head, host->caller)
      || !bg_http_head_parse (host->head->data, host->head->len, &head))
    return FALSE;
  host->is_armed = head.has_upgrade;
  return TRUE;
}

static void
end_head (BgHttpHost *host, BgSpan *out)
{
  BgHttpHead head;

  if (!bg_http_head_parse (host->head->data, host->head->len, &head))
    host->state = unfollowed (host);
  else
    {
      rewrite (host, &head);
      host->state = after_head (host, &head);
    }
  if (host->caller && host->state != REFUSED && !say_caller (host))
    host->state = REFUSED;
  if (host->state != REFUSED)
    give_head (host, out);
}

static gsize
take_head (BgHttpHost *host, const guint8 *bytes, gsize len, BgSpan *out)
{
  gsize had, room, end;

  if (!host->head)
    host->head = g_byte_array_new ();
  had = host->head->len;
  room = BG_HTTP_HEAD_MAX - had;
  g_byte_array_append (host->head, bytes, (guint) MIN (len, room));
  end = bg_http_head_end (host->head->data, host->head->len, had);
  if (end > 0)
    {
      g_byte_array_set_size (host->head, (guint) end);
      end_head (host, out);
      return end - had;
    }
  if (host->head->len == BG_HTTP_HEAD_MAX
      || !bg_http_head_may_begin (host->head->data, host->head->len))
    {
      host->state = unfollowed (host);
      if (host->state == RAW)
        give_head (host, out);
    }
  return MIN (len, room);
}

static gsize
take_left (BgHttpHost *host, gsize len, State then)
{
  gsize n = (gsize) MIN (host->left, len);

  host->left -= n;
  if (host->left == 0)
    host->state = then;
  return n;
}

static void
end_chunk_line (BgHttpHost *host)
{
  host->is_filled = FALSE;
  host->state = host->digits == 0 ? unfollowed (host) : host->left > 0 ? IN_CHUNK : IN_TRAILER;
  host->before = 0;
}

static void
take_size (BgHttpHost *host, guint8 byte)
{
  int digit = g_ascii_xdigit_value ((char) byte);

  if (digit >= 0 && host->digits < 15)
    {
      host->left = host->left * 16 + (guint64) digit;
      host->digits++;
    }
  else if (digit >= 0)
    host->state = unfollowed (host);
  else if (byte == '\n')
    end_chunk_line (host);
  else
    host->state = IN_CHUNK_LINE;
}

static void
begin_chunk (BgHttpHost *host)
{
  host->left = 0;
  host->digits = host->before = 0;
  host->state = IN_CHUNK_SIZE;
}

static void
take_trailer (BgHttpHost *host, guint8 byte)
{
  if (byte != '\n')
    host->is_filled |= byte != '\r';
  else if (host->is_filled)
    host->is_filled = FALSE;
  else
    host->state = IN_HEAD;
}

/* Where who calls is told: a chunk's size is digits with nothing but its end or an extension behind them, and there are no trailers, which some
 * take for heads. */
static gboolean
is_plain (const BgHttpHost *host, guint8 byte)
{
  if (!bg_http_caller_may_follow (host->before, byte))
    return FALSE;
  if (host->state == IN_CHUNK_SIZE)
    return g_ascii_isxdigit (byte) || (host->digits > 0 && (byte == '\r' || byte == ';'));
  return host->state == IN_CHUNK_LINE || byte == '\r' || byte == '\n';
}

/* What is between chunks, byte by byte. */
static void
take_byte (BgHttpHost *host, guint8 byte)
{
  if (host->caller && !is_plain (host, byte))
    {
      host->state = REFUSED;
      return;
    }
  host->before = byte;
  switch (host->state)
    {
    case IN_CHUNK_SIZE:
      take_size (host, byte);
      break;
    case IN_CHUNK_LINE:
      if (byte == '\n')
        end_chunk_line (host);
      break;
    case IN_CHUNK_END:
      if (byte == '\n')
        begin_chunk (host);
      else if (byte != '\r')
        host->state = unfollowed (host);
      break;
    default:
      take_trailer (host, byte);
    }
}

/* A part of a body, which goes on as it is; stops where a head may begin. */
static gsize
take_body (BgHttpHost *host, const guint8 *bytes, gsize len)
{
  gsize at = 0;

  while (at < len && host->state != IN_HEAD && host->state != RAW && host->state != REFUSED)
    if (host->state == IN_BODY)
      at += take_left (host, len - at, IN_HEAD);
    else if (host->state == IN_CHUNK)
      at += take_left (host, len - at, IN_CHUNK_END);
    else
      take_byte (host, bytes[at++]);
  return host->state == RAW ? len : at;
}

gsize
bg_http_host_next (BgHttpHost *host, const guint8 *bytes, gsize len, BgSpan *out)
{
  gsize n;

  *out = (BgSpan){ NULL, 0 };
  if (host->is_given)
    drop_head (host);
  if (host->state == REFUSED)
    return 0;
  if (host->state == IN_HEAD)
    return host->is_armed ? 0 : take_head (host, bytes, len, out);
  n = host->state == RAW ? len : take_body (host, bytes, len);
  *out = (BgSpan){ bytes, n };
  return n;
}

/* The status line has come: 101 is what was asked for, another 1xx comes before the answer (RFC 9110 15.2). */
static void
judge_answer (BgHttpHost *host)
{
  gboolean is_http = memcmp (host->start, "HTTP/1.", 7) == 0;
  const char *code = (const char *) host->start + 9;

  host->is_interim = is_http && code[0] == '1' && memcmp (code, "101", 3) != 0;
  host->is_armed = host->is_interim;
  host->blank = 0;
  if (is_http && memcmp (code, "101", 3) == 0)
    host->state = RAW;
}

static void
skip_interim (BgHttpHost *host, guint8 byte)
{
  if (byte == '\n')
    host->blank++;
  else if (byte != '\r')
    host->blank = 0;
  if (host->blank < 2)
    return;
  host->is_interim = FALSE;
  host->start_len = 0;
}

void
bg_http_host_answer (BgHttpHost *host, const guint8 *bytes, gsize len)
{
  for (gsize i = 0; i < len && host->is_armed; i++)
    if (host->is_interim)
      skip_interim (host, bytes[i]);
    else
      {
        host->start[host->start_len++] = bytes[i];
        if (host->start_len == ANSWER_START)
          judge_answer (host);
      }
}
