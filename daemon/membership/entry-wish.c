/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/entry-wish.h"

#include "common/error.h"
#include "common/log.h"
#include "membership/member-standing.h"

#include <string.h>

BgEntryWish *
bg_entry_wish_new (BgWishKind kind, const guint8 seed[BG_SEED_BYTES])
{
  BgEntryWish *wish = g_new0 (BgEntryWish, 1);

  wish->kind = kind;
  memcpy (wish->seed, seed, BG_SEED_BYTES);
  return wish;
}

void
bg_entry_wish_free (BgEntryWish *wish)
{
  if (!wish)
    return;
  g_clear_pointer (&wish->others, g_array_unref);
  g_clear_pointer (&wish->certificate, g_bytes_unref);
  explicit_bzero (wish->seed, sizeof wish->seed);
  g_free (wish);
}

static gboolean
fail (GError **error, BgError code, BgWords *take)
{
  bg_error_set_take (error, code, take);
  return FALSE;
}

static void
put_key (guint8 to[BG_ENTRY_KEY], const guint8 from[BG_ENTRY_KEY])
{
  memcpy (to, from, BG_ENTRY_KEY);
}

static gboolean
is_key (const guint8 a[BG_ENTRY_KEY], const guint8 b[BG_ENTRY_KEY])
{
  return memcmp (a, b, BG_ENTRY_KEY) == 0;
}

/* An active device; NULL. */
static const BgMember *
find_active (BgEntryDraft *draft, const guint8 key[BG_ENTRY_KEY])
{
  const BgMember *member = bg_membership_find_key (bg_entry_draft_get_state (draft), key);

  return member && !member->is_revoked ? member : NULL;
}

static gboolean
is_known (BgEntryDraft *draft, const guint8 key[BG_ENTRY_KEY], GError **error)
{
  return bg_membership_find_key (bg_entry_draft_get_state (draft), key)
         || fail (error, BG_ERROR_NOT_FOUND, bg_words (ENTRY_UNKNOWN));
}

static gboolean
add_record (const BgEntryWish *wish, const BgMemberRecord *record, BgEntryDraft *draft,
            GError **error)
{
  BgEntry entry = { .type = BG_ENTRY_DEVICE, .record = *record };

  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

/* --- A network of today --- */

static gboolean
add_genesis (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  BgEntry entry = { .type = BG_ENTRY_GENESIS, .record = wish->record, .policy = wish->policy };

  put_key (entry.recovery, wish->key);
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

/* Those that cannot be in one network with the others wait for an owner's word, each by itself. */
static void
add_others (const BgEntryWish *wish, BgEntryDraft *draft)
{
  for (guint i = 0; wish->others && i < wish->others->len; i++)
    {
      const BgMemberRecord *record = &g_array_index (wish->others, BgMemberRecord, i);
      g_autoptr (GError) error = NULL;

      if (!bg_membership_find_key (bg_entry_draft_get_state (draft), record->key)
          && !add_record (wish, record, draft, &error))
        bg_log (BG_TOPIC_APP, WARNING, record->name, "no record is signed for it: %s",
                error->message);
    }
}

static gboolean
draft_protect (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  const BgMembership *state = bg_entry_draft_get_state (draft);
  guint8 public[BG_ENTRY_KEY];

  if (bg_membership_count (state) == 0 && !add_genesis (wish, draft, error))
    return FALSE;
  if (!bg_seed_get_public (wish->seed, public) || !bg_membership_is_owner (state, public)
      || !is_key (bg_membership_recovery_key (state), wish->key))
    return fail (error, BG_ERROR_WRONG_STATE, bg_words (NETWORK_IS_SIGNED));
  add_others (wish, draft);
  return TRUE;
}

/* --- Devices --- */

static gboolean
add_revocation (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  BgEntry entry = { .type = BG_ENTRY_REVOKE };

  put_key (entry.key, wish->device);
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

static gboolean
draft_revoke (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  if (!is_known (draft, wish->device, error))
    return FALSE;
  return !find_active (draft, wish->device) || add_revocation (wish, draft, error);
}

static gboolean
draft_record (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  const BgMember *namesake = bg_standing_find_name (bg_entry_draft_get_state (draft),
                                                    wish->record.name);

  if (find_active (draft, wish->record.key))
    return TRUE;
  if (namesake && wish->replaces && is_key (namesake->record.key, wish->device)
      && !add_revocation (wish, draft, error))
    return FALSE;
  return add_record (wish, &wish->record, draft, error);
}

static gboolean
draft_change (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  const BgMember *member = find_active (draft, wish->record.key);

  if (!member)
    return fail (error, BG_ERROR_NOT_FOUND, bg_words (ENTRY_UNKNOWN));
  if (member->number != wish->based_on)
    return fail (error, BG_ERROR_WRONG_STATE, bg_words (MEMBER_CHANGED_MEANWHILE));
  return add_record (wish, &wish->record, draft, error);
}

/* --- Owners --- */

static const BgOwner *
owner_of (const BgMembership *state, const guint8 device[BG_ENTRY_KEY])
{
  for (guint32 i = 0; i < bg_membership_n_owners (state); i++)
    if (is_key (bg_membership_owner (state, i)->device, device))
      return bg_membership_owner (state, i);
  return NULL;
}

static gboolean
draft_add_owner (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  const BgOwner *owner = owner_of (bg_entry_draft_get_state (draft), wish->device);
  BgEntry entry = { .type = BG_ENTRY_OWNER };

  if (owner && is_key (owner->key, wish->key))
    return TRUE;
  put_key (entry.key, wish->key);
  put_key (entry.device, wish->device);
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

static gboolean
draft_remove_owner (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  const BgOwner *owner = owner_of (bg_entry_draft_get_state (draft), wish->device);
  BgEntry entry = { .type = BG_ENTRY_DISOWN };

  if (!owner)
    return TRUE;
  put_key (entry.key, owner->key);
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

static gboolean
draft_recover (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  const BgMembership *state = bg_entry_draft_get_state (draft);
  BgEntry entry = { .type = BG_ENTRY_RECOVERY, .record = wish->record };
  const guint8 *expected = bg_membership_recovery_key (state);
  guint8 public[BG_ENTRY_KEY];

  if (expected && is_key (expected, wish->key))
    return TRUE;
  if (!expected || !bg_seed_get_public (wish->seed, public) || !is_key (expected, public))
    return fail (error, BG_ERROR_NOT_AUTHORIZED, bg_words (RECOVERY_CODE_OTHER));
  put_key (entry.recovery, wish->key);
  put_key (entry.key, wish->owner);
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

/* --- The network, and newcomers --- */

static gboolean
draft_policy (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  BgEntry entry = { .type = BG_ENTRY_POLICY, .policy = wish->policy };

  return bg_membership_policy (bg_entry_draft_get_state (draft)) == wish->policy
         || bg_entry_draft_add (draft, &entry, wish->seed, error);
}

static gboolean
draft_invite (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  BgEntry entry = { .type = BG_ENTRY_INVITE,
                    .expires_at = wish->expires_at,
                    .granted = wish->record.granted };

  put_key (entry.key, wish->key);
  memcpy (entry.name, wish->name, sizeof entry.name);
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

static gboolean
draft_cancel (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  BgEntry entry = { .type = BG_ENTRY_CANCEL };

  put_key (entry.key, wish->key);
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

static gboolean
draft_join (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  return find_active (draft, wish->record.key) || add_record (wish, &wish->record, draft, error);
}

static BgBytes
bytes_of (GBytes *bytes)
{
  BgBytes out = { 0 };

  out.bytes = g_bytes_get_data (bytes, &out.len);
  return out;
}

static gboolean
draft_authority (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  BgMembershipAuthority known = bg_membership_authority (bg_entry_draft_get_state (draft));
  BgEntry entry = { .type = BG_ENTRY_AUTHORITY, .certificate = bytes_of (wish->certificate) };

  if (known.number > 0 && known.certificate.len == entry.certificate.len
      && memcmp (known.certificate.bytes, entry.certificate.bytes, entry.certificate.len) == 0)
    return TRUE;
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

static gboolean
draft_name (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  const BgMemberName *known = bg_membership_find_given_name (bg_entry_draft_get_state (draft),
                                                             wish->name);
  BgEntry entry = { .type = BG_ENTRY_NAME };

  if (known && is_key (known->device, wish->device))
    return TRUE;
  put_key (entry.device, wish->device);
  memcpy (entry.name, wish->name, sizeof entry.name);
  return bg_entry_draft_add (draft, &entry, wish->seed, error);
}

gboolean
bg_entry_wish_draft (const BgEntryWish *wish, BgEntryDraft *draft, GError **error)
{
  static gboolean (*const drafts[]) (const BgEntryWish *, BgEntryDraft *, GError **) = {
    [BG_WISH_PROTECT] = draft_protect,     [BG_WISH_RECORD] = draft_record,
    [BG_WISH_CHANGE] = draft_change,       [BG_WISH_REVOKE] = draft_revoke,
    [BG_WISH_ADD_OWNER] = draft_add_owner, [BG_WISH_REMOVE_OWNER] = draft_remove_owner,
    [BG_WISH_POLICY] = draft_policy,       [BG_WISH_INVITE] = draft_invite,
    [BG_WISH_CANCEL] = draft_cancel,       [BG_WISH_RECOVER] = draft_recover,
    [BG_WISH_JOIN] = draft_join,           [BG_WISH_AUTHORITY] = draft_authority,
    [BG_WISH_NAME] = draft_name,
  };

  return drafts[wish->kind](wish, draft, error);
}
