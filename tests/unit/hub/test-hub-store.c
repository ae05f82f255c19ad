/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-store.h"
#include "common/error.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

#define ROOM "default"
#define KEY_A "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define KEY_B "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
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

static BgHubRecord
record (Fixture *f, const char *address, const char *name, const char *key)
{
  g_autoptr (GError) error = NULL;
  BgHubRecord verdict = bg_hub_store_record_device (f->store, ROOM, address, name, key, NOW,
                                                    &error);

  g_assert_no_error (error);
  return verdict;
}

static void
assert_devices (Fixture *f, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = bg_hub_store_list_devices (f->store, ROOM, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < devices->len; i++)
    {
      BgHubDevice *device = devices->pdata[i];
      const char *key = g_str_equal (device->public_key, KEY_A)   ? "A"
                        : g_str_equal (device->public_key, KEY_B) ? "B"
                                                                  : "";

      g_string_append_printf (text, "%s%s %s %s", i > 0 ? ", " : "", device->address, device->name,
                              key);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static BgHubRedeem
redeem (Fixture *f, const char *code, gint64 now, const char *expected_address)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL, *server_url = NULL;
  BgHubRedeem verdict = bg_hub_store_redeem (f->store, code, now, &address, &server_url, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (address, ==, expected_address);
  g_assert_cmpstr (server_url, ==, expected_address != NULL ? "https://h" : NULL);
  return verdict;
}

static void
invite (Fixture *f, const char *code)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_hub_store_add_invite (f->store, code, "https://h", NOW, 600, &error));
  g_assert_no_error (error);
}

static void
test_devices (Fixture *f, gconstpointer data)
{
  assert_devices (f, "");
  g_assert_cmpint (record (f, "10.0.0.1/24", "alpha", KEY_A), ==, BG_HUB_RECORD_DONE);
  g_assert_cmpint (record (f, "10.0.0.1/24", "alpha", KEY_A), ==, BG_HUB_RECORD_DONE);
  assert_devices (f, "10.0.0.1/24 alpha A");
  g_assert_cmpint (record (f, "10.0.0.1/32", "renamed", KEY_A), ==, BG_HUB_RECORD_DONE);
  assert_devices (f, "10.0.0.1/24 renamed A");
}

static void
test_foreign_addresses (Fixture *f, gconstpointer data)
{
  record (f, "10.0.0.1/24", "alpha", KEY_A);
  g_assert_cmpint (record (f, "10.0.0.1/24", "alpha", KEY_B), ==, BG_HUB_RECORD_FOREIGN);
  g_assert_cmpint (record (f, "10.0.0.1/25", "mallory", KEY_B), ==, BG_HUB_RECORD_FOREIGN);
  assert_devices (f, "10.0.0.1/24 alpha A");
}

static void
test_unfit (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (record (f, NULL, "a", KEY_A), ==, BG_HUB_RECORD_UNFIT);
  g_assert_cmpint (record (f, "192.168.0.1/24", "a", KEY_A), ==, BG_HUB_RECORD_UNFIT);
  g_assert_cmpint (record (f, "10.0.0.1/24", "a", "no key"), ==, BG_HUB_RECORD_UNFIT);
  g_assert_cmpint (record (f, "10.0.0.1/24", "a", ""), ==, BG_HUB_RECORD_UNFIT);
  assert_devices (f, "");
}

static void
test_redeem (Fixture *f, gconstpointer data)
{
  record (f, "10.0.0.1/24", "alpha", KEY_A);
  invite (f, "AB12-CD34");
  g_assert_cmpint (redeem (f, "AB12-CD35", NOW, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
  g_assert_cmpint (redeem (f, "AB12-CD34", NOW, "10.0.0.2/24"), ==, BG_HUB_REDEEM_DONE);
  g_assert_cmpint (redeem (f, "AB12-CD34", NOW, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
  assert_devices (f, "10.0.0.1/24 alpha A, 10.0.0.2/24  ");
  g_assert_cmpint (record (f, "10.0.0.2/24", "bravo", KEY_B), ==, BG_HUB_RECORD_DONE);
  assert_devices (f, "10.0.0.1/24 alpha A, 10.0.0.2/24 bravo B");
}

static void
test_expiry (Fixture *f, gconstpointer data)
{
  invite (f, "AAAA-AAAA");
  invite (f, "BBBB-BBBB");
  g_assert_cmpint (redeem (f, "AAAA-AAAA", NOW + 599, "10.0.0.1/24"), ==, BG_HUB_REDEEM_DONE);
  g_assert_cmpint (redeem (f, "BBBB-BBBB", NOW + 600, NULL), ==, BG_HUB_REDEEM_EXPIRED);
}

static void
test_full_subnet (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *next = NULL;

  record (f, "10.0.0.1/30", "alpha", KEY_A);
  record (f, "10.0.0.2/30", "bravo", KEY_B);
  g_assert_true (bg_hub_store_next_address (f->store, ROOM, &next, &error));
  g_assert_null (next);
  invite (f, "AAAA-AAAA");
  g_assert_cmpint (redeem (f, "AAAA-AAAA", NOW, NULL), ==, BG_HUB_REDEEM_NO_ADDRESS);
  g_assert_cmpint (redeem (f, "AAAA-AAAA", NOW, NULL), ==,
                   BG_HUB_REDEEM_NO_ADDRESS); /* still unused */
}

static void
test_open_invites_are_bounded (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint made = 0;

  for (;; made++)
    {
      g_autofree char *code = g_strdup_printf ("AAAA-%04u", made);

      if (!bg_hub_store_add_invite (f->store, code, "https://h", NOW, 600, &error))
        break;
    }
  g_assert_cmpuint (made, ==, 1024);
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
  g_clear_error (&error);
  g_assert_true (
    bg_hub_store_add_invite (f->store, "LATE-LATE", "https://h", NOW + 601, 600, &error));
}

static void
test_reopen (Fixture *f, gconstpointer data)
{
  record (f, "10.0.0.1/24", "alpha", KEY_A);
  invite (f, "AAAA-AAAA");
  open_store (f, NULL);
  assert_devices (f, "10.0.0.1/24 alpha A");
  g_assert_cmpint (redeem (f, "AAAA-AAAA", NOW, "10.0.0.2/24"), ==, BG_HUB_REDEEM_DONE);
}

/* Two hubs over one file: what the one has reserved the other does not hand out. */
static void
test_two_connections (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgHubStore) other = bg_hub_store_open (f->path, NULL, &error);
  g_autofree char *address = NULL, *server_url = NULL;

  invite (f, "AAAA-AAAA");
  invite (f, "BBBB-BBBB");
  g_assert_cmpint (bg_hub_store_redeem (other, "AAAA-AAAA", NOW, &address, &server_url, &error), ==,
                   BG_HUB_REDEEM_DONE);
  g_assert_cmpint (redeem (f, "AAAA-AAAA", NOW, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
  g_assert_cmpint (redeem (f, "BBBB-BBBB", NOW, "10.0.0.2/24"), ==, BG_HUB_REDEEM_DONE);
}

static void
test_subnet (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  open_store (f, "10.5.0.0/16"); /* nobody there yet: it may change */
  open_store (f, NULL);
  record (f, "10.5.0.1/16", "alpha", KEY_A);
  open_store (f, "10.5.0.0/16");
  assert_devices (f, "10.5.0.1/16 alpha A");
  g_assert_null (bg_hub_store_open (f->path, "10.6.0.0/16", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
}

static void
test_newer_schema (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  sqlite3 *db = NULL;

  g_clear_pointer (&f->store, bg_hub_store_close);
  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "PRAGMA user_version = 99", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
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
  ADD ("foreign-addresses", test_foreign_addresses);
  ADD ("unfit", test_unfit);
  ADD ("redeem", test_redeem);
  ADD ("expiry", test_expiry);
  g_test_add ("/hub-store/full-subnet", Fixture, "10.0.0.0/30", set_up, test_full_subnet,
              tear_down);
  ADD ("open-invites-are-bounded", test_open_invites_are_bounded);
  ADD ("reopen", test_reopen);
  ADD ("two-connections", test_two_connections);
  ADD ("subnet", test_subnet);
  ADD ("newer-schema", test_newer_schema);
  return g_test_run ();
}
