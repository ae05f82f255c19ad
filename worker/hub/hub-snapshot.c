/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-snapshot.h"
#include "worker/hub/hub-log.h"
#include "worker/hub/hub-store.h"
#include "common/error.h"

#include <sqlite3.h>

enum
{
  BUSY_MS = 5000
};

typedef sqlite3 Database;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Database, sqlite3_close)
typedef sqlite3_stmt Statement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Statement, sqlite3_finalize)

static gboolean
fail (Database *db, const char *path, GError **error)
{
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, sqlite3_errmsg (db));
  return FALSE;
}

static Database *
open_database (const char *path, int flags, GError **error)
{
  g_autoptr (Database) db = NULL;

  if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE | flags, NULL) != SQLITE_OK)
    {
      fail (db, path, error);
      return NULL;
    }
  sqlite3_busy_timeout (db, BUSY_MS);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return g_steal_pointer (&db);
}

/* The text of the one value that `sql` asks for; NULL and an error where there is none. */
static char *
ask (Database *db, const char *path, const char *sql, GError **error)
{
  g_autoptr (Statement) query = NULL;
  const char *text = NULL;

  if (sqlite3_prepare_v2 (db, sql, -1, &query, NULL) == SQLITE_OK
      && sqlite3_step (query) == SQLITE_ROW)
    text = (const char *) sqlite3_column_text (query, 0);
  if (text != NULL)
    return g_strdup (text);
  fail (db, path, error);
  return NULL;
}

static gboolean
check_whole (Database *db, const char *path, GError **error)
{
  g_autofree char *verdict = ask (db, path, "PRAGMA integrity_check (1)", error);

  if (verdict == NULL)
    return FALSE;
  if (g_str_equal (verdict, "ok"))
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s is damaged: %s", path, verdict);
  return FALSE;
}

/* --- Taking --- */

static gboolean
copy (Database *from, Database *to, const char *path, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (to, "main", from, "main");
  int status = backup ? sqlite3_backup_step (backup, -1) : sqlite3_errcode (to);

  if (backup)
    sqlite3_backup_finish (backup);
  if (status == SQLITE_DONE)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, sqlite3_errstr (status));
  return FALSE;
}

static GBytes *
serialize (Database *db, const char *path, GError **error)
{
  sqlite3_int64 size;
  unsigned char *data = sqlite3_serialize (db, "main", &size, 0);

  if (data != NULL)
    return g_bytes_new_with_free_func (data, (gsize) size, sqlite3_free, data);
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: no memory for a copy", path);
  return NULL;
}

GBytes *
bg_hub_snapshot_take (const char *path, GError **error)
{
  g_autoptr (Database) here = open_database (path, SQLITE_OPEN_NOFOLLOW, error);
  g_autoptr (Database) there = here ? open_database (":memory:", 0, error) : NULL;

  if (!there || !copy (here, there, path, error) || !check_whole (there, path, error))
    return NULL;
  return serialize (there, path, error);
}

/* --- Checking --- */

/* A newer one may have others, and is refused for what it is. */
static gboolean
check_tables (Database *db, const char *path, GError **error)
{
  g_autofree char *stranger = ask (
    db, path,
    "SELECT coalesce (min (name), '') FROM sqlite_schema WHERE NOT (type = 'table'"
    " AND name IN ('network', 'devices', 'invites', 'leases', 'credentials',"
    " 'signing_keys', 'log') AND sql LIKE 'CREATE TABLE%'"
    " OR type = 'index' AND name LIKE 'sqlite_autoindex_%' AND sql IS NULL)",
    error);
  g_autofree char *version = stranger ? ask (db, path, "PRAGMA user_version", error) : NULL;
  g_autofree char *shown = stranger ? g_strescape (stranger, NULL) : NULL;

  if (version == NULL)
    return FALSE;
  if (*stranger == '\0' || g_ascii_strtoll (version, NULL, 10) > BG_HUB_STORE_SCHEMA)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: “%s” in it is no table of a hub", path,
               shown);
  return FALSE;
}

/* Takes the entries: does each follow from the one before, and is it signed by who may? */
static gboolean
check_log (GPtrArray *entries, GError **error)
{
  g_autoptr (BgHubLog) log = bg_hub_log_new (entries, NULL, error);

  return log != NULL;
}

static gboolean
check_rows (const char *path, guint *devices, GError **error)
{
  g_autoptr (BgHubStore) store = bg_hub_store_open (path, NULL, error);

  for (BgHubTable table = 0; store != NULL && table < BG_HUB_TABLES; table++)
    {
      g_autoptr (GPtrArray) rows = bg_hub_store_load (store, table, error);

      if (rows == NULL)
        return FALSE;
      if (table == BG_HUB_TABLE_LEASES)
        *devices = rows->len;
      if (table == BG_HUB_TABLE_LOG && !check_log (g_steal_pointer (&rows), error))
        return FALSE;
    }
  return store != NULL;
}

gboolean
bg_hub_snapshot_check (const char *path, guint *devices, GError **error)
{
  Database *db = open_database (path, SQLITE_OPEN_NOFOLLOW, error);
  gboolean ok = db && check_whole (db, path, error) && check_tables (db, path, error);

  sqlite3_close (db);
  return ok && check_rows (path, devices, error);
}
