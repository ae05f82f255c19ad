/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hub-database.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

static GPtrArray *log_lines;

static GLogWriterOutput
keep_line (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      g_ptr_array_add (log_lines, g_strdup (fields[i].value));
  return G_LOG_WRITER_HANDLED;
}

void
log_keep (void)
{
  log_lines = g_ptr_array_new_with_free_func (g_free);
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  g_log_set_writer_func (keep_line, NULL, NULL);
}

guint
log_count (const char *part)
{
  guint count = 0;

  for (guint i = 0; i < log_lines->len; i++)
    count += strstr (log_lines->pdata[i], part) != NULL;
  g_ptr_array_set_size (log_lines, 0);
  return count;
}

static void
open_all (Database *db, const char *subnet)
{
  g_autoptr (GError) error = NULL;

  bg_hub_memory_open (&db->memory, db->path, subnet, db->needs_approval, TRUE, &error);
  g_assert_no_error (error);
  db->writer = db->memory.writer;
  db->network = db->memory.network;
  db->invites = db->memory.invites;
}

static void
close_all (Database *db)
{
  bg_hub_memory_close (&db->memory);
}

static void
on_settled (gpointer data)
{
  *(gboolean *) data = TRUE;
}

void
database_settle (Database *db)
{
  gboolean settled = FALSE;

  bg_hub_writer_wait (db->writer, on_settled, &settled);
  wait_until (settled);
}

void
database_set_up (Database *db, gconstpointer subnet)
{
  db->dir = g_dir_make_tmp ("bamgate-XXXXXX", NULL);
  db->path = g_build_filename (db->dir, "hub.sqlite", NULL);
  open_all (db, subnet);
  database_settle (db); /* what a new hub writes by itself */
}

void
database_reopen (Database *db)
{
  close_all (db);
  open_all (db, NULL);
}

void
database_tear_down (Database *db, gconstpointer subnet)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };

  close_all (db);
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (db->path, suffixes[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (db->dir), ==, 0);
  g_free (db->path);
  g_free (db->dir);
}

gpointer
database_lock (Database *db)
{
  sqlite3 *other = NULL;

  g_assert_cmpint (sqlite3_open (db->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), ==, SQLITE_OK);
  return other;
}

void
database_unlock (gpointer lock)
{
  sqlite3_exec (lock, "ROLLBACK", NULL, NULL, NULL);
  sqlite3_close (lock);
}

char *
database_devices (Database *db)
{
  g_autoptr (GPtrArray) devices = bg_hub_network_list_leases (db->network, BG_HUB_MAIN_ROOM);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < devices->len; i++)
    {
      BgHubLease *device = devices->pdata[i];
      const char *key = g_str_equal (device->public_key, KEY_A)   ? "A"
                        : g_str_equal (device->public_key, KEY_B) ? "B"
                                                                  : "";

      g_string_append_printf (text, "%s%s %s %s", i > 0 ? ", " : "", device->address, device->name,
                              key);
    }
  return g_string_free (text, FALSE);
}
