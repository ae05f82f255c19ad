/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every way in which a file of settings comes to be another one is noticed. */
#include "app/settings-watch.h"

#include "test-dir.h"

#include <unistd.h>

/* Beside the watch's own times. */
#define PATIENCE_S 10

typedef struct
{
  TestDir dir;
  BgSettingsWatch *watch;
  guint told;
} Fixture;

static void
on_changed (gpointer owner)
{
  ((Fixture *) owner)->told++;
}

static gboolean
on_late (gpointer data)
{
  g_error ("nothing was told");
  return G_SOURCE_REMOVE;
}

/* Once, however much was done. */
static void
assert_told (Fixture *f)
{
  GSource *late = g_timeout_source_new_seconds (PATIENCE_S);

  g_source_set_callback (late, on_late, NULL, NULL);
  g_source_attach (late, NULL);
  while (f->told == 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_destroy (late);
  g_source_unref (late);
  g_assert_cmpuint (f->told, ==, 1);
  f->told = 0;
}

static void
begin (Fixture *f, const char *name)
{
  g_autofree char *path = test_dir_file (&f->dir, name);

  f->watch = bg_settings_watch_new (path, on_changed, f);
}

static void
write_file (Fixture *f, const char *name, const char *text)
{
  g_free (test_dir_write (&f->dir, name, text));
}

static void
link_to (Fixture *f, const char *target, const char *name)
{
  g_autofree char *path = test_dir_file (&f->dir, name), *fresh = test_dir_file (&f->dir, "fresh");

  g_assert_cmpint (symlink (target, fresh), ==, 0);
  g_assert_cmpint (rename (fresh, path), ==, 0);
}

static void
setup (Fixture *f, gconstpointer data)
{
  test_dir_setup (&f->dir, NULL);
  f->told = 0;
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_clear_pointer (&f->watch, bg_settings_watch_free);
  test_dir_teardown (&f->dir, NULL);
}

/* As vi, gedit and sed -i do. */
static void
test_replaced (Fixture *f, gconstpointer data)
{
  g_autofree char *path = test_dir_file (&f->dir, "a.conf"), *fresh = NULL;

  write_file (f, "a.conf", "1");
  begin (f, "a.conf");
  fresh = test_dir_write (&f->dir, "a.conf.new", "2");
  g_assert_cmpint (rename (fresh, path), ==, 0);
  assert_told (f);
}

/* As nano, and a shell: it is not looked at before whoever writes is done. */
static void
test_written_in_place (Fixture *f, gconstpointer data)
{
  g_autofree char *path = test_dir_write (&f->dir, "a.conf", "1");
  FILE *file;

  begin (f, "a.conf");
  file = g_fopen (path, "we");
  g_assert_cmpint (fputs ("2", file), >=, 0);
  g_assert_cmpint (fflush (file), ==, 0);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (fputs ("3", file), >=, 0);
  fclose (file);
  assert_told (f);
}

static void
test_removed_and_back (Fixture *f, gconstpointer data)
{
  g_autofree char *path = test_dir_write (&f->dir, "a.conf", "1");

  begin (f, "a.conf");
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_told (f);
  write_file (f, "a.conf", "2");
  assert_told (f);
}

static void
test_directory_comes_later (Fixture *f, gconstpointer data)
{
  begin (f, "etc/bamgate/a.conf");
  write_file (f, "etc/bamgate/a.conf", "1");
  assert_told (f);
  write_file (f, "etc/bamgate/a.conf", "2");
  assert_told (f);
}

static void
test_drop_ins (Fixture *f, gconstpointer data)
{
  write_file (f, "a.conf", "1");
  begin (f, "a.conf");
  write_file (f, "a.conf.d/10.conf", "1");
  assert_told (f);
  write_file (f, "a.conf.d/20.conf", "2");
  assert_told (f);
}

/* What it leads to is changed, and then that it leads there; as container platforms swap directories. */
static void
test_links (Fixture *f, gconstpointer data)
{
  write_file (f, "one/a.conf", "1");
  write_file (f, "two/a.conf", "2");
  link_to (f, "one", "now");
  link_to (f, "now/a.conf", "a.conf");
  begin (f, "a.conf");
  write_file (f, "one/a.conf", "3");
  assert_told (f);
  link_to (f, "two", "now");
  assert_told (f);
  write_file (f, "two/a.conf", "4");
  assert_told (f);
}

static void
test_repeat (Fixture *f, gconstpointer data)
{
  begin (f, "a.conf");
  bg_settings_watch_repeat (f->watch);
  assert_told (f);
}

static void
assert_trace (Fixture *f, const char *name, const char *expected)
{
  g_autofree char *path = test_dir_file (&f->dir, name), *root = realpath (f->dir.path, NULL);
  g_autoptr (GPtrArray) places = bg_settings_watch_trace (path);
  g_autoptr (GString) said = g_string_new (NULL);

  for (guint i = 0; i < places->len; i++)
    if (g_str_has_prefix (places->pdata[i], root))
      g_string_append_printf (said, "%s;", (char *) places->pdata[i] + strlen (root));
  g_assert_cmpstr (said->str, ==, expected);
}

static void
test_trace (Fixture *f, gconstpointer data)
{
  write_file (f, "one/a.conf", "1");
  link_to (f, "one", "now");
  link_to (f, "../one/./a.conf", "one/up.conf");
  link_to (f, "loop", "loop");
  assert_trace (f, "one/a.conf", "/one/a.conf;");
  assert_trace (f, "now/a.conf", "/now;/one/a.conf;");
  assert_trace (f, "now/up.conf", "/now;/one/up.conf;/one/a.conf;");
  assert_trace (f, "one/b/c", "/one/b;");
  {
    g_autofree char *path = test_dir_file (&f->dir, "loop");
    g_autoptr (GPtrArray) places = bg_settings_watch_trace (path);

    g_assert_cmpuint (places->len, <=, 41);
  }
}

#define ADD(name, test) g_test_add ("/settings-watch/" name, Fixture, NULL, setup, test, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("replaced", test_replaced);
  ADD ("written-in-place", test_written_in_place);
  ADD ("removed-and-back", test_removed_and_back);
  ADD ("directory-comes-later", test_directory_comes_later);
  ADD ("drop-ins", test_drop_ins);
  ADD ("links", test_links);
  ADD ("repeat", test_repeat);
  ADD ("trace", test_trace);
  return g_test_run ();
}
