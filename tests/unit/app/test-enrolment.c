/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/enrolment.h"
#include "app/instance-lock.h"

#include "common/error.h"
#include "common/log.h"
#include "unit/net/network-text.h"

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
    { BG_ENROLMENT_SETUP, "{'subnet': <'10.1.0.0/24'>}", "subnet" },
    { BG_ENROLMENT_JOIN, "{'subnet': <'10.1.0.0/24'>}", "subnet" },
    { BG_ENROLMENT_SETUP, "{'host': <true>, 'subnet': <'10.1.0.0'>}", "subnet" },
    { BG_ENROLMENT_SETUP, "{'host': <true>, 'subnet': <'fd00::/64'>}", "subnet" },
    { BG_ENROLMENT_SETUP, "{'host': <true>, 'subnet': <'10.1.0.0/24'>, 'address': <'10.2.0.1/24'>}",
      "subnet" },
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
  const BgEnrolmentPlaces nowhere = { .config_path = "/nonexistent/bamgate.conf",
                                      .secrets_dir = "/nonexistent/secrets",
                                      .state_dir = "/nonexistent",
                                      .runtime_dir = "/nonexistent" };
  GError *error = NULL;

  bg_enrolment_join_async (parse (BG_ENROLMENT_JOIN, "@a{sv} {}", NULL), "ABCD-EFGH", config,
                           &nowhere, on_enrolled, &error);
  while (!error)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  bg_enrolment_setup_async (parse (BG_ENROLMENT_SETUP, "@a{sv} {}", NULL), config, &nowhere,
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

static BgLocalNetworks *
home (void)
{
  g_autoptr (BgNetworkTables)
    tables = network_tables_of_text ("link 2 wlan0\n"
                                     "addr 192.168.1.20/24 dev 2\n"
                                     "route default via 192.168.1.1 dev 2\n"
                                     "route 10.64.0.0/16 via 192.168.1.2 dev 2\n");

  return bg_local_networks_new (tables, "bamgate0");
}

/* Half of the Internet, other people's addresses, our own networks: each with the words that say so. */
static void
test_addresses (void)
{
  g_autoptr (BgLocalNetworks) networks = home ();
  const struct
  {
    const char *address, *refused, *forced;
  } rows[] = {
    { "10.0.0.2/24", NULL, NULL },
    { "172.31.0.2/24", NULL, NULL },
    { "192.168.2.2/24", NULL, NULL },
    { "100.127.0.2/24", NULL, NULL },
    { "fd00::2/64", NULL, NULL },
    { "", "no address", "no address" },
    { "10.0.0.2/33", "no address", "no address" },
    { "10.0.0.2/7", "so large", "so large" },
    { "fd00::2/15", "so large", "so large" },
    { "127.0.0.2/24", "no machine", "no machine" },
    { "8.8.8.2/24", "8.8.8.0/24 is not of the private", NULL },
    { "172.32.0.2/24", "private", NULL },
    { "10.0.0.2/8", "10.64.0.0/16", NULL },
    { "2001:db8::2/64", "private", NULL },
    { "192.168.1.2/24", "192.168.1.0/24, which this machine is in on wlan0", "wlan0" },
    { "192.168.0.2/16", "wlan0", "wlan0" },
    { "192.168.1.130/25", "wlan0", "wlan0" },
    { "10.64.7.2/24", "by a route on wlan0", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (int force = 0; force < 2; force++)
      {
        const char *wanted = force ? rows[i].forced : rows[i].refused;
        g_autoptr (GError) error = NULL;

        g_test_message ("%s%s", rows[i].address, force ? ", forced" : "");
        g_assert_true (bg_enrolment_check_address (networks, rows[i].address, force, &error)
                       == !wanted);
        if (wanted && !strstr (error->message, wanted))
          g_test_fail_printf ("“%s” lacks “%s”", error->message, wanted);
      }
}

static void
test_urls (void)
{
  static const char *const fine[] = { "wss://hub.example/connect", "ws://127.0.0.1:8080/connect",
                                      "ws://[::1]:8080/connect", "ws://localhost/connect" };
  static const char *const readable[] = { "ws://hub.example/connect",
                                          "ws://192.168.1.7:8080/connect", "ws://[fd00::1]/connect",
                                          "ws://localhost.example/connect" };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (fine); i++)
    g_assert_true (bg_enrolment_check_url (fine[i], FALSE, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (readable); i++)
    g_assert_false (bg_enrolment_check_url (readable[i], FALSE, NULL));
  g_assert_false (bg_enrolment_check_url (readable[0], FALSE, &error));
  g_assert_nonnull (strstr (error->message, "http://hub.example is not encrypted"));
  g_assert_true (bg_enrolment_check_url (readable[0], TRUE, NULL));
}

/* --- The machine --- */

typedef struct
{
  char *dir, *config_path, *secrets_dir, *state_dir, *drop_in;
  BgEnrolmentPlaces places;
  BgConfig *config;
} Machine;

static void
machine_set_up (Machine *m, gconstpointer data)
{
  g_autofree char *drop_ins = NULL;

  m->dir = g_dir_make_tmp ("bamgate-machine-XXXXXX", NULL);
  m->config_path = g_build_filename (m->dir, "etc", "bamgate.conf", NULL);
  drop_ins = g_strconcat (m->config_path, ".d", NULL);
  m->drop_in = g_build_filename (drop_ins, "site.conf", NULL);
  m->secrets_dir = g_build_filename (m->dir, "etc", "secrets", NULL);
  m->state_dir = g_build_filename (m->dir, "state", NULL);
  g_mkdir_with_parents (drop_ins, 0755);
  m->places = (BgEnrolmentPlaces){ NULL, m->config_path, m->secrets_dir, m->state_dir, m->dir, NULL,
                                   TRUE };
  m->config = bg_config_load (m->config_path, NULL);
}

static void
machine_tear_down (Machine *m, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", m->dir, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  bg_config_unref (m->config);
  g_free (m->dir);
  g_free (m->config_path);
  g_free (m->secrets_dir);
  g_free (m->state_dir);
  g_free (m->drop_in);
}

static gboolean
check (Machine *m, WgKey *key, GError **error)
{
  g_autoptr (GVariant) changes = g_variant_ref_sink (
    g_variant_new_parsed ("{'device.name': <'a'>, 'device.address': <()>}"));
  WgKey private_key;

  return bg_enrolment_check_machine (m->config, &m->places, changes, &private_key, key, error);
}

/* The key stays, so that a hub knows who comes again with the same invite; nothing else does. */
static void
test_machine_keeps_its_key (Machine *m, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autofree char *etc = g_path_get_dirname (m->config_path);
  WgKey first, second;
  guint n = 0;

  g_assert_true (check (m, &first, &error));
  g_assert_no_error (error);
  g_assert_true (check (m, &second, &error));
  g_assert_true (wg_key_equal (&first, &second));
  dir = g_dir_open (etc, 0, NULL);
  while (g_dir_read_name (dir))
    n++;
  g_assert_cmpuint (n, ==, 2); /* secrets and drop-ins, no settings and no leavings */
}

static void
assert_check_fails (Machine *m, const char *words)
{
  g_autoptr (GError) error = NULL;
  WgKey key;

  g_assert_false (check (m, &key, &error));
  if (!strstr (error->message, words))
    g_test_fail_printf ("“%s” lacks “%s”", error->message, words);
}

static void
test_machine_that_cannot (Machine *m, gconstpointer data)
{
  g_autofree char *token = g_build_filename (m->secrets_dir, "token", NULL);

  g_file_set_contents (m->drop_in, "[device]\naddress=10.1.0.1/24\n", -1, NULL);
  assert_check_fails (m, "site.conf");
  g_unlink (m->drop_in);
  g_mkdir_with_parents (m->secrets_dir, 0755);
  assert_check_fails (m, "chmod 0700");
  g_chmod (m->secrets_dir, 0700);
  g_file_set_contents (token, "t", -1, NULL);
  g_chmod (token, 0644);
  assert_check_fails (m, "chmod 0600");
  g_unlink (token);
  g_file_set_contents (m->state_dir, "", -1, NULL); /* where a directory should be */
  assert_check_fails (m, m->state_dir);
  g_unlink (m->state_dir);
  g_mkdir (m->config_path, 0755);
  assert_check_fails (m, m->config_path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("warning", NULL);
  /* What is forced warns, as it should. */
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  g_test_add_func ("/enrolment/options", test_options);
  g_test_add_func ("/enrolment/bad-options", test_bad_options);
  g_test_add_func ("/enrolment/addresses", test_addresses);
  g_test_add_func ("/enrolment/urls", test_urls);
  g_test_add ("/enrolment/machine-keeps-its-key", Machine, NULL, machine_set_up,
              test_machine_keeps_its_key, machine_tear_down);
  g_test_add ("/enrolment/machine-that-cannot", Machine, NULL, machine_set_up,
              test_machine_that_cannot, machine_tear_down);
  g_test_add_func ("/enrolment/no-service-is-known", test_no_service_is_known);
  g_test_add_func ("/instance-lock", test_instance_lock);
  return g_test_run ();
}
