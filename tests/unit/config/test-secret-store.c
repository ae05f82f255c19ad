/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/secret-change.h"
#include "app/secret-store.h"
#include "common/error.h"
#include "test-dir.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static BgSecretStore *
open_ok (TestDir *dir)
{
  g_autofree char *path = test_dir_file (dir, "secrets");
  g_autoptr (GError) error = NULL;
  BgSecretStore *store = bg_secret_store_new_files (path, &error);

  g_assert_no_error (error);
  return store;
}

static void
write_ok (BgSecretStore *store, const char *name, const char *secret)
{
  g_autoptr (GError) error = NULL;

  bg_secret_store_write (store, name, secret, &error);
  g_assert_no_error (error);
}

static void
assert_secret (BgSecretStore *store, const char *name, const char *expected)
{
  g_autoptr (GError) error = NULL;
  char *secret = bg_secret_store_read (store, name, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, expected);
  bg_secret_free (secret);
}

static void
assert_read_fails (BgSecretStore *store, const char *name, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bg_secret_store_read (store, name, &error));
  g_assert_error (error, BG_ERROR, code);
  if (!strstr (error->message, words))
    g_error ("“%s” does not say “%s”", error->message, words);
}

static guint
mode_of (TestDir *dir, const char *name)
{
  g_autofree char *path = test_dir_file (dir, name);
  GStatBuf info;

  g_assert_cmpint (g_lstat (path, &info), ==, 0);
  return info.st_mode & 07777;
}

static void
test_round_trip (TestDir *dir, gconstpointer data)
{
  mode_t mask = umask (0);
  g_autoptr (BgSecretStore) store = open_ok (dir);

  assert_secret (store, "token", NULL);
  write_ok (store, "token", "first");
  write_ok (store, "token", "second");
  assert_secret (store, "token", "second");
  write_ok (store, "token", "\xef\xbb\xbfof an editor\r\n");
  assert_secret (store, "token", "of an editor");
  g_assert_cmpuint (mode_of (dir, "secrets"), ==, 0700);
  g_assert_cmpuint (mode_of (dir, "secrets/token"), ==, 0600);
  g_assert_true (bg_secret_store_remove (store, "token", NULL));
  g_assert_true (bg_secret_store_remove (store, "token", NULL));
  assert_secret (store, "token", NULL);
  umask (mask);
}

static void
test_names_cannot_escape (TestDir *dir, gconstpointer data)
{
  static const char *const names[] = {
    "../out", "..",           ".",   "a/../../b", "peer/my office/psk", "peer/../psk",
    "%2F",    "peer/%2F/psk", "büro"
  };
  g_autoptr (BgSecretStore) store = open_ok (dir);
  g_autoptr (GDir) outside = NULL, inside = NULL;
  g_autofree char *path = test_dir_file (dir, "secrets");
  guint files = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    write_ok (store, names[i], names[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    assert_secret (store, names[i], names[i]);
  outside = g_dir_open (dir->path, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (outside), ==, "secrets");
  g_assert_null (g_dir_read_name (outside));
  inside = g_dir_open (path, 0, NULL);
  for (const char *name; (name = g_dir_read_name (inside)); files++)
    g_assert_true (name[0] != '.');
  g_assert_cmpuint (files, ==, G_N_ELEMENTS (names));
}

static void
test_bad_names (TestDir *dir, gconstpointer data)
{
  g_autoptr (BgSecretStore) store = open_ok (dir);
  g_autofree char *longer = g_strnfill (81, 'x');
  const char *const bad[] = { "", "a\nb", "\xff", longer };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      assert_read_fails (store, bad[i], BG_ERROR_INVALID_ARGUMENT, "cannot name a secret");
      g_assert_false (bg_secret_store_write (store, bad[i], "x", NULL));
      g_assert_false (bg_secret_store_remove (store, bad[i], NULL));
    }
}

static void
test_longest_peer_name (TestDir *dir, gconstpointer data)
{
  g_autoptr (BgSecretStore) store = open_ok (dir);
  g_autofree char *filler = g_strnfill (63, '/'), *name = g_strdup_printf ("peer/%s/psk", filler);

  write_ok (store, name, "deep");
  assert_secret (store, name, "deep");
}

static void
test_directory_of_others (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_file (dir, "secrets"), *wanted = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (g_chmod (path, 0755), ==, 0);
  g_assert_null (bg_secret_store_new_files (path, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
  wanted = g_strdup_printf ("%s may be used by others (mode 0755): run “chmod 0700 '%s'”", path,
                            path);
  g_assert_cmpstr (error->message, ==, wanted);
}

static void
test_directory_is_link (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_file (dir, "secrets"), *real = test_dir_file (dir, "real");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (real, 0700), ==, 0);
  g_assert_cmpint (symlink (real, path), ==, 0);
  g_assert_null (bg_secret_store_new_files (path, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "not a directory of its own"));
}

static void
test_file_of_others (TestDir *dir, gconstpointer data)
{
  g_autoptr (BgSecretStore) store = open_ok (dir);
  g_autofree char *path = test_dir_write (dir, "secrets/token", "abc\n");

  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  assert_read_fails (store, "token", BG_ERROR_CONFIG, "run “chmod 0600 '");
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  assert_secret (store, "token", "abc");
  if (geteuid () == 0)
    {
      g_assert_cmpint (chown (path, 12345, (gid_t) -1), ==, 0);
      assert_read_fails (store, "token", BG_ERROR_CONFIG, "belongs to user 12345: run “chown 0 '");
    }
}

static void
test_links_are_not_followed (TestDir *dir, gconstpointer data)
{
  g_autoptr (BgSecretStore) store = open_ok (dir);
  g_autofree char *target = test_dir_write (dir, "target", "theirs"),
                  *link = test_dir_file (dir, "secrets/token");
  g_autofree char *temporary = test_dir_file (dir, "secrets/.token.new"), *after = NULL;

  g_assert_cmpint (g_chmod (target, 0600), ==, 0);
  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_cmpint (symlink (target, temporary), ==, 0);
  assert_read_fails (store, "token", BG_ERROR_CONFIG, "is a symbolic link");
  /* Writing replaces the link and leaves what it showed alone. */
  write_ok (store, "token", "ours");
  assert_secret (store, "token", "ours");
  after = test_dir_read (dir, "target");
  g_assert_cmpstr (after, ==, "theirs");
  g_assert_false (g_file_test (temporary, G_FILE_TEST_IS_SYMLINK));
}

static void
test_bad_content (TestDir *dir, gconstpointer data)
{
  g_autoptr (BgSecretStore) store = open_ok (dir);
  g_autofree char *path = test_dir_file (dir, "secrets/token"),
                  *big = g_strnfill (64 * 1024 + 1, 'x');
  g_autofree char *fifo = test_dir_file (dir, "secrets/fifo");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents_full (path, "a\0b", 3, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_read_fails (store, "token", BG_ERROR_CONFIG, "is not text");
  g_assert_true (g_file_set_contents_full (path, "a\xff", 2, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_read_fails (store, "token", BG_ERROR_CONFIG, "is not text");
  g_assert_true (g_file_set_contents_full (path, big, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  assert_read_fails (store, "token", BG_ERROR_CONFIG, "larger than 64 KiB");
  g_assert_false (bg_secret_store_write (store, "token", big, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_read_fails (store, "fifo", BG_ERROR_CONFIG, "not a regular file");
}

/* Three secrets, of which the last cannot be written where `last` is bad. */
static BgSecretChange *
change_three (BgSecretStore *store, const char *last)
{
  BgSecretChange *change = bg_secret_change_new (store);

  bg_secret_change_add (change, "token", "new");
  bg_secret_change_add (change, "turn-secret", NULL);
  bg_secret_change_add (change, last, "x");
  return change;
}

static void
test_change_is_all_or_none (TestDir *dir, gconstpointer data)
{
  g_autoptr (BgSecretStore) store = open_ok (dir);
  g_autoptr (BgSecretChange) bad = change_three (store, "bad\nname");
  g_autoptr (BgSecretChange) good = change_three (store, "device-key");
  g_autoptr (GError) error = NULL;

  write_ok (store, "token", "old");
  write_ok (store, "turn-secret", "old");
  g_assert_false (bg_secret_change_write (bad, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  assert_secret (store, "token", "old");
  assert_secret (store, "turn-secret", "old");

  g_assert_true (bg_secret_change_write (good, NULL));
  assert_secret (store, "token", "new");
  assert_secret (store, "turn-secret", NULL);
  assert_secret (store, "device-key", "x");
  bg_secret_change_undo (good);
  assert_secret (store, "token", "old");
  assert_secret (store, "turn-secret", "old");
  assert_secret (store, "device-key", NULL);
}

#define ADD(path, func) g_test_add (path, TestDir, NULL, test_dir_setup, func, test_dir_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/secret-store/round-trip", test_round_trip);
  ADD ("/secret-store/names-cannot-escape", test_names_cannot_escape);
  ADD ("/secret-store/bad-names", test_bad_names);
  ADD ("/secret-store/longest-peer-name", test_longest_peer_name);
  ADD ("/secret-store/directory-of-others", test_directory_of_others);
  ADD ("/secret-store/directory-is-link", test_directory_is_link);
  ADD ("/secret-store/file-of-others", test_file_of_others);
  ADD ("/secret-store/links-are-not-followed", test_links_are_not_followed);
  ADD ("/secret-store/bad-content", test_bad_content);
  ADD ("/secret-store/change-is-all-or-none", test_change_is_all_or_none);
  return g_test_run ();
}
