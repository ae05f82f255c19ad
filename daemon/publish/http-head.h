/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A request's head (RFC 9112): what of it says who is asked, and where the body ends. Lines end with CR LF or LF. */

typedef enum
{
  BG_HTTP_SIZED,            /* `length` bytes follow */
  BG_HTTP_CHUNKED,
  BG_HTTP_UNCLEAR,          /* CONNECT, or framing that two readers may read differently (RFC 9112 6.3, 11.2) */
} BgHttpFraming;

typedef struct
{
  BgHttpFraming framing;
  guint64  length;
  gboolean has_upgrade, has_host;
  gsize    host_at, host_len; /* the value, without blanks around it */
  gsize    host_line_end;     /* behind its line end */
} BgHttpHead;

/* The length of the head that ends at or behind `from`, with its empty line; 0 where it has not ended. Empty lines before the
 * request line belong to it (RFC 9112 2.2). */
gsize bg_http_head_end (const guint8 *bytes, gsize len, gsize from);
/* Can `bytes` be the start of an HTTP/1 request? */
gboolean bg_http_head_may_begin (const guint8 *bytes, gsize len);
/* Reads a whole head; FALSE: it is none of HTTP/1. */
gboolean bg_http_head_parse (const guint8 *bytes, gsize len, BgHttpHead *out);
