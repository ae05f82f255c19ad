/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who calls, in the head of each request: said by nobody but us, and no request hides behind another. */
#include "publish/http-host.h"

#include <string.h>

#define US "X-Forwarded-For: 10.0.0.2\r\nBamgate-Peer: laptop\r\n"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

static const BgHttpHostRule rule = { .when = BG_REWRITE_NEVER };

typedef struct
{
  GString *out;
  gboolean is_refused;
} Result;

/* As a connection would be, `piece` bytes at a time; each request gets its answer at once. */
static Result
through (const char *in, gsize len, gsize piece)
{
  g_autoptr (BgHttpHost) host = bg_http_host_new (&rule);
  Result result = { g_string_new (NULL), FALSE };
  BgSpan span;

  bg_http_host_tell_caller (host, US);
  for (gsize at = 0; at < len && !bg_http_host_refuses (host);)
    {
      gsize n = bg_http_host_next (host, (const guint8 *) in + at, MIN (piece, len - at), &span);

      if (n == 0 && span.len == 0)
        bg_http_host_answer (host, (const guint8 *) "HTTP/1.1 101 ", 13);
      g_string_append_len (result.out, (const char *) span.bytes, (gssize) span.len);
      at += n;
    }
  result.is_refused = bg_http_host_refuses (host);
  span = bg_http_host_end (host);
  g_assert_cmpuint (span.len, ==, 0);
  return result;
}

static const gsize pieces[] = { 1, 2, 7, 64, 100000 };

static void
check (const char *in, const char *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      Result result = through (in, strlen (in), pieces[i]);

      g_assert_cmpstr (result.out->str, ==, out);
      g_assert_false (result.is_refused);
      g_string_free (result.out, TRUE);
    }
}

/* Nothing behind what is wrong goes on. */
static void
check_refused (const char *in)
{
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      Result result = through (in, strlen (in), pieces[i]);

      if (!result.is_refused)
        g_error ("passed on: %s", in);
      g_assert_null (strstr (result.out->str, "evil"));
      g_string_free (result.out, TRUE);
    }
}

static void
test_said_by_us_alone (void)
{
  static const char *const forged[] = {
    "Bamgate-Peer: evil\r\n",      "bamgate-peer:evil\r\n",     "BAMGATE_PEER: evil\r\n",
    "Bamgate.Peer: evil\r\n",      "X-Forwarded-For: evil\r\n", "x_forwarded_for: evil\r\n",
    "X-Forwarded-Proto: evil\r\n", "Forwarded: for=evil\r\n",   "X-Real-IP: evil\r\n",
    "Bamgate-Anything: evil\r\n",  "Upgrade: h2c\r\n",          "HTTP2-Settings: AAMAAABk\r\n",
    "Upgrade: websocket, h2c\r\n",
  };

  check (GET "\r\n", GET US "\r\n");
  check ("\r\n" GET "\r\n", GET US "\r\n");
  for (guint i = 0; i < G_N_ELEMENTS (forged); i++)
    {
      g_autofree char *in = g_strconcat (GET, forged[i], "A: b\r\n\r\n", NULL);

      check (in, GET "A: b\r\n" US "\r\n");
    }
}

static void
test_every_request (void)
{
  check (GET "Bamgate-Peer: evil\r\n\r\n" GET "X-Real-IP: evil\r\n\r\n",
         GET US "\r\n" GET US "\r\n");
  check ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" GET "\r\n",
         "POST / HTTP/1.1\r\nContent-Length: 3\r\n" US "\r\nabc" GET US "\r\n");
  check ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n" GET
         "\r\n",
         "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" US
         "\r\n3;x=y\r\nabc\r\n0\r\n\r\n" GET US "\r\n");
}

static void
test_web_socket (void)
{
  check (GET "Upgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n\x81\x01z",
         GET "Upgrade: WebSocket\r\nConnection: Upgrade\r\n" US "\r\n\x81\x01z");
}

static void
test_refused (void)
{
#define CHUNKED "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
  static const char *const requests[] = {
    "\x16\x03\x01 evil evil evil",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nevil",
    "CONNECT evil:1 HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\nBamgate-Peer: evil\n\n",
    "GET / HTTP/1.1\r\nA: b\nBamgate-Peer: evil\r\n\r\n",
    "GET / HTTP/1.1\r\nA: b\rBamgate-Peer: evil\r\n\r\n",
    "GET / HTTP/1.1\r\nA: b\r\n Bamgate-Peer: evil\r\n\r\n",
    "GET / HTTP/1.1\r\nBamgate-Peer : evil\r\n\r\n",
    "GET / HTTP/1.7\r\nA: evil\r\n\r\n",
    "GET / HTTP/1.1\r\nConnection: close, Bamgate-Peer\r\nA: evil\r\n\r\n",
    "GET / HTTP/1.1\r\nConnection: x_forwarded_for\r\nA: evil\r\n\r\n",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nevil",
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxevil",
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nevil",
    CHUNKED "0x10\r\nevil",
    CHUNKED "10 \r\nevil",
    CHUNKED "3\nabc\r\nevil",
    CHUNKED "3;a\nevil\r\n",
    CHUNKED "3\r\nabcevil",
    CHUNKED "3\r\nabc\nevil",
    CHUNKED "0\r\nBamgate-Peer: evil\r\n\r\n",
    CHUNKED "\r\nevil",
  };

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    check_refused (requests[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-caller/by-us-alone", test_said_by_us_alone);
  g_test_add_func ("/http-caller/every-request", test_every_request);
  g_test_add_func ("/http-caller/web-socket", test_web_socket);
  g_test_add_func ("/http-caller/refused", test_refused);
  return g_test_run ();
}
