/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/device-table.h"

#include "common/error.h"

void
bg_device_row_free (BgDeviceRow *row)
{
  g_free (row->id);
  g_free (row->name);
  g_free (row->public_key);
  g_strfreev (row->addresses);
  g_free (row->replaces);
  g_clear_pointer (&row->member, g_variant_unref);
  g_free (row);
}

/* --- Rows --- */

static char **
addresses_of (const BgServiceDevice *device)
{
  g_autoptr (GStrvBuilder) addresses = g_strv_builder_new ();

  if (*device->address)
    g_strv_builder_add (addresses, device->address);
  if (*device->address6)
    g_strv_builder_add (addresses, device->address6);
  return g_strv_builder_end (addresses);
}

static BgDeviceRow *
row_of_device (const BgServiceDevice *device)
{
  BgDeviceRow *row = g_new0 (BgDeviceRow, 1);

  row->id = g_strdup (device->id);
  row->name = g_strdup (device->name);
  row->public_key = g_strdup (device->public_key);
  row->addresses = addresses_of (device);
  row->state = device->state;
  row->is_owner = device->is_owner;
  row->is_online = device->is_online;
  row->created_at_s = device->created_at_s;
  row->seen_at_s = device->seen_at_s;
  row->replaces = g_strdup (device->replaces);
  return row;
}

static gboolean
flag_of (GVariant *member, const char *key)
{
  gboolean flag = FALSE;

  g_variant_lookup (member, key, "b", &flag);
  return flag;
}

static const char *
text_of (GVariant *member, const char *key)
{
  const char *text = "";

  g_variant_lookup (member, key, "&s", &text);
  return text;
}

/* What the log says takes the place of what the hub does; whether it left by itself the hub alone knows. */
static void
take_member (BgDeviceRow *row, GVariant *member)
{
  char **addresses = NULL;

  g_free (row->name);
  g_strfreev (row->addresses);
  g_variant_lookup (member, "addresses", "^as", &addresses);
  row->name = g_strdup (text_of (member, "name"));
  row->addresses = addresses ? addresses : g_new0 (char *, 1);
  row->is_owner = flag_of (member, "owner");
  row->is_signed = !flag_of (member, "revoked");
  row->member = g_variant_ref (member);
  g_clear_pointer (&row->replaces, g_free);
  if (!row->is_signed)
    row->state = BG_SERVICE_DEVICE_REVOKED;
  else if (row->state != BG_SERVICE_DEVICE_LEFT)
    row->state = BG_SERVICE_DEVICE_ACTIVE;
}

static BgDeviceRow *
row_of_key (const GPtrArray *table, const char *key)
{
  for (guint i = 0; i < table->len; i++)
    if (g_str_equal (((BgDeviceRow *) table->pdata[i])->public_key, key))
      return table->pdata[i];
  return NULL;
}

static void
add_members (GPtrArray *table, GVariant *members)
{
  for (guint i = 0; i < table->len; i++) /* the hub's word for it counts no more */
    ((BgDeviceRow *) table->pdata[i])->is_owner = FALSE;
  for (gsize i = 0; i < g_variant_n_children (members); i++)
    {
      g_autoptr (GVariant) member = g_variant_get_child_value (members, i);
      const char *key = text_of (member, "public-key");
      BgDeviceRow *row = row_of_key (table, key);

      if (!row)
        {
          row = g_new0 (BgDeviceRow, 1);
          row->public_key = g_strdup (key);
          g_ptr_array_add (table, row);
        }
      take_member (row, member);
    }
}

GPtrArray *
bg_device_table_new (const GPtrArray *devices, GVariant *members, const char *own_key)
{
  GPtrArray *table = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_device_row_free);

  for (guint i = 0; devices && i < devices->len; i++)
    g_ptr_array_add (table, row_of_device (devices->pdata[i]));
  if (members)
    add_members (table, members);
  for (guint i = 0; i < table->len; i++)
    {
      BgDeviceRow *row = table->pdata[i];

      row->is_self = *own_key && g_str_equal (row->public_key, own_key);
    }
  return table;
}

/* --- On the bus --- */

/* What the log alone has, as it stands there. */
static void
copy_grant (GVariantDict *dict, GVariant *member)
{
  static const char *const keys[] = { "any-route", "routes", "exit", "signed-by" };

  for (guint i = 0; member && i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (member, keys[i], NULL);

      if (value)
        g_variant_dict_insert_value (dict, keys[i], value);
    }
}

static GVariant *
describe (const BgDeviceRow *row)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (row->id)
    g_variant_dict_insert (&dict, "id", "s", row->id);
  if (row->replaces)
    g_variant_dict_insert (&dict, "replaces", "s", row->replaces);
  g_variant_dict_insert (&dict, "name", "s", row->name);
  g_variant_dict_insert (&dict, "public-key", "s", row->public_key);
  g_variant_dict_insert (&dict, "addresses", "^as", row->addresses);
  g_variant_dict_insert (&dict, "state", "s", bg_service_device_state_name (row->state));
  g_variant_dict_insert (&dict, "owner", "b", row->is_owner);
  g_variant_dict_insert (&dict, "online", "b", row->is_online);
  g_variant_dict_insert (&dict, "signed", "b", row->is_signed);
  g_variant_dict_insert (&dict, "self", "b", row->is_self);
  g_variant_dict_insert (&dict, "created", "x", row->created_at_s * G_USEC_PER_SEC);
  g_variant_dict_insert (&dict, "last-seen", "x", row->seen_at_s * G_USEC_PER_SEC);
  copy_grant (&dict, row->member);
  return g_variant_dict_end (&dict);
}

GVariant *
bg_device_table_describe (const GPtrArray *table)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < table->len; i++)
    g_variant_builder_add_value (&list, describe (table->pdata[i]));
  return g_variant_builder_end (&list);
}

/* --- The one that is meant --- */

static gboolean
is_out (const BgDeviceRow *row)
{
  return row->state == BG_SERVICE_DEVICE_LEFT || row->state == BG_SERVICE_DEVICE_REVOKED;
}

static gboolean
is_wanted (const BgDeviceRow *row, gboolean is_pending)
{
  return !is_pending || row->state == BG_SERVICE_DEVICE_PENDING;
}

static const BgDeviceRow *
find_exactly (const GPtrArray *table, const char *word, gboolean is_pending)
{
  for (guint i = 0; i < table->len; i++)
    {
      const BgDeviceRow *row = table->pdata[i];

      if (*word && (g_strcmp0 (row->id, word) == 0 || g_str_equal (row->public_key, word))
          && is_wanted (row, is_pending))
        return row;
    }
  return NULL;
}

/* How many of those that are in or wait, or of those that are out, have the name; the last of them in `found`. */
static guint
find_named (const GPtrArray *table, const char *word, gboolean is_pending, gboolean out,
            const BgDeviceRow **found)
{
  guint n = 0;

  for (guint i = 0; i < table->len; i++)
    {
      const BgDeviceRow *row = table->pdata[i];

      if (g_str_equal (row->name, word) && is_out (row) == out && is_wanted (row, is_pending))
        {
          *found = row;
          n++;
        }
    }
  return n;
}

const BgDeviceRow *
bg_device_table_find (const GPtrArray *table, const char *word, gboolean is_pending, GError **error)
{
  const BgDeviceRow *found = find_exactly (table, word, is_pending);
  guint n = found ? 1 : find_named (table, word, is_pending, FALSE, &found);

  if (n == 0)
    n = find_named (table, word, is_pending, TRUE, &found);
  if (n == 1)
    return found;
  if (n == 0)
    bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SUCH_MACHINE, word);
  else
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, SEVERAL_MACHINES, word);
  return NULL;
}
