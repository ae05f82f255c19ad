/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A log whose entries somebody else chose. First what is read is what is written; then steps of eight bytes, which say of few keys,
 * names and addresses who signs what, so that they meet, and after each of which all that has to hold does. */
#include "fuzz.h"
#include "worker/core/membership.h"

#include <string.h>

enum
{
  STEP = 8,
  KEYS = 6, /* of devices; owners, invites and recovery keys have others */
  HASHED = 4,
};

static uint8_t memory[4 << 20] __attribute__ ((aligned (16)));
static BgMembership *network;

static void
put_key (uint8_t key[BG_ENTRY_KEY], char kind, unsigned number)
{
  memset (key, kind, BG_ENTRY_KEY);
  key[0] = (uint8_t) (number % KEYS);
}

static void
put_granted (BgGrantedOffer *granted, unsigned what)
{
  granted->bits = what & 7;
  granted->n_routes = (uint8_t) (what >> 3 & 1);
  granted->routes[0] = (BgEntryPrefix){ .family = 4, .length = 8, .bytes = { 10 } };
}

static void
put_record (BgMemberRecord *record, unsigned who, unsigned what)
{
  put_key (record->key, 'd', who);
  record->name_len = 1;
  record->name[0] = (char) ('a' + what % KEYS);
  record->n_addresses = (uint8_t) (1 + (what >> 3) % 2);
  for (unsigned i = 0; i < record->n_addresses; i++)
    record->addresses[i] = (BgEntryPrefix){
      .family = 4, .length = 32, .bytes = { 10, 0, 0, (uint8_t) ((what >> 4) % KEYS + i) }
    };
  put_granted (&record->granted, what >> 5);
}

/* Bytes: type, signer's kind and number, key, device, what, until, how much later. */
static BgEntry
entry_of (const uint8_t step[STEP])
{
  static const char kinds[] = "ooooioor";
  BgEntry entry = { .type = step[0] % (BG_ENTRY_MOVE + 1),
                    .number = bg_membership_count (network),
                    .time = bg_membership_time (network) + step[7] % 4 };

  if (entry.number == 0)
    entry.type = BG_ENTRY_GENESIS;
  else if (entry.type == BG_ENTRY_GENESIS)
    entry.type = BG_ENTRY_DEVICE;
  if (entry.number > 0)
    memcpy (entry.previous, bg_membership_head (network), BG_ENTRY_HASH);
  put_key (entry.signer, entry.number == 0 ? 'o' : kinds[step[1] % 8], step[1] / 8);
  put_key (entry.key, entry.type == BG_ENTRY_REVOKE ? 'd' : kinds[3 + step[2] % 2], step[2] / 2);
  put_key (entry.device, 'd', step[3]);
  put_key (entry.recovery, 'r', step[3]);
  put_record (&entry.record, step[4], step[5]);
  put_granted (&entry.granted, step[5]);
  entry.expires_at = entry.time + step[6] % 16;
  entry.policy = step[6] & 1;
  memset (entry.url, 'u', 1 + step[4] % BG_ENTRY_MAX_URL);
  return entry;
}

static void
check_written (const BgEntry *read, BgBytes bytes)
{
  uint8_t again[BG_ENTRY_MAX];
  size_t len = bg_entry_write (read, again, sizeof again);

  ASSERT (len + BG_ENTRY_SIGNATURE == bytes.len && memcmp (again, bytes.bytes, len) == 0);
  ASSERT (read->is_signed.len == len && read->signature.len == BG_ENTRY_SIGNATURE);
}

static void
check_member (uint32_t i)
{
  const BgMember *member = bg_membership_member (network, i);
  const BgMemberRecord *record = &member->record;
  const BgBytes name = { (const uint8_t *) record->name, record->name_len };

  ASSERT (bg_membership_find_key (network, record->key) == member);
  ASSERT ((bg_membership_find_name (network, name) == member) == !member->is_revoked);
  for (unsigned k = 0; k < record->n_addresses; k++)
    ASSERT ((bg_membership_find_address (network, &record->addresses[k]) == member)
            == !member->is_revoked);
  ASSERT (!member->is_revoked || !bg_membership_is_owners_device (network, record->key));
}

static void
check_owner (uint32_t i)
{
  const BgOwner *owner = bg_membership_owner (network, i);
  const BgMember *member = bg_membership_find_key (network, owner->device);

  ASSERT (member != NULL && !member->is_revoked);
  for (uint32_t k = 0; k < i; k++)
    ASSERT (memcmp (owner->key, bg_membership_owner (network, k)->key, BG_ENTRY_KEY) != 0
            && memcmp (owner->device, bg_membership_owner (network, k)->device, BG_ENTRY_KEY) != 0);
}

static void
check_log (void)
{
  ASSERT (bg_membership_count (network) == 0 || bg_membership_n_owners (network) > 0);
  for (uint32_t i = 0; i < bg_membership_n_members (network); i++)
    check_member (i);
  for (uint32_t i = 0; i < bg_membership_n_owners (network); i++)
    check_owner (i);
}

/* Whoever is in stays in, but for a revoke; whoever is out stays out; only an owner or the recovery key brings owners. */
static void
apply (const BgEntry *entry)
{
  uint8_t hash[BG_ENTRY_HASH] = { 1 };
  uint32_t members = bg_membership_n_members (network);
  bool is_by_owner = bg_membership_is_owner (network, entry->signer);

  if (entry->type != BG_ENTRY_DEVICE && entry->type != BG_ENTRY_GENESIS
      && entry->type != BG_ENTRY_RECOVERY)
    ASSERT (is_by_owner);
  bg_put32 (hash + HASHED, entry->number);
  bg_membership_apply (network, entry, hash);
  ASSERT (bg_membership_n_members (network) - members <= 1);
  ASSERT (is_by_owner || entry->type != BG_ENTRY_DEVICE
          || bg_membership_n_members (network) == members + 1);
  ASSERT (bg_membership_time (network) == entry->time
          && bg_membership_count (network) == entry->number + 1);
  check_log ();
}

static void
take (const uint8_t step[STEP])
{
  const BgEntry said = entry_of (step);
  uint8_t bytes[BG_ENTRY_MAX] = { 0 };
  size_t len = bg_entry_write (&said, bytes, sizeof bytes);
  BgEntry entry;

  ASSERT (len > 0);
  ASSERT (bg_entry_read ((BgBytes){ bytes, len + BG_ENTRY_SIGNATURE }, &entry));
  check_written (&entry, (BgBytes){ bytes, len + BG_ENTRY_SIGNATURE });
  if (bg_membership_judge (network, &entry) == BG_VERDICT_FITS)
    apply (&entry);
  else
    ASSERT (bg_membership_judge_now (network, &entry, entry.time) != BG_VERDICT_FITS);
}

static size_t
write_example (const uint8_t step[STEP], uint8_t *out, size_t max)
{
  const BgEntry entry = entry_of (step);
  size_t len = bg_entry_write (&entry, out, max);

  if (len == 0 || max - len < BG_ENTRY_SIGNATURE)
    return 0;
  memset (out + len, 0, BG_ENTRY_SIGNATURE);
  return len + BG_ENTRY_SIGNATURE;
}

/* One of each type as bytes, and a story. */
size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const uint8_t story[] = {
    0, 0,  0, 0, 0, 0,    0, 0, /* genesis by o0: d0, "a", 10.0.0.0, recovery r0 */
    5, 0,  1, 0, 0, 0xff, 8, 0, /* invite i0 */
    1, 4,  0, 0, 1, 0x21, 0, 1, /* i0 brings d1, "b" */
    3, 0,  2, 1, 0, 0,    0, 1, /* o1 for d1 */
    2, 8,  0, 0, 0, 0,    0, 1, /* o1 revokes d0 */
    8, 7,  4, 2, 2, 0x42, 0, 1, /* r0 recovers: d2, "c", o2 */
    7, 8,  0, 0, 0, 0,    1, 0, /* o1 does no more */
    7, 16, 0, 0, 0, 0,    1, 0, /* o2 does */
  };
  uint8_t step[STEP] = { 0, 0, 0, 0, 0, 0x38, 0, 0 };

  network = bg_membership_init (memory);
  if (n == 0)
    {
      memcpy (out, story, sizeof story < max ? sizeof story : max);
      return sizeof story < max ? sizeof story : max;
    }
  if (n > BG_ENTRY_MOVE + 1)
    return 0;
  take (step);
  step[0] = (uint8_t) (n - 1);
  return write_example (step, out, max);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BgEntry entry;

  ASSERT (bg_membership_size () <= sizeof memory);
  network = bg_membership_init (memory);
  if (bg_entry_read ((BgBytes){ data, size }, &entry))
    {
      check_written (&entry, (BgBytes){ data, size });
      bg_membership_judge (network, &entry);
    }
  for (; size >= STEP; data += STEP, size -= STEP)
    take (data);
  return 0;
}
