/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-record.h"

#include <string.h>

/* A secret's text does not stay in memory that is given back. */
static void
free_secret (char *secret)
{
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

BgHubLease *
bg_hub_lease_new (const char *room, const char *address, gint64 now)
{
  BgHubLease *lease = g_new0 (BgHubLease, 1);

  lease->room = g_strdup (room);
  lease->address = g_strdup (address);
  lease->name = g_strdup ("");
  lease->public_key = g_strdup ("");
  lease->created_at = now;
  return lease;
}

static gpointer
copy_lease (gconstpointer row)
{
  BgHubLease *copy = g_memdup2 (row, sizeof *copy);

  copy->room = g_strdup (copy->room);
  copy->address = g_strdup (copy->address);
  copy->name = g_strdup (copy->name);
  copy->public_key = g_strdup (copy->public_key);
  return copy;
}

void
bg_hub_lease_free (BgHubLease *lease)
{
  if (lease == NULL)
    return;
  g_free (lease->room);
  g_free (lease->address);
  g_free (lease->name);
  g_free (lease->public_key);
  g_free (lease);
}

BgHubInvite *
bg_hub_invite_new (const char *code, const char *server_url, gint64 now, gint64 expires_at)
{
  BgHubInvite *invite = g_new0 (BgHubInvite, 1);

  invite->code = g_strdup (code);
  invite->server_url = g_strdup (server_url);
  invite->created_at = now;
  invite->expires_at = expires_at;
  invite->redeemed_by = g_strdup ("");
  invite->address = g_strdup ("");
  invite->signing_key = g_strdup ("");
  invite->made_by = g_strdup ("");
  return invite;
}

static gpointer
copy_invite (gconstpointer row)
{
  BgHubInvite *copy = g_memdup2 (row, sizeof *copy);

  copy->code = g_strdup (copy->code);
  copy->server_url = g_strdup (copy->server_url);
  copy->redeemed_by = g_strdup (copy->redeemed_by);
  copy->address = g_strdup (copy->address);
  copy->signing_key = g_strdup (copy->signing_key);
  copy->made_by = g_strdup (copy->made_by);
  return copy;
}

void
bg_hub_invite_free (BgHubInvite *invite)
{
  if (invite == NULL)
    return;
  g_free (invite->code);
  g_free (invite->server_url);
  g_free (invite->redeemed_by);
  g_free (invite->address);
  g_free (invite->signing_key);
  g_free (invite->made_by);
  g_free (invite);
}

BgHubDevice *
bg_hub_device_new (const char *id, const char *public_key, gint64 now)
{
  BgHubDevice *device = g_new0 (BgHubDevice, 1);

  device->id = g_strdup (id);
  device->name = g_strdup ("");
  device->public_key = g_strdup (public_key);
  device->address = g_strdup ("");
  device->address6 = g_strdup ("");
  device->created_at = now;
  return device;
}

static gpointer
copy_device (gconstpointer row)
{
  BgHubDevice *copy = g_memdup2 (row, sizeof *copy);

  copy->id = g_strdup (copy->id);
  copy->name = g_strdup (copy->name);
  copy->public_key = g_strdup (copy->public_key);
  copy->address = g_strdup (copy->address);
  copy->address6 = g_strdup (copy->address6);
  return copy;
}

void
bg_hub_device_free (BgHubDevice *device)
{
  if (device == NULL)
    return;
  g_free (device->id);
  g_free (device->name);
  g_free (device->public_key);
  g_free (device->address);
  g_free (device->address6);
  g_free (device);
}

BgHubCredential *
bg_hub_credential_new (const char *device, const char *hash, gint64 now)
{
  BgHubCredential *credential = g_new0 (BgHubCredential, 1);

  credential->device = g_strdup (device);
  credential->hash = g_strdup (hash);
  credential->previous_hash = g_strdup ("");
  credential->made_at = credential->used_at = now;
  return credential;
}

static gpointer
copy_credential (gconstpointer row)
{
  BgHubCredential *copy = g_memdup2 (row, sizeof *copy);

  copy->device = g_strdup (copy->device);
  copy->hash = g_strdup (copy->hash);
  copy->previous_hash = g_strdup (copy->previous_hash);
  return copy;
}

void
bg_hub_credential_free (BgHubCredential *credential)
{
  if (credential == NULL)
    return;
  g_free (credential->device);
  g_free (credential->hash);
  g_free (credential->previous_hash);
  g_free (credential);
}

BgHubSigningKey *
bg_hub_signing_key_new (const char *id, const char *secret, gint64 now)
{
  BgHubSigningKey *key = g_new0 (BgHubSigningKey, 1);

  key->id = g_strdup (id);
  key->secret = g_strdup (secret);
  key->created_at = now;
  return key;
}

static gpointer
copy_signing_key (gconstpointer row)
{
  const BgHubSigningKey *key = row;

  return bg_hub_signing_key_new (key->id, key->secret, key->created_at);
}

void
bg_hub_signing_key_free (BgHubSigningKey *key)
{
  if (key == NULL)
    return;
  g_free (key->id);
  free_secret (key->secret);
  g_free (key);
}

BgHubLogEntry *
bg_hub_log_entry_new (guint32 number, GBytes *bytes)
{
  BgHubLogEntry *entry = g_new0 (BgHubLogEntry, 1);

  entry->number = number;
  entry->bytes = g_bytes_ref (bytes);
  return entry;
}

static gpointer
copy_log_entry (gconstpointer row)
{
  const BgHubLogEntry *entry = row;

  return bg_hub_log_entry_new (entry->number, entry->bytes);
}

void
bg_hub_log_entry_free (BgHubLogEntry *entry)
{
  if (entry == NULL)
    return;
  g_bytes_unref (entry->bytes);
  g_free (entry);
}

static gpointer
copy_setting (gconstpointer row)
{
  BgHubSetting *copy = g_memdup2 (row, sizeof *copy);

  copy->key = g_strdup (copy->key);
  copy->value = g_strdup (copy->value);
  return copy;
}

static void
setting_free (BgHubSetting *setting)
{
  g_free (setting->key);
  g_free (setting->value);
  g_free (setting);
}

/* Changes */

static const struct
{
  gpointer (*copy) (gconstpointer row);
  GDestroyNotify free;
} tables[BG_HUB_TABLES] = {
  [BG_HUB_TABLE_LEASES] = { copy_lease, (GDestroyNotify) bg_hub_lease_free },
  [BG_HUB_TABLE_INVITES] = { copy_invite, (GDestroyNotify) bg_hub_invite_free },
  [BG_HUB_TABLE_DEVICES] = { copy_device, (GDestroyNotify) bg_hub_device_free },
  [BG_HUB_TABLE_CREDENTIALS] = { copy_credential, (GDestroyNotify) bg_hub_credential_free },
  [BG_HUB_TABLE_SIGNING_KEYS] = { copy_signing_key, (GDestroyNotify) bg_hub_signing_key_free },
  [BG_HUB_TABLE_LOG] = { copy_log_entry, (GDestroyNotify) bg_hub_log_entry_free },
  [BG_HUB_TABLE_SETTINGS] = { copy_setting, (GDestroyNotify) setting_free },
};

GDestroyNotify
bg_hub_table_free_func (BgHubTable table)
{
  return tables[table].free;
}

/* Takes `key`. */
static BgHubChange *
change_new (BgHubTable table, char *key, gconstpointer row, gboolean is_removal)
{
  BgHubChange *change = g_new0 (BgHubChange, 1);

  change->key = key;
  change->table = table;
  change->is_removal = is_removal;
  change->row = tables[table].copy (row);
  return change;
}

BgHubChange *
bg_hub_change_of_lease (const BgHubLease *lease, gboolean is_removal)
{
  return change_new (BG_HUB_TABLE_LEASES,
                     g_strconcat ("lease ", lease->room, " ", lease->address, NULL), lease,
                     is_removal);
}

BgHubChange *
bg_hub_change_of_invite (const BgHubInvite *invite, gboolean is_removal)
{
  return change_new (BG_HUB_TABLE_INVITES, g_strconcat ("invite ", invite->code, NULL), invite,
                     is_removal);
}

BgHubChange *
bg_hub_change_of_device (const BgHubDevice *device, gboolean is_removal)
{
  return change_new (BG_HUB_TABLE_DEVICES, g_strconcat ("device ", device->id, NULL), device,
                     is_removal);
}

BgHubChange *
bg_hub_change_of_credential (const BgHubCredential *credential, gboolean is_removal)
{
  return change_new (BG_HUB_TABLE_CREDENTIALS,
                     g_strconcat ("credential ", credential->device, NULL), credential, is_removal);
}

BgHubChange *
bg_hub_change_of_signing_key (const BgHubSigningKey *key, gboolean is_removal)
{
  return change_new (BG_HUB_TABLE_SIGNING_KEYS, g_strconcat ("signing-key ", key->id, NULL), key,
                     is_removal);
}

BgHubChange *
bg_hub_change_of_log_entry (const BgHubLogEntry *entry)
{
  return change_new (BG_HUB_TABLE_LOG, g_strdup_printf ("log %u", entry->number), entry, FALSE);
}

BgHubChange *
bg_hub_change_of_setting (const char *key, const char *value)
{
  const BgHubSetting setting = { (char *) key, (char *) value };

  return change_new (BG_HUB_TABLE_SETTINGS, g_strconcat ("setting ", key, NULL), &setting, FALSE);
}

BgHubChange *
bg_hub_change_of_all (BgHubTable table)
{
  BgHubChange *change = g_new0 (BgHubChange, 1);

  change->key = g_strdup_printf ("all %d", table);
  change->table = table;
  change->is_removal = TRUE;
  return change;
}

void
bg_hub_change_free (BgHubChange *change)
{
  if (change == NULL)
    return;
  g_free (change->key);
  if (change->row != NULL)
    tables[change->table].free (change->row);
  g_free (change);
}

/* All rows */

BgHubRows *
bg_hub_rows_new (void)
{
  BgHubRows *rows = g_new0 (BgHubRows, 1);

  for (BgHubTable table = 0; table < BG_HUB_TABLES; table++)
    rows->of[table] = g_ptr_array_new_with_free_func (tables[table].free);
  return rows;
}

void
bg_hub_rows_free (BgHubRows *rows)
{
  if (rows == NULL)
    return;
  for (BgHubTable table = 0; table < BG_HUB_TABLES; table++)
    g_clear_pointer (&rows->of[table], g_ptr_array_unref);
  g_free (rows);
}

/* A row by itself, as a change of it. */
static BgHubChange *
change_of_row (BgHubTable table, gconstpointer row)
{
  switch (table)
    {
    case BG_HUB_TABLE_LEASES:
      return bg_hub_change_of_lease (row, FALSE);
    case BG_HUB_TABLE_INVITES:
      return bg_hub_change_of_invite (row, FALSE);
    case BG_HUB_TABLE_DEVICES:
      return bg_hub_change_of_device (row, FALSE);
    case BG_HUB_TABLE_CREDENTIALS:
      return bg_hub_change_of_credential (row, FALSE);
    case BG_HUB_TABLE_SIGNING_KEYS:
      return bg_hub_change_of_signing_key (row, FALSE);
    case BG_HUB_TABLE_LOG:
      return bg_hub_change_of_log_entry (row);
    case BG_HUB_TABLE_SETTINGS:
    case BG_HUB_TABLES:
    default:
      return bg_hub_change_of_setting (((const BgHubSetting *) row)->key,
                                       ((const BgHubSetting *) row)->value);
    }
}

GPtrArray *
bg_hub_rows_as_changes (const BgHubRows *rows)
{
  GPtrArray *changes = g_ptr_array_new ();

  for (BgHubTable table = 0; table < BG_HUB_TABLES; table++)
    for (guint i = 0; i < rows->of[table]->len; i++)
      g_ptr_array_add (changes, change_of_row (table, rows->of[table]->pdata[i]));
  return changes;
}

void
bg_hub_rows_add_setting (BgHubRows *rows, const char *key, const char *value)
{
  const BgHubSetting setting = { (char *) key, (char *) value };

  g_ptr_array_add (rows->of[BG_HUB_TABLE_SETTINGS], copy_setting (&setting));
}

const char *
bg_hub_settings_find (GPtrArray *settings, const char *key)
{
  for (guint i = 0; i < settings->len; i++)
    {
      const BgHubSetting *setting = settings->pdata[i];

      if (g_str_equal (setting->key, key))
        return setting->value;
    }
  return NULL;
}
