/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hub-database.h"

#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
record (Database *db, const char *address, const char *name)
{
  bg_hub_network_record_device (db->network, BG_HUB_MAIN_ROOM, address, name, KEY_A, NOW);
}

/* What another connection reads. */
static char *
stored_names (Database *db)
{
  GString *names = g_string_new (NULL);
  sqlite3 *other = NULL;
  sqlite3_stmt *query = NULL;

  g_assert_cmpint (sqlite3_open (db->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (
    sqlite3_prepare_v2 (other, "SELECT name FROM leases ORDER BY rowid", -1, &query, NULL), ==,
    SQLITE_OK);
  while (sqlite3_step (query) == SQLITE_ROW)
    g_string_append_printf (names, "%s ", (const char *) sqlite3_column_text (query, 0));
  sqlite3_finalize (query);
  sqlite3_close (other);
  return g_string_free (names, FALSE);
}

static void
assert_stored (Database *db, const char *expected)
{
  g_autofree char *names = stored_names (db);

  g_assert_cmpstr (names, ==, expected);
}

static int syncs;

/* In the place of the one that SQLite would call. */
int fdatasync (int fd);

int
fdatasync (int fd)
{
  g_atomic_int_inc (&syncs);
  return (int) syscall (SYS_fdatasync, fd);
}

/* A power cut after this takes nothing back. */
static void
test_written_is_on_the_disk (Database *db, gconstpointer data)
{
  int before;

  record (db, "10.0.0.1/24", "alpha");
  database_settle (db);
  before = g_atomic_int_get (&syncs);
  record (db, "10.0.0.2/24", "bravo");
  database_settle (db);
  g_assert_cmpint (g_atomic_int_get (&syncs), >, before);
}

static void
test_wait_means_written (Database *db, gconstpointer data)
{
  record (db, "10.0.0.1/24", "alpha");
  record (db, "10.0.0.2/24", "bravo");
  database_settle (db);
  assert_stored (db, "alpha bravo ");
}

/* Somebody holds the database: nobody waits, nothing is lost, and it is said once and taken back. */
static void
test_locked (Database *db, gconstpointer data)
{
  gpointer lock = database_lock (db);

  record (db, "10.0.0.1/24", "alpha");
  wait_until (bg_hub_writer_get_trouble (db->writer) != NULL);
  record (db, "10.0.0.2/24", "bravo");
  record (db, "10.0.0.1/24", "renamed");
  database_settle (db); /* at once: there is trouble */
  assert_stored (db, "");

  g_assert_cmpuint (log_count ("locked: nothing is written at present"), ==, 1);
  database_unlock (lock);
  wait_until (bg_hub_writer_get_trouble (db->writer) == NULL);
  g_assert_cmpuint (log_count ("all is written again"), ==, 1);
  database_settle (db);
  assert_stored (db, "renamed bravo ");
}

static void
on_done (gpointer data)
{
  (*(guint *) data)++;
}

/* A slow disk: a promise does not wait for ever. */
static void
test_patience (Database *db, gconstpointer data)
{
  gpointer lock = database_lock (db);
  guint done = 0;

  record (db, "10.0.0.1/24", "alpha");
  bg_hub_writer_wait (db->writer, on_done, &done);
  g_assert_cmpuint (done, ==, 0);
  wait_until (done == 1);
  g_assert_null (bg_hub_writer_get_trouble (db->writer)); /* the attempt goes on */
  database_unlock (lock);
  database_settle (db);
  assert_stored (db, "alpha ");
}

static void
test_end_writes_what_waits (Database *db, gconstpointer data)
{
  guint done = 0;

  record (db, "10.0.0.1/24", "alpha");
  bg_hub_writer_wait (db->writer, on_done, &done);
  database_reopen (db);
  g_assert_cmpuint (done, ==, 1);
  assert_stored (db, "alpha ");
}

static void
test_end_says_what_is_lost (Database *db, gconstpointer data)
{
  gpointer lock = database_lock (db);

  record (db, "10.0.0.1/24", "alpha");
  bg_hub_memory_close (&db->memory);
  g_assert_cmpuint (log_count ("locked: 1 rows are lost"), ==, 1);
  database_unlock (lock);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hub-writer/" name, Database, NULL, database_set_up, function, database_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_keep ();
  ADD ("written-is-on-the-disk", test_written_is_on_the_disk);
  ADD ("wait-means-written", test_wait_means_written);
  ADD ("locked", test_locked);
  ADD ("patience", test_patience);
  ADD ("end-writes-what-waits", test_end_writes_what_waits);
  ADD ("end-says-what-is-lost", test_end_says_what_is_lost);
  return g_test_run ();
}
