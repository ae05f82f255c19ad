/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-member.h"

static const char whole[] =
  "{\"text\":\"a\",\"empty\":\"\",\"yes\":true,\"no\":false,\"null\":null,\"one\":1,"
  "\"list\":[\"a\",true],\"object\":{\"text\":\"a\"}}";

static void
test_member (void)
{
  static const char *const others[] = { "null", "one", "list", "object", "absent" };
  g_autoptr (JsonNode) root = json_from_string (whole, NULL);
  JsonObject *object = json_node_get_object (root);

  g_assert_cmpstr (bg_json_member_text (object, "text"), ==, "a");
  g_assert_cmpstr (bg_json_member_text (object, "empty"), ==, "");
  g_assert_null (bg_json_member_text (object, "yes"));
  g_assert_true (bg_json_member_is_true (object, "yes"));
  g_assert_false (bg_json_member_is_true (object, "no"));
  g_assert_false (bg_json_member_is_true (object, "text"));
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_assert_null (bg_json_member_text (object, others[i]));
      g_assert_false (bg_json_member_is_true (object, others[i]));
    }
}

static void
test_not_utf8 (void)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "text", "\xff");
  g_assert_null (bg_json_member_text (object, "text"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-member/member", test_member);
  g_test_add_func ("/json-member/not-utf8", test_not_utf8);
  return g_test_run ();
}
