/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/listen-mode.h"

static BgListenMode
mode_of (const char *text)
{
  BgListenMode mode;

  g_assert_true (bg_listen_mode_parse (text, &mode));
  return mode;
}

static void
assert_reads (const char *text, BgListenKind kind, const char *again)
{
  BgListenMode mode = mode_of (text), second;
  char out[BG_LISTEN_TEXT];

  g_assert_cmpint (mode.kind, ==, kind);
  bg_listen_mode_format (&mode, out);
  g_assert_cmpstr (out, ==, again);
  second = mode_of (out);
  g_assert_true (bg_listen_mode_equal (&mode, &second));
}

static void
test_modes (void)
{
  assert_reads ("virtual", BG_LISTEN_VIRTUAL, "virtual");
  assert_reads ("all", BG_LISTEN_ALL, "::");
  assert_reads ("::", BG_LISTEN_ALL, "::");
  assert_reads ("0.0.0.0", BG_LISTEN_ALL, "0.0.0.0");
  assert_reads ("192.168.1.5", BG_LISTEN_ADDRESS, "192.168.1.5");
  assert_reads ("fd00::5", BG_LISTEN_ADDRESS, "fd00::5");
  assert_reads ("eth0", BG_LISTEN_LINK, "eth0");
  assert_reads ("enp0s31f6.100", BG_LISTEN_LINK, "enp0s31f6.100");
}

static void
test_nonsense (void)
{
  BgListenMode mode;

  for (const char *const *text =
         (const char *const[]){ "", ".", "..", "eth 0", "a/b", "192.168.1.0/24", "[::1]:80",
                                "sixteen-letters-", "ü", NULL };
       *text != NULL; text++)
    g_assert_false (bg_listen_mode_parse (*text, &mode));
}

static void
test_rules (void)
{
  BgListenMode standard = mode_of ("virtual"), all = mode_of ("all"), eth0 = mode_of ("eth0");
  g_autoptr (BgListenRules) rules = bg_listen_rules_new (&standard);

  g_assert_true (bg_listen_rules_add (rules, "DB.prod", &all));
  g_assert_true (bg_listen_rules_add (rules, "db.prod.:5432", &eth0));
  g_assert_false (bg_listen_rules_add (rules, "db.prod:", &all));
  g_assert_false (bg_listen_rules_add (rules, "db.prod:70000", &all));
  g_assert_false (bg_listen_rules_add (rules, "", &all));
  g_assert_cmpint (bg_listen_rules_find (rules, "db.prod", 80)->kind, ==, BG_LISTEN_ALL);
  g_assert_cmpint (bg_listen_rules_find (rules, "db.prod", 5432)->kind, ==, BG_LISTEN_LINK);
  g_assert_cmpint (bg_listen_rules_find (rules, "api.example", 80)->kind, ==, BG_LISTEN_VIRTUAL);
  g_assert_true (bg_listen_rules_add (rules, "db.prod", &standard));
  g_assert_cmpint (bg_listen_rules_find (rules, "db.prod", 80)->kind, ==, BG_LISTEN_VIRTUAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/listen-mode/modes", test_modes);
  g_test_add_func ("/listen-mode/nonsense", test_nonsense);
  g_test_add_func ("/listen-mode/rules", test_rules);
  return g_test_run ();
}
