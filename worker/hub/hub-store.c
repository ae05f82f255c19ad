/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-store.h"
#include "common/error.h"

#include <sqlite3.h>

enum
{
  SCHEMA_VERSION = BG_HUB_STORE_SCHEMA,
  BUSY_OPENING_MS = 2000, /* a backup, or a hub that is ending */
  BUSY_WRITING_MS = 500,
};

/* From each version to the next. */
static const char *const migrations[SCHEMA_VERSION] = {
  "CREATE TABLE network (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
  "CREATE TABLE devices (room TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL,"
  " public_key TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (room, address)) STRICT;"
  "CREATE TABLE invites (code TEXT PRIMARY KEY, server_url TEXT NOT NULL, created_at INTEGER NOT NULL,"
  " expires_at INTEGER NOT NULL, redeemed INTEGER NOT NULL) STRICT;",
  "ALTER TABLE devices ADD COLUMN reserved_until INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE devices ADD COLUMN is_asked INTEGER NOT NULL DEFAULT 0;"
  "UPDATE devices SET reserved_until = created_at + 86400 WHERE name = '' AND public_key = '';"
  "ALTER TABLE invites ADD COLUMN redeemed_by TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE invites ADD COLUMN address TEXT NOT NULL DEFAULT '';",
  "ALTER TABLE devices RENAME TO leases;"
  "CREATE TABLE devices (id TEXT PRIMARY KEY, name TEXT NOT NULL, public_key TEXT NOT NULL UNIQUE,"
  " address TEXT NOT NULL, address6 TEXT NOT NULL, created_at INTEGER NOT NULL,"
  " last_seen_at INTEGER NOT NULL, state INTEGER NOT NULL, is_owner INTEGER NOT NULL) STRICT;"
  "CREATE TABLE credentials (device TEXT PRIMARY KEY, hash TEXT NOT NULL, made_at INTEGER NOT NULL,"
  " is_used INTEGER NOT NULL, previous_hash TEXT NOT NULL, previous_made_at INTEGER NOT NULL,"
  " used_at INTEGER NOT NULL) STRICT;"
  "CREATE TABLE signing_keys (id TEXT PRIMARY KEY, secret TEXT NOT NULL,"
  " created_at INTEGER NOT NULL) STRICT;"
  "CREATE TABLE log (number INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;",
  "ALTER TABLE invites ADD COLUMN signing_key TEXT NOT NULL DEFAULT '';",
  "ALTER TABLE invites ADD COLUMN made_by TEXT NOT NULL DEFAULT '';",
};

struct _BgHubStore
{
  sqlite3 *db;
  BgIpPrefix subnet;
};

typedef sqlite3_stmt Statement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Statement, sqlite3_finalize)

/* SQLite in our terms */

static gboolean
fail (BgHubStore *store, GError **error)
{
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "database: %s", sqlite3_errmsg (store->db));
  return FALSE;
}

static gboolean
run (BgHubStore *store, const char *sql, GError **error)
{
  return sqlite3_exec (store->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail (store, error);
}

static int
bind_bytes (Statement *statement, int place, GBytes *bytes)
{
  gsize len;
  gconstpointer data = g_bytes_get_data (bytes, &len);

  return sqlite3_bind_blob64 (statement, place, data, len, SQLITE_TRANSIENT);
}

/* `format`: "s" const char *, "i" gint64, "b" GBytes *, one for each parameter. */
static Statement *
prepare (BgHubStore *store, GError **error, const char *sql, const char *format, ...)
{
  g_autoptr (Statement) statement = NULL;
  int status = sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL);
  va_list args;

  va_start (args, format);
  for (int i = 0; status == SQLITE_OK && format[i] != '\0'; i++)
    if (format[i] == 's')
      status = sqlite3_bind_text (statement, i + 1, va_arg (args, const char *), -1,
                                  SQLITE_TRANSIENT);
    else if (format[i] == 'b')
      status = bind_bytes (statement, i + 1, va_arg (args, GBytes *));
    else
      status = sqlite3_bind_int64 (statement, i + 1, va_arg (args, gint64));
  va_end (args);
  if (status == SQLITE_OK)
    return g_steal_pointer (&statement);
  fail (store, error);
  return NULL;
}

static gboolean
step_done (BgHubStore *store, Statement *statement, GError **error)
{
  return statement != NULL && (sqlite3_step (statement) == SQLITE_DONE || fail (store, error));
}

/* `found` says whether there is a row. */
static gboolean
step_row (BgHubStore *store, Statement *statement, gboolean *found, GError **error)
{
  int status;

  if (statement == NULL)
    return FALSE;
  status = sqlite3_step (statement);
  *found = status == SQLITE_ROW;
  return status == SQLITE_ROW || status == SQLITE_DONE || fail (store, error);
}

static const char *
column_text (Statement *statement, int column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL ? text : "";
}

static gboolean
count_rows (BgHubStore *store, Statement *statement, gint64 *count, GError **error)
{
  gboolean found;

  if (!step_row (store, statement, &found, error))
    return FALSE;
  *count = found ? sqlite3_column_int64 (statement, 0) : 0;
  return TRUE;
}

/* Opening */

static gboolean
migrate (BgHubStore *store, gint64 version, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT",
                                          migrations[version], (int) version + 1);

  if (run (store, sql, error))
    return TRUE;
  run (store, "ROLLBACK", NULL);
  return FALSE;
}

static gboolean
apply_schema (BgHubStore *store, GError **error)
{
  g_autoptr (Statement) query = prepare (store, error, "PRAGMA user_version", "");
  gint64 version;

  if (!count_rows (store, query, &version, error))
    return FALSE;
  sqlite3_reset (query);
  if (version == SCHEMA_VERSION)
    return TRUE;
  if (version > SCHEMA_VERSION)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED,
                   "database: it is of a newer bamgate-hub (schema %d, ours is %d)", (int) version,
                   SCHEMA_VERSION);
      return FALSE;
    }
  for (gint64 v = MAX (version, 0); v < SCHEMA_VERSION; v++)
    if (!migrate (store, v, error))
      return FALSE;
  return TRUE;
}

static gboolean
stored_subnet (BgHubStore *store, char **text, GError **error)
{
  g_autoptr (Statement)
    query = prepare (store, error, "SELECT value FROM network WHERE key = 'subnet'", "");
  gboolean found;

  if (!step_row (store, query, &found, error))
    return FALSE;
  *text = found ? g_strdup (column_text (query, 0)) : NULL;
  return TRUE;
}

static gboolean
store_subnet (BgHubStore *store, GError **error)
{
  g_autoptr (Statement) write = NULL;
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (&store->subnet, text);
  write = prepare (store, error, "INSERT OR REPLACE INTO network VALUES ('subnet', ?)", "s", text);
  return step_done (store, write, error);
}

static gboolean
settle_subnet (BgHubStore *store, const char *wanted, GError **error)
{
  g_autoptr (Statement) query = NULL;
  g_autofree char *stored = NULL;
  BgIpPrefix before;
  gint64 devices;

  if (!stored_subnet (store, &stored, error))
    return FALSE;
  if (wanted == NULL)
    wanted = stored != NULL ? stored : BG_HUB_DEFAULT_SUBNET;
  if (!bg_hub_subnet_parse (wanted, &store->subnet, error))
    return FALSE;
  if (stored == NULL || !bg_hub_subnet_parse (stored, &before, NULL))
    return store_subnet (store, error);
  if (bg_ip_prefix_equal (&before, &store->subnet))
    return TRUE;

  query = prepare (store, error, "SELECT count(*) FROM leases", "");
  if (!count_rows (store, query, &devices, error))
    return FALSE;
  if (devices == 0)
    return store_subnet (store, error);
  g_set_error (error, BG_ERROR, BG_ERROR_WRONG_STATE,
               "subnet: the network has %d devices in %s and cannot move to %s", (int) devices,
               stored, wanted);
  return FALSE;
}

BgHubStore *
bg_hub_store_open (const char *path, const char *subnet, GError **error)
{
  g_autoptr (BgHubStore) store = g_new0 (BgHubStore, 1);

  if (sqlite3_open_v2 (path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)
      != SQLITE_OK)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, sqlite3_errmsg (store->db));
      return NULL;
    }
  sqlite3_busy_timeout (store->db, BUSY_OPENING_MS);
  if (run (store,
           "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF",
           error)
      && apply_schema (store, error) && settle_subnet (store, subnet, error))
    {
      sqlite3_busy_timeout (store->db, BUSY_WRITING_MS);
      return g_steal_pointer (&store);
    }
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

void
bg_hub_store_close (BgHubStore *store)
{
  if (store == NULL)
    return;
  sqlite3_close (store->db);
  g_free (store);
}

const BgIpPrefix *
bg_hub_store_get_subnet (BgHubStore *store)
{
  return &store->subnet;
}

/* Reading all */

static gpointer
lease_of_row (Statement *row)
{
  BgHubLease *lease = g_new0 (BgHubLease, 1);

  lease->room = g_strdup (column_text (row, 0));
  lease->address = g_strdup (column_text (row, 1));
  lease->name = g_strdup (column_text (row, 2));
  lease->public_key = g_strdup (column_text (row, 3));
  lease->created_at = sqlite3_column_int64 (row, 4);
  lease->reserved_until = sqlite3_column_int64 (row, 5);
  lease->is_asked = sqlite3_column_int (row, 6) != 0;
  return lease;
}

static gpointer
invite_of_row (Statement *row)
{
  BgHubInvite *invite = g_new0 (BgHubInvite, 1);

  invite->code = g_strdup (column_text (row, 0));
  invite->server_url = g_strdup (column_text (row, 1));
  invite->created_at = sqlite3_column_int64 (row, 2);
  invite->expires_at = sqlite3_column_int64 (row, 3);
  invite->is_redeemed = sqlite3_column_int (row, 4) != 0;
  invite->redeemed_by = g_strdup (column_text (row, 5));
  invite->address = g_strdup (column_text (row, 6));
  invite->signing_key = g_strdup (column_text (row, 7));
  invite->made_by = g_strdup (column_text (row, 8));
  return invite;
}

/* What no hub wrote counts as revoked. */
static BgDeviceState
state_of_number (int number)
{
  return number >= BG_DEVICE_PENDING && number <= BG_DEVICE_REVOKED ? (BgDeviceState) number
                                                                    : BG_DEVICE_REVOKED;
}

static gpointer
device_of_row (Statement *row)
{
  BgHubDevice *device = g_new0 (BgHubDevice, 1);

  device->id = g_strdup (column_text (row, 0));
  device->name = g_strdup (column_text (row, 1));
  device->public_key = g_strdup (column_text (row, 2));
  device->address = g_strdup (column_text (row, 3));
  device->address6 = g_strdup (column_text (row, 4));
  device->created_at = sqlite3_column_int64 (row, 5);
  device->last_seen_at = sqlite3_column_int64 (row, 6);
  device->state = state_of_number (sqlite3_column_int (row, 7));
  device->is_owner = sqlite3_column_int (row, 8) != 0;
  return device;
}

static gpointer
credential_of_row (Statement *row)
{
  BgHubCredential *credential = g_new0 (BgHubCredential, 1);

  credential->device = g_strdup (column_text (row, 0));
  credential->hash = g_strdup (column_text (row, 1));
  credential->made_at = sqlite3_column_int64 (row, 2);
  credential->is_used = sqlite3_column_int (row, 3) != 0;
  credential->previous_hash = g_strdup (column_text (row, 4));
  credential->previous_made_at = sqlite3_column_int64 (row, 5);
  credential->used_at = sqlite3_column_int64 (row, 6);
  return credential;
}

static gpointer
signing_key_of_row (Statement *row)
{
  return bg_hub_signing_key_new (column_text (row, 0), column_text (row, 1),
                                 sqlite3_column_int64 (row, 2));
}

static gpointer
log_entry_of_row (Statement *row)
{
  g_autoptr (GBytes)
    bytes = g_bytes_new (sqlite3_column_blob (row, 1), (gsize) sqlite3_column_bytes (row, 1));

  return bg_hub_log_entry_new ((guint32) sqlite3_column_int64 (row, 0), bytes);
}

static gpointer
setting_of_row (Statement *row)
{
  BgHubSetting *setting = g_new0 (BgHubSetting, 1);

  setting->key = g_strdup (column_text (row, 0));
  setting->value = g_strdup (column_text (row, 1));
  return setting;
}

static const struct
{
  const char *sql;
  gpointer (*read) (Statement *row);
} readers[BG_HUB_TABLES] = {
  [BG_HUB_TABLE_LEASES] = { "SELECT room, address, name, public_key, created_at, reserved_until, is_asked"
                            " FROM leases ORDER BY created_at, rowid",
                            lease_of_row },
  [BG_HUB_TABLE_INVITES] = { "SELECT code, server_url, created_at, expires_at, redeemed, redeemed_by, address,"
                             " signing_key, made_by FROM invites ORDER BY created_at, rowid",
                             invite_of_row },
  [BG_HUB_TABLE_DEVICES] = { "SELECT id, name, public_key, address, address6, created_at, last_seen_at, state, is_owner"
                             " FROM devices ORDER BY created_at, rowid",
                             device_of_row },
  [BG_HUB_TABLE_CREDENTIALS] = { "SELECT device, hash, made_at, is_used, previous_hash, previous_made_at, used_at"
                                 " FROM credentials",
                                 credential_of_row },
  [BG_HUB_TABLE_SIGNING_KEYS] = { "SELECT id, secret, created_at FROM signing_keys ORDER BY created_at, rowid",
                                  signing_key_of_row },
  [BG_HUB_TABLE_LOG] = { "SELECT number, entry FROM log ORDER BY number", log_entry_of_row },
  [BG_HUB_TABLE_SETTINGS] = { "SELECT key, value FROM network", setting_of_row },
};

GPtrArray *
bg_hub_store_load (BgHubStore *store, BgHubTable table, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (bg_hub_table_free_func (table));
  g_autoptr (Statement) query = prepare (store, error, readers[table].sql, "");
  gboolean found;

  while (step_row (store, query, &found, error))
    if (found)
      g_ptr_array_add (rows, readers[table].read (query));
    else
      return g_steal_pointer (&rows);
  return NULL;
}

/* Writing */

static Statement *
statement_of_lease (BgHubStore *store, const BgHubChange *change, GError **error)
{
  const BgHubLease *l = change->row;

  if (change->is_removal)
    return prepare (store, error, "DELETE FROM leases WHERE room = ? AND address = ?", "ss",
                    l->room, l->address);
  return prepare (store, error,
                  "INSERT INTO leases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE"
                  " SET name = ?3, public_key = ?4, created_at = ?5, reserved_until = ?6,"
                  " is_asked = ?7",
                  "ssssiii", l->room, l->address, l->name, l->public_key, l->created_at,
                  l->reserved_until, (gint64) l->is_asked);
}

static Statement *
statement_of_invite (BgHubStore *store, const BgHubChange *change, GError **error)
{
  const BgHubInvite *i = change->row;

  if (change->is_removal)
    return prepare (store, error, "DELETE FROM invites WHERE code = ?", "s", i->code);
  return prepare (
    store, error,
    "INSERT INTO invites VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE"
    " SET server_url = ?2, created_at = ?3, expires_at = ?4, redeemed = ?5,"
    " redeemed_by = ?6, address = ?7, signing_key = ?8, made_by = ?9",
    "ssiiissss", i->code, i->server_url, i->created_at, i->expires_at, (gint64) i->is_redeemed,
    i->redeemed_by, i->address, i->signing_key, i->made_by);
}

static Statement *
statement_of_device (BgHubStore *store, const BgHubChange *change, GError **error)
{
  const BgHubDevice *d = change->row;

  if (change->is_removal)
    return prepare (store, error, "DELETE FROM devices WHERE id = ?", "s", d->id);
  return prepare (store, error,
                  "INSERT INTO devices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                  " ON CONFLICT (id) DO UPDATE SET name = ?2, address = ?4, address6 = ?5,"
                  " last_seen_at = ?7, state = ?8, is_owner = ?9",
                  "sssssiiii", d->id, d->name, d->public_key, d->address, d->address6,
                  d->created_at, d->last_seen_at, (gint64) d->state, (gint64) d->is_owner);
}

static Statement *
statement_of_credential (BgHubStore *store, const BgHubChange *change, GError **error)
{
  const BgHubCredential *c = change->row;

  if (change->is_removal)
    return prepare (store, error, "DELETE FROM credentials WHERE device = ?", "s", c->device);
  return prepare (store, error, "INSERT OR REPLACE INTO credentials VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "ssiisii", c->device, c->hash, c->made_at, (gint64) c->is_used, c->previous_hash,
                  c->previous_made_at, c->used_at);
}

static Statement *
statement_of_signing_key (BgHubStore *store, const BgHubChange *change, GError **error)
{
  const BgHubSigningKey *k = change->row;

  if (change->is_removal)
    return prepare (store, error, "DELETE FROM signing_keys WHERE id = ?", "s", k->id);
  return prepare (store, error, "INSERT OR REPLACE INTO signing_keys VALUES (?, ?, ?)", "ssi",
                  k->id, k->secret, k->created_at);
}

static Statement *
statement_of_log_entry (BgHubStore *store, const BgHubChange *change, GError **error)
{
  const BgHubLogEntry *e = change->row;

  return prepare (store, error, "INSERT INTO log VALUES (?, ?)", "ib", (gint64) e->number,
                  e->bytes);
}

static Statement *
statement_of_setting (BgHubStore *store, const BgHubChange *change, GError **error)
{
  const BgHubSetting *s = change->row;

  return prepare (store, error, "INSERT OR REPLACE INTO network VALUES (?, ?)", "ss", s->key,
                  s->value);
}

static Statement *(*const statements[BG_HUB_TABLES]) (BgHubStore *, const BgHubChange *,
                                                      GError **) = {
  [BG_HUB_TABLE_LEASES] = statement_of_lease,
  [BG_HUB_TABLE_INVITES] = statement_of_invite,
  [BG_HUB_TABLE_DEVICES] = statement_of_device,
  [BG_HUB_TABLE_CREDENTIALS] = statement_of_credential,
  [BG_HUB_TABLE_SIGNING_KEYS] = statement_of_signing_key,
  [BG_HUB_TABLE_LOG] = statement_of_log_entry,
  [BG_HUB_TABLE_SETTINGS] = statement_of_setting,
};

static Statement *
statement_of_all (BgHubStore *store, const BgHubChange *change, GError **error)
{
  static const char *const sql[BG_HUB_TABLES] = {
    [BG_HUB_TABLE_LEASES] = "DELETE FROM leases",
    [BG_HUB_TABLE_INVITES] = "DELETE FROM invites",
    [BG_HUB_TABLE_DEVICES] = "DELETE FROM devices",
    [BG_HUB_TABLE_CREDENTIALS] = "DELETE FROM credentials",
    [BG_HUB_TABLE_SIGNING_KEYS] = "DELETE FROM signing_keys",
    [BG_HUB_TABLE_LOG] = "DELETE FROM log",
    [BG_HUB_TABLE_SETTINGS] = "DELETE FROM network",
  };

  return prepare (store, error, sql[change->table], "");
}

static gboolean
apply_change (BgHubStore *store, const BgHubChange *change, GError **error)
{
  g_autoptr (Statement) statement = change->row == NULL
                                      ? statement_of_all (store, change, error)
                                      : statements[change->table](store, change, error);

  return step_done (store, statement, error);
}

gboolean
bg_hub_store_apply (BgHubStore *store, GPtrArray *changes, GError **error)
{
  gboolean ok = run (store, "BEGIN IMMEDIATE", error);

  if (!ok)
    return FALSE;
  for (guint i = 0; i < changes->len && ok; i++)
    ok = apply_change (store, g_ptr_array_index (changes, i), error);
  if (ok && run (store, "COMMIT", error))
    return TRUE;
  run (store, "ROLLBACK", NULL);
  return FALSE;
}
