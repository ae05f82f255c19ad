/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/device-table.h"

#include "common/error.h"

#define ID(n) "0000000000000000000000000000000" n
#define OWN_KEY "laptop-key"

static BgServiceDevice *
device_new (const char *id, const char *name, const char *key, BgServiceDeviceState state)
{
  BgServiceDevice *device = g_new0 (BgServiceDevice, 1);

  device->id = g_strdup (id);
  device->name = g_strdup (name);
  device->public_key = g_strdup (key);
  device->address = g_strdup ("10.0.0.9");
  device->address6 = g_strdup ("");
  device->created_at_s = 1000;
  device->seen_at_s = 2000;
  device->state = state;
  device->is_online = TRUE;
  return device;
}

/* What the hub says: laptop is its first, home is one more, phone waits, and another one wants the name of home. */
static GPtrArray *
hub_new (void)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_service_device_free);
  BgServiceDevice *rival;

  g_ptr_array_add (devices, device_new (ID ("1"), "laptop", OWN_KEY, BG_SERVICE_DEVICE_ACTIVE));
  ((BgServiceDevice *) devices->pdata[0])->is_owner = TRUE;
  g_ptr_array_add (devices, device_new (ID ("2"), "home", "home-key", BG_SERVICE_DEVICE_ACTIVE));
  g_ptr_array_add (devices, device_new (ID ("3"), "phone", "phone-key", BG_SERVICE_DEVICE_PENDING));
  rival = device_new (ID ("4"), "home", "rival-key", BG_SERVICE_DEVICE_PENDING);
  rival->replaces = g_strdup (ID ("2"));
  g_ptr_array_add (devices, rival);
  g_ptr_array_add (devices, device_new (ID ("5"), "old", "old-key", BG_SERVICE_DEVICE_ACTIVE));
  return devices;
}

/* What the log has: home under another name, old was put out, and attic, of which the hub says nothing. */
static GVariant *
log_new (void)
{
  return g_variant_ref_sink (g_variant_new_parsed (
    "[{'name': <'laptop'>, 'public-key': <%s>, 'addresses': <['10.0.0.1']>, 'owner': <true>},"
    " {'name': <'house'>, 'public-key': <'home-key'>, 'addresses': <['10.0.0.2', 'fd00::2']>,"
    "  'any-route': <true>, 'routes': <@as []>, 'exit': <['4']>, 'signed-by': <'laptop'>},"
    " {'name': <'old'>, 'public-key': <'old-key'>, 'addresses': <['10.0.0.5']>, 'revoked': <true>},"
    " {'name': <'attic'>, 'public-key': <'attic-key'>, 'addresses': <['10.0.0.6']>}]",
    OWN_KEY));
}

static const BgDeviceRow *
row_of (const GPtrArray *table, const char *key)
{
  g_autoptr (GError) error = NULL;
  const BgDeviceRow *row = bg_device_table_find (table, key, FALSE, &error);

  g_assert_no_error (error);
  return row;
}

static void
test_hub_alone (void)
{
  g_autoptr (GPtrArray) devices = hub_new (), table = bg_device_table_new (devices, NULL, OWN_KEY);

  g_assert_cmpuint (table->len, ==, 5);
  g_assert_true (row_of (table, OWN_KEY)->is_owner);
  g_assert_true (row_of (table, OWN_KEY)->is_self);
  g_assert_false (row_of (table, "home-key")->is_self);
  g_assert_false (row_of (table, "home-key")->is_signed);
  g_assert_cmpstr (row_of (table, "rival-key")->replaces, ==, ID ("2"));
}

/* The hub's word counts where the log has none, and for nothing that the log decides. */
static void
test_log_decides (void)
{
  g_autoptr (GPtrArray) devices = hub_new ();
  g_autoptr (GVariant) log = log_new ();
  g_autoptr (GPtrArray) table = NULL;
  const BgDeviceRow *home, *attic;

  ((BgServiceDevice *) devices->pdata[2])->is_owner = TRUE;
  ((BgServiceDevice *) devices->pdata[1])->state = BG_SERVICE_DEVICE_PENDING;
  table = bg_device_table_new (devices, log, OWN_KEY);
  home = row_of (table, "home-key");
  attic = row_of (table, "attic-key");
  g_assert_cmpuint (table->len, ==, 6);
  g_assert_cmpstr (home->name, ==, "house");
  g_assert_cmpstr (home->id, ==, ID ("2"));
  g_assert_cmpstr (home->addresses[1], ==, "fd00::2");
  g_assert_cmpint (home->state, ==, BG_SERVICE_DEVICE_ACTIVE);
  g_assert_true (home->is_signed);
  g_assert_cmpint (row_of (table, "old-key")->state, ==, BG_SERVICE_DEVICE_REVOKED);
  g_assert_false (row_of (table, "old-key")->is_signed);
  g_assert_false (row_of (table, "phone-key")->is_owner);
  g_assert_cmpint (row_of (table, "phone-key")->state, ==, BG_SERVICE_DEVICE_PENDING);
  g_assert_null (attic->id);
  g_assert_cmpint (attic->created_at_s, ==, 0);
}

static void
test_one_that_left_by_itself (void)
{
  g_autoptr (GPtrArray) devices = hub_new ();
  g_autoptr (GVariant) log = log_new ();
  g_autoptr (GPtrArray) table = NULL;

  ((BgServiceDevice *) devices->pdata[1])->state = BG_SERVICE_DEVICE_LEFT;
  table = bg_device_table_new (devices, log, OWN_KEY);
  g_assert_cmpint (row_of (table, "home-key")->state, ==, BG_SERVICE_DEVICE_LEFT);
}

static void
test_log_alone (void)
{
  g_autoptr (GVariant) log = log_new ();
  g_autoptr (GPtrArray) table = bg_device_table_new (NULL, log, OWN_KEY);

  g_assert_cmpuint (table->len, ==, 4);
  g_assert_true (row_of (table, OWN_KEY)->is_self);
  g_assert_true (row_of (table, OWN_KEY)->is_owner);
}

static void
assert_found (const GPtrArray *table, const char *word, gboolean is_pending, const char *key)
{
  g_autoptr (GError) error = NULL;
  const BgDeviceRow *row = bg_device_table_find (table, word, is_pending, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (row->public_key, ==, key);
}

static void
assert_not_found (const GPtrArray *table, const char *word, gboolean is_pending, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bg_device_table_find (table, word, is_pending, &error));
  g_assert_error (error, BG_ERROR, code);
}

static void
test_find (void)
{
  g_autoptr (GPtrArray) devices = hub_new (), table = NULL;

  ((BgServiceDevice *) devices->pdata[4])->state = BG_SERVICE_DEVICE_REVOKED;
  table = bg_device_table_new (devices, NULL, OWN_KEY);
  assert_found (table, ID ("2"), FALSE, "home-key");
  assert_found (table, "rival-key", FALSE, "rival-key");
  assert_found (table, "phone", FALSE, "phone-key");
  assert_found (table, "old", FALSE, "old-key");
  assert_found (table, "home", TRUE, "rival-key");
  assert_not_found (table, "home", FALSE, BG_ERROR_INVALID_ARGUMENT);
  assert_not_found (table, "laptop", TRUE, BG_ERROR_NOT_FOUND);
  assert_not_found (table, "home-key", TRUE, BG_ERROR_NOT_FOUND);
  assert_not_found (table, "", FALSE, BG_ERROR_NOT_FOUND);
}

static GVariant *
described (GVariant *list, const char *name)
{
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (list, i);
      const char *its = "";

      if (g_variant_lookup (row, "name", "&s", &its) && g_str_equal (its, name))
        return g_steal_pointer (&row);
    }
  g_assert_not_reached ();
}

static void
test_described (void)
{
  g_autoptr (GPtrArray) devices = hub_new ();
  g_autoptr (GVariant) log = log_new ();
  g_autoptr (GPtrArray) table = bg_device_table_new (devices, log, OWN_KEY);
  g_autoptr (GVariant) list = g_variant_ref_sink (bg_device_table_describe (table));
  g_autoptr (GVariant) house = described (list, "house"), attic = described (list, "attic");
  g_autofree const char **exits = NULL;
  gint64 created = 0;
  gboolean flag = FALSE;

  g_assert_true (g_variant_lookup (house, "created", "x", &created));
  g_assert_cmpint (created, ==, 1000 * G_USEC_PER_SEC);
  g_assert_true (g_variant_lookup (house, "any-route", "b", &flag) && flag);
  g_assert_true (g_variant_lookup (house, "exit", "^a&s", &exits));
  g_assert_cmpstr (exits[0], ==, "4");
  g_assert_true (g_variant_lookup (house, "signed", "b", &flag) && flag);
  g_assert_false (g_variant_lookup (attic, "id", "s", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device-table/hub-alone", test_hub_alone);
  g_test_add_func ("/device-table/log-decides", test_log_decides);
  g_test_add_func ("/device-table/left", test_one_that_left_by_itself);
  g_test_add_func ("/device-table/log-alone", test_log_alone);
  g_test_add_func ("/device-table/find", test_find);
  g_test_add_func ("/device-table/described", test_described);
  return g_test_run ();
}
