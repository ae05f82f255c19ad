/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host of every request on a connection, and nothing else of it, however the bytes are cut. */
#include "publish/http-host.h"

#include <string.h>

#define LONG_LINE "X-Long: " /* and a head above the limit */

typedef struct
{
  const char *in, *out;
} Case;

static const BgHttpHostRule rule = { .name = (char *) "app.example",
                                     .value = (char *) "app.example:8080" };

/* As a connection would be, `piece` bytes at a time. */
static GString *
through_rule (const BgHttpHostRule *with, const char *in, gsize len, gsize piece)
{
  g_autoptr (BgHttpHost) host = bg_http_host_new (with);
  GString *out = g_string_new (NULL);
  BgSpan span;

  for (gsize at = 0; at < len;)
    {
      gsize n = bg_http_host_next (host, (const guint8 *) in + at, MIN (piece, len - at), &span);

      g_assert_cmpuint (n + span.len, >, 0);
      g_assert_cmpuint (n, <=, MIN (piece, len - at));
      g_string_append_len (out, (const char *) span.bytes, (gssize) span.len);
      at += n;
    }
  span = bg_http_host_end (host);
  if (span.len > 0)
    g_string_append_len (out, (const char *) span.bytes, (gssize) span.len);
  return out;
}

static void
check_rule (const BgHttpHostRule *with, const Case *c)
{
  static const gsize pieces[] = { 1, 2, 3, 7, 64, 100000 };

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      GString *out = through_rule (with, c->in, strlen (c->in), pieces[i]);

      g_assert_cmpstr (out->str, ==, c->out);
      g_string_free (out, TRUE);
    }
}

static void
check_all (const BgHttpHostRule *with, const Case *cases, guint n)
{
  for (guint i = 0; i < n; i++)
    check_rule (with, &cases[i]);
}

static void
test_rewritten (void)
{
  static const Case cases[] = {
    { "GET / HTTP/1.1\r\nHost: box:9080\r\nA: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: app.example:8080\r\nA: b\r\n\r\n" },
    { "GET / HTTP/1.1\r\nHOST:box\r\n\r\n", "GET / HTTP/1.1\r\nHOST:app.example:8080\r\n\r\n" },
    { "GET / HTTP/1.1\r\nA: b\r\nhost: \t box \t\r\n\r\n",
      "GET / HTTP/1.1\r\nA: b\r\nhost: \t app.example:8080 \t\r\n\r\n" },
    { "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.1\r\nHost:app.example:8080\r\n\r\n" },
    { "GET / HTTP/1.0\nHost: box\n\n", "GET / HTTP/1.0\nHost: app.example:8080\n\n" },
    { "\r\nGET / HTTP/1.1\r\nHost: box\r\n\r\n",
      "\r\nGET / HTTP/1.1\r\nHost: app.example:8080\r\n\r\n" },
    { "GET http://box/x HTTP/1.1\r\nHost: box\r\n\r\n",
      "GET http://box/x HTTP/1.1\r\nHost: app.example:8080\r\n\r\n" },
    { "GET / HTTP/1.1\r\nHost: app.example.evil\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: app.example:8080\r\n\r\n" },
  };

  check_all (&rule, cases, G_N_ELEMENTS (cases));
}

/* Nothing is to be changed, or cannot be: bytes pass as they came. */
static void
test_untouched (void)
{
  static const char *const texts[] = {
    "GET / HTTP/1.1\r\nHost: APP.example:9\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: app.example.\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "CONNECT box:1 HTTP/1.1\r\nHost: box\r\nTransfer-Encoding : x\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nHost: box\r\n\r\n",
    "\x16\x03\x01\x02\x05 not HTTP",
    "SSH-2.0-OpenSSH_9.2\r\nHost: box\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: box\r\n folded\r\n\r\n",
    "GET / HTTP/1.1\r\nHost : box\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: box\r\nHost: other\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: box\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: box\r\nContent-Length: +1\r\n\r\n",
    "GET / HTTP/1.1\r\nno colon\r\n\r\n",
    "EHLO somebody\r\nHost: box\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: bo",
    "verylongwordthatisnomethodofanyversionofthatprotocol",
    "\r\n",
    "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    check_rule (&rule, &(Case){ texts[i], texts[i] });
}

static void
test_every_request (void)
{
  static const Case cases[] = {
    { "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n",
      "GET /1 HTTP/1.1\r\nHost: app.example:8080\r\n\r\nGET /2 HTTP/1.1\r\nHost: app.example:8080\r\n\r\n" },
    { "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 25\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n"
      "GET /2 HTTP/1.1\r\nHost: b\r\n\r\n",
      "POST /1 HTTP/1.1\r\nHost: app.example:8080\r\nContent-Length: 25\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n"
      "GET /2 HTTP/1.1\r\nHost: app.example:8080\r\n\r\n" },
    { "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "b;x=\"y\"\r\nHost: a\r\n\r\n\r\n0000A\r\n0123456789\r\n0\r\nHost: a\r\nT: u\r\n\r\n"
      "GET /2 HTTP/1.1\r\nHost: b\r\n\r\n",
      "POST /1 HTTP/1.1\r\nHost: app.example:8080\r\nTransfer-Encoding: chunked\r\n\r\n"
      "b;x=\"y\"\r\nHost: a\r\n\r\n\r\n0000A\r\n0123456789\r\n0\r\nHost: a\r\nT: u\r\n\r\n"
      "GET /2 HTTP/1.1\r\nHost: app.example:8080\r\n\r\n" },
  };

  check_all (&rule, cases, G_N_ELEMENTS (cases));
}

/* The head can be read, what follows cannot be followed: this Host is the last. */
static void
test_raw_afterwards (void)
{
  static const Case cases[] = {
    { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: app.example:8080\r\nTransfer-Encoding: gzip\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n" },
    { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / "
      "HTTP/1.1\r\nHost: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: app.example:8080\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / "
      "HTTP/1.1\r\nHost: b\r\n\r\n" },
    { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: app.example:8080\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n\r\nGET / "
      "HTTP/1.1\r\nHost: b\r\n\r\n" },
    { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: app.example:8080\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\nGET / "
      "HTTP/1.1\r\nHost: b\r\n\r\n" },
  };

  check_all (&rule, cases, G_N_ELEMENTS (cases));
}

static void
test_modes (void)
{
  BgHttpHostRule always = rule, forwarded = rule, never = rule;
  static const Case
    same = { "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: app.example:8080\r\n\r\n" },
    old = { "GET / HTTP/1.1\r\nHost: box:9080\r\nA: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: app.example:8080\r\nX-Forwarded-Host: box:9080\r\nA: b\r\n\r\n" },
    kept = { "GET / HTTP/1.1\r\nHost: box\r\n\r\n", "GET / HTTP/1.1\r\nHost: box\r\n\r\n" };

  always.when = BG_REWRITE_ALWAYS;
  check_rule (&always, &same);
  forwarded.forwarded = TRUE;
  check_rule (&forwarded, &old);
  never.when = BG_REWRITE_NEVER;
  check_rule (&never, &kept);
}

static void
test_head_too_long (void)
{
  g_autoptr (GString) in = g_string_new ("GET / HTTP/1.1\r\nHost: box\r\n" LONG_LINE);
  GString *out;

  for (guint i = 0; i < BG_HTTP_HEAD_MAX; i++)
    g_string_append_c (in, 'x');
  g_string_append (in, "\r\n\r\nGET / HTTP/1.1\r\nHost: box\r\n\r\n");
  out = through_rule (&rule, in->str, in->len, 1000);
  g_assert_cmpstr (out->str, ==, in->str);
  g_string_free (out, TRUE);
}

static BgHttpHost *
upgrading (void)
{
  static const char request[] =
    "GET / HTTP/1.1\r\nHost: box\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
  BgHttpHost *host = bg_http_host_new (&rule);
  BgSpan out;

  g_assert_cmpuint (bg_http_host_next (host, (const guint8 *) request, strlen (request), &out), ==,
                    strlen (request));
  g_assert_cmpuint (out.len, >, strlen (request));
  return host;
}

static const char next_request[] = "GET / HTTP/1.1\r\nHost: box\r\n\r\n";

/* What comes behind an Upgrade waits for its answer. */
static void
check_after (const char *answer, gboolean is_raw)
{
  g_autoptr (BgHttpHost) host = upgrading ();
  BgSpan out;
  gsize n = bg_http_host_next (host, (const guint8 *) next_request, strlen (next_request), &out);

  g_assert_cmpuint (n + out.len, ==, 0);
  for (const char *at = answer; *at; at++)
    bg_http_host_answer (host, (const guint8 *) at, 1);
  n = bg_http_host_next (host, (const guint8 *) next_request, strlen (next_request), &out);
  g_assert_cmpuint (n, ==, strlen (next_request));
  g_assert_cmpint (out.len == strlen (next_request), ==, is_raw);
}

static void
test_upgrade (void)
{
  check_after ("HTTP/1.1 101 Switching Protocols\r\n\r\n", TRUE);
  check_after ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n", TRUE);
  check_after ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", FALSE);
  check_after ("HTTP/1.1 426 Upgrade Required\r\n\r\n", FALSE);
  check_after ("something else altogether", FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-host/rewritten", test_rewritten);
  g_test_add_func ("/http-host/untouched", test_untouched);
  g_test_add_func ("/http-host/every-request", test_every_request);
  g_test_add_func ("/http-host/raw-afterwards", test_raw_afterwards);
  g_test_add_func ("/http-host/modes", test_modes);
  g_test_add_func ("/http-host/head-too-long", test_head_too_long);
  g_test_add_func ("/http-host/upgrade", test_upgrade);
  return g_test_run ();
}
