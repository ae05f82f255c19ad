/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-piece.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_sizes (void)
{
  g_assert_cmpuint (bg_file_piece_next (BG_FILE_PIECE_MIN, 1000), ==, 2 * BG_FILE_PIECE_MIN);
  g_assert_cmpuint (bg_file_piece_next (BG_FILE_PIECE_MAX, 1000), ==, BG_FILE_PIECE_MAX);
  g_assert_cmpuint (bg_file_piece_next (1 << 20, G_USEC_PER_SEC), ==, 1 << 20);
  g_assert_cmpuint (bg_file_piece_next (1 << 20, 5 * G_USEC_PER_SEC), ==, 1 << 19);
  g_assert_cmpuint (bg_file_piece_next (BG_FILE_PIECE_MIN, 60 * G_USEC_PER_SEC), ==,
                    BG_FILE_PIECE_MIN);
}

static void
test_resume (void)
{
  const BgFileStatus there = { BG_FILE_RUNNING, 4096, DIGEST };
  char other[] = DIGEST;

  other[0] = '1';
  g_assert_cmpuint (bg_file_resume_at (&there, DIGEST), ==, 4096);
  g_assert_cmpuint (bg_file_resume_at (&there, other), ==, 0);
  g_assert_cmpuint (bg_file_resume_at (&there, NULL), ==, 0);
}

static void
test_waits (void)
{
  g_assert_cmpuint (bg_file_ask_again_ms (0), ==, 500);
  g_assert_cmpuint (bg_file_ask_again_ms (30 * G_USEC_PER_SEC), ==, 3000);
  g_assert_cmpuint (bg_file_ask_again_ms (3600 * (gint64) G_USEC_PER_SEC), ==, 10000);
  g_assert_cmpuint (bg_file_try_again_ms (0), ==, 500);
  g_assert_cmpuint (bg_file_try_again_ms (2), ==, 2000);
  g_assert_cmpuint (bg_file_try_again_ms (G_MAXUINT), ==, 15000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-piece/sizes", test_sizes);
  g_test_add_func ("/file-piece/resume", test_resume);
  g_test_add_func ("/file-piece/waits", test_waits);
  return g_test_run ();
}
