/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests as they come from a client: however they are cut, the same goes on; where Host is left alone, it is what came. */
#include "publish/http-host.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "GET / HTTP/1.1\r\nHost: box:9080\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: b\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n0\r\nT: u\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n\x81\x01",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  NULL,
};

static GByteArray *
through (const BgHttpHostRule *rule, const uint8_t *data, size_t size, size_t piece)
{
  g_autoptr (BgHttpHost) host = bg_http_host_new (rule);
  GByteArray *out = g_byte_array_new ();
  BgSpan span;

  for (size_t at = 0; at < size;)
    {
      size_t max = MIN (piece, size - at), n = bg_http_host_next (host, data + at, max, &span);

      g_assert (n <= max && bg_http_host_held (host) <= BG_HTTP_HEAD_MAX);
      if (n == 0 && span.len == 0)
        bg_http_host_answer (host, (const guint8 *) "HTTP/1.1 200 ", 13);
      g_byte_array_append (out, span.bytes, (guint) span.len);
      at += n;
    }
  span = bg_http_host_end (host);
  g_byte_array_append (out, span.bytes, (guint) span.len);
  return out;
}

static void
check_same (const GByteArray *a, const guint8 *bytes, gsize len)
{
  g_assert (a->len == len && (len == 0 || memcmp (a->data, bytes, len) == 0));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const BgHttpHostRule change = {
    .when = BG_REWRITE_ALWAYS, .name = (char *) "app", .value = (char *) "app:1", .forwarded = TRUE
  };
  const BgHttpHostRule leave = { .when = BG_REWRITE_NEVER,
                                 .name = (char *) "app",
                                 .value = (char *) "app:1" };
  GByteArray *whole = through (&change, data, size, size),
             *pieces = through (&change, data, size, 3);
  GByteArray *same = through (&leave, data, size, 5);

  check_same (pieces, whole->data, whole->len);
  check_same (same, data, size);
  g_byte_array_unref (whole);
  g_byte_array_unref (pieces);
  g_byte_array_unref (same);
  return 0;
}
