/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/endpoint-url.h"

#include "common/error.h"

#include <string.h>

typedef struct
{
  const char *url, *public_url, *proto;
  const char *said; /* "SCHEME HOST PORT", or NULL with why not */
  BgSaying why;
} Row;

static const Row rows[] = {
  { "http://app.example", NULL, NULL, "http app.example 80", 0 },
  { "https://app.example", NULL, NULL, "https app.example 443", 0 },
  { "tls://app.example", NULL, NULL, "tls app.example 443", 0 },
  { "tcp://db.prod:5432", NULL, NULL, "tcp db.prod 5432", 0 },
  { "tcp://db.prod", NULL, NULL, NULL, BG_SAY_ENDPOINT_PORT_MISSING },
  { "http://h:1", NULL, NULL, "http h 1", 0 },
  { "http://h:65535", NULL, NULL, "http h 65535", 0 },
  { "http://h:0", NULL, NULL, NULL, BG_SAY_ENDPOINT_PORT_BAD },
  { "http://h:65536", NULL, NULL, NULL, BG_SAY_ENDPOINT_PORT_BAD },
  { "http://h:4294967376", NULL, NULL, NULL, BG_SAY_ENDPOINT_PORT_BAD },
  { "http://h:+80", NULL, NULL, NULL, BG_SAY_ENDPOINT_PORT_BAD },
  { "http://h: 80", NULL, NULL, NULL, BG_SAY_ENDPOINT_PORT_BAD },
  { "http://h:", NULL, NULL, NULL, BG_SAY_ENDPOINT_PORT_BAD },
  { "app.example", NULL, "http", "http app.example 80", 0 },
  { "app.example", NULL, NULL, "https app.example 443", 0 },
  { "app.example:81", NULL, "", "https app.example 81", 0 },
  { "db.prod:5432", NULL, "tcp", "tcp db.prod 5432", 0 },
  { "app.example/x://y", NULL, NULL, "https app.example 443", 0 },
  { "", "http://old.example", NULL, "http old.example 80", 0 },
  { NULL, "http://old.example", NULL, "http old.example 80", 0 },
  { "http://new.example", "http://old.example", NULL, "http new.example 80", 0 },
  { NULL, NULL, "http", NULL, BG_SAY_ENDPOINT_URL_BAD },
  { "http://h/", NULL, NULL, "http h 80", 0 },
  { "http://h/a/b?c=d#e", NULL, NULL, "http h 80", 0 },
  { "http://h?c", NULL, NULL, "http h 80", 0 },
  { "http://h#c", NULL, NULL, "http h 80", 0 },
  { "http://u:p@h:81/x", NULL, NULL, "http h 81", 0 },
  { "http://u@v@h/x@y", NULL, NULL, "http h 80", 0 },
  { "tcp://[2001:db8::7]:22", NULL, NULL, "tcp 2001:db8::7 22", 0 },
  { "http://[2001:DB8:0::7]", NULL, NULL, "http 2001:db8::7 80", 0 },
  { "http://192.0.2.7", NULL, NULL, "http 192.0.2.7 80", 0 },
  { "HTTP://App.EXAMPLE.", NULL, NULL, "http app.example 80", 0 },
  { "http://app.example..", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://h", NULL, "tcp", NULL, BG_SAY_ENDPOINT_SCHEME_CONTRADICTS },
  { "http://h", NULL, "HTTP", "http h 80", 0 },
  { "udp://h:5", NULL, NULL, NULL, BG_SAY_ENDPOINT_SCHEME_UNKNOWN },
  { "h:5", NULL, "udp", NULL, BG_SAY_ENDPOINT_SCHEME_UNKNOWN },
  { "://h", NULL, NULL, NULL, BG_SAY_ENDPOINT_SCHEME_UNKNOWN },
  { "http://", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://:80", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://a b", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://a\tb", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://a\n127.0.0.1 github.com", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://-a.example", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://a_b.example", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://*.example", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://bücher.example", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://\xff\xfe", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://localhost", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://LOCALHOST.", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://app.localhost", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://localhost.localdomain", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://notlocalhost", NULL, NULL, "http notlocalhost 80", 0 },
  { "http://127.0.0.1", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://127.107.3.4:80", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://0.0.0.0", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://169.254.169.254", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://[::1]", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://[::ffff:127.0.0.1]", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_IS_LOCAL },
  { "http://127.1", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://2130706433", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://0x7f000001", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://0177.0.0.1", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://256.1.1.1", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://1.2.3.4.example", NULL, NULL, "http 1.2.3.4.example 80", 0 },
  { "http://[192.0.2.7]", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://[app.example]", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://[fe80::1%eth0]", NULL, NULL, NULL, BG_SAY_ENDPOINT_HOST_BAD },
  { "http://[2001:db8::7", NULL, NULL, NULL, BG_SAY_ENDPOINT_URL_BAD },
  { "http://[2001:db8::7]x", NULL, NULL, NULL, BG_SAY_ENDPOINT_URL_BAD },
  { "http://2001:db8::7", NULL, NULL, NULL, BG_SAY_ENDPOINT_URL_BAD },
};

static char *
describe (const BgEndpointUrl *url)
{
  return url ? g_strdup_printf ("%s %s %u", bg_scheme_get_name (url->scheme), url->host, url->port)
             : NULL;
}

static void
test_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Row *row = &rows[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (BgEndpointUrl)
        url = bg_endpoint_url_parse (row->url, row->public_url, row->proto, &error);
      g_autofree char *said = describe (url);
      g_autoptr (BgWords) words = error ? bg_error_dup_words (error) : NULL;

      if (g_strcmp0 (said, row->said) != 0 || (!said && !bg_words_is (words, row->why)))
        g_error ("row %zu, %s: %s, %s", i, row->url, said, bg_words_get_text (words));
      g_assert_true (said || g_error_matches (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT));
    }
}

static void
test_length (void)
{
  g_autofree char *label = g_strnfill (63, 'a'), *more = g_strnfill (BG_ENDPOINT_URL_MAX, 'b');
  g_autofree char *fits = g_strdup_printf ("http://%s.%s.%s.%.61s", label, label, label, label);
  g_autofree char *long_name = g_strconcat (fits, "a", NULL),
                  *long_label = g_strconcat ("http://a", label, NULL);
  g_autofree char *long_text = g_strconcat ("http://h/", more, NULL);
  g_autoptr (BgEndpointUrl) url = bg_endpoint_url_parse (fits, NULL, NULL, NULL);

  g_assert_nonnull (url);
  g_assert_null (bg_endpoint_url_parse (long_name, NULL, NULL, NULL));
  g_assert_null (bg_endpoint_url_parse (long_label, NULL, NULL, NULL));
  g_assert_null (bg_endpoint_url_parse (long_text, NULL, NULL, NULL));
}

/* What it says of a bad text goes into logs and terminals. */
static void
test_words_are_printable (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bg_endpoint_url_parse ("http://a\033[2Jb", NULL, NULL, &error));
  g_assert_null (strchr (error->message, '\033'));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint-url/rows", test_rows);
  g_test_add_func ("/endpoint-url/length", test_length);
  g_test_add_func ("/endpoint-url/words-are-printable", test_words_are_printable);
  return g_test_run ();
}
