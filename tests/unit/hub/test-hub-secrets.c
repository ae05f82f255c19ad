/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-certificate.h"
#include "common/certificate-pin.h"
#include "worker/hub/hub-token.h"
#include "common/error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct
{
  char *dir, *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("bamgate-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "secret", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->path);
  g_free (f->dir);
}

static void
assert_private (const char *path)
{
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

static void
test_token_is_made_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL, *second = NULL;

  g_assert_null (bg_hub_token_load (f->path, FALSE, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);

  first = bg_hub_token_load (f->path, TRUE, &error);
  g_assert_no_error (error);
  assert_private (f->path);
  second = bg_hub_token_load (f->path, TRUE, &error);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpuint (strlen (first), ==, 3 + 48);
  g_assert_true (g_str_has_prefix (first, "bg_"));
  g_assert_cmpuint (strspn (first + 3, "0123456789abcdef"), ==, 48);
}

static void
test_token_matches (void)
{
  static const char token[] = "bg_0123456789abcdef";

  g_assert_true (bg_hub_token_matches (token, "Bearer bg_0123456789abcdef"));
  g_assert_false (bg_hub_token_matches (token, NULL));
  g_assert_false (bg_hub_token_matches (token, ""));
  g_assert_false (bg_hub_token_matches (token, "bg_0123456789abcdef"));
  g_assert_false (bg_hub_token_matches (token, "Bearer "));
  g_assert_false (bg_hub_token_matches (token, "Bearer bg_0123456789abcde"));
  g_assert_false (bg_hub_token_matches (token, "Bearer bg_0123456789abcdeg"));
  g_assert_false (bg_hub_token_matches (token, "Bearer bg_0123456789abcdefx"));
  g_assert_false (bg_hub_token_matches (token, "bearer bg_0123456789abcdef"));
}

static void
test_certificate_is_made_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) first = bg_hub_certificate_load_or_make (f->path, &error);
  g_autoptr (GTlsCertificate) second = NULL;
  g_autoptr (GDateTime) expires = NULL, now = g_date_time_new_now_utc ();
  g_autofree char *pin = NULL, *again = NULL;

  g_assert_no_error (error);
  assert_private (f->path);
  second = bg_hub_certificate_load_or_make (f->path, &error);
  pin = bg_certificate_pin (first);
  again = bg_certificate_pin (second);
  g_assert_cmpstr (pin, ==, again);
  g_assert_cmpuint (strlen (pin), ==, 44);
  expires = g_tls_certificate_get_not_valid_after (first);
  g_assert_cmpint (g_date_time_difference (expires, now) / G_TIME_SPAN_DAY, >, 29 * 365);
}

static void
test_broken_certificate (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (f->path, "rubbish", -1, NULL));
  g_assert_null (bg_hub_certificate_load_or_make (f->path, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, f->path));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hub-secrets/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("token-is-made-once", test_token_is_made_once);
  g_test_add_func ("/hub-secrets/token-matches", test_token_matches);
  ADD ("certificate-is-made-once", test_certificate_is_made_once);
  ADD ("broken-certificate", test_broken_certificate);
  return g_test_run ();
}
