/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log-fixture.h"

#include <string.h>

void
fixture_key (guint8 byte, guint8 key[BG_ENTRY_KEY])
{
  memset (key, byte, BG_ENTRY_KEY);
}

BgMemberRecord
fixture_record (guint number)
{
  BgMemberRecord record = { .n_addresses = 1 };
  guint8 address[4] = { 10, (guint8) (number / 60000), (guint8) (number / 250 % 240),
                        (guint8) (number % 250 + 1) };

  memset (record.key, 7, BG_ENTRY_KEY);
  bg_put32 (record.key, number + 1);
  record.name_len = (guint8) g_snprintf (record.name, sizeof record.name, "d%u", number);
  record.addresses[0] = (BgEntryPrefix){ .family = 4, .length = 32 };
  memcpy (record.addresses[0].bytes, address, 4);
  return record;
}

BgEntry
fixture_genesis (gboolean allow)
{
  BgEntry entry = { .type = BG_ENTRY_GENESIS, .policy = allow ? BG_POLICY_UNSIGNED : 0 };
  guint8 seed[BG_SEED_BYTES];

  fixture_key (FIXTURE_RECOVERY_SEED, seed);
  g_assert_true (bg_seed_get_public (seed, entry.recovery));
  entry.record = fixture_record (0);
  return entry;
}

BgEntry
fixture_device (guint number)
{
  return (BgEntry){ .type = BG_ENTRY_DEVICE, .record = fixture_record (number) };
}

BgEntry
fixture_revoke (guint number)
{
  BgEntry entry = { .type = BG_ENTRY_REVOKE };
  BgMemberRecord record = fixture_record (number);

  memcpy (entry.key, record.key, BG_ENTRY_KEY);
  return entry;
}

GBytes *
fixture_sign (const BgMembership *state, const BgEntry *wanted, guint8 seed_byte)
{
  BgEntry entry = *wanted;
  guint8 seed[BG_SEED_BYTES], bytes[BG_ENTRY_MAX];
  const guint8 *head = bg_membership_head (state);
  gsize len;

  fixture_key (seed_byte, seed);
  entry.number = bg_membership_count (state);
  entry.time = FIXTURE_NOW + entry.number;
  if (head)
    memcpy (entry.previous, head, BG_ENTRY_HASH);
  g_assert_true (bg_seed_get_public (seed, entry.signer));
  len = bg_entry_write (&entry, bytes, sizeof bytes - BG_ENTRY_SIGNATURE);
  g_assert_cmpuint (len, >, 0);
  g_assert_true (bg_entry_sign (seed, bytes, len));
  return g_bytes_new (bytes, len + BG_ENTRY_SIGNATURE);
}

static void
apply (BgMembership *state, GBytes *bytes)
{
  guint8 hash[BG_ENTRY_HASH];
  g_autoptr (GError) error = NULL;
  BgBytes raw;

  raw.bytes = g_bytes_get_data (bytes, &raw.len);
  bg_membership_take_entry (state, raw, hash, &error);
  g_assert_no_error (error);
}

BgMembership *
fixture_state (const GPtrArray *entries)
{
  BgMembership *state = bg_membership_copy (NULL);

  for (guint i = 0; i < entries->len; i++)
    apply (state, entries->pdata[i]);
  return state;
}

void
fixture_add (GPtrArray *entries, const BgEntry *entry, guint8 seed_byte)
{
  g_autofree BgMembership *state = fixture_state (entries);

  g_ptr_array_add (entries, fixture_sign (state, entry, seed_byte));
}

void
fixture_add_move (GPtrArray *entries, const char *url, guint8 pin)
{
  BgEntry entry = { .type = BG_ENTRY_MOVE };

  g_strlcpy (entry.url, url, sizeof entry.url);
  memset (entry.pin, pin, sizeof entry.pin);
  fixture_add (entries, &entry, FIXTURE_OWNER_SEED);
}

GPtrArray *
fixture_network (guint n)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree BgMembership *state = bg_membership_copy (NULL);

  for (guint i = 0; i < n; i++)
    {
      BgEntry entry = i == 0 ? fixture_genesis (FALSE) : fixture_device (i);

      g_ptr_array_add (entries, fixture_sign (state, &entry, FIXTURE_OWNER_SEED));
      apply (state, entries->pdata[i]);
    }
  return entries;
}
