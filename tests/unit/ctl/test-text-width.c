/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines for a terminal's columns. */
#include "bamgatectl/text-width.h"

static void
assert_wrapped (const char *text, int columns, int indent, const char *expected)
{
  g_autofree char *wrapped = text_wrap_behind (text, columns, indent);

  g_assert_cmpstr (wrapped, ==, expected);
}

static void
test_behind (void)
{
  assert_wrapped ("", 20, 4, "");
  assert_wrapped ("fits to the end.", 20, 4, "fits to the end.");
  assert_wrapped ("fits to the end, not", 20, 4, "fits to the end,\n    not");
  assert_wrapped ("one\ntwo", 20, 4, "one\n    two");
  assert_wrapped ("averylongwordthatnobodybreaks and more", 20, 4,
                  "averylongwordthatnobodybreaks\n    and more");
  assert_wrapped ("네트워크가 겹칩니다 아주", 20, 4,
                  "네트워크가\n    겹칩니다 아주"); /* two columns each */
}

static void
test_quoted_commands_stay_whole (void)
{
  assert_wrapped ("see “bamgatectl peers” now", 30, 4, "see “bamgatectl peers” now");
  assert_wrapped ("then see “bamgatectl peers” now", 30, 4, "then see\n    “bamgatectl peers” now");
  assert_wrapped ("dann »bamgatectl peers« hier", 26, 4, "dann\n    »bamgatectl peers«\n    hier");
  assert_wrapped ("do “bamgatectl peers set home” now", 20, 4,
                  "do “bamgatectl\n    peers set home”\n    now");
  assert_wrapped ("no end “of it all is here", 20, 4, "no end “of it\n    all is here");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text-width/behind", test_behind);
  g_test_add_func ("/text-width/quoted", test_quoted_commands_stay_whole);
  return g_test_run ();
}
