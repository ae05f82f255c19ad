/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/invite-code.h"

static void
test_tidy (void)
{
  static const char *const same[] = { "ab12-cd34", "AB12CD34", "AB-12CD-34", "-a-b-1-2-c-d-3-4-" };
  static const char *const bad[] = { "",          "-",         "AB12CD3",        "AB12CD345",
                                     "AB12 CD34", "AB12/CD34", "AB12CD3\xc3\xa4" };

  for (gsize i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autofree char *code = bg_invite_code_tidy (same[i]);

      g_assert_cmpstr (code, ==, "AB12-CD34");
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (bg_invite_code_tidy (bad[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/invite-code/tidy", test_tidy);
  return g_test_run ();
}
