/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/enrolment.h"
#include "app/instance-lock.h"

#include "common/error.h"
#include "common/log.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PIN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static BgEnrolmentOptions *
parse (BgEnrolmentKind kind, const char *text, GError **error)
{
  g_autoptr (GVariant) options = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

  g_assert_nonnull (options);
  return bg_enrolment_options_parse (kind, options, error);
}

static void
test_options (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgEnrolmentOptions)
    options = parse (BG_ENROLMENT_SETUP,
                     "{'name': <'a'>, 'server-url': <'https://h:1#sha256=" PIN
                     "'>, 'token': <'t'>, 'force': <true>}",
                     &error);

  g_assert_no_error (error);
  g_assert_cmpstr (options->name, ==, "a");
  g_assert_cmpstr (options->server_url, ==, "https://h:1");
  g_assert_cmpstr (options->server_pin, ==, PIN);
  g_assert_cmpstr (options->token, ==, "t");
  g_assert_true (options->force && !options->host);
}

static void
test_bad_options (void)
{
  const struct
  {
    BgEnrolmentKind kind;
    const char *text, *word;
  } bad[] = {
    { BG_ENROLMENT_SETUP, "{'nmae': <'a'>}", "nmae" },
    { BG_ENROLMENT_SETUP, "{'name': <1>}", "name" },
    { BG_ENROLMENT_SETUP, "{'name': <'x]y'>}", "x]y" },
    { BG_ENROLMENT_JOIN, "{'name': <'$(touch x)'>}", "“touch-x” would be one" },
    { BG_ENROLMENT_JOIN, "{'name': <''>}", "cannot name a device" },
    { BG_ENROLMENT_SETUP, "{'host': <'yes'>}", "host" },
    { BG_ENROLMENT_JOIN, "{'token': <'t'>}", "token" },
    { BG_ENROLMENT_JOIN, "{'host': <true>}", "host" },
    { BG_ENROLMENT_SETUP, "{'address': <'10.0.0.1'>}", "address" },
    { BG_ENROLMENT_SETUP, "{'address': <'x/24'>}", "address" },
    { BG_ENROLMENT_SETUP, "{'listen': <'*:1'>}", "listen" },
    { BG_ENROLMENT_SETUP, "{'host': <true>, 'token': <'t'>}", "token" },
    { BG_ENROLMENT_JOIN, "{'server-url': <'https://h#sha256=short'>}", "pin" },
    { BG_ENROLMENT_JOIN, "{'server-url': <'https://h#x'>}", "pin" },
    { BG_ENROLMENT_SETUP, "{'server-url': <'https://h#sha256=" PIN "'>, 'server-pin': <'x'>}",
      "differ" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (bad[i].kind, bad[i].text, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
      if (!strstr (error->message, bad[i].word))
        g_test_fail_printf ("“%s” does not name %s", error->message, bad[i].word);
    }
}

static void
on_enrolled (GObject *source, GAsyncResult *result, gpointer data)
{
  GError **error = data;

  g_assert_null (bg_enrolment_finish (result, error));
}

static void
test_no_service_is_known (void)
{
  g_autoptr (BgConfig) config = bg_config_load ("/nonexistent/bamgate.conf", NULL);
  GError *error = NULL;

  bg_enrolment_join_async (parse (BG_ENROLMENT_JOIN, "@a{sv} {}", NULL), "ABCD-EFGH", config,
                           on_enrolled, &error);
  while (!error)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  bg_enrolment_setup_async (parse (BG_ENROLMENT_SETUP, "@a{sv} {}", NULL), config, "/nonexistent",
                            on_enrolled, &error);
  while (!error)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
}

static void
test_instance_lock (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bamgate-lock-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "bg0.lock", NULL);
  g_autoptr (GError) error = NULL;
  int fd = bg_instance_lock_take (dir, "bg0", &error), again;

  g_assert_no_error (error);
  g_assert_cmpint (bg_instance_lock_take (dir, "bg0", &error), ==, -1);
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
  g_assert_nonnull (strstr (error->message, "bg0"));
  close (fd);
  g_clear_error (&error);
  again = bg_instance_lock_take (dir, "bg0", &error);
  g_assert_no_error (error);
  close (again);
  g_unlink (path);
  g_rmdir (dir);
}

/* A service that grants half of the Internet gets no route to it. */
static void
test_addresses (void)
{
  static const char *const fine[] = { "10.0.0.2/24", "10.0.0.2/8", "fd00::2/64" };
  static const char *const bad[] = { "",           "x",           "10.0.0.2/1", "10.0.0.2/7",
                                     "10.0.0.2/0", "10.0.0.2/33", "fd00::2/15" };

  for (gsize i = 0; i < G_N_ELEMENTS (fine); i++)
    g_assert_true (bg_enrolment_check_address (fine[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (bg_enrolment_check_address (bad[i], &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("warning", NULL);
  g_test_add_func ("/enrolment/options", test_options);
  g_test_add_func ("/enrolment/bad-options", test_bad_options);
  g_test_add_func ("/enrolment/addresses", test_addresses);
  g_test_add_func ("/enrolment/no-service-is-known", test_no_service_is_known);
  g_test_add_func ("/instance-lock", test_instance_lock);
  return g_test_run ();
}
