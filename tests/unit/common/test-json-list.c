/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-list.h"

static void
test_lists (void)
{
  g_auto (GStrv) two = bg_json_list_parse ("[\"a\", \"\\u00fc\\\"\"]", 8);
  g_auto (GStrv) none = bg_json_list_parse (" [] ", 8);
  g_auto (GStrv) cut = bg_json_list_parse ("[\"a\",\"b\",\"c\"]", 2);
  g_autofree char *text = bg_json_list_format (two), *empty = bg_json_list_format (none);

  g_assert_cmpuint (g_strv_length (two), ==, 2);
  g_assert_cmpstr (two[1], ==, "ü\"");
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_cmpuint (g_strv_length (cut), ==, 2);
  g_assert_cmpstr (text, ==, "[\"a\",\"ü\\\"\"]");
  g_assert_cmpstr (empty, ==, "[]");
}

static void
test_no_lists (void)
{
  static const char *const texts[] = {
    "",
    "null",
    "\"a\"",
    "{}",
    "[1]",
    "[\"a\",null]",
    "[[\"a\"]]",
    "[\"a\"",
    "[\"a\"]]",
    "[\"a\"]}",
    "[\"\\u0000\"]",
    "['a']",
    "[\"a\"] x",
    "[\"\xff\"]",
    "[\"\\ud800\"]",
    "[/*x*/]",
    "[\"a\"]}{\"list\":[\"b\"]",
  };

  g_assert_null (bg_json_list_parse (NULL, 8));
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (bg_json_list_parse (texts[i], 8))
      g_error ("%s was taken", texts[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-list/lists", test_lists);
  g_test_add_func ("/json-list/no-lists", test_no_lists);
  return g_test_run ();
}
