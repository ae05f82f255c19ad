/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-store.h"
#include "common/error.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

#define KEY "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define NOW G_GINT64_CONSTANT (1700000000)

typedef struct
{
  char *dir, *path;
  BgHubStore *store;
} Fixture;

static void
open_store (Fixture *f, const char *subnet)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&f->store, bg_hub_store_close);
  f->store = bg_hub_store_open (f->path, subnet, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("bamgate-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "hub.sqlite", NULL);
  open_store (f, data);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };

  g_clear_pointer (&f->store, bg_hub_store_close);
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (f->path, suffixes[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->path);
  g_free (f->dir);
}

static BgHubLease *
device_new (const char *address, const char *name)
{
  BgHubLease *device = bg_hub_lease_new ("default", address, NOW);

  g_free (device->name);
  device->name = g_strdup (name);
  g_free (device->public_key);
  device->public_key = g_strdup (*name != '\0' ? KEY : "");
  return device;
}

/* Takes the changes. */
static void
apply (Fixture *f, BgHubChange *first, BgHubChange *second)
{
  g_autoptr (GPtrArray)
    changes = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_hub_change_free);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (changes, first);
  if (second != NULL)
    g_ptr_array_add (changes, second);
  g_assert_true (bg_hub_store_apply (f->store, changes, &error));
  g_assert_no_error (error);
}

static void
apply_device (Fixture *f, const char *address, const char *name)
{
  BgHubLease *device = device_new (address, name);

  apply (f, bg_hub_change_of_lease (device, FALSE), NULL);
  bg_hub_lease_free (device);
}

static void
assert_devices (Fixture *f, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = bg_hub_store_load (f->store, BG_HUB_TABLE_LEASES, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < devices->len; i++)
    {
      BgHubLease *device = devices->pdata[i];

      g_string_append_printf (text, "%s%s %s %s %d", i > 0 ? ", " : "", device->room,
                              device->address, device->name,
                              (int) MAX (device->reserved_until - NOW, 0));
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_devices (Fixture *f, gconstpointer data)
{
  BgHubLease *device = device_new ("10.0.0.1/24", "renamed");

  apply_device (f, "10.0.0.1/24", "alpha");
  apply_device (f, "10.0.0.2/24", "bravo");
  device->reserved_until = NOW + 5;
  apply (f, bg_hub_change_of_lease (device, FALSE), NULL);
  open_store (f, NULL);
  assert_devices (f, "default 10.0.0.1/24 renamed 5, default 10.0.0.2/24 bravo 0");
  apply (f, bg_hub_change_of_lease (device, TRUE), bg_hub_change_of_lease (device, TRUE));
  assert_devices (f, "default 10.0.0.2/24 bravo 0");
  bg_hub_lease_free (device);
}

static void
test_invites (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) invites = NULL;
  BgHubInvite *invite = bg_hub_invite_new ("AAAA-BBBB", "https://h", NOW, NOW + 600), *read;

  apply (f, bg_hub_change_of_invite (invite, FALSE), NULL);
  invite->is_redeemed = TRUE;
  g_free (invite->redeemed_by);
  invite->redeemed_by = g_strdup (KEY);
  g_free (invite->address);
  invite->address = g_strdup ("10.0.0.1/24");
  apply (f, bg_hub_change_of_invite (invite, FALSE), NULL);
  open_store (f, NULL);
  invites = bg_hub_store_load (f->store, BG_HUB_TABLE_INVITES, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (invites->len, ==, 1);
  read = invites->pdata[0];
  g_assert_cmpstr (read->code, ==, "AAAA-BBBB");
  g_assert_cmpstr (read->server_url, ==, "https://h");
  g_assert_cmpint (read->expires_at, ==, NOW + 600);
  g_assert_true (read->is_redeemed);
  g_assert_cmpstr (read->redeemed_by, ==, KEY);
  g_assert_cmpstr (read->address, ==, "10.0.0.1/24");
  bg_hub_invite_free (invite);
}

static void
test_subnet (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  open_store (f, "10.5.0.0/16"); /* nobody there yet: it may change */
  open_store (f, NULL);
  apply_device (f, "10.5.0.1/16", "alpha");
  open_store (f, "10.5.0.0/16");
  assert_devices (f, "default 10.5.0.1/16 alpha 0");
  g_assert_null (bg_hub_store_open (f->path, "10.6.0.0/16", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
}

static void
run_sql (Fixture *f, const char *sql)
{
  sqlite3 *db = NULL;

  g_clear_pointer (&f->store, bg_hub_store_close);
  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* Of the first version: its reservations get their day. */
static void
test_older_schema (Fixture *f, gconstpointer data)
{
  run_sql (f,
           "DROP TABLE devices; DROP TABLE leases; DROP TABLE invites; DROP TABLE credentials;"
           "DROP TABLE signing_keys; DROP TABLE log; PRAGMA user_version = 1;"
           "CREATE TABLE devices (room TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL,"
           " public_key TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (room, address))"
           " STRICT;"
           "CREATE TABLE invites (code TEXT PRIMARY KEY, server_url TEXT NOT NULL,"
           " created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, redeemed INTEGER NOT NULL)"
           " STRICT;"
           "INSERT INTO devices VALUES ('default', '10.0.0.1/24', 'alpha', 'K', 1700000000);"
           "INSERT INTO devices VALUES ('default', '10.0.0.2/24', '', '', 1700000000);"
           "INSERT INTO invites VALUES ('AAAA-BBBB', 'https://h', 1, 2, 1)");
  open_store (f, NULL);
  assert_devices (f, "default 10.0.0.1/24 alpha 0, default 10.0.0.2/24  86400");
}

static void
test_newer_schema (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  run_sql (f, "PRAGMA user_version = 99");
  g_assert_null (bg_hub_store_open (f->path, NULL, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_FAILED);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hub-store/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("devices", test_devices);
  ADD ("invites", test_invites);
  ADD ("subnet", test_subnet);
  ADD ("older-schema", test_older_schema);
  ADD ("newer-schema", test_newer_schema);
  return g_test_run ();
}
