/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hub-database.h"

#include <sqlite3.h>

typedef struct
{
  GString *out; /* "name:reason " */
  guint changed;
} Heard;

static void
on_out (const BgHubDevice *device, BgGoodbye why, gpointer data)
{
  g_string_append_printf (((Heard *) data)->out, "%s:%d ", device->name, (int) why);
}

static void
on_changed (gpointer data)
{
  ((Heard *) data)->changed++;
}

static void
watch (Database *db, Heard *heard)
{
  const BgHubDevicesWatch watch = { on_out, on_changed, heard };

  heard->out = g_string_new (NULL);
  heard->changed = 0;
  bg_hub_devices_watch (db->memory.devices, &watch);
}

/* The text of a key of its own for each number. */
static char *
key_of (guint number)
{
  guint8 key[32] = { 7, (guint8) (number >> 8), (guint8) number };

  return g_base64_encode (key, sizeof key);
}

/* NULL: refused. */
static const BgHubDevice *
enter (Database *db, const char *name, guint number, gint64 now)
{
  g_autofree char *key = key_of (number);
  g_autofree char *address = NULL;

  if (bg_hub_devices_judge_register (db->memory.devices, key, now) != BG_HUB_REGISTERED)
    return NULL;
  address = bg_hub_network_reserve (db->network, key, BG_INVITED, now);
  g_assert_nonnull (address);
  return bg_hub_devices_register (db->memory.devices, name, key, address, now);
}

static void
assert_state (Database *db, const char *id, const char *state)
{
  const BgHubDevice *device = bg_hub_devices_find (db->memory.devices, id);

  g_assert_nonnull (device);
  g_assert_cmpstr (bg_hub_devices_get_state_name (db->memory.devices, device), ==, state);
}

static void
test_first_manages (Database *db, gconstpointer data)
{
  const BgHubDevice *first = enter (db, "first", 1, NOW), *second = enter (db, "second", 2, NOW);
  g_autofree char *id = g_strdup (first->id);

  g_assert_true (bg_hub_devices_may (db->memory.devices, first, BG_MAY_MANAGE));
  g_assert_false (bg_hub_devices_may (db->memory.devices, second, BG_MAY_MANAGE));
  g_assert_cmpstr (first->address, ==, "10.0.0.1/24");
  database_reopen (db);
  first = bg_hub_devices_find (db->memory.devices, id);
  g_assert_true (bg_hub_devices_may (db->memory.devices, first, BG_MAY_MANAGE));
}

/* One that waits keeps its address for a day, and its row for seven from when it was last heard of. */
static void
test_waiting_ends (Database *db, gconstpointer data)
{
  g_autofree char *id = NULL;
  const BgHubDevice *waiting;

  enter (db, "first", 1, NOW);
  waiting = enter (db, "first", 2, NOW);
  id = g_strdup (waiting->id);
  assert_state (db, id, "pending");
  g_assert_cmpstr (waiting->address, ==, "10.0.0.2/24");
  g_assert_cmpstr (enter (db, "third", 3, NOW + DAY + 1)->address, ==, "10.0.0.2/24");
  g_assert_true (bg_hub_devices_approve (db->memory.devices, id, NOW + DAY + 2));
  g_assert_cmpstr (bg_hub_devices_find (db->memory.devices, id)->address, ==, "10.0.0.3/24");
}

static void
test_forgotten (Database *db, gconstpointer data)
{
  const BgHubDevice *waiting;
  g_autofree char *id = NULL;
  gint64 now = NOW;

  enter (db, "first", 1, now);
  waiting = enter (db, "first", 2, now);
  id = g_strdup (waiting->id);
  bg_hub_devices_see (db->memory.devices, id, now += 5 * DAY);
  enter (db, "third", 3, now += 5 * DAY);
  assert_state (db, id, "pending");
  enter (db, "fourth", 4, now += 3 * DAY);
  g_assert_null (bg_hub_devices_find (db->memory.devices, id));
  database_reopen (db);
  g_assert_null (bg_hub_devices_find (db->memory.devices, id));
}

static void
test_too_many_wait (Database *db, gconstpointer data)
{
  enter (db, "first", 1, NOW);
  for (guint i = 0; i < BG_DEVICES_MAX_PENDING; i++)
    g_assert_nonnull (enter (db, "first", 2 + i, NOW));
  g_assert_null (enter (db, "other", 5000, NOW));
  g_assert_null (enter (db, "other", 5000, NOW + 7 * DAY));
  g_assert_nonnull (enter (db, "other", 5000, NOW + 7 * DAY + 1));
}

/* As many rows as there may be, which nobody has to wait for. */
static void
fill (Database *db)
{
  g_autofree char *sql = g_strdup_printf (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO"
    " devices SELECT printf ('%%032d', i), 'd' || i, 'key ' || i, '', '', %" G_GINT64_FORMAT
    ", 0, 1, 0 FROM n",
    BG_DEVICES_MAX, NOW);
  sqlite3 *other = NULL;

  g_assert_cmpint (sqlite3_open (db->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (other);
  database_reopen (db);
}

static void
test_too_many (Database *db, gconstpointer data)
{
  static const char last[] = "00000000000000000000000000004096";

  fill (db);
  g_assert_null (enter (db, "another", 60000, NOW));
  bg_hub_devices_leave (db->memory.devices, last);
  assert_state (db, last, "left");
  g_assert_nonnull (enter (db, "another", 60000, NOW));
  g_assert_null (bg_hub_devices_find (db->memory.devices, last));
}

static void
test_others_hear (Database *db, gconstpointer data)
{
  Heard heard;
  g_autofree char *wanted = g_strdup_printf ("second:%d ", BG_GOODBYE_REVOKED);
  const BgHubDevice *second;

  enter (db, "first", 1, NOW);
  second = enter (db, "second", 2, NOW);
  watch (db, &heard);
  bg_hub_devices_revoke (db->memory.devices, second->id);
  bg_hub_devices_revoke (db->memory.devices, second->id);
  g_assert_cmpstr (heard.out->str, ==, wanted);
  g_assert_cmpuint (heard.changed, ==, 1);
  g_assert_null (enter (db, "second", 2, NOW));
  g_string_free (heard.out, TRUE);
}

/* What a guest could say of somebody else. */
static void
test_joins (Database *db, gconstpointer data)
{
  const BgHubDevice *first = enter (db, "first", 1, NOW);
  g_autofree char *stranger = key_of (9), *id = g_strdup (first->id),
                  *key = g_strdup (first->public_key);
  const struct
  {
    const char *id, *room, *name, *key, *address;
    BgGoodbye wanted;
  } cases[] = {
    { id, "default", "first", key, "10.0.0.1/24", BG_GOODBYE_NONE },
    { id, "other", "first", key, NULL, BG_GOODBYE_NONE },
    { id, "other", "x", key, NULL, BG_GOODBYE_NOT_ITSELF },
    { id, "default", "first", stranger, NULL, BG_GOODBYE_NOT_ITSELF },
    { id, "default", "first", key, "10.0.0.2/24", BG_GOODBYE_NOT_ITSELF },
    { id, "default", "first", key, "192.0.2.1/24", BG_GOODBYE_NOT_ITSELF },
    { id, "default", "first", "", NULL, BG_GOODBYE_NOT_ITSELF },
    { "nobody", "default", "first", key, NULL, BG_GOODBYE_REVOKED },
    { NULL, "default", "first", key, NULL, BG_GOODBYE_NONE },
    { NULL, "default", "first", stranger, NULL, BG_GOODBYE_NAME_TAKEN },
    { NULL, "default", "other", key, NULL, BG_GOODBYE_NOT_ITSELF },
    { NULL, "default", "other", stranger, "10.0.0.1/24", BG_GOODBYE_NONE },
    { NULL, "other", "first", stranger, NULL, BG_GOODBYE_NONE },
    { NULL, "default", "other", "", NULL, BG_GOODBYE_NONE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (bg_hub_devices_judge_join (db->memory.devices, cases[i].id, cases[i].room,
                                                cases[i].name, cases[i].key, cases[i].address),
                     ==, cases[i].wanted);
}

#define ADD_IN(name, function, subnet)                                                             \
  g_test_add ("/hub-devices/" name, Database, subnet, database_set_up, function, database_tear_down)
#define ADD(name, function) ADD_IN (name, function, NULL)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_keep ();
  ADD ("first-manages", test_first_manages);
  ADD ("waiting-ends", test_waiting_ends);
  ADD ("forgotten", test_forgotten);
  ADD_IN ("too-many-wait", test_too_many_wait, "10.0.0.0/16");
  ADD_IN ("too-many", test_too_many, "10.0.0.0/16");
  ADD ("others-hear", test_others_hear);
  ADD ("joins", test_joins);
  return g_test_run ();
}
