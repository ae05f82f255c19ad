/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine that goes down while it enters a network, at each step: it is as it was, or in the network. */
#include "app/config.h"
#include "app/entry-journal.h"
#include "app/network-log.h"

#include "common/error.h"
#include "unit/membership/log-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define OLD_URL "wss://old.example/connect"
#define NEW_URL "wss://new.example/connect"

typedef struct
{
  char *dir, *config, *secrets_dir, *state, *log, *pins;
  BgSecretStore *secrets;
  GPtrArray *before, *after; /* the logs */
} World;

static void
save (const char *path, const GPtrArray *entries)
{
  g_autoptr (BgMembershipLog) log = bg_membership_log_load (path, NULL);

  g_assert_true (bg_membership_log_append (log, entries, NULL));
}

/* In a network whose log has four entries; the other's has seven. */
static void
world_set_up (World *world, gconstpointer data)
{
  world->dir = g_dir_make_tmp ("bamgate-entering-XXXXXX", NULL);
  world->config = g_build_filename (world->dir, "bamgate.conf", NULL);
  world->secrets_dir = g_build_filename (world->dir, "secrets", NULL);
  world->state = g_build_filename (world->dir, "state", NULL);
  world->log = g_build_filename (world->state, "network-log", NULL);
  world->pins = g_build_filename (world->state, "known-peers", NULL);
  world->before = fixture_network (4);
  world->after = fixture_network (7);
  g_assert_true (g_file_set_contents (world->config,
                                      "# mine\n[network]\nserver-url=" OLD_URL "\n"
                                      "[device]\nname=a\naddress=10.0.0.1/24\n",
                                      -1, NULL));
  world->secrets = bg_secret_store_new_files (world->secrets_dir, NULL);
  g_assert_true (bg_secret_store_write (world->secrets, "token", "old", NULL));
  g_mkdir (world->state, 0700);
  save (world->log, world->before);
  g_assert_true (g_file_set_contents (world->pins, "", 0, NULL));
}

static void
remove_all (const char *dir)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *name;

  while (entries && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        remove_all (path);
      else
        g_unlink (path);
    }
  g_rmdir (dir);
}

static void
world_tear_down (World *world, gconstpointer data)
{
  bg_secret_store_free (world->secrets);
  remove_all (world->dir);
  g_ptr_array_unref (world->before);
  g_ptr_array_unref (world->after);
  g_free (world->dir);
  g_free (world->config);
  g_free (world->secrets_dir);
  g_free (world->state);
  g_free (world->log);
  g_free (world->pins);
}

static BgEntryJournal
journal_of (World *world)
{
  BgEntryJournal journal = { .device_credential = "id new",
                             .plan = { .forgets_peers = TRUE, .takes_log = TRUE } };

  journal.settings = g_variant_ref_sink (
    g_variant_new_parsed ("{'network.server-url': <%s>, 'device.name': <'b'>,"
                          " 'device.address': <'10.1.0.2/24'>, 'network.server-pin': <()>}",
                          NEW_URL));
  g_assert_true (bg_membership_log_stage (world->log, world->after, journal.plan.head, NULL));
  return journal;
}

static void
assert_log (World *world, const GPtrArray *entries)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgMembershipLog) log = bg_membership_log_load (world->log, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (bg_membership_log_get_count (log), ==, entries->len);
}

static void
assert_secret (World *world, const char *name, const char *expected)
{
  char *text = bg_secret_store_read (world->secrets, name, NULL);

  g_assert_cmpstr (text, ==, expected);
  bg_secret_free (text);
}

static void
assert_is (World *world, gboolean is_in)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) config = bg_config_load (world->config, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->server_url, ==, is_in ? NEW_URL : OLD_URL);
  g_assert_cmpstr (config->device_name, ==, is_in ? "b" : "a");
  assert_secret (world, "token", is_in ? NULL : "old");
  assert_secret (world, "device-credential", is_in ? "id new" : NULL);
  assert_secret (world, "entering", NULL);
  assert_log (world, is_in ? world->after : world->before);
  g_assert_cmpint (g_file_test (world->pins, G_FILE_TEST_EXISTS), ==, !is_in);
}

static void
start (World *world)
{
  g_autoptr (GError) error = NULL;

  bg_entry_journal_finish (world->config, world->secrets_dir, world->state, &error);
  g_assert_no_error (error);
}

/* Each is one step further than the one before. */
enum
{
  STAGED,
  WRITTEN,
  WITH_SECRETS,
  WITH_SETTINGS,
  WITH_LOG,
  STEPS
};

static void
go (World *world, guint step)
{
  BgEntryJournal journal = journal_of (world);
  g_autoptr (BgConfig) config = NULL;

  if (step >= WRITTEN)
    g_assert_true (bg_entry_journal_write (world->secrets, &journal, NULL));
  if (step >= WITH_SECRETS)
    {
      g_assert_true (bg_secret_store_remove (world->secrets, "token", NULL));
      g_assert_true (bg_secret_store_write (world->secrets, "device-credential", "id new", NULL));
    }
  if (step >= WITH_SETTINGS)
    config = bg_config_change (NULL, world->config, journal.settings, NULL);
  if (step >= WITH_LOG)
    g_assert_true (bg_network_log_take_staged (world->state, journal.plan.head, NULL));
  g_variant_unref (journal.settings);
}

static void
test_killed (World *world, gconstpointer data)
{
  guint step = GPOINTER_TO_UINT (data);

  go (world, step);
  start (world);
  assert_is (world, step > STAGED);
  start (world);
  assert_is (world, step > STAGED);
}

/* And once more while that is put right. */
static void
test_killed_twice (World *world, gconstpointer data)
{
  guint step = GPOINTER_TO_UINT (data);
  BgEntryJournal journal;

  go (world, step);
  start (world);
  journal = journal_of (world);
  g_assert_true (bg_entry_journal_write (world->secrets, &journal, NULL));
  start (world);
  assert_is (world, TRUE);
  g_variant_unref (journal.settings);
}

static void
test_unreadable (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_secret_store_write (world->secrets, "entering", "nonsense", NULL));
  g_assert_false (
    bg_entry_journal_finish (world->config, world->secrets_dir, world->state, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
  assert_secret (world, "token", "old");
}

/* What is staged is another log than the journal says: nobody's word for it. */
static void
test_other_log (World *world, gconstpointer data)
{
  guint8 head[BG_ENTRY_HASH];
  g_autoptr (GError) error = NULL;

  go (world, WRITTEN);
  g_assert_true (bg_membership_log_stage (world->log, world->before, head, NULL));
  g_assert_false (
    bg_entry_journal_finish (world->config, world->secrets_dir, world->state, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
  assert_log (world, world->before);
}

static void
test_no_log (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) nonsense = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint8 head[BG_ENTRY_HASH];

  g_ptr_array_add (nonsense, g_bytes_new ("x", 1));
  g_assert_false (bg_membership_log_stage (world->log, nonsense, head, NULL));
  assert_log (world, world->before);
}

/* --- What is held against the log that is here --- */

static void
on_nothing (gpointer owner)
{
}

static void
on_health (gpointer owner)
{
}

static void
assert_judged (World *world, const GPtrArray *entries, int code, BgLogFit expected)
{
  static const BgNetworkLogDoor door = { NULL, NULL };
  static const BgNetworkLogEvents events = { on_nothing, on_nothing, on_nothing };
  BgHealth *health = bg_health_new (on_health, NULL);
  BgNetworkLog *log = bg_network_log_new (world->state, health, &door, &events, NULL);
  g_autoptr (GError) error = NULL;
  BgLogFit fit;

  g_assert_cmpint (bg_network_log_judge (log, entries, &fit, &error), ==, code == 0);
  if (code == 0)
    g_assert_cmpint (fit, ==, expected);
  else
    g_assert_error (error, BG_ERROR, code);
  bg_network_log_free (log);
  bg_health_free (health);
}

static void
test_judged (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) less = fixture_network (2), split = fixture_network (2),
                        strange = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  BgEntry genesis = fixture_genesis (TRUE), device = fixture_device (20);

  fixture_add (split, &device, FIXTURE_OWNER_SEED);
  fixture_add (strange, &genesis, FIXTURE_OWNER_SEED);
  assert_judged (world, world->after, 0, BG_LOG_FIT_MORE);
  assert_judged (world, world->before, 0, BG_LOG_FIT_KNOWN);
  assert_judged (world, less, 0, BG_LOG_FIT_KNOWN);
  assert_judged (world, split, BG_ERROR_WRONG_STATE, 0);
  assert_judged (world, strange, BG_ERROR_WRONG_STATE, 0);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "staged", "written", "secrets", "settings", "log" };

  g_test_init (&argc, &argv, NULL);
  for (guint step = 0; step < STEPS; step++)
    {
      g_autofree char *once = g_strconcat ("/entry-journal/killed/", names[step], NULL),
                      *twice = g_strconcat ("/entry-journal/killed-twice/", names[step], NULL);

      g_test_add (once, World, GUINT_TO_POINTER (step), world_set_up, test_killed, world_tear_down);
      g_test_add (twice, World, GUINT_TO_POINTER (step), world_set_up, test_killed_twice,
                  world_tear_down);
    }
  g_test_add ("/entry-journal/judged", World, NULL, world_set_up, test_judged, world_tear_down);
  g_test_add ("/entry-journal/unreadable", World, NULL, world_set_up, test_unreadable,
              world_tear_down);
  g_test_add ("/entry-journal/other-log", World, NULL, world_set_up, test_other_log,
              world_tear_down);
  g_test_add ("/entry-journal/no-log", World, NULL, world_set_up, test_no_log, world_tear_down);
  return g_test_run ();
}
