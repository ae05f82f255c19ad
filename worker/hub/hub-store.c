/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-store.h"
#include "common/error.h"
#include "common/key-text.h"

#include <sqlite3.h>

enum
{
  SCHEMA_VERSION = 1,
  MAX_DEVICES = 16384,
  MAX_OPEN_INVITES = 1024,
  FORGET_INVITES_S = 24 * 3600, /* until then a redeemer still learns that the code has expired */
  BUSY_MS = 2000,
};

#define INVITE_ROOM "default"

static const char schema[] =
  "CREATE TABLE network (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
  "CREATE TABLE devices (room TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL,"
  " public_key TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (room, address)) STRICT;"
  "CREATE TABLE invites (code TEXT PRIMARY KEY, server_url TEXT NOT NULL, created_at INTEGER NOT NULL,"
  " expires_at INTEGER NOT NULL, redeemed INTEGER NOT NULL) STRICT;";

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

/* `format`: "s" const char *, "i" gint64, one for each parameter. */
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
apply_schema (BgHubStore *store, GError **error)
{
  g_autoptr (Statement) query = prepare (store, error, "PRAGMA user_version", "");
  g_autofree char *sql = NULL;
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
  sql = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT", schema,
                         SCHEMA_VERSION);
  return run (store, sql, error);
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

  query = prepare (store, error, "SELECT count(*) FROM devices", "");
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
  sqlite3_busy_timeout (store->db, BUSY_MS);
  if (run (store,
           "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF",
           error)
      && apply_schema (store, error) && settle_subnet (store, subnet, error))
    return g_steal_pointer (&store);
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

/* Devices and addresses */

void
bg_hub_device_free (BgHubDevice *device)
{
  g_free (device->address);
  g_free (device->name);
  g_free (device->public_key);
  g_free (device);
}

GPtrArray *
bg_hub_store_list_devices (BgHubStore *store, const char *room, GError **error)
{
  g_autoptr (GPtrArray)
    devices = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_hub_device_free);
  g_autoptr (Statement) query = prepare (
    store, error,
    "SELECT address, name, public_key FROM devices WHERE room = ? ORDER BY created_at, rowid", "s",
    room);
  gboolean found;

  while (step_row (store, query, &found, error))
    {
      BgHubDevice *device;

      if (!found)
        return g_steal_pointer (&devices);
      device = g_new0 (BgHubDevice, 1);
      device->address = g_strdup (column_text (query, 0));
      device->name = g_strdup (column_text (query, 1));
      device->public_key = g_strdup (column_text (query, 2));
      g_ptr_array_add (devices, device);
    }
  return NULL;
}

gboolean
bg_hub_store_next_address (BgHubStore *store, const char *room, char **address, GError **error)
{
  g_autoptr (GPtrArray) devices = bg_hub_store_list_devices (store, room, error);
  g_autoptr (GPtrArray) used = g_ptr_array_new ();

  if (devices == NULL)
    return FALSE;
  for (guint i = 0; i < devices->len; i++)
    g_ptr_array_add (used, ((BgHubDevice *) g_ptr_array_index (devices, i))->address);
  *address = bg_hub_subnet_next_address (&store->subnet, used);
  return TRUE;
}

static gboolean
write_device (BgHubStore *store, const char *room, const char *address, const char *name,
              const char *public_key, gint64 now, GError **error)
{
  g_autoptr (Statement)
    write = prepare (store, error,
                     "INSERT INTO devices VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
                     " SET name = ?3, public_key = ?4",
                     "ssssi", room, address, name, public_key, now);

  return step_done (store, write, error);
}

static gboolean
is_full (BgHubStore *store, gboolean *full, GError **error)
{
  g_autoptr (Statement) query = prepare (store, error, "SELECT count(*) FROM devices", "");
  gint64 count;

  if (!count_rows (store, query, &count, error))
    return FALSE;
  *full = count >= MAX_DEVICES;
  return TRUE;
}

/* Rows are keyed by the host address with the subnet's prefix length, whatever length a device
 * says. */
static gboolean
canonical_address (BgHubStore *store, const char *address, char out[BG_IP_PREFIX_TEXT])
{
  BgIpPrefix prefix;

  if (address == NULL || !bg_hub_subnet_has_host (&store->subnet, address)
      || !bg_ip_prefix_parse (address, &prefix))
    return FALSE;
  prefix.len = store->subnet.len;
  bg_ip_prefix_format (&prefix, out);
  return TRUE;
}

BgHubRecord
bg_hub_store_record_device (BgHubStore *store, const char *room, const char *address,
                            const char *name, const char *public_key, gint64 now, GError **error)
{
  g_autoptr (Statement) query = NULL;
  char canonical[BG_IP_PREFIX_TEXT];
  uint8_t key[BG_KEY_BYTES];
  const char *owner, *old_name;
  gboolean found, full = FALSE;

  if (!canonical_address (store, address, canonical) || !bg_key_from_base64 (public_key, key))
    return BG_HUB_RECORD_UNFIT;
  query = prepare (store, error,
                   "SELECT public_key, name FROM devices WHERE room = ? AND address = ?", "ss",
                   room, canonical);
  if (!step_row (store, query, &found, error))
    return BG_HUB_RECORD_FAILED;

  if (found)
    {
      owner = column_text (query, 0);
      old_name = column_text (query, 1);
      if (*owner != '\0' && !g_str_equal (owner, public_key))
        return BG_HUB_RECORD_FOREIGN;
      if (g_str_equal (owner, public_key) && g_str_equal (old_name, name))
        return BG_HUB_RECORD_DONE;
      sqlite3_reset (query);
    }
  else if (!is_full (store, &full, error))
    return BG_HUB_RECORD_FAILED;
  if (full)
    return BG_HUB_RECORD_FULL;
  return write_device (store, room, canonical, name, public_key, now, error) ? BG_HUB_RECORD_DONE
                                                                             : BG_HUB_RECORD_FAILED;
}

/* Invites */

gboolean
bg_hub_store_add_invite (BgHubStore *store, const char *code, const char *server_url, gint64 now,
                         guint lifetime, GError **error)
{
  g_autoptr (Statement) forget = prepare (store, error, "DELETE FROM invites WHERE expires_at < ?",
                                          "i", now - FORGET_INVITES_S);
  g_autoptr (Statement) query = NULL, write = NULL;
  gint64 open;

  if (!step_done (store, forget, error))
    return FALSE;
  query = prepare (store, error,
                   "SELECT count(*) FROM invites WHERE redeemed = 0 AND expires_at > ?", "i", now);
  if (!count_rows (store, query, &open, error))
    return FALSE;
  if (open >= MAX_OPEN_INVITES)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_WRONG_STATE, "%d invites are open already",
                   (int) open);
      return FALSE;
    }
  write = prepare (store, error, "INSERT INTO invites VALUES (?, ?, ?, ?, 0)", "ssii", code,
                   server_url, now, now + (gint64) lifetime);
  return step_done (store, write, error);
}

static BgHubRedeem
look_up_invite (BgHubStore *store, const char *code, gint64 now, char **server_url, GError **error)
{
  g_autoptr (Statement) query = prepare (
    store, error, "SELECT expires_at, redeemed, server_url FROM invites WHERE code = ?", "s", code);
  gboolean found;

  if (!step_row (store, query, &found, error))
    return BG_HUB_REDEEM_FAILED;
  if (!found || sqlite3_column_int (query, 1) != 0)
    return BG_HUB_REDEEM_UNKNOWN;
  if (sqlite3_column_int64 (query, 0) <= now)
    return BG_HUB_REDEEM_EXPIRED;
  *server_url = g_strdup (column_text (query, 2));
  return BG_HUB_REDEEM_DONE;
}

static BgHubRedeem
redeem_locked (BgHubStore *store, const char *code, gint64 now, char **address, char **server_url,
               GError **error)
{
  BgHubRedeem verdict = look_up_invite (store, code, now, server_url, error);
  g_autoptr (Statement) use = NULL;

  if (verdict != BG_HUB_REDEEM_DONE)
    return verdict;
  if (!bg_hub_store_next_address (store, INVITE_ROOM, address, error))
    return BG_HUB_REDEEM_FAILED;
  if (*address == NULL)
    return BG_HUB_REDEEM_NO_ADDRESS;
  use = prepare (store, error, "UPDATE invites SET redeemed = 1 WHERE code = ?", "s", code);
  if (!step_done (store, use, error)
      || !write_device (store, INVITE_ROOM, *address, "", "", now, error))
    return BG_HUB_REDEEM_FAILED;
  return BG_HUB_REDEEM_DONE;
}

BgHubRedeem
bg_hub_store_redeem (BgHubStore *store, const char *code, gint64 now, char **address,
                     char **server_url, GError **error)
{
  BgHubRedeem verdict;

  *address = *server_url = NULL;
  if (!run (store, "BEGIN IMMEDIATE", error))
    return BG_HUB_REDEEM_FAILED;
  verdict = redeem_locked (store, code, now, address, server_url, error);
  if (verdict == BG_HUB_REDEEM_DONE && !run (store, "COMMIT", error))
    verdict = BG_HUB_REDEEM_FAILED;
  if (verdict == BG_HUB_REDEEM_DONE)
    return verdict;
  run (store, "ROLLBACK", NULL);
  g_clear_pointer (address, g_free);
  g_clear_pointer (server_url, g_free);
  return verdict;
}
