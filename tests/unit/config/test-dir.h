/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>

/* A directory of the test's own, with helpers for its files. */

typedef struct
{
  char *path;
} TestDir;

static inline void
test_dir_setup (TestDir *dir, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  dir->path = g_dir_make_tmp ("bamgate-test-XXXXXX", &error);
  g_assert_no_error (error);
}

static inline void
test_dir_remove (const char *path)
{
  GDir *entries = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (entries && (name = g_dir_read_name (entries)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      test_dir_remove (child);
    }
  g_clear_pointer (&entries, g_dir_close);
  (void) g_remove (path);
}

static inline void
test_dir_teardown (TestDir *dir, gconstpointer data)
{
  test_dir_remove (dir->path);
  g_free (dir->path);
}

static inline char *
test_dir_file (TestDir *dir, const char *name)
{
  return g_build_filename (dir->path, name, NULL);
}

/* Writes dir/name, with the directories on the way. */
static inline char *
test_dir_write (TestDir *dir, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  char *path = test_dir_file (dir, name);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  return path;
}

static inline char *
test_dir_read (TestDir *dir, const char *name)
{
  g_autofree char *path = test_dir_file (dir, name);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}
