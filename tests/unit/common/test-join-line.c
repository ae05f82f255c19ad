/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/join-line.h"

#define URL "https://hub.example.net:8443"

typedef struct
{
  const char *text, *code, *url, *pin, *name, *trust;
} Row;

/* Whatever stands around it, the same is meant. */
static void
test_parse (void)
{
  static const Row rows[] = {
    { "bamgatectl join ABCD-EFGH '" URL "#sha256=cGlu'", "ABCD-EFGH", URL, "cGlu", NULL },
    { "  # sudo bamgatectl join abcd-efgh “" URL "#sha256=cGlu”\n", "ABCD-EFGH", URL, "cGlu",
      NULL },
    { "bamgatectl join ABCD-EFGH '" URL "#sha256=cGlu&trust=AQ_-'", "ABCD-EFGH", URL, "cGlu", NULL,
      "AQ_-" },
    { "bamgatectl join ABCD-EFGH '" URL "#trust=AQ'", "ABCD-EFGH", URL, NULL, NULL, "AQ" },
    { URL "#sha256=cGlu&trust=A+Q&more=x", NULL, URL, "cGlu", NULL, NULL },
    { "ABCDEFGH " URL, "ABCD-EFGH", URL, NULL, NULL },
    { "ABCD-EFGH", "ABCD-EFGH", NULL, NULL, NULL },
    { URL "#sha256=cGlu", NULL, URL, "cGlu", NULL },
    { "bamgatectl join ABCD-EFGH \\\n  " URL " --name attic", "ABCD-EFGH", URL, NULL, "attic" },
    { "bamgatectl join --name=computer ABCD-EFGH " URL, "ABCD-EFGH", URL, NULL, "computer" },
    { "bamgatectl join -n ABCDEFGH AAAA-BBBB " URL, "AAAA-BBBB", URL, NULL, "ABCDEFGH" },
    { "abcdefgh", "ABCD-EFGH", NULL, NULL, NULL },
    { URL "#sha256=", NULL, URL, NULL, NULL },
    { "ABCD\u200b-EFGH wss://hub.example/connect", "ABCD-EFGH", "wss://hub.example/connect", NULL,
      NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (BgJoinLine) line = { 0 };

      g_assert_true (bg_join_line_parse (rows[i].text, &line));
      g_assert_cmpstr (line.code, ==, rows[i].code);
      g_assert_cmpstr (line.url, ==, rows[i].url);
      g_assert_cmpstr (line.pin, ==, rows[i].pin);
      g_assert_cmpstr (line.name, ==, rows[i].name);
      g_assert_cmpstr (line.trust, ==, rows[i].trust);
    }
}

static void
test_rubbish (void)
{
  g_autofree char *endless = g_strnfill (5000, 'A');
  const char *const rubbish[] = {
    "",         "   ",  "hello world", "bamgatectl join", "sudo rm -rf", "ftp://x",
    "ABCD-EFG", "\xff", endless
  };
  BgJoinLine line;

  for (guint i = 0; i < G_N_ELEMENTS (rubbish); i++)
    {
      g_assert_false (bg_join_line_parse (rubbish[i], &line));
      g_assert_null (line.code);
      g_assert_null (line.url);
    }
  g_assert_false (bg_join_line_parse (NULL, &line));
}

static void
test_server (void)
{
  static const char *const servers[] = { URL, URL "#sha256=cGlu", URL "#trust=AQ_-",
                                         URL "#sha256=cGlu&trust=AQ_-" };

  for (guint i = 0; i < G_N_ELEMENTS (servers); i++)
    {
      g_auto (BgJoinLine) line = { 0 };
      g_autofree char *again = NULL;

      g_assert_true (bg_join_line_split_server (servers[i], &line.url, &line.pin, &line.trust));
      g_assert_cmpstr (line.url, ==, URL);
      again = bg_join_line_server (&line);
      g_assert_cmpstr (again, ==, servers[i]);
    }
}

static void
test_bad_servers (void)
{
  g_autofree char *long_trust = g_strnfill (513, 'A'),
                  *endless = g_strconcat (URL "#trust=", long_trust, NULL);
  const char *const bad[] = { URL "#",
                              URL "#sha256=",
                              URL "#x",
                              URL "#sha256=a&sha256=b",
                              URL "#trust=a&trust=b",
                              URL "#trust=a b",
                              URL "#trust=a%20",
                              URL "#sha256=a&",
                              endless };
  char *url, *pin, *trust;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (bg_join_line_split_server (bad[i], &url, &pin, &trust));
      g_assert_true (!url && !pin && !trust);
    }
}

static void
test_hub (void)
{
  static const char *const rows[][2] = {
    { URL, "hub.example.net:8443" },
    { "https://hub.example.net", "hub.example.net" },
    { "wss://hub.example.net:443/connect", "hub.example.net" },
    { "https://[2001:db8::1]:8443", "[2001:db8::1]:8443" },
    { "ftp://hub.example.net", NULL },
    { "https://", NULL },
    { "hub.example.net", NULL },
    { NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *hub = bg_join_line_hub (rows[i][0]);

      g_assert_cmpstr (hub, ==, rows[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/join-line/parse", test_parse);
  g_test_add_func ("/join-line/rubbish", test_rubbish);
  g_test_add_func ("/join-line/server", test_server);
  g_test_add_func ("/join-line/bad-servers", test_bad_servers);
  g_test_add_func ("/join-line/hub", test_hub);
  return g_test_run ();
}
