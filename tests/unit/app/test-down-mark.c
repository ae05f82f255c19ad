/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether somebody took the tunnel down, over restarts. */
#include "app/down-mark.h"
#include "common/error.h"

#include <glib/gstdio.h>

static void
test_set_and_clear (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bamgate-down-XXXXXX", NULL),
                  *state = g_build_filename (dir, "state", NULL),
                  *path = g_build_filename (state, "down", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (bg_down_mark_is_set (state));
  g_assert_true (bg_down_mark_clear (state, &error));
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (bg_down_mark_set (state, &error));
      g_assert_no_error (error);
      g_assert_true (bg_down_mark_is_set (state));
    }
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (bg_down_mark_clear (state, &error));
      g_assert_no_error (error);
      g_assert_false (bg_down_mark_is_set (state));
    }
  g_rmdir (state);
  g_rmdir (dir);
}

static void
test_a_place_that_cannot_be_written (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bamgate-down-XXXXXX", NULL),
                  *file = g_build_filename (dir, "file", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_false (bg_down_mark_set (file, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, file));
  g_assert_false (bg_down_mark_is_set (file));
  g_unlink (file);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/down-mark/set-and-clear", test_set_and_clear);
  g_test_add_func ("/down-mark/a-place-that-cannot-be-written",
                   test_a_place_that_cannot_be_written);
  return g_test_run ();
}
