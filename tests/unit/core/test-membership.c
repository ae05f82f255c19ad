/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no vector has: bounds that take thousands of entries, the clock of whoever keeps the log, grants. */
#include "worker/core/membership.h"

#include <glib.h>

#define START G_GUINT64_CONSTANT (1800000000)

static BgMembership *membership;

static void
set_up (void)
{
  g_free (membership);
  membership = bg_membership_init (g_malloc (bg_membership_size ()));
}

static void
put_key (guint8 key[BG_ENTRY_KEY], guint32 number)
{
  memset (key, 0, BG_ENTRY_KEY);
  bg_put32 (key + BG_ENTRY_KEY - 4, number);
}

/* The next one, which the owner signs. */
static BgEntry
next (BgEntryType type)
{
  BgEntry entry = { .type = type, .number = bg_membership_count (membership), .time = START };

  if (entry.number > 0)
    memcpy (entry.previous, bg_membership_head (membership), BG_ENTRY_HASH);
  put_key (entry.signer, 1);
  return entry;
}

static void
set_device (BgMemberRecord *record, guint32 number)
{
  put_key (record->key, number);
  record->name_len = (guint8) g_snprintf (record->name, sizeof record->name, "d%u", number);
  record->n_addresses = 1;
  record->addresses[0] = (BgEntryPrefix){ .family = 4, .length = 32 };
  bg_put32 (record->addresses[0].bytes, number);
}

static BgVerdict
take (BgEntry entry)
{
  BgVerdict verdict = bg_membership_judge (membership, &entry);
  guint8 hash[BG_ENTRY_HASH] = { 0 };

  bg_put32 (hash, entry.number + 1);
  if (verdict == BG_VERDICT_FITS)
    bg_membership_apply (membership, &entry, hash);
  return verdict;
}

static BgVerdict
take_device (guint32 number)
{
  BgEntry entry = next (BG_ENTRY_DEVICE);

  set_device (&entry.record, number);
  return take (entry);
}

static BgVerdict
take_key (BgEntryType type, guint32 number)
{
  BgEntry entry = next (type);

  put_key (entry.key, number);
  return take (entry);
}

static void
begin (void)
{
  BgEntry entry;

  set_up ();
  entry = next (BG_ENTRY_GENESIS);
  put_key (entry.recovery, 2);
  set_device (&entry.record, 1);
  g_assert_cmpint (take (entry), ==, BG_VERDICT_FITS);
}

static BgEntry
invite (guint32 number, guint64 until)
{
  BgEntry entry = next (BG_ENTRY_INVITE);

  put_key (entry.key, number);
  entry.expires_at = until;
  return entry;
}

static void
test_not_first (void)
{
  BgEntry entry;

  set_up ();
  g_assert_cmpint (take_device (1), ==, BG_VERDICT_MALFORMED);
  begin ();
  entry = next (BG_ENTRY_GENESIS);
  g_assert_cmpint (take (entry), ==, BG_VERDICT_MALFORMED);
}

static void
test_most_keys (void)
{
  begin ();
  for (guint32 number = 2; number <= BG_MEMBERSHIP_MAX_KEYS; number++)
    g_assert_cmpint (take_device (number), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_device (BG_MEMBERSHIP_MAX_KEYS + 1), ==, BG_VERDICT_FULL);
  g_assert_cmpint (take_device (7), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_key (BG_ENTRY_REVOKE, 7), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_device (BG_MEMBERSHIP_MAX_KEYS + 1), ==, BG_VERDICT_FULL);
  g_assert_cmpuint (bg_membership_n_members (membership), ==, BG_MEMBERSHIP_MAX_KEYS);
}

/* What ends something has a place also then. */
static void
test_most_entries (void)
{
  BgEntry policy, owner;

  begin ();
  g_assert_cmpint (take_device (5), ==, BG_VERDICT_FITS);
  owner = next (BG_ENTRY_OWNER);
  put_key (owner.key, 5);
  put_key (owner.device, 5);
  g_assert_cmpint (take (owner), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take (invite (9, START)), ==, BG_VERDICT_FITS);
  while (bg_membership_count (membership) < BG_MEMBERSHIP_MAX_ENTRIES)
    g_assert_cmpint (take (next (BG_ENTRY_POLICY)), ==, BG_VERDICT_FITS);
  policy = next (BG_ENTRY_POLICY);
  g_assert_cmpint (take (policy), ==, BG_VERDICT_FULL);
  g_assert_cmpint (take_device (5), ==, BG_VERDICT_FULL);
  g_assert_cmpint (take_key (BG_ENTRY_CANCEL, 9), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_key (BG_ENTRY_DISOWN, 5), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_key (BG_ENTRY_REVOKE, 5), ==, BG_VERDICT_FITS);
  policy = next (BG_ENTRY_POLICY);
  put_key (policy.signer, 3);
  g_assert_cmpint (take (policy), ==, BG_VERDICT_NOT_ALLOWED);
}

static BgVerdict
judge_at (BgEntry entry, guint64 now)
{
  return bg_membership_judge_now (membership, &entry, now);
}

static void
test_clock (void)
{
  BgEntry last;

  begin ();
  g_assert_cmpint (judge_at (next (BG_ENTRY_POLICY), START), ==, BG_VERDICT_FITS);
  g_assert_cmpint (judge_at (next (BG_ENTRY_POLICY), START - 600), ==, BG_VERDICT_FITS);
  g_assert_cmpint (judge_at (next (BG_ENTRY_POLICY), START - 601), ==, BG_VERDICT_TOO_NEW);
  g_assert_cmpint (judge_at (next (BG_ENTRY_POLICY), G_MAXUINT64), ==, BG_VERDICT_FITS);
  last = next (BG_ENTRY_POLICY);
  last.time = G_MAXUINT64;
  g_assert_cmpint (judge_at (last, START), ==, BG_VERDICT_TOO_NEW);
  put_key (last.signer, 7);
  g_assert_cmpint (judge_at (last, START), ==, BG_VERDICT_NOT_ALLOWED);
}

/* Whatever time whoever has it writes. */
static void
test_invite_is_over_by_the_clock (void)
{
  BgEntry invited;

  begin ();
  g_assert_cmpint (take (invite (9, START + 60)), ==, BG_VERDICT_FITS);
  invited = next (BG_ENTRY_DEVICE);
  set_device (&invited.record, 9);
  put_key (invited.signer, 9);
  g_assert_cmpint (judge_at (invited, START + 60), ==, BG_VERDICT_FITS);
  g_assert_cmpint (judge_at (invited, START + 61), ==, BG_VERDICT_EXPIRED);
}

/* "10.1.0.0/16": the family, the first two bytes, the length. */
static BgEntryPrefix
network (guint8 family, guint8 first, guint8 second, guint8 length)
{
  return (BgEntryPrefix){ .family = family, .length = length, .bytes = { first, second } };
}

static void
test_granted_routes (void)
{
  const BgGrantedOffer nothing = { 0 }, any = { .bits = BG_GRANT_ANY_ROUTE },
                       one = { .n_routes = 2,
                               .routes = { network (6, 0xfd, 0, 9), network (4, 10, 1, 15) } };
  const BgEntryPrefix same = network (4, 10, 1, 15), part = network (4, 10, 1, 16),
                      beside = network (4, 10, 2, 16), whole = network (4, 10, 0, 14),
                      other = network (6, 10, 1, 16), six = network (6, 0xfd, 0x7f, 16),
                      six_beside = network (6, 0xfd, 0x80, 16);

  g_assert_false (bg_grant_has_route (&nothing, &same));
  g_assert_true (bg_grant_has_route (&any, &same));
  g_assert_true (bg_grant_has_route (&one, &same));
  g_assert_true (bg_grant_has_route (&one, &part));
  g_assert_false (bg_grant_has_route (&one, &beside));
  g_assert_false (bg_grant_has_route (&one, &whole));
  g_assert_false (bg_grant_has_route (&one, &other));
  g_assert_true (bg_grant_has_route (&one, &six));
  g_assert_false (bg_grant_has_route (&one, &six_beside));
}

/* Everything is an exit's, whatever networks somebody may offer. */
static void
test_granted_exits (void)
{
  const BgEntryPrefix all4 = network (4, 0, 0, 0), all6 = network (6, 0, 0, 0);
  const BgGrantedOffer any = { .bits = BG_GRANT_ANY_ROUTE, .n_routes = 1, .routes = { all4 } },
                       four = { .bits = BG_GRANT_EXIT4 }, six = { .bits = BG_GRANT_EXIT6 };

  g_assert_false (bg_grant_has_route (&any, &all4));
  g_assert_false (bg_grant_has_exit (&any, 4));
  g_assert_true (bg_grant_has_route (&four, &all4));
  g_assert_false (bg_grant_has_route (&four, &all6));
  g_assert_true (bg_grant_has_exit (&six, 6));
  g_assert_false (bg_grant_has_exit (&six, 4));
}

/* --- Names and the authority --- */

static BgVerdict
take_name (const char *label, guint32 device)
{
  BgEntry entry = next (BG_ENTRY_NAME);

  g_strlcpy (entry.name, label, sizeof entry.name);
  if (device > 0)
    put_key (entry.device, device);
  return take (entry);
}

static void
test_given_names (void)
{
  begin ();
  g_assert_cmpint (take_device (5), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_name ("wiki", 5), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_name ("d5", 1), ==, BG_VERDICT_NAME_TAKEN); /* a device's own */
  g_assert_cmpint (take_name ("shop", 6), ==, BG_VERDICT_UNKNOWN);
  g_assert_cmpint (take_name ("shop", 0), ==, BG_VERDICT_UNKNOWN);
  g_assert_cmpint (take_name ("wiki", 1), ==, BG_VERDICT_FITS); /* it moves */
  g_assert_cmpuint (bg_membership_n_names (membership), ==, 1);
  g_assert_true (bg_membership_find_given_name (membership, "wiki")
                 == bg_membership_name (membership, 0));
  g_assert_null (bg_membership_find_given_name (membership, "wik"));
  g_assert_cmpint (take_name ("shop", 5), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_key (BG_ENTRY_REVOKE, 5), ==, BG_VERDICT_FITS); /* and its names with it */
  g_assert_cmpuint (bg_membership_n_names (membership), ==, 1);
  g_assert_cmpstr (bg_membership_name (membership, 0)->label, ==, "wiki");
  g_assert_cmpint (take_name ("late", 5), ==, BG_VERDICT_UNKNOWN);
  g_assert_cmpint (take_name ("wiki", 0), ==, BG_VERDICT_FITS);
  g_assert_cmpuint (bg_membership_n_names (membership), ==, 0);
}

static void
test_most_given_names (void)
{
  BgEntry entry;

  begin ();
  for (guint i = 0; i < BG_MEMBERSHIP_MAX_NAMES; i++)
    {
      g_autofree char *label = g_strdup_printf ("n%u", i);

      g_assert_cmpint (take_name (label, 1), ==, BG_VERDICT_FITS);
    }
  g_assert_cmpint (take_name ("more", 1), ==, BG_VERDICT_FULL);
  g_assert_cmpint (take_name ("n7", 1), ==, BG_VERDICT_FITS);
  entry = next (BG_ENTRY_NAME);
  g_strlcpy (entry.name, "stolen", sizeof entry.name);
  put_key (entry.signer, 9); /* nobody's */
  g_assert_cmpint (take (entry), ==, BG_VERDICT_NOT_ALLOWED);
}

static BgVerdict
take_authority (guint32 signer, const char *certificate)
{
  BgEntry entry = next (BG_ENTRY_AUTHORITY);

  put_key (entry.signer, signer);
  entry.certificate = (BgBytes){ (const guint8 *) certificate, strlen (certificate) };
  return take (entry);
}

/* Of an owner, for as long as that signs. */
static void
test_authority (void)
{
  BgEntry owner;
  BgMembershipAuthority authority;

  begin ();
  g_assert_cmpuint (bg_membership_authority (membership).number, ==, 0);
  g_assert_cmpint (take_device (5), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_authority (5, "forged"), ==, BG_VERDICT_NOT_ALLOWED);
  owner = next (BG_ENTRY_OWNER);
  put_key (owner.key, 6);
  put_key (owner.device, 5);
  g_assert_cmpint (take (owner), ==, BG_VERDICT_FITS);
  g_assert_cmpint (take_authority (6, "first"), ==, BG_VERDICT_FITS);
  authority = bg_membership_authority (membership);
  g_assert_cmpmem (authority.certificate.bytes, authority.certificate.len, "first", 5);
  g_assert_cmpint (authority.device[BG_ENTRY_KEY - 1], ==, 5);
  g_assert_cmpint (take_key (BG_ENTRY_DISOWN, 6), ==, BG_VERDICT_FITS);
  g_assert_cmpuint (bg_membership_authority (membership).number, ==, 0);
  g_assert_cmpint (take_authority (1, "next"), ==, BG_VERDICT_FITS);
  g_assert_cmpuint (bg_membership_authority (membership).number, >, 0);
  g_assert_cmpint (take_authority (1, ""), ==, BG_VERDICT_FITS);
  g_assert_cmpuint (bg_membership_authority (membership).number, ==, 0);
}

/* As bytes, and whatever has one too few, or a length that is not so. */
static void
test_bytes_of_names (void)
{
  static const char *const wrong[] = { "", "Wiki", "wi_ki", "wi.ki", "-wiki" };
  guint8 bytes[BG_ENTRY_MAX], certificate[BG_ENTRY_MAX_CERTIFICATE + 1] = { 0 };
  BgEntry entry, back;
  gsize len;

  begin ();
  entry = next (BG_ENTRY_AUTHORITY);
  entry.certificate = (BgBytes){ certificate, BG_ENTRY_MAX_CERTIFICATE };
  len = bg_entry_write (&entry, bytes, sizeof bytes);
  g_assert_cmpuint (len, ==, BG_ENTRY_HEAD + BG_ENTRY_MAX_BODY);
  g_assert_true (bg_entry_read ((BgBytes){ bytes, len + BG_ENTRY_SIGNATURE }, &back));
  g_assert_cmpuint (back.certificate.len, ==, BG_ENTRY_MAX_CERTIFICATE);
  bytes[BG_ENTRY_HEAD + 1] ^= 1;
  g_assert_false (bg_entry_read ((BgBytes){ bytes, len + BG_ENTRY_SIGNATURE }, &back));
  entry.certificate.len++;
  g_assert_cmpuint (bg_entry_write (&entry, bytes, sizeof bytes), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      entry = next (BG_ENTRY_NAME);
      g_strlcpy (entry.name, wrong[i], sizeof entry.name);
      g_assert_cmpuint (bg_entry_write (&entry, bytes, sizeof bytes), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/membership/not-first", test_not_first);
  g_test_add_func ("/membership/most-keys", test_most_keys);
  g_test_add_func ("/membership/most-entries", test_most_entries);
  g_test_add_func ("/membership/clock", test_clock);
  g_test_add_func ("/membership/invite-is-over-by-the-clock", test_invite_is_over_by_the_clock);
  g_test_add_func ("/membership/granted-routes", test_granted_routes);
  g_test_add_func ("/membership/granted-exits", test_granted_exits);
  g_test_add_func ("/membership/given-names", test_given_names);
  g_test_add_func ("/membership/most-given-names", test_most_given_names);
  g_test_add_func ("/membership/authority", test_authority);
  g_test_add_func ("/membership/bytes-of-names", test_bytes_of_names);
  result = g_test_run ();
  g_free (membership);
  return result;
}
