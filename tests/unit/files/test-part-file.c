/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transfers/part-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *folder;
} Fixture;

static char *
in_folder (Fixture *f, const char *name)
{
  return g_build_filename (f->folder, name, NULL);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("bamgate-part-XXXXXX", NULL);
  g_assert_nonnull (f->folder);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = in_folder (f, name);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->folder);
}

static void
assert_holds (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = in_folder (f, name), *held = NULL;

  g_assert_true (g_file_get_contents (path, &held, NULL, NULL));
  g_assert_cmpstr (held, ==, text);
}

static void
put (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = in_folder (f, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static PartFile *
open_one (Fixture *f, const char *name)
{
  g_autoptr (GError) error = NULL;
  PartFile *part = part_file_open (f->folder, name, &error);

  g_assert_no_error (error);
  return part;
}

static void
finish (PartFile *part, const char *ending)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = part_file_finish (part, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (path, ending));
}

static void
test_nothing_is_replaced (Fixture *f, gconstpointer data)
{
  g_autoptr (PartFile) part = NULL;

  put (f, "a.txt", "mine");
  put (f, "a (2).txt", "mine too");
  part = open_one (f, "a.txt");
  g_assert_cmpint (write (part_file_get_fd (part), "new", 3), ==, 3);
  finish (part, "/a (3).txt");
  assert_holds (f, "a.txt", "mine");
  assert_holds (f, "a (3).txt", "new");
}

static void
test_it_goes_on (Fixture *f, gconstpointer data)
{
  g_autoptr (PartFile) part = NULL;

  put (f, "a.txt.bamgate.part", "half");
  part = open_one (f, "a.txt");
  g_assert_cmpint (lseek (part_file_get_fd (part), 0, SEEK_END), ==, 4);
  finish (part, "/a.txt");
  assert_holds (f, "a.txt", "half");
}

static void
test_links_are_not_followed (Fixture *f, gconstpointer data)
{
  g_autofree char *victim = in_folder (f, "victim"), *link_path = in_folder (f, "a.bamgate.part"),
                  *place = in_folder (f, "a");
  g_autoptr (PartFile) part = NULL;

  put (f, "victim", "mine");
  g_assert_cmpint (symlink (victim, link_path), ==, 0);
  g_assert_cmpint (symlink (victim, place), ==, 0);
  part = open_one (f, "a");
  g_assert_cmpint (write (part_file_get_fd (part), "new", 3), ==, 3);
  finish (part, "/a (2)");
  assert_holds (f, "victim", "mine");
}

static void
test_two_of_one_name (Fixture *f, gconstpointer data)
{
  g_autoptr (PartFile) one = open_one (f, "a.tar.gz"), two = open_one (f, "a.tar.gz");

  g_assert_cmpint (write (part_file_get_fd (one), "1", 1), ==, 1);
  g_assert_cmpint (write (part_file_get_fd (two), "2", 1), ==, 1);
  finish (two, "/a.tar.gz");
  finish (one, "/a.tar (2).gz");
  assert_holds (f, "a.tar.gz", "2");
}

static void
test_no_names (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "", ".", "..", "../x", "/etc/passwd" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_null (part_file_open (f->folder, names[i], NULL));
}

#define ADD(name, test) g_test_add ("/part-file/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("nothing-is-replaced", test_nothing_is_replaced);
  ADD ("it-goes-on", test_it_goes_on);
  ADD ("links-are-not-followed", test_links_are_not_followed);
  ADD ("two-of-one-name", test_two_of_one_name);
  ADD ("no-names", test_no_names);
  return g_test_run ();
}
