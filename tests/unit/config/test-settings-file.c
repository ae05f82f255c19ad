/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How settings are written: links, rights and owners stay. */
#include "app/config.h"
#include "common/whole-file.h"
#include "common/error.h"
#include "test-dir.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEFORE "[device]\nmtu=1400\n"

static void
assert_text (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static struct stat
stat_of (const char *path)
{
  struct stat info;

  g_assert_cmpint (lstat (path, &info), ==, 0);
  return info;
}

static guint
count_files (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
write_settings (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_whole_file_write (path, text, BG_SAY_SETTINGS_NOT_SAVED, &error));
  g_assert_no_error (error);
}

static void
test_new_file (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_file (dir, "etc/bamgate/bamgate.conf");
  mode_t before = umask (0077);

  write_settings (path, "x");
  umask (before);
  assert_text (path, "x");
  g_assert_cmpuint (stat_of (path).st_mode & 07777, ==, 0644);
}

static void
test_mode_stays (TestDir *dir, gconstpointer data)
{
  static const mode_t modes[] = { 0600, 0640, 0644, 0660 };
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", BEFORE);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_assert_cmpint (chmod (path, modes[i]), ==, 0);
      write_settings (path, "x");
      g_assert_cmpuint (stat_of (path).st_mode & 07777, ==, modes[i]);
    }
  g_assert_cmpuint (count_files (dir->path), ==, 1);
}

static void
test_owner_stays (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", BEFORE);

  if (chown (path, 4711, 4712) != 0)
    {
      g_test_skip ("not on this machine: only root gives files away");
      return;
    }
  g_assert_cmpint (chmod (path, 0640), ==, 0);
  write_settings (path, "x");
  g_assert_cmpuint (stat_of (path).st_uid, ==, 4711);
  g_assert_cmpuint (stat_of (path).st_gid, ==, 4712);
  g_assert_cmpuint (stat_of (path).st_mode & 07777, ==, 0640);
}

/* As a user who may write the directory, and give nothing away. */
static void
write_as_nobody (const char *path)
{
  if (setegid (4711) != 0 || seteuid (4711) != 0)
    g_assert_not_reached ();
  write_settings (path, "x");
  if (seteuid (0) != 0 || setegid (0) != 0)
    g_assert_not_reached ();
}

static void
test_foreign_group_gets_nothing (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", BEFORE);

  if (geteuid () != 0 || chown (path, 4720, 4721) != 0 || chown (dir->path, 4711, 4711) != 0)
    {
      g_test_skip ("not on this machine: only root gives files away");
      return;
    }
  g_assert_cmpint (chmod (path, 0640), ==, 0);
  write_as_nobody (path);
  assert_text (path, "x");
  g_assert_cmpuint (stat_of (path).st_uid, ==, 4711);
  g_assert_cmpuint (stat_of (path).st_mode & 07777, ==, 0600);
}

static void
test_link_stays (TestDir *dir, gconstpointer data)
{
  static const char *const targets[] = { "real/bamgate.conf", "absolute" };

  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autofree char *real = test_dir_write (dir, "real/bamgate.conf", BEFORE),
                      *path = test_dir_file (dir, "bamgate.conf");

      g_assert_cmpint (chmod (real, 0640), ==, 0);
      g_assert_cmpint (symlink (i == 0 ? targets[i] : real, path), ==, 0);
      write_settings (path, "x");
      g_assert_true (S_ISLNK (stat_of (path).st_mode));
      assert_text (real, "x");
      g_assert_cmpuint (stat_of (real).st_mode & 07777, ==, 0640);
      g_assert_cmpint (unlink (path), ==, 0);
    }
}

static void
test_link_to_nothing (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_file (dir, "bamgate.conf"),
                  *real = test_dir_file (dir, "later/real.conf");

  g_assert_cmpint (symlink ("later/real.conf", path), ==, 0);
  write_settings (path, "x");
  g_assert_true (S_ISLNK (stat_of (path).st_mode));
  assert_text (real, "x");
}

static void
test_failure_leaves_everything (TestDir *dir, gconstpointer data)
{
  g_autofree char *file = test_dir_write (dir, "file", BEFORE),
                  *below = g_build_filename (file, "bamgate.conf", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (bg_whole_file_write (below, "x", BG_SAY_SETTINGS_NOT_SAVED, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, file));
  assert_text (file, BEFORE);
  g_assert_cmpuint (count_files (dir->path), ==, 1);
}

static void
test_trying_changes_nothing (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", BEFORE);
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_whole_file_try (path, "x", BG_SAY_SETTINGS_NOT_SAVED, &error));
  assert_text (path, BEFORE);
  g_assert_cmpuint (count_files (dir->path), ==, 1);
}

/* The way that "config set" goes, with a drop-in that is a link. */
static void
test_configure_through_links (TestDir *dir, gconstpointer data)
{
  g_autofree char *real = test_dir_write (dir, "real.conf", "# mine\n" BEFORE),
                  *path = test_dir_file (dir, "bamgate.conf"),
                  *extra = test_dir_write (dir, "extra.conf", "[device]\nname=a\n"),
                  *drop_ins = test_dir_file (dir, "bamgate.conf.d"),
                  *drop_in = test_dir_file (dir, "bamgate.conf.d/extra.conf");
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) config = NULL, changed = NULL;
  GVariantDict changes;

  g_assert_cmpint (chmod (real, 0640), ==, 0);
  g_assert_cmpint (symlink ("real.conf", path), ==, 0);
  g_assert_cmpint (mkdir (drop_ins, 0755), ==, 0);
  g_assert_cmpint (symlink ("../extra.conf", drop_in), ==, 0);
  config = bg_config_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->device_name, ==, "a");
  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "device.mtu", "s", "1300");
  changed = bg_config_change (config, path, g_variant_ref_sink (g_variant_dict_end (&changes)),
                              &error);
  g_assert_no_error (error);
  g_assert_cmpuint (changed->mtu, ==, 1300);
  assert_text (real, "# mine\n[device]\nmtu=1300\n");
  assert_text (extra, "[device]\nname=a\n");
  g_assert_true (S_ISLNK (stat_of (path).st_mode));
  g_assert_true (S_ISLNK (stat_of (drop_in).st_mode));
  g_assert_cmpuint (stat_of (real).st_mode & 07777, ==, 0640);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/settings-file/" name, TestDir, NULL, test_dir_setup, function, test_dir_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("new-file", test_new_file);
  ADD ("mode-stays", test_mode_stays);
  ADD ("owner-stays", test_owner_stays);
  ADD ("foreign-group-gets-nothing", test_foreign_group_gets_nothing);
  ADD ("link-stays", test_link_stays);
  ADD ("link-to-nothing", test_link_to_nothing);
  ADD ("failure-leaves-everything", test_failure_leaves_everything);
  ADD ("trying-changes-nothing", test_trying_changes_nothing);
  ADD ("configure-through-links", test_configure_through_links);
  return g_test_run ();
}
