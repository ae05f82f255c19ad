/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hub-url.h"
#include "join-line.h"

#include <string.h>

#define HUB "https://198.51.100.7:8443#sha256=X5Ui4e2Did1rQFChAadOLnM+Cv2E2xJzxopqcmdTNqE="

static void
assert_line (const char *text, const char *code, const char *name)
{
  g_auto (JoinLine) line = { NULL };

  g_assert_true (join_line_parse (text, &line));
  g_assert_cmpstr (line.hub, ==, HUB);
  g_assert_cmpstr (line.code, ==, code);
  g_assert_cmpstr (line.name, ==, name);
}

static void
test_lines (void)
{
  assert_line ("bamgatectl join ABCD-EFGH '" HUB "'", "ABCD-EFGH", NULL);
  assert_line ("  $ sudo bamgatectl join ABCD-EFGH '" HUB "' --name attic --force\r\n", "ABCD-EFGH",
               "attic");
  assert_line ("# for Eva\n\nbamgatectl join --name='the attic' ABCD-EFGH '" HUB "'\n", "ABCD-EFGH",
               "the attic");
  assert_line ("bamgatectl join - '" HUB "' -n attic", NULL, "attic");
}

static void
test_bad_lines (void)
{
  static const char *const bad[] = {
    "",
    "bamgatectl",
    "bamgatectl join",
    "bamgatectl join ABCD-EFGH",
    "bamgatectl join 'ABCD EFGH' " HUB,
    "bamgatectl join ABCD-EFGH ftp://198.51.100.7",
    "bamgatectl join ABCD-EFGH https:///x",
    "bamgatectl join ABCD-EFGH " HUB " more",
    "bamgatectl join ABCD-EFGH '" HUB,
    "bamgatectl join ABCD-EFGH " HUB " --name ''",
    "bamgatectl leave ABCD-EFGH " HUB,
    "mybamgatectl2 join ABCD-EFGH " HUB,
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      JoinLine line;

      if (join_line_parse (bad[i], &line))
        g_error ("taken: %s", bad[i]);
      g_assert_null (line.hub);
    }
}

static void
test_round_trip (void)
{
  g_autofree char *text = join_line_format ("ABCD-EFGH", HUB, "Eva's attic");
  g_autofree char *bare = join_line_format (NULL, HUB, NULL);
  g_autofree char *evil = join_line_format ("ABCD; poweroff", HUB, "x' ; reboot");

  assert_line (text, "ABCD-EFGH", "Eva's attic");
  assert_line (bare, NULL, NULL);
  assert_line (evil, NULL, "x' ; reboot");
  g_assert_null (strstr (evil, "; poweroff"));
}

static void
test_same_hub (void)
{
  g_assert_true (hub_url_same (HUB, "wss://198.51.100.7:8443/connect"));
  g_assert_true (hub_url_same ("hub.example.net", "wss://HUB.example.net:443/connect"));
  g_assert_true (hub_url_same ("http://[2001:db8::1]/", "ws://[2001:db8::1]:80"));
  g_assert_false (hub_url_same (HUB, "https://198.51.100.7"));
  g_assert_false (hub_url_same ("", ""));
  g_assert_false (hub_url_is_valid ("https://"));
  g_assert_false (hub_url_is_valid ("mailto:a@b"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nm/join-line/lines", test_lines);
  g_test_add_func ("/nm/join-line/bad-lines", test_bad_lines);
  g_test_add_func ("/nm/join-line/round-trip", test_round_trip);
  g_test_add_func ("/nm/join-line/same-hub", test_same_hub);
  return g_test_run ();
}
